"""Object stores by their addresses, with a real server; budgets; what is never read."""

import io
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.inspect.data import Place, inspect_data
from collectors.inspect.places import Budget, Unreachable, opened, store_of

ROWS = 60_000


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket with a large Parquet file of several row groups and a small CSV file."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    client.create_bucket(Bucket="training")
    table = pa.table(
        {
            "contact": [f"person{number}@clinic.example" for number in range(ROWS)],
            "noise": [f"{number * 7919 % 1_000_003:06}-{number:09}" * 4 for number in range(ROWS)],
        }
    )
    data = io.BytesIO()
    pq.write_table(table, data, row_group_size=2_000, compression="none", use_dictionary=False)
    client.put_object(Bucket="training", Key="sets/a.parquet", Body=data.getvalue())
    client.put_object(Bucket="training", Key="sets/b.csv", Body=b"contact\nana@clinic.example\n")
    client.put_object(Bucket="training", Key="other/c.csv", Body=b"contact\nbo@clinic.example\n")
    return "s3://training"


def found(places: list[Place]) -> set[tuple[str, str | None]]:
    return {(each.path, each.type) for each in places if each.state == "found"}


def test_a_prefix_is_listed_and_read(bucket: str) -> None:
    budget = Budget()
    places = list(inspect_data([f"{bucket}/sets/"], budget=budget))
    assert found(places) == {(f"{bucket}/sets/a.parquet", "email"), (f"{bucket}/sets/b.csv", "email")}
    size = sum(each.size for each in store_of(f"{bucket}/sets").files())
    assert size > 5_000_000
    assert budget.bytes < size / 2  # a sample was read, not the whole


def test_a_single_object(bucket: str) -> None:
    places = list(inspect_data([f"{bucket}/other/c.csv"]))
    assert found(places) == {(f"{bucket}/other/c.csv", "email")}


def test_nothing_beyond_the_budget_is_read(bucket: str) -> None:
    budget = Budget(10_000)
    places = list(inspect_data([f"{bucket}/sets"], budget=budget))
    assert budget.bytes <= 10_000
    assert [each.reason for each in places if each.state == "never looked at"] == [
        "2 files: the budget of 10,000 bytes is used up"
    ]


def test_a_bucket_that_is_not_there_is_a_sentence(bucket: str) -> None:
    with pytest.raises(Unreachable, match="cannot be listed"):
        list(inspect_data(["s3://nowhere-at-all/x"]))


def test_reading_is_counted_exactly(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * 3_500_000)
    budget, store = Budget(), store_of(str(tmp_path))
    (listed,) = store.files()
    with opened(store, listed, budget) as file:
        assert len(file.read()) == 3_500_000
    assert budget.bytes == 3_500_000
