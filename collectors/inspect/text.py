"""What free text holds: finds of the one pass, kept where a checksum or a word nearby makes them sure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import inf

from collectors.inspect import matching
from collectors.inspect.around import FAR
from collectors.inspect.detector import Detector, by_type
from collectors.inspect.interval import interval
from collectors.inspect.luck import by_luck
from collectors.inspect.sample import Finding, TextSample

PIECE = 4_000
"""Characters that are looked at together."""


def classify_text(sample: TextSample, until: float = inf) -> Iterator[Finding]:
    """The types of sensitive data in a text; `looked_at` are its pieces of 4,000 characters.

    Raises `TakesTooLong`, before anything is said, when the monotonic clock is beyond `until`.
    """
    pieces = list(_pieces(sample.text))
    counts: Counter[str] = Counter()
    within: dict[str, set[int]] = {}
    taken: set[tuple[int, int]] = set()
    tried: matching.Tried = Counter()
    found = list(matching.hits(pieces, sample.place, tried, until))
    lucky = _lucky((hit.detector for _, hit in found if hit.near == FAR), tried)
    for number, hit in sorted(
        found, key=lambda each: (each[0], each[1].start, each[1].near, each[1].detector.chance)
    ):
        if (number, hit.start) not in taken and not (hit.near == FAR and hit.detector.id in lucky):
            taken.add((number, hit.start))
            counts[hit.detector.told_as] += 1
            within.setdefault(hit.detector.told_as, set()).add(number)
    for kind, detector in by_type().items():
        if count := counts[kind]:
            share = len(within[kind]) / len(pieces)
            low, high = interval(len(within[kind]), len(pieces), len(pieces) if sample.whole else None)
            yield Finding(
                place=sample.place,
                type=kind,
                label=detector.label,
                count=count,
                looked_at=len(pieces),
                share=share,
                low=low,
                high=high,
                confidence=round(0.95 - detector.chance / 2, 2),
            )


def _lucky(free: Iterable[Detector], tried: matching.Tried) -> set[str]:
    """Detectors whose finds, with no word nearby, may all be luck: of many numbers some pass any checksum."""
    counts = Counter(free)
    return {each.id for each, passed in counts.items() if by_luck(each, passed, tried[each.id])}


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that end at white space where they can, so that nothing is cut in two."""
    start = 0
    while start < len(text):
        end = min(len(text), start + PIECE)
        if end < len(text):
            space = text.rfind("\n", start + PIECE // 2, end)
            space = space if space > 0 else text.rfind(" ", start + PIECE // 2, end)
            end = space if space > start else end
        yield text[start:end]
        start = end
