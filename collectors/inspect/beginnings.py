"""With which characters of ASCII a pattern may begin, so that it is not tried on what begins otherwise."""

from collections.abc import Sequence
from functools import cache
from re import _constants as sre  # type: ignore[attr-defined]  # no public way to see a pattern's parts
from re import _parser  # type: ignore[attr-defined]
from typing import cast

Parts = Sequence[tuple[object, object]]
"""A parsed pattern: kinds of parts, and what each is about."""
ALL = frozenset(map(chr, range(128)))


@cache
def beginnings(pattern: str) -> frozenset[str]:
    """Characters that a match may begin with: some too many, none too few. Other characters always may."""
    found, empty = _of(_parser.parse(pattern))
    return ALL if empty else found


def _of(parts: Parts) -> tuple[frozenset[str], bool]:
    """The first characters of a sequence, and whether it may be empty."""
    found: frozenset[str] = frozenset()
    for kind, about in parts:
        more, empty = _part(kind, about)
        found |= more
        if not empty:
            return found, False
    return found, True


def _part(kind: object, about: object) -> tuple[frozenset[str], bool]:
    match kind, about:
        case sre.LITERAL, int(code):
            return frozenset((chr(code), chr(code).swapcase())) & ALL, False
        case sre.MAX_REPEAT | sre.MIN_REPEAT, (int(least), _, inner):
            found, empty = _of(cast("Parts", inner))
            return found, empty or least == 0
        case sre.SUBPATTERN, (*_, inner):
            return _of(cast("Parts", inner))
        case sre.BRANCH, (_, branches):
            each = [_of(branch) for branch in cast("Sequence[Parts]", branches)]
            return frozenset().union(*(one for one, _ in each)), any(empty for _, empty in each)
        case sre.IN, list(members):
            return _members(members), False
        case sre.ASSERT | sre.ASSERT_NOT | sre.AT, _:
            return frozenset(), True
    return ALL, False


def _members(members: Parts) -> frozenset[str]:
    found: set[str] = set()
    for kind, about in members:
        match kind, about:
            case sre.LITERAL, int(code):
                found |= {chr(code), chr(code).swapcase()}
            case sre.RANGE, (int(first), int(last)):
                letters = {chr(code) for code in range(first, min(last, 127) + 1)}
                found |= letters | {each.swapcase() for each in letters}
            case sre.CATEGORY, sre.CATEGORY_DIGIT:
                found |= set("0123456789")
            case _:
                return ALL
    return frozenset(found) & ALL
