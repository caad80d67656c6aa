"""Indexes of S3 Vectors: `s3vectors://BUCKET/INDEX`, or `s3vectors://BUCKET` for all of its indexes.

What is looked at is what stands beside the vectors: their keys and their metadata, which for a knowledge
base holds the very text that was embedded. Vectors themselves are not fetched.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from collectors.inspect.databases import Closed, Column, Cost, Database, Table, Taken
from collectors.inspect.databases.aws import client, size, told
from collectors.inspect.databases.rows import Rows
from collectors.inspect.places import Budget, Spent
from collectors.inspect.sampling import Sampler

SEGMENTS = 16
"""The most that a listing is split into, by the service's own limit."""
PAGE = 500
"""Vectors of one request, of at most 1,000."""
REQUESTS = 32
BYTES_EACH = 2_048
"""A guess: metadata may have 40 KB (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html)."""
REASONS = {
    "NotFoundException": "there is no such index",
    "AccessDeniedException": "reading it is denied (s3vectors: GetIndex, ListVectors, GetVectors are needed)",
}


class _Client(Protocol):
    """What is asked of boto3's client, of which the types are in no package that we need otherwise."""

    def list_indexes(self, **parameters: object) -> Mapping[str, object]: ...

    def get_index(self, **parameters: object) -> Mapping[str, object]: ...

    def list_vectors(self, **parameters: object) -> Mapping[str, object]: ...


def database(address: str) -> Database:
    bucket, _, index = address.removeprefix("s3vectors://").strip("/").partition("/")
    return _Bucket(bucket, index)


class _Bucket:
    def __init__(self, bucket: str, index: str) -> None:
        if not bucket or "/" in index:
            raise Closed("an address is s3vectors://BUCKET/INDEX or s3vectors://BUCKET")
        self._client = cast("_Client", client("s3vectors"))
        self._bucket, self._index = bucket, index

    def names(self) -> Sequence[str]:
        if self._index:
            return [self._index]
        found: list[str] = []
        more: dict[str, object] = {}
        while True:
            with told("S3 Vectors", REASONS):
                page = self._client.list_indexes(vectorBucketName=self._bucket, **more)
            found += [str(each["indexName"]) for each in _rows(page, "indexes")]
            if not page.get("nextToken"):
                return found
            more = {"nextToken": page["nextToken"]}

    def table(self, name: str) -> Table:
        with told("S3 Vectors", REASONS):
            self._client.get_index(vectorBucketName=self._bucket, indexName=name)
        return _Index(self._client, self._bucket, name)


class _Index:
    rows: int | None = None
    """The service does not say how many vectors there are."""

    def __init__(self, client: _Client, bucket: str, index: str) -> None:
        self._client, self._bucket, self._index = client, bucket, index
        self.name = f"s3vectors://{bucket}/{index}"

    @property
    def columns(self) -> Sequence[Column]:
        return [Column("key", "string"), Column("metadata", "document")]

    def cost(self, most: int) -> Cost:
        return Cost(most * BYTES_EACH, min(REQUESTS, SEGMENTS))

    def sample(self, sampler: Sampler, budget: Budget, most: int) -> Taken:
        """A page of each segment, in an order of the seed, until there is enough; then further pages."""
        found = Rows()
        waiting: list[tuple[int, object]] = [(segment, None) for segment in sampler.shuffled(SEGMENTS)]
        requests, spent_words = 0, ""
        while waiting and len(found) < most and requests < REQUESTS:
            segment, token = waiting.pop(0)
            try:
                budget.allows(1)
            except Spent as spent:
                if not requests:
                    raise
                spent_words = f"; {spent}"
                break
            page = self._page(segment, token, min(PAGE, -(-most // SEGMENTS)))
            requests += 1
            budget.read(size(page))
            found.add([_row(vector) for vector in _rows(page, "vectors")], segment)
            if page.get("nextToken"):
                waiting.append((segment, page["nextToken"]))
        whole = not waiting and not spent_words
        how = "all there are" if whole else f"of {SEGMENTS} segments, chosen by the seed"
        told = f"{len(found):,} vectors, {how}; {requests:,} requests{spent_words}"
        return Taken(tuple(found.columns("$", sampler, len(found) if whole else None)), len(found), told)

    def _page(self, segment: int, token: object, size: int) -> Mapping[str, object]:
        with told("S3 Vectors", REASONS):
            return self._client.list_vectors(
                vectorBucketName=self._bucket,
                indexName=self._index,
                maxResults=size,
                segmentCount=SEGMENTS,
                segmentIndex=segment,
                returnMetadata=True,
                returnData=False,
                **({"nextToken": token} if token else {}),
            )


def _row(vector: Mapping[str, object]) -> dict[str, object]:
    metadata = vector.get("metadata")
    return {"key": vector["key"], **({"metadata": metadata} if metadata else {})}


def _rows(page: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    return cast("Sequence[Mapping[str, object]]", page.get(name) or [])
