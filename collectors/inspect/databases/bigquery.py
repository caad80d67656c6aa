"""BigQuery: `bigquery://PROJECT/DATASET/TABLE`, or `bigquery://PROJECT/DATASET` for all of its tables.

Rows are listed (tabledata.list), not queried: that costs nothing, where a query is charged by what it scans.
Blocks of rows are taken at places chosen by the seed. The order of rows in a table is BigQuery's own; rows
that were streamed in minutes ago are not counted yet (https://cloud.google.com/bigquery/docs/reference/rest/v2/tables).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from collectors.inspect.databases import Closed, Column, Cost, Database, Table, Taken, within
from collectors.inspect.databases.rows import Rows
from collectors.inspect.places import Budget, Spent
from collectors.inspect.sample import Sample, Unread, ValueType
from collectors.inspect.sampling import Sampler

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.cloud.bigquery import Client, SchemaField
    from google.cloud.bigquery import Table as Described
    from requests import Response

BLOCK = 100
"""Rows that are listed together."""
SECONDS = 60.0
"""What one call may take, retries included."""
LISTED = ("TABLE", "SNAPSHOT", "CLONE")
"""Types of tables whose rows can be listed."""
REFUSED: Mapping[str, str] = {
    "VIEW": "it is a view: look into the tables behind it",
    "MATERIALIZED_VIEW": "it is a view: look into the tables behind it",
    "EXTERNAL": "its rows lie outside BigQuery: look into them where they are",
}
TYPES: Mapping[str, ValueType] = {
    **dict.fromkeys(("INTEGER", "INT64"), "integer"),
    **dict.fromkeys(("FLOAT", "FLOAT64", "NUMERIC", "BIGNUMERIC"), "float"),
    **dict.fromkeys(("BOOLEAN", "BOOL"), "boolean"),
    **dict.fromkeys(("DATE", "DATETIME", "TIME", "TIMESTAMP"), "time"),
    "BYTES": "binary",
}
"""BigQuery's types in our words; the others are text."""
INSIDE = ("RECORD", "STRUCT", "JSON")
"""Types whose values have parts, told by their JSON paths."""


def database(address: str) -> Database:
    parts = address.removeprefix("bigquery://").strip("/").split("/")
    if len(parts) not in (2, 3) or not all(parts):
        raise Closed("an address is bigquery://PROJECT/DATASET/TABLE or bigquery://PROJECT/DATASET")
    return _Dataset(*parts)


class _Dataset:
    def __init__(self, project: str, dataset: str, table: str = "") -> None:
        self._project, self._dataset, self._table = project, dataset, table
        self._meter = _Meter()
        with _told():
            self._client = _client(project, self._meter)

    def names(self) -> Sequence[str]:
        if self._table:
            return [self._table]
        with _told():
            listed = self._client.list_tables(
                f"{self._project}.{self._dataset}", timeout=SECONDS, retry=_patience()
            )
            return [str(each.table_id) for each in listed]

    def table(self, name: str) -> Table:
        with _told():
            about = self._client.get_table(
                f"{self._project}.{self._dataset}.{name}", timeout=SECONDS, retry=_patience()
            )
        if about.table_type not in LISTED:
            raise Closed(REFUSED.get(about.table_type, "it is no table whose rows can be listed"))
        return _Table(self._client, self._meter, about)


class _Table:
    def __init__(self, client: "Client", meter: "_Meter", about: "Described") -> None:
        self._client, self._meter, self._about = client, meter, about
        self.name = f"bigquery://{about.project}/{about.dataset_id}/{about.table_id}"

    @property
    def columns(self) -> Sequence[Column]:
        return [Column(field.name, f"{field.mode} {field.field_type}") for field in self._about.schema]

    @property
    def rows(self) -> int | None:
        return None if self._about.num_rows is None else int(self._about.num_rows)

    def cost(self, most: int) -> Cost:
        rows = min(most, self.rows or 0)
        return Cost(rows * self._row_bytes(), -(-rows // BLOCK), 0.0)

    def sample(self, sampler: Sampler, budget: Budget, most: int) -> Taken:
        """Blocks in an order of the seed, until there is enough."""
        count = self.rows or 0
        fields = [field for field in self._about.schema if TYPES.get(field.field_type) != "binary"]
        blocks = sampler.some(range(max(1, -(-count // BLOCK))), -(-most // BLOCK))
        found = Rows()
        ended, requests = "", self._meter.requests
        if not fields:
            raise Closed("it has only columns of bytes")
        for block in blocks:
            try:
                limit = within(budget, min(BLOCK, most - len(found)), self._row_bytes())
            except Spent as spent:
                if not found:
                    raise
                ended = f"; {spent}"
                break
            found.add(self._rows(fields, block * BLOCK, limit), block)
            self._meter.into(budget)
        told = f"{len(found):,} rows, {_how(len(found), count)}; {self._meter.requests - requests:,} requests"
        samples = [each for field in fields for each in _columns(field, found, sampler, count or None)]
        return Taken(samples, len(found), f"{told}{ended}")

    def _rows(
        self, fields: "Sequence[SchemaField]", start: int, limit: int
    ) -> Sequence[Mapping[str, object]]:
        with _told():
            rows = self._client.list_rows(
                self._about,
                selected_fields=fields,
                start_index=start,
                max_results=limit,
                timeout=SECONDS,
                retry=_patience(),
            )
            return [dict(row.items()) for row in rows]

    def _row_bytes(self) -> int:
        return int(self._about.num_bytes or 0) // self.rows if self.rows else 0


class _Meter:
    """Bytes and requests of a client, counted on their way in."""

    def __init__(self) -> None:
        self.requests = 0
        self._sizes: list[int] = []

    def __call__(self, response: "Response", *_: object, **__: object) -> None:
        self.requests += 1
        self._sizes.append(len(response.content))

    def into(self, budget: Budget) -> None:
        """Count what came since the last time."""
        for size in self._sizes:
            budget.read(size)
        self._sizes.clear()


def _client(project: str, meter: _Meter) -> "Client":
    """Google's client; BIGQUERY_EMULATOR_HOST leads it elsewhere, where no one is asked who he is."""
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.auth.transport.requests import AuthorizedSession
    from google.cloud.bigquery import Client

    scopes = ("https://www.googleapis.com/auth/bigquery.readonly",)
    credentials = (
        AnonymousCredentials()  # type: ignore[no-untyped-call]  # google.auth has no types
        if os.environ.get("BIGQUERY_EMULATOR_HOST")
        else google.auth.default(scopes=scopes)[0]
    )
    session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    session.hooks["response"].append(meter)
    return Client(project=project, credentials=credentials, _http=session)


def _patience() -> "Retry":
    from google.cloud.bigquery.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(SECONDS)


def _how(found: int, count: int) -> str:
    """How rows were chosen of so many."""
    if not count:
        return "the first of those that were streamed in and are not counted yet"
    return (
        "all there are" if found >= count else f"blocks of {BLOCK} of {count:,} at places chosen by the seed"
    )


def _columns(
    field: "SchemaField", rows: Rows, sampler: Sampler, count: int | None
) -> Iterator[Sample | Unread]:
    """The values of one field; what has parts or is repeated by its JSON paths."""
    if field.field_type in INSIDE or field.mode == "REPEATED":
        yield from rows.part(field.name).columns(f"$.{field.name}", sampler, count)
    else:
        yield rows.column(field.name, TYPES.get(field.field_type, "text"), count)


@contextmanager
def _told() -> Iterator[None]:
    """Errors of Google's client as `Closed`; its messages are not repeated."""
    from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, RetryError
    from google.auth.exceptions import GoogleAuthError
    from requests import RequestException

    try:
        yield
    except NotFound:
        raise Closed("there is no such table or dataset") from None
    except Forbidden:
        needed = "bigquery.tables.list, bigquery.tables.get and bigquery.tables.getData are needed"
        raise Closed(f"reading it is denied ({needed})") from None
    except GoogleAuthError:
        raise Closed("there are no Google Cloud credentials that are accepted") from None
    except GoogleAPICallError as error:
        raise Closed(f"BigQuery answered with an error ({error.code})") from None
    except (RetryError, RequestException) as error:
        raise Closed(f"BigQuery cannot be asked ({type(error).__name__})") from None
