"""Namespaces of Pinecone: `pinecone://INDEX/NAMESPACE`, or `pinecone://INDEX` for all of an index.

The key is in PINECONE_API_KEY; PINECONE_CONTROLLER_HOST leads to another address than https://api.pinecone.io,
as for Pinecone's own clients. The namespace without a name is called `__default__`, as Pinecone does. What is
looked at are the ids and what stands beside the vectors, which for a retrieval index is the very text.

Pinecone gives no random choice. A small namespace is read whole, by one query; of a middling one all ids are
listed and the seed chooses among them; of a large one what is nearest to random vectors is read, and that is
no fair sample: what lies apart is seen less often, so that shares speak of what was looked at only.

https://docs.pinecone.io/reference/api/2026-04/data-plane/list
"""

import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from collectors.inspect.databases import Closed, Column, Cost, Database, Table, Taken
from collectors.inspect.databases.rows import Rows
from collectors.inspect.databases.web import Refused, Web, base_of, in_path
from collectors.inspect.places import Budget, Spent
from collectors.inspect.sampling import Sampler

SCHEME = "pinecone://"
FORM = "an address is pinecone://INDEX/NAMESPACE or pinecone://INDEX"
CONTROL = "https://api.pinecone.io"
VERSION = "2026-04"
HOSTS = ".pinecone.io"
"""Where the key may go, unless PINECONE_CONTROLLER_HOST says otherwise."""
DEFAULT = "__default__"
NAME = re.compile(r"[a-z0-9-]{1,45}")
AT_ONCE = 1_000
"""Vectors of one query that gives metadata."""
LISTED, PAGE = 10_000, 100
"""Ids that are listed at most, and of one page."""
FETCHED, BATCH, LONGEST = 300, 50, 4_000
"""Vectors that are fetched with their values, of one request, and characters of its ids."""
PROBES, NEAREST = 20, 100
"""Random vectors that are asked for, and what each gives."""
BYTES_EACH, BYTES_OF_NUMBER = 2_048, 22
"""Guesses: of metadata, which may have 40 KB, and of one number of a vector."""
REASONS = {
    401: "Pinecone does not take this key: see to PINECONE_API_KEY",
    403: "reading it is denied (the key needs ProjectViewer, or DataPlaneViewer and ControlPlaneViewer)",
    404: "there is no such index or namespace",
    429: "Pinecone is too busy",
    503: "Pinecone is too busy",
}


Answer = TypeVar("Answer")


class Index(msgspec.Struct, frozen=True):
    """An index as it is described; `spec` says where it runs."""

    host: str
    dimension: int | None = None
    vector_type: str = "dense"
    spec: Mapping[str, object] = {}

    @property
    def lists(self) -> bool:
        """Whether its ids can be listed, which those on pods cannot."""
        return "pod" not in self.spec


class Namespace(msgspec.Struct, frozen=True, rename="camel"):
    vector_count: int = 0


class Stats(msgspec.Struct, frozen=True):
    namespaces: Mapping[str, Namespace] = {}


class Vector(msgspec.Struct, frozen=True):
    """What is read of a vector."""

    id: str
    metadata: Mapping[str, object] | None = None


class Matches(msgspec.Struct, frozen=True):
    """An answer to a query."""

    matches: tuple[Vector, ...]


class Fetched(msgspec.Struct, frozen=True):
    vectors: Mapping[str, Vector]


class Named(msgspec.Struct, frozen=True):
    id: str


class Next(msgspec.Struct, frozen=True):
    next: str = ""


class Ids(msgspec.Struct, frozen=True):
    """A page of ids."""

    vectors: tuple[Named, ...] = ()
    pagination: Next | None = None


def database(address: str) -> Database:
    index, slash, namespace = address.removeprefix(SCHEME).partition("/")
    if not NAME.fullmatch(index) or (slash and not namespace):
        raise Closed(FORM)
    return _Index(index, namespace)


class _Index:
    def __init__(self, index: str, namespace: str) -> None:
        self._index, self._namespace = index, namespace
        key = os.environ.get("PINECONE_API_KEY", "")
        if not key:
            raise Closed("there is no key: PINECONE_API_KEY")
        other = os.environ.get("PINECONE_CONTROLLER_HOST", "")
        headers = {"Api-Key": key, "X-Pinecone-API-Version": VERSION}
        control = Web(other or CONTROL, "Pinecone", lambda *_: headers, REASONS)
        self._about = control.ask(Index, f"/indexes/{in_path(index)}")
        host = self._about.host.removeprefix("https://")
        if not other and not host.endswith(HOSTS):
            raise Closed("its host is not one of Pinecone's: it does not get the key")
        self._web = Web(base_of(host), "Pinecone", lambda *_: headers, REASONS)
        self._stats = self._web.ask(Stats, "/describe_index_stats", None, {}, method="POST")

    def names(self) -> Sequence[str]:
        return [self._namespace] if self._namespace else [each or DEFAULT for each in self._stats.namespaces]

    def table(self, name: str) -> Table:
        known = self._stats.namespaces
        own = "" if name == DEFAULT and DEFAULT not in known else name
        if own not in known:
            raise Closed(REASONS[404])
        address = f"{SCHEME}{self._index}/{name}"
        return _Namespace(self._web, self._about, address, own, known[own].vector_count)


class _Namespace:
    def __init__(self, web: Web, about: Index, address: str, namespace: str, count: int) -> None:
        self._web, self._about, self.name, self._namespace = web, about, address, namespace
        self.rows = count

    @property
    def columns(self) -> Sequence[Column]:
        return [Column("id", "string"), Column("metadata", "document")]

    def cost(self, most: int) -> Cost:
        count = min(most, self.rows)
        if self._asks(AT_ONCE, most):
            return Cost(count * BYTES_EACH, 1)
        if self._about.lists and (self.rows <= LISTED or not self._dense):
            fetched = min(count, FETCHED)
            pages = -(-min(self.rows, LISTED) // PAGE)
            return Cost(pages * PAGE * 40 + fetched * self._size, pages + -(-fetched // BATCH))
        return Cost(min(count, PROBES * NEAREST) * BYTES_EACH, PROBES)

    @property
    def _dense(self) -> bool:
        return self._about.vector_type == "dense" and bool(self._about.dimension)

    @property
    def _size(self) -> int:
        return BYTES_EACH + BYTES_OF_NUMBER * (self._about.dimension or 0)

    def _asks(self, count: int, most: int) -> bool:
        return self._dense and self.rows <= min(count, most)

    def sample(self, sampler: Sampler, budget: Budget, most: int) -> Taken:
        """All of few; of more what the seed chooses by their ids; of many what is nearest to random ones."""
        if not self.rows:
            return Taken((), 0, "")
        dice = random.Random(sampler.number())  # noqa: S311 - a sample, no secret
        found, started = Rows(), self._web.requests
        how = self._all(found, budget, dice) if self._asks(AT_ONCE, most) else ""
        if not how and self._about.lists and (self.rows <= LISTED or not self._dense):
            how = self._chosen(found, sampler, budget, min(most, FETCHED))
        elif not how and self._dense:
            how = self._nearest(found, budget, dice, most)
        elif not how:
            raise Closed("it is of sparse vectors on pods, of which nothing can be chosen")
        requests = self._web.requests - started
        told = f"{len(found):,} vectors, {how}; {requests:,} requests"
        return Taken(tuple(found.columns("$", sampler, self.rows)), len(found), told)

    def _all(self, found: Rows, budget: Budget, dice: random.Random) -> str:
        """All there are, by one query; nothing when that is too much for an answer."""
        try:
            matches = self._near(budget, dice, self.rows)
        except Refused as refused:
            if refused.status != 400:
                raise
            return ""
        for number, each in enumerate(matches):
            found.add([_row(each)], number)
        short = len(found) < self.rows
        return f"what a query for all {self.rows:,} gave" if short else "all there are"

    def _chosen(self, found: Rows, sampler: Sampler, budget: Budget, most: int) -> str:
        ids, ended = self._ids(budget)
        chosen = sampler.some(ids, most)
        for batch in _batches(chosen):
            try:
                budget.allows(1)
            except Spent as spent:
                if not found:
                    raise
                ended = ended or str(spent)
                break
            asked = {"ids": batch, "namespace": self._namespace}
            fetched = self._read(budget, Fetched, "/vectors/fetch", query=asked)
            for each in fetched.vectors.values():
                found.add([_row(each)], len(found))
        listed = (
            "all"
            if len(ids) >= self.rows
            else f"the first {len(ids):,} by name: what comes after is not seen"
        )
        return f"chosen by the seed of {listed}{f'; {ended}' if ended else ''}"

    def _ids(self, budget: Budget) -> tuple[Sequence[str], str]:
        """Ids in the order of their names, and why there are no more of them."""
        ids: list[str] = []
        token = ""
        while len(ids) < LISTED:
            try:
                budget.allows(1)
            except Spent as spent:
                if not ids:
                    raise
                return ids, str(spent)
            more = {"paginationToken": token} if token else {}
            asked = {"namespace": self._namespace, "limit": str(PAGE), **more}
            page = self._read(budget, Ids, "/vectors/list", query=asked)
            ids += [each.id for each in page.vectors]
            token = page.pagination.next if page.pagination else ""
            if not token:
                break
        return ids, ""

    def _nearest(self, found: Rows, budget: Budget, dice: random.Random, most: int) -> str:
        seen: set[str] = set()
        ended = ""
        probe = 0
        while probe < PROBES and len(found) < most:
            try:
                budget.allows(1)
            except Spent as spent:
                if not found:
                    raise
                ended = f"; {spent}"
                break
            fresh = [each for each in self._near(budget, dice, NEAREST) if each.id not in seen]
            seen |= {each.id for each in fresh}
            found.add([_row(each) for each in fresh], probe)
            probe += 1
        says = f"nearest to {probe} random vectors of the seed, which is no fair sample of {self.rows:,}"
        return f"{says}{ended}"

    def _near(self, budget: Budget, dice: random.Random, count: int) -> Sequence[Vector]:
        vector = [round(dice.gauss(0, 1), 4) for _ in range(self._about.dimension or 0)]
        asked = {
            "namespace": self._namespace,
            "vector": vector,
            "topK": count,
            "includeMetadata": True,
            "includeValues": False,
        }
        budget.allows(1)
        return self._read(budget, Matches, "/query", body=asked).matches

    def _read(
        self,
        budget: Budget,
        kind: type[Answer],
        path: str,
        *,
        query: Mapping[str, str | Sequence[str]] | None = None,
        body: object = None,
    ) -> Answer:
        before = self._web.bytes
        try:
            return self._web.ask(kind, path, query, body, method="GET" if body is None else "POST")
        finally:
            budget.read(self._web.bytes - before)


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many as fit into one address."""
    batch: list[str] = []
    for each in ids:
        if batch and (len(batch) >= BATCH or sum(map(len, batch)) + len(each) > LONGEST):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _row(vector: Vector) -> dict[str, object]:
    return {"id": vector.id, **({"metadata": vector.metadata} if vector.metadata else {})}
