"""What holds for every kind of database."""

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.inspect import databases
from collectors.inspect.places import Budget, Spent

SIZES = st.integers(0, 10_000)


@given(st.integers(1, 100_000), st.integers(1, 3_000), SIZES)
def test_no_more_rows_than_the_budget_has_bytes_for(most: int, rows: int, size: int) -> None:
    allowed = databases.within(Budget(most), rows, size)
    assert 1 <= allowed <= rows
    assert allowed == 1 or allowed * size <= most


@given(st.integers(1, 3_000), SIZES)
def test_a_budget_that_is_used_up_allows_none(rows: int, size: int) -> None:
    budget = Budget(100)
    budget.read(100)
    with pytest.raises(Spent):
        databases.within(budget, rows, size)


@pytest.mark.parametrize(("scheme", "module"), [*databases.OPENERS.items()])
def test_every_scheme_has_its_opener(scheme: str, module: str) -> None:
    with pytest.raises(databases.Closed, match=scheme):
        import_module(module).database(scheme)
