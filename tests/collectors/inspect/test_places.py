"""Object stores by their addresses, with a real server; budgets; what is never read."""

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.places import Budget, Unreachable, opened, store_of
from tests.collectors import moto_server

ROWS = 60_000


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto_server.serving() as address:
        yield address


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket with a large Parquet file of several row groups and a small CSV file."""
    for name, value in moto_server.environment(server).items():
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
    assert budget.dollars > 0


def test_of_a_large_file_a_sample_is_read(bucket: str) -> None:
    rows, size = 1_000, 2_000
    noise = [os.urandom(size // 2).hex() for _ in range(rows)]
    table = pa.table({"contact": [f"ana{number}@clinic.example" for number in range(rows)], "noise": noise})
    data = io.BytesIO()
    with pq.ParquetWriter(data, table.schema, compression="none", use_dictionary=False) as writer:
        for _ in range(40):
            writer.write_table(table)
    client = boto3.client("s3")
    client.put_object(Bucket="training", Key="large/a.parquet", Body=data.getvalue())
    budget = Budget()
    (place,) = inspect_data([f"{bucket}/large"], budget=budget)
    assert (place.type, place.rows) == ("email", 40_000)
    assert place.share_low is not None
    assert place.share_low < 0.95  # of 16 groups of 40, not of 2,000 rows
    assert budget.bytes < 36_000_000 < len(data.getvalue())
    assert budget.requests < 60


def test_a_name_is_no_prefix_of_others(bucket: str) -> None:
    boto3.client("s3").put_object(
        Bucket="training", Key="other-secret/d.csv", Body=b"contact\nc@clinic.example\n"
    )
    assert found(list(inspect_data([f"{bucket}/other"]))) == {(f"{bucket}/other/c.csv", "email")}


def test_a_profile_signs_in(
    bucket: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials and endpoint of a profile whose credentials a program gives, as for single sign-on."""
    program = tmp_path / "credentials.sh"
    key = json.dumps({"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"})
    program.write_text(f"#!/bin/sh\necho '{key}'\n")
    program.chmod(0o700)
    settings = tmp_path / "config"
    settings.write_text(
        f"[profile reader]\nregion = us-east-1\nendpoint_url = {server}\ncredential_process = {program}\n"
    )
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
    monkeypatch.setenv("AWS_PROFILE", "reader")
    assert found(list(inspect_data([f"{bucket}/other/c.csv"]))) == {(f"{bucket}/other/c.csv", "email")}


def test_requests_and_dollars_are_budgets(bucket: str) -> None:
    for budget, reason in (
        (Budget(requests=2), "the budget of 2 requests is used up"),
        (Budget(dollars=0.00001), "the budget of $1e-05 is used up"),
    ):
        places = list(inspect_data([f"{bucket}/sets"], budget=budget))
        assert [each.reason for each in places] == [f"2 files: {reason}"]


def test_object_names_are_not_logged(bucket: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.ERROR, "werkzeug")  # the server's own
    key = "name=canary.quince/canary.quince@clinic.example.csv"
    boto3.client("s3").put_object(
        Bucket="training",
        Key=f"named/{key}",
        Body=b"contact\nana@clinic.example\n",
        Tagging="owner=canary.quince",
        Metadata={"owner": "canary.quince"},
    )
    caplog.clear()
    places = list(inspect_data([f"{bucket}/named"]))
    assert places[0].type == "email"
    assert "canary" not in repr(places) + caplog.text


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
        assert len(file.readall()) == 3_500_000
    assert budget.bytes == 3_500_000
