"""Model files: attacks of every kind that we can craft, harmless ones, and what a result says of them."""

import gzip
import json
import os
import pickle
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collectors.inspect import model_process
from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from tests.collectors.inspect import crafted
from tests.collectors.inspect.crafted import FORMATS, HARMLESS, MARK, TABLE, Make


def look(path: Path) -> ModelResult:
    (found,) = inspect_models([path])
    return found


def results(folder: Path, files: Mapping[str, Make]) -> dict[str, ModelResult]:
    """All of them, several at a time: each is looked at in a process of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's about a name that stands twice
        for name, make in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(make())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(files, pool.map(look, (folder / name for name in files)), strict=True))


@pytest.fixture(scope="module")
def attacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    return results(tmp_path_factory.mktemp("attacks"), {name: make for name, (make, _) in TABLE.items()})


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    return results(tmp_path_factory.mktemp("harmless"), HARMLESS)


@pytest.mark.parametrize("name", TABLE)
def test_a_crafted_file_has_its_verdict_and_nothing_is_run(
    name: str, attacks: dict[str, ModelResult]
) -> None:
    found = attacks[name]
    assert found.verdict == TABLE[name][1], found
    assert found.reasons or found.verdict == "clean"
    assert MARK not in repr(found)
    assert not Path(MARK).exists()
    assert not (Path(found.path).parent / MARK).exists()


def test_the_set_is_large() -> None:
    assert (
        len([name for name, (_, verdict) in TABLE.items() if verdict in ("malicious", "suspicious")]) >= 100
    )


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_file_is_clean(name: str, harmless: dict[str, ModelResult]) -> None:
    found = harmless[name]
    assert found.verdict == "clean", found
    assert found.findings == ()
    assert found.dangerous == ()
    assert found.format == FORMATS.get(name, found.format)


def test_formats_that_run_code_are_told_whatever_is_in_them(harmless: dict[str, ModelResult]) -> None:
    unsafe = {name for name, found in harmless.items() if found.unsafe_format}
    assert {"list.pkl", "torch.pt", "zlib.joblib", "dense.h5", "dense.keras", "saved_model.pb"} <= unsafe
    assert not unsafe & {
        "weights.safetensors",
        "template.gguf",
        "relu.onnx",
        "numbers.npy",
        "trees.cbm",
        "trees.ubj",
    }


def test_operators_are_told_by_name(attacks: dict[str, ModelResult]) -> None:
    told = {
        "os-system.pkl": "os.system",
        "torch.pt": "posix.mkdir",
        "lambda.keras": "Lambda",
        "saved_model.pb": "PyFunc",
        "python-op.onnx": "PyOp",
    }
    for name, operator in told.items():
        assert operator in attacks[name].dangerous, name


def test_remote_code_is_doubtful(attacks: dict[str, ModelResult]) -> None:
    assert {name for name, found in attacks.items() if found.remote_code} == {"auto-map/config.json"}


def test_half_an_attack_is_never_clean(tmp_path: Path) -> None:
    whole = crafted.torch_zip(crafted.marking())
    for name, data in (("a.pkl", crafted.marking()[:20]), ("a.pt", whole[: len(whole) // 2])):
        (tmp_path / name).write_bytes(data)
        assert look(tmp_path / name).verdict != "clean"


def test_a_file_beyond_the_limits_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_process, "SECONDS", 0.05)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    found = look(tmp_path / "a.pkl")
    assert found.verdict == "unreadable"
    assert "more than" in found.reasons[0]


def test_a_folder_tells_of_models_and_what_belongs_to_them(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    (tmp_path / "README.md").write_text("# Model")
    (tmp_path / "settings.json").write_text("{}")
    (tmp_path / "logs.gz").write_bytes(gzip.compress(b"a line\n" * 50))
    assert [Path(each.path).name for each in inspect_models([tmp_path])] == ["a.pkl"]


def test_results_are_json(tmp_path: Path, attacks: dict[str, ModelResult]) -> None:
    import msgspec

    for found in attacks.values():
        fields = json.loads(msgspec.json.encode(found))
        assert {"path", "format", "verdict", "reasons"} <= fields.keys()
