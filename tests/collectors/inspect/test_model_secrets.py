"""Keys in the strings of models: told as fingerprints, found in a process that has no key to make them."""

import base64
import json
import os
import pickle
import random
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from collectors.inspect import child, model_report, secret_process
from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from collectors.inspect.secret_engine import Found
from collectors.inspect.secret_process import Secrets
from tests.collectors.inspect.crafted import archive, gguf, message, onnx, safetensors, sentencepiece
from tests.collectors.inspect.secret_maker import REDACTOR, Maker, expected


def look(folder: Path, name: str, data: bytes, cache: Path) -> ModelResult:
    (folder / name).write_bytes(data)
    (found,) = inspect_models([folder / name], secrets=Secrets(REDACTOR, cache))
    return found


def hashes(found: ModelResult) -> set[str]:
    return {each.fingerprint.rpartition(":")[2] for each in found.secrets}


def wrapped(maker: Maker) -> str:
    return base64.b64encode(f"OPENAI_API_KEY={maker.openai()}".encode()).decode()


PLANTED: dict[str, tuple[str, Callable[[Maker], bytes], str, str]] = {
    "pickle": (
        "model.pkl",
        lambda m: pickle.dumps({"bias": [1], "login": {"user": "x", "api_token": m.github()}}),
        "github",
        "$.login.api_token",
    ),
    "gguf": (
        "model.gguf",
        lambda m: gguf(**{"general.name": "a", "general.author": m.anthropic()}),
        "anthropic",
        "general.author",
    ),
    "gguf tokens": (
        "model.gguf",
        lambda m: gguf(**{"tokenizer.ggml.tokens": [*(f"w{n}" for n in range(99)), m.huggingface()]}),
        "huggingface",
        "tokenizer.ggml.tokens",
    ),
    "sentencepiece": (
        "tokenizer.model",
        lambda m: sentencepiece("<unk>", "<s>", "</s>", m.huggingface()),
        "huggingface",
        "vocabulary",
    ),
    "config": (
        "config.json",
        lambda m: json.dumps({"model_type": "bert", "hub": {"token": m.huggingface()}}, indent=1).encode(),
        "huggingface",
        "line 4",
    ),
    "MLmodel": ("MLmodel", lambda m: f"flavors: {{}}\nenv: {wrapped(m)}\n".encode(), "openai", "line 2"),
    "card": ("README.md", lambda m: f"---\na: b\n---\nuse {m.groq()}\n".encode(), "groq", "line 4"),
    "onnx": (
        "model.onnx",
        lambda m: onnx(extra=((7, message((5, message((6, m.openai().encode()))))),)),
        "openai",
        "graph.initializer.strings",
    ),
    "safetensors": (
        "model.safetensors",
        lambda m: safetensors((0, 4), metadata={"note": m.private_key()}),
        "",
        "__metadata__.note",
    ),
    "archive": (
        "model.pt",
        lambda m: archive(
            ("archive/data.pkl", pickle.dumps([1])),
            ("archive/config.json", json.dumps({"k": m.groq()}).encode()),
        ),
        "groq",
        "archive/config.json: line 1",
    ),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_key_is_found_where_it_is_and_told_once(case: str, tmp_path: Path, cache: Path) -> None:
    maker = Maker(11)
    name, make, provider, place = PLANTED[case]
    found = look(tmp_path, name, make(maker), cache)
    (secret,) = found.secrets
    assert (secret.provider, secret.place, secret.places) == (provider, place, 1)
    assert hashes(found) == expected(maker.made)
    assert [each for each in found.findings if each.label == "credential"] == []
    assert found.not_looked_at == ()


def test_a_pair_of_aws_tells_whose_it_is(tmp_path: Path, cache: Path) -> None:
    maker = Maker(12)
    login = {"aws_access_key_id": maker.key_id(123456789012), "aws_secret_access_key": maker.aws()}
    found = look(tmp_path, "model.pkl", pickle.dumps({"bias": [1], "aws": login}), cache)
    (secret,) = found.secrets
    assert {each.kind: each.value for each in secret.opens} == {
        "aws_access_key_id": login["aws_access_key_id"],
        "aws_account": "123456789012",
        "provider": "aws",
    }
    assert hashes(found) == expected(maker.made)
    assert found.findings == ()


def test_a_key_in_many_places_is_told_once_with_the_first(tmp_path: Path, cache: Path) -> None:
    key = Maker(13).anthropic()
    found = look(tmp_path, "model.pkl", pickle.dumps({"a": key, "b": [key, f"use {key}"]}), cache)
    (secret,) = found.secrets
    assert (secret.place, secret.places) == ("$.a", 3)


def test_what_only_looks_like_a_key_is_none(tmp_path: Path, cache: Path) -> None:
    dice = random.Random(1)
    harmless = {
        "sha256": dice.randbytes(32).hex(),
        "commit": dice.randbytes(20).hex(),
        "run": str(uuid.UUID(int=dice.getrandbits(128))),
        "api_key": "YOUR_API_KEY",
        "token": "hf_" + "x" * 34,
        "openai_api_key": "sk-" + "X" * 48,
        "aws_access_key_id": "AKIA" + "EXAMPLE7" * 2,
        "password": "changeme",
    }
    for name, data in (
        ("config.json", json.dumps(harmless).encode()),
        ("model.pkl", pickle.dumps(harmless)),
        ("model.gguf", gguf(**harmless)),
    ):
        assert look(tmp_path, name, data, cache).secrets == ()


def test_what_the_detectors_alone_take_for_a_key_stays_a_finding(tmp_path: Path, cache: Path) -> None:
    only = "-----BEGIN " + "PRIVATE KEY-----"
    found = look(tmp_path, "model.pkl", pickle.dumps({"note": only}), cache)
    assert ([each.type for each in found.findings], found.secrets) == (["private_key"], ())


def test_nobody_looks_for_keys_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(gguf(**{"general.author": Maker(14).anthropic()}))
    (found,) = inspect_models([tmp_path / "model.gguf"])
    assert (found.secrets, [each.type for each in found.findings]) == ((), ["openai_key"])


def test_the_value_is_nowhere_but_in_the_file(
    tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    maker = Maker(15)
    named = maker.huggingface()
    constants = {"a": maker.anthropic(), named: maker.openai(), "pem": maker.private_key()}
    (tmp_path / "in").mkdir()
    found = look(tmp_path / "in", "model.pkl", pickle.dumps(constants), cache)
    told = f"{msgspec.json.encode(found).decode()}{caplog.text}{''.join(capfd.readouterr())}{found!r}"
    kept = b"".join(each.read_bytes() for each in (*cache.rglob("*"), *tmp_path.glob("*")) if each.is_file())
    assert hashes(found) == expected(maker.made)
    for secret in maker.made:
        longest = max(secret.splitlines(), key=len)
        assert longest not in told
        assert longest.encode() not in kept
    assert named not in repr(model_report.Text("", "", named))
    assert named not in repr(Found("", 1, "rule", "", named, ()))


def test_the_process_with_the_rules_is_confined_and_has_no_key(tmp_path: Path, cache: Path) -> None:
    look(tmp_path, "config.json", json.dumps({"token": Maker(16).huggingface()}).encode(), cache)
    process = Path(f"/proc/{secret_process._kept[cache.absolute()].running.process.pid}")
    if not process.exists():
        pytest.skip("this system does not show its processes")
    held = process.joinpath("environ").read_bytes() + process.joinpath("cmdline").read_bytes()
    assert b"FINGERPRINT" not in held
    assert b"HOME=" not in held
    limits = process.joinpath("limits").read_text()
    assert [line.split()[3:5] for line in limits.splitlines() if line.startswith("Max file size")] == [
        ["0", "0"]
    ]


def test_a_process_that_sees_strings_can_open_no_file(tmp_path: Path, cache: Path) -> None:
    """What it answers is what `Finder` finds, from memory alone; a key of every kind of name beside it."""
    maker = Maker(30)
    account = {"type": "service_account", "private_key_id": maker.some(40, "0123456789abcdef")}
    account |= {"client_email": "robot@linden.iam.gserviceaccount.com", "private_key": maker.private_key()}
    texts = {
        "google": json.dumps(account),
        "storage": f"AccountName=linden;AccountKey={maker.azure_storage()};EndpointSuffix=core.windows.net",
        "database": f"postgres://app:{maker.password()}@db.clinic.example:5432/x",
    }
    found = look(tmp_path, "model.pkl", pickle.dumps(texts), cache)
    assert hashes(found) == expected(maker.made)
    assert found.not_looked_at == ()
    assert {each.kind for secret in found.secrets for each in secret.opens} >= {
        "gcp_service_account",
        "azure_storage_account",
        "host",
    }


def test_strings_that_take_too_long_are_not_searched_and_said(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(tmp_path, "config.json", b'{"a": "warm"}', cache)
    monkeypatch.setattr(secret_process, "SECONDS", 0)
    token = Maker(17).huggingface()
    data = json.dumps({"token": token, "more": "sk-ant-api03-" * 200_000}).encode()
    found = look(tmp_path, "config.json", data, cache)
    assert found.secrets == ()
    assert [each.type for each in found.findings if each.label == "credential"].count(
        "huggingface_token"
    ) == 1
    assert found.not_looked_at == (
        "its strings were not searched for secrets: judging them takes more than 0 s",
    )
    monkeypatch.setattr(secret_process, "SECONDS", 60)
    assert len(look(tmp_path, "config.json", json.dumps({"token": token}).encode(), cache).secrets) == 1


def test_rules_whose_process_is_killed_are_said_and_started_again(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps({"token": Maker(18).huggingface()}).encode()
    look(tmp_path, "config.json", data, cache)
    monkeypatch.setattr(child.Running, "alive", lambda _: True)
    kept = secret_process._kept[cache.absolute()]
    os.kill(kept.running.process.pid, 11)
    kept.running.process.wait()
    found = look(tmp_path, "config.json", data, cache)
    assert found.not_looked_at == (
        "its strings were not searched for secrets: they break the rules (signal 11)",
    )
    monkeypatch.undo()
    assert len(look(tmp_path, "config.json", data, cache).secrets) == 1


def test_rules_that_cannot_be_loaded_are_said(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file, and no folder")
    found = look(tmp_path, "config.json", b'{"a": "b"}', tmp_path / "occupied")
    assert found.not_looked_at == ("its strings were not searched for secrets: the rules cannot be loaded",)


HOSTILE: dict[str, Callable[[Maker], bytes]] = {
    "one line": lambda _: b'{"api_key":"' + b"A" * 20_000_000 + b'"}',
    "no end": lambda _: b'password="' * 1_000_000,
    "braces": lambda m: b"{" * 1_000_000 + m.huggingface().encode() + b"}" * 1_000_000,
    "base64 of base64": lambda m: _deep(20, m.openai().encode()),
    "beginnings": lambda _: b"-----BEGIN RSA PRIVATE KEY-----\n" * 100_000,
}


def _deep(levels: int, text: bytes) -> bytes:
    for _ in range(levels):
        text = base64.b64encode(text)
    return text


@pytest.mark.parametrize("case", HOSTILE)
def test_texts_made_to_break_the_rules_have_a_result(case: str, tmp_path: Path, cache: Path) -> None:
    found = look(tmp_path, "README.md", HOSTILE[case](Maker(19)), cache)
    assert found.verdict == "clean"
    assert len(look(tmp_path, "config.json", f'"{Maker(20).groq()}"'.encode(), cache).secrets) == 1


def test_of_more_keys_than_anybody_reads_the_first_are_told(tmp_path: Path, cache: Path) -> None:
    maker = Maker(21)
    found = look(tmp_path, "merges.txt", "\n".join(maker.groq() for _ in range(1_200)).encode(), cache)
    assert len(found.secrets) == 1_000
    assert found.not_looked_at == ("secrets beyond the first 1,000",)
