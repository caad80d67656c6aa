"""Tables by their addresses: the schema first, then rows chosen by a seed, then what the choice is worth.

`dynamodb://REGION/TABLE`, `bigquery://PROJECT/DATASET/TABLE`, `azuresearch://SERVICE/INDEX`,
`opensearch://HOST/INDEX`, `pinecone://INDEX/NAMESPACE`, `qdrant://HOST/COLLECTION` and
`s3vectors://BUCKET/INDEX` are each one file here. A further kind of database is one more file with a class
that is a `Database`, and a line in `OPENERS`. All of them only read, with the credentials of the environment.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Literal, Protocol, cast

import msgspec

from collectors.inspect.places import Budget, Spent
from collectors.inspect.sample import Sample, Unread
from collectors.inspect.sampling import Sampler

OPENERS: Mapping[str, str] = MappingProxyType(
    {
        "azuresearch://": "collectors.inspect.databases.azure_search",
        "bigquery://": "collectors.inspect.databases.bigquery",
        "dynamodb://": "collectors.inspect.databases.dynamodb",
        "opensearch://": "collectors.inspect.databases.opensearch",
        "pinecone://": "collectors.inspect.databases.pinecone",
        "qdrant://": "collectors.inspect.databases.qdrant",
        "s3vectors://": "collectors.inspect.databases.s3_vectors",
    }
)
"""The module that opens addresses of each scheme, by its function `database`."""

SCHEMES = tuple(OPENERS)

ROWS = 2_000
"""Rows of a table that are looked at."""


class Closed(Exception):
    """A table or database that is not looked at, and why, in words that quote nothing of it."""


class Column(msgspec.Struct, frozen=True):
    """A column as the schema has it; the type in the database's own word."""

    name: str
    type: str


class Cost(msgspec.Struct, frozen=True):
    """What a sample takes at most: bytes and requests; dollars, None when nobody publishes a price for it."""

    bytes: int = 0
    requests: int = 0
    dollars: float | None = None


class Taken(msgspec.Struct, frozen=True):
    """A sample: its columns, how many rows it has, and how they were chosen, as a sentence for people."""

    samples: Sequence[Sample | Unread]
    rows: int
    how: str


class Table(Protocol):
    """One table. Its schema is read when it is opened, its rows when it is sampled."""

    @property
    def name(self) -> str:
        """Its address."""
        ...

    @property
    def columns(self) -> Sequence[Column]:
        """Of a table without a fixed schema only the keys."""
        ...

    @property
    def rows(self) -> int | None:
        """How many the database says there are; None when it does not say. It may be hours old."""
        ...

    def cost(self, most: int) -> Cost: ...

    def sample(self, sampler: Sampler, budget: Budget, most: int) -> Taken:
        """At most so many rows. Raises `Spent` when the budget does not allow the first of them."""
        ...


class Database(Protocol):
    """What an address leads to: one table, or several by name."""

    def names(self) -> Sequence[str]: ...

    def table(self, name: str) -> Table:
        """Raises `Closed` for what is no table, is not there or is denied."""
        ...


class Looked(msgspec.Struct, frozen=True):
    """A table that was sampled, or why it was not; `reason` says how it was sampled otherwise."""

    name: str
    samples: Sequence[Sample | Unread] = ()
    state: Literal["sampled", "clean", "refused", "never looked at"] = "sampled"
    reason: str = ""


class Planned(msgspec.Struct, frozen=True):
    """What an address holds and what looking into it takes at most."""

    listed: int
    chosen: int
    cost: Cost


def look(address: str, sampler: Sampler, budget: Budget, each: int | None = None) -> Iterator[Looked]:
    """The tables of an address, sampled; at most `each` of them. Nothing is raised: it is told."""
    try:
        database, listed, chosen = _chosen(address, sampler, each)
    except Closed as closed:
        yield Looked(address, state="refused", reason=str(closed))
        return
    for number, name in enumerate(chosen):
        try:
            yield _looked(database.table(name), sampler, budget)
        except Closed as closed:
            yield Looked(_address(address, name), state="refused", reason=str(closed))
        except Spent as spent:
            rest = len(chosen) - number
            yield Looked(address, state="never looked at", reason=f"{rest:,} tables: {spent}")
            break
        except Exception as error:  # noqa: BLE001 - libraries raise what they like; their texts may hold values
            reason = f"it cannot be read ({type(error).__name__})"
            yield Looked(_address(address, name), state="refused", reason=reason)
    if len(chosen) < listed:
        reason = f"{listed - len(chosen):,} of {listed:,} tables: a choice was looked at"
        yield Looked(address, state="never looked at", reason=reason)


def plan(address: str, sampler: Sampler, each: int | None = None) -> Planned:
    """What looking would take; only schemas are read for it. Raises `Closed` when the address, or the only
    table of it, is."""
    database, listed, chosen = _chosen(address, sampler, each)
    costs = []
    for name in chosen:
        try:
            costs.append(database.table(name).cost(ROWS))
        except Closed:
            if len(chosen) == 1:
                raise
            costs.append(Cost())  # one of many is told as refused when it comes to looking
    known = [cost.dollars for cost in costs if cost.dollars is not None]
    return Planned(
        listed=listed,
        chosen=len(chosen),
        cost=Cost(
            bytes=sum(cost.bytes for cost in costs),
            requests=sum(cost.requests for cost in costs),
            dollars=sum(known) if known else None,
        ),
    )


def _chosen(address: str, sampler: Sampler, each: int | None) -> tuple[Database, int, Sequence[str]]:
    scheme = next(scheme for scheme in SCHEMES if address.startswith(scheme))
    open_it = cast("Callable[[str], Database]", import_module(OPENERS[scheme]).database)
    try:
        database = open_it(address)
        names = sorted(database.names())
    except Closed:
        raise
    except Exception as error:  # noqa: BLE001 - as in `look`
        raise Closed(f"it cannot be opened ({type(error).__name__})") from None
    most = len(names) if each is None else each
    return database, len(names), names if len(names) <= most else sorted(sampler.some(names, most))


def _looked(table: Table, sampler: Sampler, budget: Budget) -> Looked:
    taken = table.sample(sampler, budget, ROWS)
    if not taken.rows:
        return Looked(table.name, state="clean", reason="it is empty")
    return Looked(table.name, taken.samples, reason=taken.how)


def _address(address: str, name: str) -> str:
    return address if address.rstrip("/").endswith(f"/{name}") else f"{address.rstrip('/')}/{name}"


def within(budget: Budget, rows: int, row_bytes: int) -> int:
    """How many of these rows the budget allows, by how large one is on average; at least one while any byte
    is left. Raises `Spent` when none is."""
    if row_bytes <= 0:
        budget.allows(1)
        return rows
    return max(1, min(rows, budget.allows(rows * row_bytes) // row_bytes))
