"""Sensitive data in the strings of models: vocabularies, examples, metadata, constants, cards."""

import json
import pickle
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faker import Faker

from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from tests.collectors.inspect import crafted
from tests.collectors.inspect.crafted import (
    archive,
    gguf,
    message,
    onnx,
    safetensors,
    saved_model,
    sentencepiece,
)

FAKE = Faker("en_US")
FAKE.seed_instance(7)
EMAILS = [
    f"{name}.{number}@example.org" for number, name in enumerate(FAKE.first_name().lower() for _ in range(40))
]
CARDS = [FAKE.credit_card_number("visa16") for _ in range(40)]
TEXT = "Contact " + " or ".join(EMAILS[:3])


def look(folder: Path, name: str, data: bytes) -> ModelResult:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    (found,) = inspect_models([folder / name])
    return found


def types(found: ModelResult) -> dict[str, int]:
    told: dict[str, int] = {}
    for each in found.findings:
        told[each.type] = max(told.get(each.type, 0), each.count)
    return told


def clean_vocabulary(size: int = 30_000) -> list[str]:
    """What tokenizers learn: syllables, words, numbers up to a dozen digits, years, dates, code, bytes."""
    dice = random.Random(3)
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    tokens = ["<unk>", "<s>", "</s>", "[PAD]", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokens += [str(number) for number in range(1_000)]
    tokens += ["0" * count for count in range(2, 17)] + [
        "10000000",
        "20201231",
        "123456789",
        "3.14159265",
        "00000000",
    ]
    tokens += [f"{year}" for year in range(1900, 2040)] + [f"{year}-01-01" for year in range(1990, 2030)]
    tokens += ["localhost:8080", "utf-8", "application/json", "@property", "@Override", "user@", "x86_64"]
    while len(tokens) < size:
        word = "".join(dice.choice(letters) for _ in range(dice.randint(1, 10)))
        tokens.append(
            dice.choice(("\u2581", "\u0120", "##", "")) + dice.choice((word, word.title(), word.upper()))
        )
    return list(dict.fromkeys(tokens))


def tokenizer(tokens: list[str]) -> bytes:
    vocabulary = {token: number for number, token in enumerate(tokens)}
    added = [{"id": 0, "content": "<unk>", "special": True}]
    return json.dumps(
        {"version": "1.0", "added_tokens": added, "model": {"type": "BPE", "vocab": vocabulary}}
    ).encode()


VOCABULARIES: dict[str, Callable[[list[str]], bytes]] = {
    "tokenizer.json": tokenizer,
    "vocab.txt": lambda tokens: "\n".join(tokens).encode(),
    "vocab.json": lambda tokens: json.dumps({token: at for at, token in enumerate(tokens)}).encode(),
    "spiece.model": lambda tokens: sentencepiece(*tokens),
    "model.gguf": lambda tokens: gguf(tokenizer__ggml__tokens=tokens),
}


@pytest.mark.parametrize("name", VOCABULARIES)
def test_a_plain_vocabulary_holds_nothing(tmp_path: Path, name: str) -> None:
    found = look(tmp_path, name, VOCABULARIES[name](clean_vocabulary()))
    assert found.findings == ()
    assert found.not_looked_at == ()


@pytest.mark.parametrize("name", VOCABULARIES)
def test_what_a_vocabulary_learnt_by_heart_is_found(tmp_path: Path, name: str) -> None:
    tokens = clean_vocabulary()
    found = look(tmp_path, name, VOCABULARIES[name]([*tokens, *EMAILS, *CARDS]))
    assert types(found) == {"email": 40, "card_number": 40}
    assert {each.looked_at for each in found.findings} == {len(tokens) + 80}


def pickled() -> bytes:
    return pickle.dumps({"patients": [{"email": each, "note": "seen"} for each in EMAILS]})


def frame() -> bytes:
    """What a pickled data frame holds: an array of objects."""
    return pickle.dumps(np.array(EMAILS, dtype=object))


def strings_of_numpy() -> bytes:
    import io

    buffer = io.BytesIO()
    np.save(buffer, np.array(EMAILS))
    return buffer.getvalue()


PLACES: dict[str, Callable[[], bytes]] = {
    "data.pkl": pickled,
    "frame.pkl": frame,
    "data0.pkl": lambda: pickle.dumps(EMAILS, protocol=0),
    "model.pt": lambda: archive(("m/data.pkl", pickled()), ("m/version", b"3")),
    "model.joblib": lambda: zlib.compress(pickled()),
    "objects.npy": lambda: _objects(),
    "strings.npy": strings_of_numpy,
    "model.safetensors": lambda: safetensors(metadata={"author": EMAILS[0], "notes": TEXT}),
    "model.gguf": lambda: gguf(general__author=EMAILS[0], general__description=TEXT),
    "doc.onnx": lambda: onnx(extra=((6, TEXT.encode()),)),
    "properties.onnx": lambda: onnx(extra=((14, message((1, b"author"), (2, EMAILS[0].encode()))),)),
    "strings.onnx": lambda: _onnx_strings(),
    "saved_model.pb": lambda: saved_model("MatMul", *(each.encode() for each in EMAILS)),
    "model.keras": lambda: crafted.keras({"class_name": "StringLookup", "config": {"vocabulary": EMAILS}}),
    "model.h5": lambda: crafted.hdf5({"class_name": "Dense", "config": {"name": EMAILS[0]}}),
    "input_example.json": lambda: json.dumps(split()).encode(),
    "serving_input_example.json": lambda: json.dumps({"dataframe_split": split()}).encode(),
    "MLmodel": lambda: f"artifact_path: model\nmetadata:\n  owner: {EMAILS[0]}\n".encode(),
    "README.md": lambda: f"---\nlicense: mit\nauthor: {EMAILS[0]}\n---\n# Model\n{TEXT}\n".encode(),
}  # fmt: skip


def split() -> dict[str, object]:
    return {"columns": ["id", "email"], "data": [[1, each] for each in EMAILS]}


def _objects() -> bytes:
    import io

    buffer = io.BytesIO()
    np.save(buffer, np.array(EMAILS, dtype=object), allow_pickle=True)
    return buffer.getvalue()


def _onnx_strings() -> bytes:
    tensor = message((2, 8), *((6, each.encode()) for each in EMAILS), (8, b"names"))
    return message((1, 8), (2, b"sklearn"), (7, message((2, b"graph"), (5, tensor))))


@pytest.mark.parametrize("name", PLACES)
def test_data_of_persons_is_found_where_models_keep_strings(tmp_path: Path, name: str) -> None:
    found = look(tmp_path, name, PLACES[name]())
    assert "email" in types(found), found
    assert not any(each in repr(found) for each in EMAILS)
    assert found.verdict in ("clean", "suspicious")


def test_a_finding_says_where_it_is(tmp_path: Path) -> None:
    found = look(tmp_path, "model.pt", PLACES["model.pt"]())
    assert [each.place for each in found.findings] == ["m/data.pkl: $.patients[*].email"]
    assert (found.findings[0].count, found.findings[0].looked_at, found.findings[0].label) == (
        40,
        40,
        "personal",
    )


def test_numbers_of_a_model_are_not_somebodys(tmp_path: Path) -> None:
    dice = random.Random(5)
    weights = {
        "w": [dice.random() for _ in range(5_000)],
        "ids": list(range(10**9, 10**9 + 500)),
        "shape": [64, 64],
    }
    assert look(tmp_path, "a.pkl", pickle.dumps(weights)).findings == ()
    scores = json.dumps({"hidden_size": 768, "scores": weights["w"], "transformers_version": "4.44.2"})
    assert look(tmp_path, "config.json", scores.encode()).findings == ()


def test_what_was_not_read_is_told(tmp_path: Path) -> None:
    cut = look(tmp_path, "a.gguf", gguf(general__author=EMAILS[0], general__name="x" * 500)[:-40])
    assert cut.not_looked_at
    assert "cut off" in cut.not_looked_at[0]


def test_what_is_nested_deep_is_read(tmp_path: Path) -> None:
    deep: object = EMAILS[0]
    for level in range(200):
        deep = [deep] if level % 2 else {"level": deep}
    assert types(look(tmp_path, "deep.pkl", pickle.dumps(deep))) == {"email": 1}


def test_a_folder_of_mlflow_belongs_to_its_model(tmp_path: Path) -> None:
    for name in ("MLmodel", "input_example.json"):
        (tmp_path / name).write_bytes(PLACES[name]())
    (tmp_path / "params.txt").write_text(TEXT)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "params.txt").write_text(TEXT)
    found = {Path(each.path).name for each in inspect_models([tmp_path]) if each.findings}
    assert found == {"MLmodel", "input_example.json", "params.txt"}
