"""What a column holds: by its name, its type and its values; what only looks like something is left out.

A checksum is passed by chance by one in ten or so of all numbers. So a column is only said to hold what has
one when far more of its values pass than would by chance, or when its name says so too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import inf, log

import msgspec

from collectors.inspect import matching
from collectors.inspect.around import FAR
from collectors.inspect.detector import ASIDE, OTHER_NAMES, Detector, by_type, detectors, words
from collectors.inspect.interval import interval, interval_of_groups
from collectors.inspect.luck import by_luck, luck
from collectors.inspect.sample import ColumnSample, Finding

NUMBERS = ("integer", "float")

STRONG, LIKELY, NAMED = 0.96, 0.95, 0.4
"""Shares of values that must be of a type: where chance is high, where it is low, where the name says so."""
PURE = 0.92
"""Share of the values like a pattern that must pass its check where no name tells."""
CHECKED = 0.15
"""Chance of a check up to which it tells a column by itself, when nearly all of many values pass."""
LUCK = 1e-6
"""How likely luck may be where no name tells."""
MISSING = frozenset(
    ("n/a", "na", "-", "--", "null", "none", "unknown", "?", "nan", "nil", "k.a.", ".", "tbd", "#n/a")
)
"""What stands where a value is missing."""
WEAK = 0.5
"""Chance from which a name that is about something else (`email_status`) tells nothing."""
PROBE = 100
"""Different values that are looked at first."""
PREFIX = 7
"""Letters of a word from which it may be the beginning of a longer one: `telefon` of `telefonnummer`."""


class _Counted(msgspec.Struct, frozen=True):
    """How many values are like a detector's pattern, and how many of these pass its check."""

    detector: Detector
    like: int
    passed: int
    named: bool

    @property
    def evidence(self) -> float:
        """How surprising it is that so many pass, in nats."""
        return self.passed * -log(min(0.95, max(1e-6, self.detector.chance)))


def classify_column(sample: ColumnSample, until: float = inf) -> Iterator[Finding]:
    """The types of sensitive data in a column, the strongest of those that fit the same values.

    Raises `TakesTooLong` when the monotonic clock is beyond `until`.
    """
    values = [each.strip() for each in sample.values if each is not None and each.strip()]
    given = Counter(each for each in values if each.lower() not in MISSING)
    if not given or sample.type == "binary":
        return
    whole = _whole(given) if sample.type == "float" else None
    name = words(sample.place.replace("[*]", " ").replace(".", " "))
    counted = _counted("integer" if whole else sample.type, name, whole or given)
    chosen = _strongest([each for each in counted if _holds(each, name, given)])
    for each in chosen:
        yield _finding(each.detector, each.passed, sample, len(values), named=each.named)
    if sample.type == "text" and not any(each.passed > 0.5 * given.total() for each in chosen):
        yield from _inside(sample, name, values, [each.detector for each in chosen], until)


def _whole(values: Counter[str]) -> Counter[str] | None:
    """Whole numbers that were written as `1234567.0`, as columns with gaps are by some tools."""
    ended = sum(count for value, count in values.items() if value.endswith(".0"))
    if ended < LIKELY * values.total():
        return None
    return Counter({value.removesuffix(".0"): count for value, count in values.items()})


def _counted(kind: str, name: str, values: Counter[str]) -> Iterator[_Counted]:
    """Counts for the detectors that a column may be of, without those that a few values speak against."""
    few = _few(values)
    for each in detectors():
        named = _named(each, name)
        alone = not each.needs_context or (each.check and each.chance <= CHECKED)
        if (not named and not alone) or any(other in name for other in each.not_about):
            continue
        if kind in NUMBERS and not each.numbers:
            continue
        if kind in ("time", "boolean") and not named:
            continue
        if not named and few is not values and not _likely(each, few):
            continue
        found = _count(each, values, named=named)
        if found.like:
            yield found


def _few(values: Counter[str]) -> Counter[str]:
    """A hundred of many different values, evenly chosen."""
    if len(values) <= 2 * PROBE:
        return values
    return Counter(dict.fromkeys(list(values)[:: len(values) // PROBE], 1))


def _likely(detector: Detector, few: Counter[str]) -> bool:
    found = _count(detector, few, named=False)
    return found.like > 0 and (found.like < 20 or detector.least > 0 or found.passed > 0.5 * found.like)


def _count(detector: Detector, values: Counter[str], *, named: bool) -> _Counted:
    like = passed = 0
    least, most = detector.lengths
    for value, count in values.items():
        text = _filled(value, detector) if named else value
        if least <= len(text) <= most and detector.fits(text):
            like += count
            if detector.valid(text):
                passed += count
    return _Counted(detector, like, passed, named)


def _filled(value: str, detector: Detector) -> str:
    """A number with the zeros in front that it lost when it was kept as a number."""
    least = detector.lengths[0]
    short = detector.check and least - 3 <= len(value) < least and value.isdigit()
    return value.zfill(least) if short else value


def _named(detector: Detector, name: str) -> bool:
    for about in detector.about:  # a loop, since it runs for each word of each detector
        if (about in name or (len(about) >= PREFIX + 2 and about[:-1] in name)) and _says(
            about, name, detector
        ):
            return True
    return False


def _says(about: str, name: str, detector: Detector) -> bool:
    start = name.find(about[:-1])
    rest = f"{name[:start]} {name[start + len(about) - 1 :]}".split()
    return detector.chance < WEAK or not ASIDE.intersection(rest)


def _holds(found: _Counted, name: str, given: Counter[str]) -> bool:
    detector, share = found.detector, found.passed / given.total()
    if found.passed == 0:
        return False
    if found.named:
        enough = found.passed / found.like >= 0.5 if detector.check else True
        return share >= max(NAMED, detector.least) and enough
    if detector.chance >= 0.001 and any(other in name for other in OTHER_NAMES):
        return False
    if len(given) < max(detector.distinct, 2 if detector.values else 1):
        return False
    if detector.chance >= 0.3:
        return share >= STRONG and given.total() >= 20 and detector.chance < 0.85
    if detector.least:
        return share >= detector.least and luck(found.passed, found.like, detector.chance) <= LUCK
    if not detector.check:
        return share >= 0.5
    return _passes(found, share)


def _passes(found: _Counted, share: float) -> bool:
    """Whether so many pass a check that it is neither luck nor another scheme with some numbers in common."""
    detector = found.detector
    if found.passed < PURE * found.like:
        return False
    if detector.needs_context and share >= FEW:
        return found.like >= 12 and share >= LIKELY
    most = LUCK if share >= FEW else LUCK**1.5
    return luck(found.passed, found.like, detector.chance) <= most


FEW = 0.5
"""Share up to which a type is one of several things in a column."""


def _strongest(found: list[_Counted]) -> list[_Counted]:
    """Of types that the same values fit: what the name tells of, else what is least likely by chance."""
    kept: list[_Counted] = []
    for each in sorted(found, key=lambda one: (not one.named, -one.evidence, -one.passed)):
        if not any(_rivals(each, other) for other in kept):
            kept.append(each)
    return kept


def _rivals(each: _Counted, other: _Counted) -> bool:
    if each.named and other.named and each.detector.label != other.detector.label:
        return each.detector.chance >= 0.5 and other.detector.chance < 0.5
    return True


def _finding(detector: Detector, count: int, sample: ColumnSample, looked_at: int, *, named: bool) -> Finding:
    low, high = bounds(sample, count, looked_at)
    return Finding(
        place=sample.place,
        type=detector.told_as,
        label=detector.label,
        count=count,
        looked_at=looked_at,
        share=count / looked_at,
        low=low,
        high=high,
        confidence=round(max(0.5, 1 - detector.chance * (0.3 if named else 0.6)), 2),
    )


def bounds(sample: ColumnSample, count: int, looked_at: int) -> tuple[float, float]:
    """Of the share of a type in the whole column; empty values are as frequent there as in the sample."""
    if sample.groups is not None:
        return interval_of_groups(count, looked_at, *sample.groups)
    if sample.rows is None:
        return interval(count, looked_at)
    everything = len(sample.values) >= sample.rows
    return interval(count, looked_at, looked_at if everything else _not_empty(sample, looked_at))


def _not_empty(sample: ColumnSample, looked_at: int) -> int:
    """About how many values of the column are not empty."""
    return max(looked_at + 1, round((sample.rows or 0) * looked_at / len(sample.values)))


def _inside(
    sample: ColumnSample, name: str, values: Sequence[str], known: Sequence[Detector], until: float
) -> Iterator[Finding]:
    """What stands inside longer values, as in free text: strong types, or beside a word that tells.

    A whole value of a type that most values must be of was judged with the column, and was too few.
    """
    told: dict[str, set[int]] = {}
    free: dict[str, set[int]] = {}
    tried: matching.Tried = Counter()
    for number, hit in matching.hits(values, sample.place, tried, until):
        judged = hit.near == FAR and hit.detector.least > 0 and hit.text == values[number].strip()
        if not judged and not any(each.told_as == hit.detector.told_as for each in known):
            (free if hit.near == FAR else told).setdefault(hit.detector.id, set()).add(number)
    other = any(each in name for each in OTHER_NAMES)
    rows: dict[str, set[int]] = {}
    claimed = {number for number, value in enumerate(values) if any(each.fits(value) for each in known)}
    for detector in sorted(detectors(), key=lambda each: -len(free.get(each.id, ()))):
        found = told.get(detector.id, set())
        alone = free.get(detector.id, set()) - (claimed if detector.chance else set())
        doubt = (other and detector.chance >= 0.001) or by_luck(detector, len(alone), tried[detector.id])
        if alone and not doubt:
            found = found | alone
            claimed |= alone if detector.chance else set()
        rows[detector.told_as] = rows.get(detector.told_as, set()) | found
    for kind in by_type():
        if count := len(rows.get(kind, ())):
            yield _finding(by_type()[kind], count, sample, len(values), named=False)
