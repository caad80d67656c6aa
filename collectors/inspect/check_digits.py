"""Sums and dates that numbers of many kinds are checked by."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

Check = Callable[[str], bool]
"""Whether a text is of a kind."""

NOT_ALNUM = re.compile(r"[^0-9A-Za-z]")


_VALUE: Mapping[str, int] = {str(each): each for each in range(10)}


def digits(text: str) -> list[int]:
    return [_VALUE[each] for each in text if each in _VALUE]


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right is doubled; the sum ends in 0."""
    found = digits(text)
    total = sum(found[-1::-2]) + sum(sum(divmod(2 * each, 10)) for each in found[-2::-2])
    return len(found) > 1 and total % 10 == 0 and len(set(found)) > 1


def weighted(found: Sequence[int], weights: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(found, weights, strict=False))


_D = (
    *((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6)),
    *((3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1)),
    *((6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4)),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)


_P = (
    *((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2)),
    *((8, 9, 1, 6, 0, 4, 3, 5, 2, 7), (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1)),
    *((2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8)),
)


def verhoeff(text: str) -> bool:
    """J. Verhoeff, Error detecting decimal codes (1969)."""
    check = 0
    for place, each in enumerate(reversed(digits(text))):
        check = _D[check][_P[place % 8][each]]
    return check == 0


def month_day(month: str | int, day: str | int) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def is_day(text: str) -> bool:
    return is_date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def is_date(year: int, month: int, day: int) -> bool:
    try:
        return date(1900, 1, 1) <= date(year, month, day) <= date.today()
    except ValueError:
        return False
