"""The documented object per result, and its file."""

import stat
from pathlib import Path

import msgspec
import pytest

from queries import results
from queries.results import Result, ResultsError, fingerprint, scope_fingerprint
from tests.queries.estates import path

DOCS = Path(__file__).parents[2] / "docs" / "results.md"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    some = [path("a", "b", "c"), path("a", "d")]
    results.write(tmp_path, some)
    assert results.read(tmp_path) == results.in_order(some)


def test_the_same_results_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    some = [path("a", "b", "c"), path("a", "d")]
    first = results.write(tmp_path / "1", some).read_bytes()
    assert results.write(tmp_path / "2", reversed(some)).read_bytes() == first


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    assert stat.S_IMODE(results.write(tmp_path, []).stat().st_mode) == 0o600


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="crownpath check"):
        results.read(tmp_path)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    file = results.write(tmp_path, [path("a", "b"), path("a", "c")])
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ResultsError, match="line 2"):
        results.read(tmp_path)


def test_a_finding_keeps_its_id_and_never_shares_it_with_a_scope() -> None:
    assert fingerprint("R", "s", "e") == fingerprint("R", "s", "e") != fingerprint("R", "s")
    assert scope_fingerprint("R", "s") != fingerprint("R", "scope", "s")


def test_every_field_of_the_object_is_documented() -> None:
    page = DOCS.read_text("utf-8")
    assert [f.name for f in msgspec.structs.fields(Result) if f"`{f.name}`" not in page] == []
