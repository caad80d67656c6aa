"""Indexes of Azure AI Search: `azuresearch://SERVICE/INDEX`, or `azuresearch://SERVICE` for all of its own.

What an index gives back to its callers is what is looked at: the retrievable fields, which for a retrieval
index are the pieces of text and what is known of their sources. Vectors are not fetched. An identity is used,
or the key in AZURE_SEARCH_API_KEY; AZURE_SEARCH_ENDPOINT leads to another address than
`https://SERVICE.search.windows.net`.

https://learn.microsoft.com/rest/api/searchservice/
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import quote

import msgspec

from collectors.inspect.databases import Closed, Column, Cost, Database, Table, Taken
from collectors.inspect.databases.rows import Rows
from collectors.inspect.places import Budget, Spent
from collectors.inspect.sampling import Sampler

if TYPE_CHECKING:
    from azure.core import PipelineClient
    from azure.core.pipeline.policies import HTTPPolicy
    from azure.core.rest import HttpRequest, HttpResponse

VERSION = "2024-07-01"
AUDIENCE = "https://search.azure.com/.default"
BLOCK = 100
"""Documents of one request."""
FURTHEST = 100_000
"""Documents beyond which none can be skipped to, by the service's own limit."""
BYTES_EACH = 4_096
"""A guess at a document without its vectors; the service says only how large the whole index is."""
VECTORS = ("Edm.Single", "Edm.Half", "Edm.Int16", "Edm.SByte", "Edm.Byte")
"""Types of which a collection is a vector."""
REASONS = {
    401: "the service does not take this identity: check its access control, or set AZURE_SEARCH_API_KEY",
    403: "reading it is denied (the roles Reader and Search Index Data Reader are needed)",
    404: "there is no such index",
    429: "the service is too busy",
    503: "the service is too busy",
}


class Field(msgspec.Struct, frozen=True):
    """A field of an index, as the service writes it down."""

    name: str
    type: str
    retrievable: bool = True
    fields: tuple["Field", ...] = ()


class Definition(msgspec.Struct, frozen=True):
    name: str
    fields: tuple[Field, ...] = ()


class Definitions(msgspec.Struct, frozen=True):
    value: tuple[Definition, ...]


class Documents(msgspec.Struct, frozen=True):
    """An answer to a search for everything."""

    value: tuple[dict[str, object], ...]


class _Answered(Protocol):
    def __call__(self, path: str, **asked: str) -> bytes: ...


def database(address: str) -> Database:
    service, _, index = address.removeprefix("azuresearch://").strip("/").partition("/")
    if not service or "/" in index:
        raise Closed("an address is azuresearch://SERVICE/INDEX or azuresearch://SERVICE")
    return _Service(service, index)


class _Service:
    def __init__(self, service: str, index: str) -> None:
        self._service, self._index = service, index
        self._client = _client(service)

    def names(self) -> Sequence[str]:
        if self._index:
            return [self._index]
        listed = msgspec.json.decode(self._get("/indexes", **{"$select": "name"}), type=Definitions)
        return [each.name for each in listed.value]

    def table(self, name: str) -> Table:
        path = f"/indexes('{quote(name, safe='')}')"
        about = msgspec.json.decode(self._get(path), type=Definition)
        return _Index(self._get, f"azuresearch://{self._service}/{name}", path, about)

    def _get(self, path: str, **asked: str) -> bytes:
        from azure.core.rest import HttpRequest

        with _told():
            request = HttpRequest(
                "GET", self._client.format_url(path), params={"api-version": VERSION, **asked}
            )
            answer = self._client.send_request(request)
            answer.read()
        if answer.status_code != 200:
            code = answer.status_code
            raise Closed(REASONS.get(code, f"Azure AI Search answered with an error ({code})"))
        return answer.content


class _Index:
    def __init__(self, get: _Answered, name: str, path: str, about: Definition) -> None:
        self._get, self.name, self._path, self._about = get, name, path, about
        self._count: int | None = None

    @property
    def columns(self) -> Sequence[Column]:
        return list(_retrievable(self._about.fields))

    @property
    def rows(self) -> int:
        if self._count is None:
            said = self._get(f"{self._path}/docs/$count").decode("utf-8-sig").strip()
            self._count = int(said) if said.isdecimal() else 0
        return self._count

    def cost(self, most: int) -> Cost:
        rows = min(most, self.rows)
        return Cost(rows * BYTES_EACH, -(-rows // BLOCK) + 1)

    def sample(self, sampler: Sampler, budget: Budget, most: int) -> Taken:
        """Blocks of documents in an order of the seed, until there is enough."""
        if not self.columns:
            raise Closed("it gives no field back but vectors")
        reached = min(self.rows, FURTHEST)
        chosen = sampler.some(range(-(-reached // BLOCK)), -(-most // BLOCK))
        found = Rows()
        requests, ended = 0, ""
        for block in chosen:
            try:
                budget.allows(1)
            except Spent as spent:
                if not found:
                    raise
                ended = f"; {spent}"
                break
            data = self._block(block * BLOCK)
            requests += 1
            budget.read(len(data))
            found.add(_documents(data), block)
        whole = len(found) >= self.rows
        how = "all there are" if whole else f"blocks of {BLOCK} of the first {reached:,}, chosen by the seed"
        told = f"{len(found):,} documents, {how}; {requests:,} requests{ended}"
        return Taken(tuple(found.columns("$", sampler, self.rows)), len(found), told)

    def _block(self, start: int) -> bytes:
        named = ",".join(column.name for column in self.columns)
        asked = {"search": "*", "$skip": str(start), "$top": str(BLOCK), "$select": named}
        return self._get(f"{self._path}/docs", **asked)


def _documents(data: bytes) -> list[dict[str, object]]:
    """The documents of an answer, without what the search says of them."""
    answer = msgspec.json.decode(data, type=Documents)
    return [
        {name: value for name, value in each.items() if not name.startswith("@")} for each in answer.value
    ]


def _retrievable(fields: Sequence[Field], above: str = "") -> Iterator[Column]:
    """The fields that a caller gets and that are no vectors; those inside others by their paths."""
    for field in fields:
        if field.fields:
            yield from _retrievable(field.fields, f"{above}{field.name}/")
        elif field.retrievable and not _is_vector(field):
            yield Column(f"{above}{field.name}", field.type)


def _is_vector(field: Field) -> bool:
    return field.type in {f"Collection({each})" for each in VECTORS}


def _client(service: str) -> "PipelineClient[HttpRequest, HttpResponse]":
    from azure.core import PipelineClient
    from azure.core.credentials import AzureKeyCredential
    from azure.core.pipeline import policies

    if key := os.environ.get("AZURE_SEARCH_API_KEY"):
        signed: object = policies.AzureKeyCredentialPolicy(AzureKeyCredential(key), "api-key")
    else:
        from azure.identity import DefaultAzureCredential

        signed = policies.BearerTokenCredentialPolicy(DefaultAzureCredential(), AUDIENCE)
    endpoint = os.environ.get("AZURE_SEARCH_ENDPOINT") or f"https://{service}.search.windows.net"
    return PipelineClient(
        endpoint,
        policies=[
            policies.UserAgentPolicy(base_user_agent="crownpath"),
            policies.RetryPolicy(retry_total=3, retry_backoff_factor=0.2),
            cast("HTTPPolicy[HttpRequest, HttpResponse]", signed),
        ],
    )


@contextmanager
def _told() -> Iterator[None]:
    """Errors of Azure's client as `Closed`; its messages are not repeated."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError

    try:
        yield
    except ClientAuthenticationError:
        raise Closed(
            "there are no Azure credentials: log in (az login), or set AZURE_SEARCH_API_KEY"
        ) from None
    except AzureError as error:
        raise Closed(f"Azure AI Search cannot be asked ({type(error).__name__})") from None
