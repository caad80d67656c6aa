"""DynamoDB tables with a real server: nested items, segments by the seed, what is refused and why."""

import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import boto3
import msgspec
import pytest

from collectors.inspect import databases
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.databases import dynamodb
from collectors.inspect.places import Budget
from collectors.inspect.sampling import Sampler
from collectors.practice.aws import Answer, AwsServer, Estate, Fault
from graph.model import Json
from tests.collectors import moto_server

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CANARY = "canary.medlar"
ACCOUNT, REGION = "111122223333", "us-east-1"
ABOUT: dict[str, Json] = {"TableName": "visits", "ItemCount": 40_000, "TableSizeBytes": 4_000_000}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto_server.serving() as address:
        yield address


@pytest.fixture
def client(server: str, monkeypatch: pytest.MonkeyPatch) -> "Iterator[DynamoDBClient]":
    """boto3's own settings point at the server; the tables are gone afterwards."""
    for name, value in moto_server.environment(server).items():
        monkeypatch.setenv(name, value)
    made = boto3.client("dynamodb", endpoint_url=server, region_name=REGION)
    yield made
    for table in made.list_tables()["TableNames"]:
        made.delete_table(TableName=table)


def create(client: "DynamoDBClient", name: str = "visits") -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def fill(count: int, name: str = "visits") -> None:
    table = boto3.resource("dynamodb", region_name=REGION).Table(name)
    with table.batch_writer() as batch:
        for number in range(count):
            batch.put_item(
                Item={
                    "id": f"visit-{number}",
                    "patient": {"contact": [{"mail": f"{CANARY}{number}@clinic.example"}]},
                    "cost": Decimal("12.5"),
                    "flags": {"seen", "billed"},
                    "scan": b"\x00\x01",
                }
            )


def found(places: list[Place]) -> set[tuple[str, str | None, str | None]]:
    return {(each.path, each.json_path, each.type) for each in places if each.state == "found"}


def states(places: list[Place]) -> list[tuple[str, str | None]]:
    return [(each.state, each.reason) for each in places if each.state != "found"]


def test_items_are_looked_into_by_json_paths(client: "DynamoDBClient") -> None:
    create(client)
    fill(30)
    for address in ("dynamodb://us-east-1/visits", "dynamodb://visits"):
        (place,) = inspect_data([address])
        assert found([place]) == {(address, "$.patient.contact[*].mail", "email")}
        assert (place.count, place.looked_at, place.share_low) == (30, 30, 1.0)  # all there are
        assert "all there are" in (place.reason or "")


def test_of_a_large_table_a_sample_is_read(client: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ROWS", 200)
    create(client)
    fill(600)
    budget = Budget()
    (place,) = inspect_data(["dynamodb://visits"], budget=budget)
    assert place.count is not None
    assert 200 <= place.count < 600
    assert place.share_low is not None
    assert 0.2 < place.share_low < 0.9  # items of three segments: as if all of a segment were alike
    assert budget.requests == int((place.reason or "").split("; ")[1].split()[0])
    assert budget.bytes > 200 * 40


def segment(number: int, of: int, *names: str) -> Answer:
    """What one segment of the practice server's table holds."""
    items: list[Json] = [{"id": {"S": name}, "mail": {"S": f"{name}@clinic.example"}} for name in names]
    answer: dict[str, Json] = {
        "Items": items,
        "Count": len(items),
        "ScannedCount": len(items),
        "ConsumedCapacity": {"TableName": "visits", "CapacityUnits": 2.5},
    }
    asked: dict[str, Json] = {"Segment": number, "TotalSegments": of}
    return Answer("dynamodb", "Scan", ACCOUNT, REGION, asked, answer)


@pytest.fixture
def practice(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsServer]:
    """A table of 400 segments that holds a person in each, as DynamoDB would split it."""
    described = Answer("dynamodb", "DescribeTable", ACCOUNT, REGION, {}, {"Table": ABOUT})
    segments = [segment(number, 400, f"p{number}") for number in range(400)]
    with AwsServer(Estate(ACCOUNT, (REGION,), (ACCOUNT,), (described, *segments))) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_REGION", REGION)
        yield server


def looked(seed: int) -> databases.Looked:
    (one,) = databases.look("dynamodb://visits", Sampler(seed), Budget())
    return one


def values(one: databases.Looked) -> set[str | None]:
    return {value for sample in one.samples if sample.place == "$.id" for value in sample.values}  # type: ignore[union-attr]


def test_the_seed_chooses_the_segments(practice: AwsServer) -> None:
    first, again, other = looked(1), looked(1), looked(2)
    assert values(first) == values(again) != values(other)
    assert len(values(first)) == dynamodb.REQUESTS
    assert first.reason == (
        f"60 items of 60 of 400 segments by the hash of the key, chosen by the seed; 60 requests, "
        f"{60 * 2.5} read units"
    )


def test_consumed_units_end_the_reading(practice: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamodb, "UNITS", 10.0)
    assert "4 requests, 10.0 read units" in looked(1).reason


def test_the_budget_ends_the_reading_and_is_told(practice: AwsServer) -> None:
    budget = Budget(1_500)
    places = list(inspect_data(["dynamodb://visits"], budget=budget))
    assert {each.state for each in places} == {"found"}
    assert "the budget of 1,500 bytes is used up" in (places[0].reason or "")
    places = list(inspect_data(["dynamodb://visits"], budget=budget))
    assert states(places) == [("never looked at", "1 tables: the budget of 1,500 bytes is used up")]


@pytest.mark.parametrize(
    ("operation", "code", "reason"),
    [
        ("DescribeTable", "AccessDeniedException", "denied"),
        ("Scan", "AccessDeniedException", "denied"),
        ("Scan", "ResourceNotFoundException", "no such table"),
        ("Scan", "SomethingElse", "SomethingElse"),
    ],
)
def test_what_goes_wrong_is_refused(practice: AwsServer, operation: str, code: str, reason: str) -> None:
    practice.plant(Fault("dynamodb", operation, code, times=-1, message=f"no, {CANARY}"))
    ((state, told),) = states(list(inspect_data(["dynamodb://visits"])))
    assert state == "refused"
    assert reason in (told or "")
    assert CANARY not in (told or "")


def test_an_old_count_does_not_hide_what_is_there(practice: AwsServer) -> None:
    """The segments asked are empty, so the table is read from its start."""
    about = Answer("dynamodb", "DescribeTable", ACCOUNT, REGION, {}, {"Table": ABOUT})
    empty = [segment(number, 400) for number in range(400)]
    few = segment(0, 1, "only")
    practice.estate = msgspec.structs.replace(practice.estate, answers=(about, *empty, few))
    with AwsServer(practice.estate) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamodb, "REQUESTS", 500)
        patch.setenv("AWS_ENDPOINT_URL", server.address)
        assert values(looked(1)) == {"only"}


def test_a_table_that_is_not_there_an_empty_one_and_no_address(client: "DynamoDBClient") -> None:
    create(client, "empty")
    places = list(inspect_data(["dynamodb://nowhere", "dynamodb://empty", "dynamodb://a/b/c"]))
    assert states(places) == [
        ("refused", "there is no such table"),
        ("clean", "it is empty"),
        ("refused", "an address is dynamodb://REGION/TABLE or dynamodb://TABLE"),
    ]


def test_nothing_that_was_seen_is_told(
    client: "DynamoDBClient", caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "collectors")
    create(client)
    fill(5)
    places = list(inspect_data(["dynamodb://visits"]))
    assert found(places)
    told = msgspec.json.encode(places).decode() + repr(places) + caplog.text + "".join(capsys.readouterr())
    assert CANARY not in told


def test_a_plan_reads_no_item(practice: AwsServer) -> None:
    planned = databases.plan("dynamodb://visits", Sampler(0))
    assert (planned.listed, planned.chosen) == (1, 1)
    assert planned.cost.bytes == 2_000 * 100
    assert planned.cost.requests == 20
    assert planned.cost.dollars == pytest.approx((200_000 / 8_192 + 20) * 0.125e-6)
    assert {operation for _, _, _, operation in practice.calls} == {"DescribeTable"}
