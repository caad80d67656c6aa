"""crownpath inspect, as people type it."""

import json
import pickle
from pathlib import Path

import pytest

from app import faults
from tests.commands.conftest import crownpath


def lines(*arguments: str | Path) -> list[dict[str, object]]:
    ended = crownpath("inspect", *arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_data(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("contact\n" + "ana@clinic.example\n" * 9)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    found, refused = lines("data", tmp_path)
    assert (found["column"], found["type"], found["label"]) == ("contact", "email", "personal")
    assert (found["count"], found["looked_at"], found["share"]) == (9, 9, 1.0)
    assert refused["state"] == "refused"
    shown = crownpath("inspect", "data", tmp_path)
    assert "email" in shown.stdout
    assert "ana@" not in shown.stdout + shown.stderr


def test_secrets(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    (tmp_path / "a.py").write_text(f"token = '{secret}'\n")
    (found,) = lines("secrets", tmp_path / "a.py", "--home", tmp_path / "home")
    assert (found["line"], found["provider"]) == (1, "github")
    assert str(found["fingerprint"]).startswith("redacted:github:")
    assert secret not in json.dumps(found)


def test_models(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    (found,) = lines("models", tmp_path)
    assert (found["format"], found["verdict"], found["reasons"]) == ("pickle", "clean", [])


def test_models_hold_data_and_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"contact": ["ana@clinic.example"] * 9}))
    (found,) = lines("models", tmp_path)
    assert found["findings"] == [
        {"place": "$.contact[*]", "type": "email", "label": "personal", "count": 9, "looked_at": 9}
        | {"confidence": found["findings"][0]["confidence"]}  # type: ignore[index]  # JSON
    ]
    shown = crownpath("inspect", "models", tmp_path)
    assert "email" in shown.stdout
    assert "ana@" not in shown.stdout + shown.stderr
    (tmp_path / "key.pem").write_text("no key")
    ended = crownpath("inspect", "models", tmp_path, "--key", tmp_path / "key.pem")
    assert ended.returncode == faults.BAD_INPUT
    assert "PEM" in ended.stderr


@pytest.mark.parametrize("what", ["data", "secrets", "models"])
def test_a_path_that_is_not_there_is_a_sentence(what: str, tmp_path: Path) -> None:
    ended = crownpath("inspect", what, tmp_path / "nowhere")
    assert ended.returncode == faults.BAD_INPUT
    assert "does not exist" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_plan_reads_nothing_and_says_how_much_it_would(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.csv").write_text("contact\nana@clinic.example\n" * 1_000)
    ended = crownpath("inspect", "data", tmp_path, "--files", "3", "--plan")
    assert ended.returncode == 0, ended.stderr
    assert "3 of 5" in ended.stdout
    assert "Nothing was read" in ended.stderr
    assert "email" not in ended.stdout


def test_a_budget_ends_the_reading(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text("contact\n" + "ana@clinic.example\n" * 40_000)
    *found, rest = lines("data", tmp_path, "--megabytes", "1")
    assert len(found) == 1
    assert rest["state"] == "never looked at"
