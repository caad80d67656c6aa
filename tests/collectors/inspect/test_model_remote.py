"""Model files in an object store, with a real server: fetched into memory, within bounds."""

import pickle
from collections.abc import Iterator

import boto3
import pytest

from collectors.inspect import model_remote
from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from collectors.inspect.places import Budget
from tests.collectors import moto_server
from tests.collectors.inspect import crafted

EMAIL = "jane.roe@clinic.example"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto_server.serving() as address:
        yield address


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in moto_server.environment(server).items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    client.create_bucket(Bucket="models")
    objects = {
        "a/bad.pt": crafted.torch_zip(crafted.marking()),
        "a/weights.safetensors": crafted.safetensors(
            (0, 9_000_000), data=9_000_000, metadata={"author": EMAIL}
        ),
        "a/notes.txt": b"nothing",
        "a/logs.csv": b"a,b\n1,2\n",
        "a/config.json": crafted.config(auto_map={"AutoModel": "somebody/repo--m.M"}),
        "a/train.py": b"AutoModel.from_pretrained('org/name', trust_remote_code=True)\n",
        "b/MLmodel": b"artifact_path: model\n",
        "b/model.pkl": pickle.dumps({"contact": [EMAIL] * 20}),
        "b/model.sig": b"{}",
        "c/chat.gguf": crafted.gguf(tokenizer__chat_template=crafted.INJECTION) + b"\0" * 2_000_000,
    }
    for key, body in objects.items():
        client.put_object(Bucket="models", Key=key, Body=body)
    return "s3://models"


def looked(*places: str, budget: Budget | None = None) -> dict[str, ModelResult]:
    return {each.path.rpartition("/")[2]: each for each in inspect_models(places, budget=budget)}


def test_models_below_a_prefix_are_told_as_local_ones(bucket: str) -> None:
    found = looked(f"{bucket}/a/")
    assert {name: each.verdict for name, each in found.items()} == {
        "bad.pt": "malicious",
        "weights.safetensors": "clean",
        "config.json": "suspicious",
        "train.py": "suspicious",
    }
    assert found["bad.pt"].path == f"{bucket}/a/bad.pt"
    assert found["bad.pt"].digest.startswith("sha256:")
    assert found["train.py"].remote_code_loads == ("org/name",)
    assert [each.type for each in found["weights.safetensors"].findings] == ["email"]
    assert EMAIL not in repr(found)


def test_a_signature_in_a_store_is_present_and_not_more(bucket: str) -> None:
    found = looked(f"{bucket}/b")
    assert found["model.pkl"].signature == "present"
    assert found["model.pkl"].findings


def test_a_single_object(bucket: str) -> None:
    assert looked(f"{bucket}/a/notes.txt")["notes.txt"].verdict == "clean"


def test_of_large_files_only_the_header_is_fetched(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_remote, "HEAD", 1_000_000)
    budget = Budget()
    found = looked(f"{bucket}/a/weights.safetensors", f"{bucket}/c/chat.gguf", budget=budget)
    weights, chat = found["weights.safetensors"], found["chat.gguf"]
    assert (weights.verdict, weights.digest, weights.size > 9_000_000) == ("clean", "", True)
    assert "only its header was fetched" in weights.reasons[-1]
    assert [each.type for each in weights.findings] == ["email"]
    assert (chat.verdict, chat.digest) == ("malicious", "")
    assert budget.bytes < 6_000_000


def test_what_is_too_large_is_not_fetched(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_remote, "MOST_BYTES", 100)
    found = looked(f"{bucket}/a/bad.pt")["bad.pt"]
    assert (found.verdict, found.reasons) == ("unreadable", ("more than 100 bytes are not fetched",))


def test_nothing_beyond_the_budget_is_fetched(bucket: str) -> None:
    budget = Budget(3_000_000)
    found = list(inspect_models([f"{bucket}/a"], budget=budget))
    assert budget.bytes <= 3_000_000
    assert found[-1].verdict == "unreadable"
    assert "budget" in found[-1].reasons[0]
