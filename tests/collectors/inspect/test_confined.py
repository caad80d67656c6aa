"""Readers that hang, crash or eat memory: a refusal, and the next file is read."""

import os
from pathlib import Path

import pytest

from collectors.inspect import child, confined, data
from collectors.inspect.data import inspect_data


def quadratic(path: Path) -> None:
    """Python's parser of HTML looks for the end of a declaration again and again."""
    path.write_text("<!doctype html>" + "<![CDATA[" * 400_000)


def test_a_reader_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "SECONDS", 1)
    quadratic(tmp_path / "a.html")
    (tmp_path / "b.csv").write_text("contact\nana@clinic.example\n")
    hung, found = inspect_data([str(tmp_path)])
    assert (hung.state, hung.reason) == ("refused", "it takes more than 1 s to read")
    assert found.type == "email"


def test_a_reader_that_is_killed_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("contact\nana@clinic.example\n")
    reader = confined._Child()
    os.kill(reader.running.process.pid, 11)
    reader.running.process.wait()
    with (tmp_path / "a.csv").open("rb") as file:
        (part,) = reader.parts(file, 10, "a.csv", "0")
    assert "breaks its reader" in repr(part)


def test_the_child_knows_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    assert not {name for name in child.environment() if name.startswith("AWS")}


def test_judging_that_takes_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "SECONDS", 0)
    (tmp_path / "a.txt").write_text("1 2 3 4 5 6 7 8 9 0 " * 1_000)
    (place,) = inspect_data([str(tmp_path)])
    assert (place.state, place.reason) == ("in part", "not looked at: what takes more than 0 s to judge")


def test_nothing_of_the_folder_that_one_is_in_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's data set may hold files that are called like modules."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "collectors").mkdir()
    for name in ("collectors/__init__.py", "msgspec.py", "sitecustomize.py", "usercustomize.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    (tmp_path / "a.csv").write_text("contact\nana@clinic.example\n")
    monkeypatch.setattr(confined, "_idle", [])
    (found,) = inspect_data(["a.csv"])
    assert found.type == "email"
    assert not (tmp_path / "ran").exists()
