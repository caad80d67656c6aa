"""Indexes of S3 Vectors with real servers: metadata and keys, never vectors."""

from collections.abc import Iterator, Mapping, Sequence

import boto3
import pytest

from collectors.inspect import databases
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.places import Budget
from collectors.inspect.sampling import Sampler
from collectors.practice.aws import Answer, AwsServer, Estate, Fault
from collectors.practice.aws_wire import Request
from graph.model import Json
from tests.collectors import moto_server

CANARY = "canary.tansy"
ACCOUNT, REGION = "111122223333", "us-east-1"
ADDRESS = "s3vectors://knowledge/letters"
AT = "2026-01-01T00:00:00Z"


def states(places: Sequence[Place]) -> list[tuple[str, str, str | None]]:
    return [(each.path, each.state, each.reason) for each in places if each.state != "found"]


def vectors(start: int, count: int) -> list[dict[str, Json]]:
    return [
        {
            "key": f"chunk-{number}",
            "metadata": {"source": {"text": f"Write to {CANARY}{number}@clinic.example soon."}},
        }
        for number in range(start, start + count)
    ]


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with moto_server.serving() as address:
        for name, value in moto_server.environment(address).items():
            monkeypatch.setenv(name, value)
        yield address


def test_metadata_is_looked_at(moto: str) -> None:
    client = boto3.Session().client("s3vectors", region_name=REGION)
    client.create_vector_bucket(vectorBucketName="knowledge")
    about = {"dataType": "float32", "dimension": 3, "distanceMetric": "cosine"}
    client.create_index(vectorBucketName="knowledge", indexName="letters", **about)
    data = {"float32": [0.1, 0.2, 0.3]}
    given = [{**each, "data": data} for each in vectors(0, 20)]
    client.put_vectors(vectorBucketName="knowledge", indexName="letters", vectors=given)
    for address in (ADDRESS, "s3vectors://knowledge"):
        places = list(inspect_data([address]))
        assert {(each.path, each.json_path, each.type) for each in places} == {
            (ADDRESS, "$.metadata.source.text", "email")
        }
        assert CANARY not in repr(places)
    ((_, state, _),) = states(list(inspect_data(["s3vectors://knowledge/nowhere"])))
    assert state == "refused"


class Listening(AwsServer):
    """A server that remembers what it was asked."""

    def _find(self, account: str, request: Request) -> Mapping[str, Json]:
        self.asked = [*getattr(self, "asked", ()), request.parameters]
        return super()._find(account, request)


@pytest.fixture
def practice(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsServer]:
    """An index that is listed in segments, two pages each."""
    about: dict[str, Json] = {
        "vectorBucketName": "knowledge",
        "indexName": "letters",
        "indexArn": f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:bucket/knowledge/index/letters",
        "creationTime": AT,
        "dataType": "float32",
        "dimension": 3,
        "distanceMetric": "cosine",
    }
    described = Answer("s3vectors", "GetIndex", ACCOUNT, REGION, {}, {"index": about})
    segments = []
    for number in range(16):
        held: list[Json] = [*vectors(number * 200, 200)]
        asked: dict[str, Json] = {"segmentIndex": number, "segmentCount": 16}
        segments.append(Answer("s3vectors", "ListVectors", ACCOUNT, REGION, asked, {"vectors": held}))
    with Listening(Estate(ACCOUNT, (REGION,), (ACCOUNT,), (described, *segments))) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_REGION", REGION)
        yield server


def keys(seed: int) -> set[str | None]:
    (one,) = databases.look(ADDRESS, Sampler(seed), Budget())
    return {value for sample in one.samples if sample.place == "$.key" for value in sample.values}  # type: ignore[union-attr]


def test_every_segment_gives_a_page(practice: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ROWS", 160)
    (place,) = inspect_data([ADDRESS])
    assert place.looked_at == 160
    assert place.reason == "160 vectors, of 16 segments, chosen by the seed; 16 requests"
    assert {int((key or "").rpartition("-")[2]) // 200 for key in keys(1)} == set(range(16))


def test_where_it_ends_all_of_it_was_read(practice: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ROWS", 3_200)
    (place,) = inspect_data([ADDRESS])
    assert (place.looked_at, place.share_low) == (3_200, 1.0)
    assert "all there are" in (place.reason or "")


def test_vectors_are_not_asked_for(practice: Listening) -> None:
    keys(1)
    listings = [each for each in practice.asked if "segmentIndex" in each]
    assert listings
    assert all(each["returnData"] is False and each["returnMetadata"] is True for each in listings)


def test_denied_and_no_address_are_refused(practice: AwsServer) -> None:
    practice.plant(Fault("s3vectors", "ListVectors", "AccessDeniedException", 403, times=-1))
    told = states(list(inspect_data([ADDRESS, "s3vectors://a/b/c"])))
    assert [(path, state) for path, state, _ in told] == [
        (ADDRESS, "refused"),
        ("s3vectors://a/b/c", "refused"),
    ]
    assert "denied" in (told[0][2] or "")


def test_the_budget_ends_the_reading(practice: AwsServer) -> None:
    (place,) = inspect_data([ADDRESS], budget=Budget(20_000))
    assert 0 < (place.looked_at or 0) < 2_000
    assert "the budget of 20,000 bytes is used up" in (place.reason or "")
