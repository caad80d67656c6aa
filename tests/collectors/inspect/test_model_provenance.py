"""Where model files say that they come from: read in the child, kept in form, told with who says so."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from collectors.inspect.provenance import LONGEST, What, address, claim, hub_name
from tests.collectors.inspect import crafted

CANARY = "canary-quince"
EMAIL = "jane.roe@clinic.example"
WEIGHTS = crafted.safetensors((0, 4), data=4, metadata={"format": "pt"})
RUN = "0123456789abcdef0123456789abcdef"
SLSA = "https://slsa.dev/provenance/v1"


def look(folder: Path, files: Mapping[str, bytes]) -> dict[str, ModelResult]:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return {each.path.removeprefix(f"{folder}/"): each for each in inspect_models([folder])}


def claims(found: ModelResult) -> set[tuple[str, str, str]]:
    return {(each.says, each.what, each.value) for each in found.provenance}


def onnx(producer: str, version: str, **props: str) -> bytes:
    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    pairs = (field(14, field(1, k.encode()) + field(2, v.encode())) for k, v in props.items())
    return b"\x08\x08" + field(2, producer.encode()) + field(3, version.encode()) + b"".join(pairs)


# ---- what each says ------------------------------------------------------------------------------------


def test_what_mlflow_wrote_speaks_of_the_files_below_it(tmp_path: Path) -> None:
    mlmodel = f"""run_id: {RUN}
model_uuid: m-{RUN}
mlflow_version: 3.17.2
utc_time_created: '2026-11-01 08:00:00.5'
flavors:
  transformers: {{source_model_name: linden/base, source_model_revision: v2}}
metadata: {{author: {EMAIL}, note: {CANARY}}}
"""
    found = look(tmp_path, {"m/MLmodel": mlmodel.encode(), "m/data/w.safetensors": WEIGHTS})
    assert claims(found["m/data/w.safetensors"]) == {
        ("safetensors", "tool", "format pt"),
        ("MLmodel", "run", RUN),
        ("MLmodel", "model", f"m-{RUN}"),
        ("MLmodel", "tool", "mlflow 3.17.2"),
        ("MLmodel", "made_at", "2026-11-01 08:00:00.5"),
        ("MLmodel", "base_model", "linden/base@v2"),
    }


def test_configurations_and_cards_of_the_hub(tmp_path: Path) -> None:
    front = "base_model: [linden/base]\nlicense: apache-2.0\ndatasets: [linden/notes]"
    card = f"---\n{front}\nauthor: {CANARY}\n---\n{CANARY}"
    config = {"_name_or_path": "/home/jane/m", "_commit_hash": "5" * 40, "transformers_version": "4.57.1"}
    adapter = {"base_model_name_or_path": "linden/base", "revision": "main", "peft_version": "0.18"}
    found = look(
        tmp_path,
        {
            "README.md": card.encode(),
            "config.json": json.dumps(config).encode(),
            "adapter_config.json": json.dumps(adapter).encode(),
            "w.safetensors": WEIGHTS,
        },
    )
    assert claims(found["w.safetensors"]) == {
        ("safetensors", "tool", "format pt"),
        ("model card", "base_model", "linden/base"),
        ("model card", "license", "apache-2.0"),
        ("model card", "dataset", "linden/notes"),
        ("config", "base_model", "a local path"),
        ("config", "commit", "5" * 40),
        ("config", "tool", "transformers 4.57.1"),
        ("adapter config", "base_model", "linden/base@main"),
        ("adapter config", "tool", "peft 0.18"),
    }
    assert "jane" not in repr(found)
    assert CANARY not in repr(found)


def test_headers(tmp_path: Path) -> None:
    keys = {
        "general__license": "mit",
        "general__source__url": f"https://jane:{CANARY}@models.example/a?token={CANARY}",
        "general__base_model__0__repo_url": "https://huggingface.co/linden/base",
        "general__author": EMAIL,
        "general__quantized_by": CANARY,
    }
    found = look(
        tmp_path,
        {
            "a.gguf": crafted.gguf(**keys),
            "b.onnx": onnx("pytorch", "2.9.0", license="mit", author=CANARY, commit="5" * 40),
            "c.safetensors": crafted.safetensors(
                (0, 4),
                data=4,
                metadata={
                    "modelspec.license": "mit",
                    "modelspec.author": CANARY,
                    "ss_sd_model_name": "linden/base",
                },
            ),
        },
    )
    assert claims(found["a.gguf"]) == {
        ("GGUF", "license", "mit"),
        ("GGUF", "source", "https://models.example/a"),
        ("GGUF", "base_model", "linden/base"),
    }
    assert claims(found["b.onnx"]) == {
        ("ONNX", "tool", "pytorch 2.9.0"),
        ("ONNX", "license", "mit"),
        ("ONNX", "commit", "5" * 40),
    }
    assert claims(found["c.safetensors"]) == {
        ("safetensors", "license", "mit"),
        ("safetensors", "base_model", "linden/base"),
    }
    assert CANARY not in repr(found)
    assert EMAIL not in repr(found)


# ---- attestations --------------------------------------------------------------------------------------


def statement(digest: str) -> dict[str, object]:
    material = {
        "uri": f"git+https://jane:{CANARY}@github.com/linden/t@refs",
        "digest": {"gitCommit": "5" * 40},
    }
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "w.safetensors", "digest": {"sha256": digest}}],
        "predicateType": SLSA,
        "predicate": {
            "buildDefinition": {"resolvedDependencies": [material]},
            "runDetails": {"builder": {"id": "https://ci.example/builder"}},
        },
    }


def enveloped(said: Mapping[str, object]) -> dict[str, object]:
    payload = base64.b64encode(json.dumps(said).encode()).decode()
    return {"payload": payload, "payloadType": "application/vnd.in-toto+json", "signatures": []}


@pytest.mark.parametrize("form", ["bare", "envelope", "bundle", "lines"])
def test_an_attestation_of_these_very_bytes(tmp_path: Path, form: str) -> None:
    said = statement(hashlib.sha256(WEIGHTS).hexdigest())
    texts = {
        "bare": json.dumps(said),
        "envelope": json.dumps(enveloped(said)),
        "bundle": json.dumps({"dsseEnvelope": enveloped(said)}),
        "lines": f"{json.dumps(enveloped(said))}\n{json.dumps(enveloped(statement('0' * 64)))}\n",
    }
    found = look(tmp_path, {"w.safetensors": WEIGHTS, "w.intoto.jsonl": texts[form].encode()})
    verified = {(each.what, each.value) for each in found["w.safetensors"].provenance if each.verified}
    assert verified == {
        ("statement", SLSA),
        ("tool", "https://ci.example/builder"),
        ("source", "git+https://github.com/linden/t@refs"),
        ("commit", "5" * 40),
    }
    assert CANARY not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(statement("0" * 64)).encode(),
        json.dumps({**statement("0" * 64), "_type": "else"}).encode(),
        json.dumps({"payload": "%%%", "payloadType": "application/vnd.in-toto+json"}).encode(),
        b"[" * 50_000,
        b"\xff\x00",
        b"",
    ],
)
def test_an_attestation_of_other_bytes_or_none_says_nothing(tmp_path: Path, text: bytes) -> None:
    found = look(tmp_path, {"w.safetensors": WEIGHTS, "w.intoto.jsonl": text})
    assert claims(found["w.safetensors"]) == {("safetensors", "tool", "format pt")}


# ---- whose documents -----------------------------------------------------------------------------------


def test_the_nearest_document_speaks_and_none_above_the_folder(tmp_path: Path) -> None:
    def card(name: str) -> bytes:
        return f"---\nbase_model: linden/{name}\n---\n".encode()

    (tmp_path / "README.md").write_bytes(card("outside"))
    found = look(
        tmp_path / "in",
        {
            "README.md": card("far"),
            "w.safetensors": WEIGHTS,
            "a/README.md": card("near"),
            "a/w.safetensors": WEIGHTS,
        },
    )
    bases = {
        name: {value for _, what, value in claims(each) if what == "base_model"}
        for name, each in found.items()
    }
    assert bases == {"w.safetensors": {"linden/far"}, "a/w.safetensors": {"linden/near"}}


def test_a_link_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_bytes(b"---\nbase_model: linden/secret\n---\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "README.md").symlink_to(tmp_path / "secret.md")
    found = look(tmp_path / "in", {"w.safetensors": WEIGHTS})
    assert "linden/secret" not in repr(found["w.safetensors"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MLmodel", b"run_id: [1, 2]\nflavors: 3\nmlflow_version: {a: b}\n"),
        ("MLmodel", b"a: &a [x, x]\nb: &b [*a, *a]\nrun_id: *b\n"),
        ("MLmodel", b"!!python/object/apply:os.mkdir [MARK]\n"),
        ("config.json", b"[]"),
        ("README.md", b"---\nbase_model: {a: [b]}\nlicense: [[x]]\n---\n"),
        ("README.md", f"---\nbase_model: Jane Roe <{EMAIL}>\nlicense: ask {EMAIL}\n---\n".encode()),
    ],
)
def test_a_document_that_is_none_says_nothing(tmp_path: Path, name: str, text: bytes) -> None:
    found = look(tmp_path, {name: text, "w.safetensors": WEIGHTS})["w.safetensors"]
    assert {each for each in claims(found) if each[0] != "safetensors"} <= {("MLmodel", "tool", "mlflow")}
    assert EMAIL not in repr(found)


# ---- forms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "value", "kept"),
    [
        ("base_model", "https://huggingface.co/linden/base/tree/main", "linden/base"),
        ("base_model", "https://huggingface.co/a/../b", "https://huggingface.co/a/../b"),
        ("base_model", "C:\\Users\\jane\\m", "a local path"),
        ("base_model", "Jane Roe's model", ""),
        ("source", "git@github.com:linden/t.git", "ssh://github.com/linden/t.git"),
        ("source", f"https://u:{CANARY}@h.example/x?k={CANARY}#{CANARY}", "https://h.example/x"),
        ("source", "file:///home/jane/x", "a local path"),
        ("source", "just words", ""),
        ("run", CANARY, ""),
        ("commit", "HEAD of jane", ""),
        ("license", "hf_" + "abcdefghijklmnopqrstuvwxyzABCDEFGH", "[huggingface_token]"),
        ("tool", f"mail {EMAIL}", ""),
        ("made_at", "yesterday", ""),
    ],
)
def test_a_value_is_kept_in_its_form_or_not_at_all(what: What, value: str, kept: str) -> None:
    found = claim("config", what, value)
    assert (found.value if found else "") == kept


WHATS: list[What] = [
    "version",
    "run",
    "model",
    "base_model",
    "dataset",
    "source",
    "commit",
    "license",
    "tool",
]


@given(what=st.sampled_from(WHATS), value=st.text(max_size=400))
def test_whatever_is_written_a_claim_is_short_and_printable(what: What, value: str) -> None:
    found = claim("GGUF", what, value)
    assert found is None or (found.value.isprintable() and 0 < len(found.value) <= LONGEST)


@given(
    user=st.from_regex(r"[a-z]{3,8}", fullmatch=True),
    secret=st.from_regex(r"[A-Za-z0-9!$%&*]{8,20}", fullmatch=True),
    odd=st.sampled_from(["/", "?", "#", "@", "[", ":"]),
    scheme=st.sampled_from(["https", "git+https", "ssh", "s3", "mlflow-artifacts"]),
)
def test_an_address_is_kept_without_credentials(user: str, secret: str, odd: str, scheme: str) -> None:
    kept = address(f"{scheme}://{user}:{secret}@h.example/p?token={secret}#{secret}")
    assert secret not in kept
    assert kept == f"{scheme}://h.example/p"
    torn = address(f"{scheme}://{user}:{secret}{odd}{secret}@h.example/p")
    assert torn in ("", f"{scheme}://h.example/p")
    assert address(f"{scheme}://{user}:123{odd}{secret}@h.example") in ("", f"{scheme}://h.example")


@given(st.text(max_size=60))
def test_a_name_on_the_hub_leads_nowhere_else(value: str) -> None:
    name = hub_name(value)
    assert name == "" or (name.count("/") == 1 and ".." not in name)
