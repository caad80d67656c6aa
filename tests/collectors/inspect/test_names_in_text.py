"""Names in free text: by a model where there is one, after the detectors, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from collectors.inspect.data import classify, inspect_data
from collectors.inspect.names import NOT_INSTALLED, Names, Unusable, load
from collectors.inspect.sample import ColumnSample, Finding, Sample, TextSample


class EveryText:
    """Stands where a model would, and says of every text that a name is in it."""

    def classify(self, sample: Sample) -> Iterator[Finding]:
        yield Finding(sample.place, "person_name", "personal", 1, 1, 1.0, 0.2, 1.0, 0.6)


MODEL = cast("Names", EveryText())


def test_without_a_model_nobody_looks() -> None:
    assert load("") == Unusable(NOT_INSTALLED)
    assert [each.type for each in classify(TextSample("text", "Anna Schmidt came."))] == []


def test_a_model_adds_to_what_detectors_say() -> None:
    found = classify(TextSample("text", "Write to ana@clinic.example."), names=MODEL)
    assert [each.type for each in found] == ["email", "person_name"]


def test_what_detectors_call_a_name_is_told_once() -> None:
    column = ColumnSample("full_name", "text", ["Anna Schmidt", "Jonas Weber"] * 20, 40)
    assert [each.type for each in classify(column, names=MODEL)] == ["person_name"]


def test_files_are_looked_at_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Yesterday somebody came in.\n")
    assert {each.type for each in inspect_data([str(tmp_path)], names=MODEL)} == {"person_name"}
    assert {each.type for each in inspect_data([str(tmp_path)])} == {None}
