"""Words that tell a column without a name that says what it is: given names, conditions, medications.

They are hints for whole columns, never enough for a single value: a large part of a column must have them.
"""

import re
from functools import cache
from importlib.resources import files

import msgspec

_WORD = re.compile(r"[^\W\d_]+")
_FIRMS = frozenset(
    (
        *(
            "inc",
            "llc",
            "ltd",
            "plc",
            "gmbh",
            "kg",
            "ag",
            "ohg",
            "co",
            "corp",
            "company",
            "group",
            "sons",
            "and",
        ),
        *(
            "und",
            "et",
            "fils",
            "hnos",
            "sl",
            "sa",
            "srl",
            "spa",
            "street",
            "st",
            "university",
            "hospital",
            "the",
        ),
        *("school", "bank", "of"),
    )
)
"""Words of names of firms and places."""


def given_name(text: str) -> bool:
    """A first word or two that many people are called, and nothing that a firm or a street is called."""
    found = [each.lower() for each in _WORD.findall(text)]
    if not found or not text[0].isupper() or len(found) > 5 or not _FIRMS.isdisjoint(found):
        return False
    return any(each in _listed("given_names").whole for each in found[:3])


def condition(text: str) -> bool:
    """A word of a disease, or one made like such (-itis, -osis, -emia, -pathy)."""
    return _has(text, "conditions")


_STRENGTH = re.compile(r"\b\d+(?:[.,]\d+)? ?(?:mg|mcg|µg|IU)\b")


def drug(text: str) -> bool:
    """A medication by its name or the stem of it, or a strength in milligrams."""
    return _has(text, "drugs") or _STRENGTH.search(text) is not None


class _Words(msgspec.Struct, frozen=True):
    """Whole words, beginnings, ends, and words that are none of these though they end so."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]
    ends: tuple[str, ...]
    never: frozenset[str]


@cache
def _listed(name: str) -> _Words:
    text = files("collectors.inspect").joinpath("detectors", f"{name}.txt").read_text("utf-8")
    listed = [each for line in text.splitlines() if not line.startswith("#") for each in line.split()]
    return _Words(
        whole=frozenset(each for each in listed if each.isalpha() or each.strip("*-") == each),
        beginnings=tuple(each.rstrip("*") for each in listed if each.endswith("*")),
        ends=tuple(each.lstrip("*") for each in listed if each.startswith("*")),
        never=frozenset(each.lstrip("-") for each in listed if each.startswith("-")),
    )


def _has(text: str, name: str) -> bool:
    known = _listed(name)
    for each in _WORD.findall(text.lower()):
        if each in known.never:
            continue
        if (
            each in known.whole
            or each.startswith(known.beginnings)
            or (len(each) > 6 and each.endswith(known.ends))
        ):
            return True
    return False
