"""Collections of Qdrant: `qdrant://HOST[:PORT]/COLLECTION`, or `qdrant://HOST[:PORT]` for all there are.

The key, where the server wants one, is in QDRANT_API_KEY; one that may only read is enough. What is looked at
are the points' ids and payloads; vectors are not fetched. Qdrant chooses at random, but takes no seed: of a
collection that is not read whole, another look sees other points.

https://api.qdrant.tech/api-reference/search/query-points
"""

import os
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from collectors.inspect.databases import Column, Cost, Database, Table, Taken, within
from collectors.inspect.databases.rows import Rows
from collectors.inspect.databases.web import Refused, Web, base_of, host_of, in_path
from collectors.inspect.places import Budget, Spent
from collectors.inspect.sampling import Sampler

FORM = "an address is qdrant://HOST[:PORT]/COLLECTION or qdrant://HOST[:PORT]"
PORT = 6333
PAGE = 250
BYTES_EACH = 4_096
"""A guess at a payload."""
MORE = 2
"""Times as many requests as would do if no point came twice."""
REASONS = {
    401: "Qdrant does not take this key: see to QDRANT_API_KEY",
    403: "reading it is denied: see to QDRANT_API_KEY",
    404: "there is no such collection",
    429: "Qdrant is too busy",
    503: "Qdrant is too busy",
}
NO_SAMPLE = (400, 404, 405, 422)
"""What servers before version 1.11 say to a query for a random choice."""

Answer = TypeVar("Answer")


class Named(msgspec.Struct, frozen=True):
    name: str


class Collections(msgspec.Struct, frozen=True):
    collections: tuple[Named, ...]


class Collection(msgspec.Struct, frozen=True):
    """What is said of a collection; the schema knows the fields that are indexed only."""

    points_count: int | None = None
    payload_schema: Mapping[str, object] = {}


class Point(msgspec.Struct, frozen=True):
    id: int | str
    payload: Mapping[str, object] | None = None


class Points(msgspec.Struct, frozen=True):
    """An answer with points; `next_page_offset` where a listing goes on."""

    points: tuple[Point, ...]
    next_page_offset: int | str | None = None


class Listed(msgspec.Struct, frozen=True):
    result: Collections


class Described(msgspec.Struct, frozen=True):
    result: Collection


class Read(msgspec.Struct, frozen=True):
    result: Points


def database(address: str) -> Database:
    host, collection = host_of(address, FORM)
    return _Server(host, collection)


class _Server:
    def __init__(self, host: str, collection: str) -> None:
        self._host, self._collection = host, collection
        key = os.environ.get("QDRANT_API_KEY", "")
        headers = {"api-key": key} if key else {}
        ported = host if host.rpartition("]")[2].count(":") else f"{host}:{PORT}"
        self._web = Web(base_of(ported), "Qdrant", lambda *_: headers, REASONS)

    def names(self) -> Sequence[str]:
        if self._collection:
            return [self._collection]
        return [each.name for each in self._web.ask(Listed, "/collections").result.collections]

    def table(self, name: str) -> Table:
        about = self._web.ask(Described, f"/collections/{in_path(name)}").result
        return _Collection(self._web, f"qdrant://{self._host}/{name}", name, about)


class _Collection:
    def __init__(self, web: Web, name: str, collection: str, about: Collection) -> None:
        self._web, self.name, self._path = web, name, f"/collections/{in_path(collection)}/points"
        self._about = about
        self.rows = about.points_count

    @property
    def columns(self) -> Sequence[Column]:
        indexed = [Column(f"payload.{each}", "indexed") for each in sorted(self._about.payload_schema)]
        return [Column("id", "id"), Column("payload", "document"), *indexed]

    def cost(self, most: int) -> Cost:
        rows = most if self.rows is None else min(most, self.rows)
        return Cost(rows * BYTES_EACH, max(1, -(-rows // PAGE)))

    def sample(self, sampler: Sampler, budget: Budget, most: int) -> Taken:
        """All of few, as they are listed; of more what the server chooses, or the first where it does not."""
        if self.rows == 0:
            return Taken((), 0, "")
        found, started = Rows(), self._web.requests
        if self.rows is not None and self.rows <= most:
            how = self._listed(found, budget, most)
        else:
            try:
                how = self._chosen(found, budget, most)
            except Refused as refused:
                if refused.status not in NO_SAMPLE or found:
                    raise
                how = self._listed(found, budget, most)
        requests = self._web.requests - started
        told = f"{len(found):,} points, {how}; {requests:,} requests"
        return Taken(tuple(found.columns("$", sampler, self.rows)), len(found), told)

    def _listed(self, found: Rows, budget: Budget, most: int) -> str:
        offset: int | str | None = None
        while len(found) < most:
            size, ended = _allowed(budget, found, most)
            if ended:
                return f"the first by their ids; {ended}"
            asked = {"limit": size, **({} if offset is None else {"offset": offset})}
            page = self._read(budget, "/scroll", asked)
            found.add([_row(each) for each in page.points], 0)
            offset = page.next_page_offset
            if offset is None:
                return "all there are"
        return (
            "all there are"
            if self.rows == len(found)
            else "the first by their ids, as the server chooses none"
        )

    def _chosen(self, found: Rows, budget: Budget, most: int) -> str:
        says = "chosen at random by the server, others each time"
        seen: set[int | str] = set()
        for _ in range(MORE * -(-most // PAGE)):
            if len(found) >= most:
                break
            size, ended = _allowed(budget, found, most)
            if ended:
                return f"{says}; {ended}"
            page = self._read(budget, "/query", {"query": {"sample": "random"}, "limit": size})
            fresh = [each for each in page.points if each.id not in seen]
            for each in fresh:
                seen.add(each.id)
                found.add([_row(each)], len(found))
            if not fresh:
                break
        return says

    def _read(self, budget: Budget, path: str, asked: Mapping[str, object]) -> Points:
        before = self._web.bytes
        body = {**asked, "with_payload": True, "with_vector": False}
        try:
            return self._web.ask(Read, f"{self._path}{path}", None, body, method="POST").result
        finally:
            budget.read(self._web.bytes - before)


def _allowed(budget: Budget, found: Rows, most: int) -> tuple[int, str]:
    """How many points the next request may ask for, or why there is none; raises `Spent` before the first."""
    try:
        return within(budget, min(PAGE, most - len(found)), BYTES_EACH), ""
    except Spent as spent:
        if not found:
            raise
        return 0, str(spent)


def _row(point: Point) -> dict[str, object]:
    return {"id": str(point.id), **({"payload": point.payload} if point.payload else {})}
