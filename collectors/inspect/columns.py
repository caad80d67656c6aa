"""What a column holds: by its name, its type and its values; what only looks like something is left out.

A checksum is passed by chance by one in ten or so of all numbers. So a column is only said to hold what has
one when far more of its values pass than would by chance, or when its name says so too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import inf

import msgspec

from collectors.inspect import matching
from collectors.inspect.detector import OTHER_NAMES, Detector, detectors, words
from collectors.inspect.interval import interval, interval_of_groups
from collectors.inspect.sample import ColumnSample, Finding

NUMBERS = ("integer", "float")

STRONG, LIKELY, NAMED = 0.97, 0.9, 0.4
"""Shares of values that must be of a type: where chance is high, where it is low, where the name says so."""


class _Counted(msgspec.Struct, frozen=True):
    """How many values are like a detector's pattern, and how many of these pass its check."""

    detector: Detector
    like: int
    passed: int
    named: bool


def classify_column(sample: ColumnSample, until: float = inf) -> Iterator[Finding]:
    """The types of sensitive data in a column, the strongest of those that fit the same values.

    Raises `TakesTooLong` when the monotonic clock is beyond `until`.
    """
    values = [each.strip() for each in sample.values if each is not None and each.strip()]
    if not values or sample.type == "binary":
        return
    name = words(sample.place.replace("[*]", " ").replace(".", " "))
    counted = _counted(sample, name, Counter(values))
    chosen = _strongest([each for each in counted if _holds(each, name, len(values))])
    for each in chosen:
        yield _finding(each, sample, len(values))
    if sample.type == "text" and not any(each.passed > 0.5 * len(values) for each in chosen):
        yield from _inside(sample, values, {each.detector.id for each in chosen}, until)


def _counted(sample: ColumnSample, name: str, values: Counter[str]) -> Iterator[_Counted]:
    for each in detectors():
        named = _named(each, name)
        if (each.needs_context and not named) or any(other in name for other in each.not_about):
            continue
        if sample.type in NUMBERS and not each.numbers:
            continue
        if sample.type in ("time", "boolean") and not named:
            continue
        least, most = each.lengths
        like = [value for value in values if least <= len(value) <= most and each.fits(value)]
        if like:
            passed = sum(values[value] for value in like if each.valid(value))
            yield _Counted(each, sum(values[value] for value in like), passed, named)


def _named(detector: Detector, name: str) -> bool:
    return any(about in name for about in detector.about)


def _holds(found: _Counted, name: str, looked_at: int) -> bool:
    detector, share = found.detector, found.passed / looked_at
    if found.passed == 0:
        return False
    if found.named:
        enough = found.passed / found.like >= 0.5 if detector.check else True
        return share >= NAMED and enough
    if any(other in name for other in OTHER_NAMES) and detector.chance >= 0.001:
        return False
    if detector.chance >= 0.3:
        return share >= STRONG and looked_at >= 20 and detector.chance < 0.85
    if detector.chance >= 0.001:
        return share >= LIKELY and looked_at >= 5
    return share >= 0.5


def _strongest(found: list[_Counted]) -> list[_Counted]:
    """Of types that the same values fit: what the name tells of, else what is least likely by chance."""
    kept: list[_Counted] = []
    for each in sorted(found, key=lambda one: (not one.named, one.detector.chance, -one.passed)):
        if not any(_rivals(each, other) for other in kept):
            kept.append(each)
    return kept


def _rivals(each: _Counted, other: _Counted) -> bool:
    if each.named and other.named and each.detector.label != other.detector.label:
        return each.detector.chance >= 0.5 and other.detector.chance < 0.5
    return True


def _finding(found: _Counted, sample: ColumnSample, looked_at: int) -> Finding:
    low, high = bounds(sample, found.passed, looked_at)
    detector = found.detector
    sure = 1 - detector.chance * (0.3 if found.named else 0.6)
    return Finding(
        place=sample.place,
        type=detector.id,
        label=detector.label,
        count=found.passed,
        looked_at=looked_at,
        share=found.passed / looked_at,
        low=low,
        high=high,
        confidence=round(max(0.5, sure), 2),
    )


def bounds(sample: ColumnSample, count: int, looked_at: int) -> tuple[float, float]:
    """Of the share of a type in the whole column; empty values are as frequent there as in the sample."""
    if sample.groups is not None:
        return interval_of_groups(count, looked_at, *sample.groups)
    if sample.rows is None:
        return interval(count, looked_at)
    everything = len(sample.values) >= sample.rows
    return interval(count, looked_at, looked_at if everything else _filled(sample, looked_at))


def _filled(sample: ColumnSample, looked_at: int) -> int:
    """About how many values of the column are not empty."""
    return max(looked_at + 1, round((sample.rows or 0) * looked_at / len(sample.values)))


def _inside(sample: ColumnSample, values: Sequence[str], known: set[str], until: float) -> Iterator[Finding]:
    """What stands inside longer values, as in free text: strong types, or beside a word that tells."""
    from collectors.inspect.text import found_in

    rows: dict[str, set[int]] = {}
    for number, hit in matching.hits(values, until):
        if hit.detector.id not in known and found_in(values[number], hit, sample.place):
            rows.setdefault(hit.detector.id, set()).add(number)
    for detector in detectors():
        if count := len(rows.get(detector.id, ())):
            low, high = bounds(sample, count, len(values))
            yield Finding(
                place=sample.place,
                type=detector.id,
                label=detector.label,
                count=count,
                looked_at=len(values),
                share=count / len(values),
                low=low,
                high=high,
                confidence=round(0.9 - detector.chance / 2, 2),
            )
