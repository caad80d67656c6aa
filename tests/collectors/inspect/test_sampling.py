"""Samples: the same again for the same seed, and each row as likely as any other."""

from collections import Counter

import pytest

from collectors.inspect.interval import interval
from collectors.inspect.sampling import Sampler


@pytest.mark.parametrize(("rows", "most"), [(0, 5), (3, 5), (5, 5), (6, 5), (1_000, 5)])
def test_a_reservoir_holds_no_more_and_counts_all(rows: int, most: int) -> None:
    kept, seen = Sampler(1).reservoir(range(rows), most)
    assert seen == rows
    assert len(kept) == len(set(kept)) == min(rows, most)


def test_each_row_is_as_likely() -> None:
    sampler = Sampler(2)
    counts = Counter[int]()
    for _ in range(4_000):
        counts.update(sampler.reservoir(range(40), 10)[0])
    assert all(850 < counts[row] < 1_150 for row in range(40))  # 1,000 on average, 27 the standard deviation


def test_the_same_seed_is_the_same() -> None:
    first, again = (Sampler(3).reservoir(range(500), 20) for _ in range(2))
    assert first == again


def test_bounds_hold_the_truth_about_as_often_as_they_say() -> None:
    """Wilson's interval of samples of 100 with a share of a tenth."""
    sampler, rows = Sampler(4), [each < 100 for each in range(1_000)]
    held = 0
    for _ in range(2_000):
        low, high = interval(sum(sampler.some(rows, 100)), 100, 1_000)
        held += low <= 0.1 <= high
    assert 0.92 < held / 2_000 < 0.99


def test_nothing_looked_at_bounds_nothing() -> None:
    assert interval(0, 0) == (0.0, 1.0)
