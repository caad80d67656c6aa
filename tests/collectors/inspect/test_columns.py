"""Columns: what is in them is found, and what looks like it is not."""

from collections.abc import Sequence

import pytest

from collectors.inspect.columns import classify_column
from collectors.inspect.readers.tables import _guess
from collectors.inspect.sample import ColumnSample
from tests.collectors.inspect.people import COLUMNS, OTHERS, Maker

ROWS = 400


def types_in(name: str, maker: Maker) -> dict[str, float]:
    values: list[str | None] = []
    values.extend(maker() for _ in range(ROWS))
    sample = ColumnSample(name, _guess(values), values, ROWS)
    return {each.type: each.share for each in classify_column(sample)}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_holds_what_it_holds_and_nothing_else(name: str) -> None:
    kind, maker = COLUMNS[name]
    assert set(types_in(name, maker)) == {kind}


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_looks_like_it_is_not_reported(name: str) -> None:
    assert types_in(name, OTHERS[name]) == {}


def test_a_share_and_its_bounds() -> None:
    values: Sequence[str | None] = ["ana@clinic.example"] * 30 + ["none"] * 70
    (found,) = classify_column(ColumnSample("note", "text", values, 10_000))
    assert (found.count, found.looked_at, found.share) == (30, 100, 0.3)
    assert 0.21 < found.low < 0.3 < found.high < 0.41


def test_everything_looked_at_leaves_no_doubt() -> None:
    values: list[str | None] = ["ana@clinic.example", None, "bo@clinic.example"]
    (found,) = classify_column(ColumnSample("x", "text", values, 2))
    assert (found.low, found.high) == (1.0, 1.0)


def test_a_sample_shows_nothing_of_itself() -> None:
    assert "ana@" not in repr(ColumnSample("x", "text", ["ana@clinic.example"], 1))
