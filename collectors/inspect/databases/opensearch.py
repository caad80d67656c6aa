"""Indexes of OpenSearch: `opensearch://HOST[:PORT]/INDEX`, or `opensearch://HOST[:PORT]` for all of its own.

HOST is a cluster of one's own, a domain of Amazon OpenSearch Service (`*.es.amazonaws.com`) or a collection
of OpenSearch Serverless (`*.aoss.amazonaws.com`). These two are asked as whom AWS's environment names, others
with OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD, which count on a domain too. OPENSEARCH_ENDPOINT leads to
another address, such as a tunnel into a VPC; requests are signed for HOST all the same. What is looked at are
the documents as they were indexed, without their vectors, which are not fetched.

https://docs.opensearch.org/latest/api-reference/search-apis/search/
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from collectors.inspect.databases import Closed, Column, Cost, Database, Table, Taken, within
from collectors.inspect.databases.rows import Rows
from collectors.inspect.databases.web import Refused, Sign, Web, base_of, host_of, in_path
from collectors.inspect.places import Budget, Spent
from collectors.inspect.sampling import Sampler

FORM = "an address is opensearch://HOST[:PORT]/INDEX or opensearch://HOST[:PORT]"
OURS = re.compile(
    r"\.(?P<region>[a-z0-9-]+)\.(?P<service>es|aoss)\.amazonaws\.com(?:\.cn)?|\.aos\.(?P<other>[a-z0-9-]+)\.on\.aws"
)
"""How the host names of AWS end."""
NAME = re.compile(r"[^-_+*,\"<>|\\/? A-Z][^*,\"<>|\\/? A-Z]*")
"""An index; several, or a pattern, are no address."""
PAGE = 250
BYTES_EACH = 4_096
"""A guess at a document without its vectors."""
FURTHEST = 10_000
"""Documents that one search reaches (`index.max_result_window`)."""
VECTORS = ("knn_vector", "dense_vector", "sparse_vector", "rank_features", "rank_feature")
REASONS = {
    401: "OpenSearch does not take these credentials: set OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD",
    403: "reading it is denied (AWS: es:ESHttpGet, or aoss:APIAccessAll and a data access policy, is needed)",
    404: "there is no such index",
    429: "OpenSearch is too busy",
    503: "OpenSearch is too busy",
}


class Resolved(msgspec.Struct, frozen=True):
    """An index or a data stream by name; `data_stream` is the one that an index is a part of."""

    name: str
    data_stream: str = ""


class Listing(msgspec.Struct, frozen=True):
    """What there is; aliases stand for what is listed already."""

    indices: tuple[Resolved, ...]
    data_streams: tuple[Resolved, ...] = ()


class Field(msgspec.Struct, frozen=True):
    """A field of a mapping, and those in it."""

    type: str = "object"
    properties: Mapping[str, "Field"] = {}


class SourceField(msgspec.Struct, frozen=True):
    enabled: bool = True


class Mappings(msgspec.Struct, frozen=True):
    properties: Mapping[str, Field] = {}
    source: SourceField = msgspec.field(default=SourceField(), name="_source")


class Index(msgspec.Struct, frozen=True):
    mappings: Mappings


class Count(msgspec.Struct, frozen=True):
    count: int


class Hit(msgspec.Struct, frozen=True):
    """A document."""

    index: str = msgspec.field(name="_index")
    id: str = msgspec.field(name="_id")
    source: Mapping[str, object] = msgspec.field(default_factory=dict, name="_source")


class Hits(msgspec.Struct, frozen=True):
    hits: tuple[Hit, ...]


class Shards(msgspec.Struct, frozen=True):
    total: int = 0
    failed: int = 0


class Found(msgspec.Struct, frozen=True):
    """An answer to a search."""

    hits: Hits
    timed_out: bool = False
    shards: Shards = msgspec.field(default=Shards(), name="_shards")


class Order(msgspec.Struct, frozen=True):
    """A way to choose documents, and what it is worth; `pages` when a second page goes on where one ended."""

    query: Mapping[str, object]
    says: str
    pages: bool = True
    random: bool = True


def database(address: str) -> Database:
    host, index = host_of(address, FORM)
    if index and not NAME.fullmatch(index):
        raise Closed(FORM)
    return _Cluster(host, index)


class _Cluster:
    def __init__(self, host: str, index: str) -> None:
        self._host, self._index = host, index
        base = os.environ.get("OPENSEARCH_ENDPOINT") or base_of(host)
        self._web = Web(base, "OpenSearch", _signed(host, base), REASONS)

    def names(self) -> Sequence[str]:
        """Data streams are listed as one, and not by the hidden indexes that they are."""
        if self._index:
            return [self._index]
        listed = self._web.ask(Listing, "/_resolve/index/*")
        own = [each for each in (*listed.indices, *listed.data_streams) if not each.data_stream]
        return list(dict.fromkeys(each.name for each in own if not each.name.startswith(".")))

    def table(self, name: str) -> Table:
        found = self._web.ask(dict[str, Index], f"/{in_path(name)}/_mapping")
        if not found:
            raise Closed(REASONS[404])
        return _Index(self._web, f"opensearch://{self._host}/{name}", name, tuple(found.values()))


class _Index:
    def __init__(self, web: Web, name: str, index: str, parts: Sequence[Index]) -> None:
        self._web, self.name, self._path = web, name, f"/{in_path(index)}"
        fields = {path: kind for part in parts for path, kind in _fields(part.mappings.properties)}
        self._fields = [Column(path, kind) for path, kind in sorted(fields.items())]
        self._kept = any(part.mappings.source.enabled for part in parts)
        self._count: int | None = None
        self._counted = False

    @property
    def columns(self) -> Sequence[Column]:
        return [each for each in self._fields if each.type not in VECTORS]

    @property
    def rows(self) -> int | None:
        if not self._counted:
            self._counted = True
            try:
                self._count = self._web.ask(Count, f"{self._path}/_count").count
            except Closed:
                self._count = None
        return self._count

    def cost(self, most: int) -> Cost:
        rows = min(most, FURTHEST, most if self.rows is None else self.rows)
        return Cost(rows * BYTES_EACH, -(-rows // PAGE) + 1)

    def sample(self, sampler: Sampler, budget: Budget, most: int) -> Taken:
        """Documents in an order of the seed; where a service knows none, in another, which is said."""
        if not self._kept:
            raise Closed("it keeps no documents, only what they are searched by (_source is off)")
        if self.rows == 0:
            return Taken((), 0, "")
        budget.allows(1)
        orders = _orders(sampler.number() % 2**31)
        for number, order in enumerate(orders):
            try:
                return self._taken(order, sampler, budget, min(most, FURTHEST))
            except Refused as refused:
                if refused.status != 400 or number == len(orders) - 1:
                    raise
        raise Closed(REASONS[404])

    def _taken(self, order: Order, sampler: Sampler, budget: Budget, most: int) -> Taken:
        found = Rows()
        seen: set[tuple[str, str]] = set()
        started, start, ended = self._web.requests, 0, ""
        while len(found) < most:
            try:
                size = within(budget, min(PAGE if order.pages else most, most - start), BYTES_EACH)
            except Spent as spent:
                if not found:
                    raise
                ended = f"; {spent}"
                break
            answer = self._page(order, start, size, budget)
            start += len(answer.hits.hits)
            for hit in answer.hits.hits:
                if (hit.index, hit.id) not in seen:
                    seen.add((hit.index, hit.id))
                    found.add([{"_id": hit.id, **hit.source}], len(found) if order.random else 0)
            if answer.timed_out or answer.shards.failed:
                ended = f"; {max(1, answer.shards.failed)} of {answer.shards.total} shards did not answer"
            if len(answer.hits.hits) < size or not order.pages or start >= most:
                break
        whole = self.rows is not None and len(found) >= self.rows and not ended
        how = "all there are" if whole else order.says
        requests = self._web.requests - started
        told = f"{len(found):,} documents, {how}; {requests:,} requests{ended}"
        return Taken(tuple(found.columns("$", sampler, self.rows)), len(found), told)

    def _page(self, order: Order, start: int, size: int, budget: Budget) -> Found:
        vectors = [each.name for each in self._fields if each.type in VECTORS]
        asked = {
            "from": start,
            "size": size,
            "query": order.query,
            "_source": {"excludes": vectors},
            "track_total_hits": False,
        }
        before, made = self._web.bytes, self._web.requests
        try:
            return self._web.ask(Found, f"{self._path}/_search", None, asked)
        finally:
            budget.read(self._web.bytes - before)
            budget.listed(max(0, self._web.requests - made - 1), 0)


def _orders(seed: int) -> Sequence[Order]:
    """A number of the seed for each document; else any numbers, which are others each time; else none."""
    return (
        Order(_scored({"seed": seed, "field": "_seq_no"}), "chosen by the seed"),
        Order(_scored({}), "chosen at random, others each time (the service takes no seed)", pages=False),
        Order(
            {"match_all": {}}, "the first in the order of the index (the service chooses none)", random=False
        ),
    )


def _scored(random: Mapping[str, object]) -> Mapping[str, object]:
    return {"function_score": {"query": {"match_all": {}}, "random_score": random, "boost_mode": "replace"}}


def _fields(properties: Mapping[str, Field], above: str = "") -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        if field.properties:
            yield from _fields(field.properties, f"{above}{name}.")
        else:
            yield f"{above}{name}", field.type


def _signed(host: str, base: str) -> Sign:
    """Who asks: by password, or as AWS wants it; nobody else than this host is told."""
    user, password = os.environ.get("OPENSEARCH_USERNAME"), os.environ.get("OPENSEARCH_PASSWORD")
    ours = OURS.search(host)
    if user and password:
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        return lambda *_: {"Authorization": f"Basic {basic}"}
    if ours is None or ours.end() != len(host.partition(":")[0]):
        return lambda *_: {}
    region, service = ours["region"] or ours["other"], ours["service"] or "es"
    return _as_aws(host, base, region, service)


def _as_aws(host: str, base: str, region: str, service: str) -> Sign:
    """Signature Version 4 for the host's name, wherever it is asked; Serverless wants the body's digest."""
    import boto3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError

    try:
        credentials = boto3.Session().get_credentials()
    except BotoCoreError as error:
        raise Closed(f"AWS's credentials cannot be used ({type(error).__name__})") from None
    if credentials is None:
        raise Closed("there are no AWS credentials (nor OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD)")

    def sign(method: str, url: str, data: bytes) -> Mapping[str, str]:
        digest = hashlib.sha256(data).hexdigest()
        address = f"https://{host}{url.removeprefix(base.rstrip('/'))}"
        request = AWSRequest(method, address, {"Host": host, "X-Amz-Content-SHA256": digest}, data)
        SigV4Auth(credentials.get_frozen_credentials(), service, region).add_auth(request)
        return dict(request.headers.items())

    return sign
