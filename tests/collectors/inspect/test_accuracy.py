"""Columns as they are found, of which the makers know nothing of the detectors: how many are told rightly."""

from collections.abc import Sequence

import pytest

from collectors.inspect.columns import classify_column
from tests.collectors.inspect.accuracy import Accuracy, measured
from tests.collectors.inspect.tables import Labelled, Tables

SEED = 101


@pytest.fixture(scope="module")
def columns() -> Sequence[Labelled]:
    return list(Tables(SEED).columns())


@pytest.fixture(scope="module")
def found(columns: Sequence[Labelled]) -> list[tuple[Labelled, set[str]]]:
    return [(each, {one.type for one in classify_column(each.sample)}) for each in columns]


@pytest.fixture(scope="module")
def accuracy(found: list[tuple[Labelled, set[str]]]) -> dict[str, Accuracy]:
    return measured((each.types, types) for each, types in found)


def test_there_are_many_columns_of_many_types(columns: Sequence[Labelled]) -> None:
    assert len(columns) >= 300
    assert len({kind for each in columns for kind in each.types}) >= 80


def test_all_columns_together(accuracy: dict[str, Accuracy], found: list[tuple[Labelled, set[str]]]) -> None:
    odd = [(each, types) for each, types in found if each.types != types]
    assert accuracy[""].precision >= 0.97, odd
    assert accuracy[""].recall >= 0.97, odd


@pytest.mark.parametrize("group", ["named", "unnamed", "within"])
def test_each_sort_of_column(group: str, found: list[tuple[Labelled, set[str]]]) -> None:
    of_group = measured((each.types, types) for each, types in found if each.group == group)
    assert of_group[""].precision >= 0.95
    assert of_group[""].recall >= 0.9


def test_what_only_looks_like_it_seldom_is_told(found: list[tuple[Labelled, set[str]]]) -> None:
    alarms = [(each, types) for each, types in found if not each.types and types]
    assert len(alarms) <= 0.03 * sum(1 for each, _ in found if not each.types), alarms
