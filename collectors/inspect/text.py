"""What free text holds: finds of the one pass, kept where a checksum or a word nearby makes them sure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import inf

from collectors.inspect import matching
from collectors.inspect.detector import OTHER_NAMES, detectors, words
from collectors.inspect.interval import interval
from collectors.inspect.matching import Hit
from collectors.inspect.sample import Finding, TextSample

BEFORE, AFTER = 60, 25
"""Characters around a find in which a word may say what it is."""
SURE = 0.02
"""Chance of a check up to which no word is needed."""
LUCK = 0.001
"""Chance of a check from which a word before that says otherwise counts."""
CLOSE, FAR = 12, 1_000
"""Characters: a word as near as this speaks of the find; further than any word is."""
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
    counting = [
        (number, hit.start, found, hit.detector.chance, hit)
        for number, hit in matching.hits(pieces, until)
        if (found := nearness(pieces[number], hit, sample.place)) is not None
    ]
    for number, *_, hit in sorted(counting, key=lambda each: each[:4]):
        if (number, hit.start) not in taken:
            taken.add((number, hit.start))
            counts[hit.detector.id] += 1
            within.setdefault(hit.detector.id, set()).add(number)
    for detector in detectors():
        if count := counts[detector.id]:
            share = len(within[detector.id]) / len(pieces)
            population = len(pieces) if sample.whole else None
            low, high = interval(len(within[detector.id]), len(pieces), population)
            yield Finding(
                place=sample.place,
                type=detector.id,
                label=detector.label,
                count=count,
                looked_at=len(pieces),
                share=share,
                low=low,
                high=high,
                confidence=round(0.95 - detector.chance / 2, 2),
            )


def found_in(text: str, hit: Hit, place: str = "") -> bool:
    """Whether a find counts: by itself, or because the words around it or its place say what it is."""
    return nearness(text, hit, place) is not None


def nearness(text: str, hit: Hit, place: str = "") -> int | None:
    """How many characters away the word is that says what a find is, FAR where it needs none; None when it
    does not count. A word that says that it is something else counts when it is nearer."""
    detector = hit.detector
    before = words(text[max(0, hit.start - BEFORE) : hit.start])
    after = words(text[hit.start + len(hit.text) : hit.start + len(hit.text) + AFTER])
    around = f"{words(place)}{before}{after}"
    if any(other in around for other in detector.not_about):
        return None
    named = _nearest(detector.about, before, f"{after}{words(place)}")
    other = _nearest(OTHER_NAMES, before, "") if detector.chance >= LUCK else FAR
    if named < FAR:
        return None if other < named else named
    free = not detector.needs_context and detector.chance <= SURE and other > CLOSE
    return FAR if free else None


def _nearest(terms: Iterable[str], before: str, after: str) -> int:
    """Characters between a find and the nearest of these words; those behind it count as further away."""
    ahead = [len(before) - before.rfind(term) - len(term) for term in terms if term in before]
    behind = [CLOSE + after.find(term) for term in terms if term in after]
    return min([*ahead, *behind, FAR])


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
