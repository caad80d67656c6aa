"""What free text holds: finds of the one pass, kept where a checksum or a word nearby makes them sure."""

from collections import Counter
from collections.abc import Iterator

from collectors.inspect import matching
from collectors.inspect.detector import detectors, words
from collectors.inspect.interval import interval
from collectors.inspect.matching import Hit
from collectors.inspect.sample import Finding, TextSample

BEFORE, AFTER = 60, 25
"""Characters around a find in which a word may say what it is."""
SURE = 0.02
"""Chance of a check up to which no word is needed."""
PIECE = 4_000
"""Characters that are looked at together."""


def classify_text(sample: TextSample) -> Iterator[Finding]:
    """The types of sensitive data in a text; `looked_at` are its pieces of 4,000 characters."""
    pieces = list(_pieces(sample.text))
    found: Counter[str] = Counter()
    within: dict[str, set[int]] = {}
    taken: set[tuple[int, int]] = set()
    for number, hit in sorted(matching.hits(pieces), key=lambda each: (each[0], _rank(each[1]))):
        if (number, hit.start) not in taken and found_in(pieces[number], hit, sample.place):
            taken.add((number, hit.start))
            found[hit.detector.id] += 1
            within.setdefault(hit.detector.id, set()).add(number)
    for detector in detectors():
        if count := found[detector.id]:
            share = len(within[detector.id]) / len(pieces)
            low, high = interval(len(within[detector.id]), len(pieces), len(pieces))
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


def _rank(hit: Hit) -> tuple[int, float, int]:
    return hit.start, hit.detector.chance, -len(hit.text)


def found_in(text: str, hit: Hit, place: str = "") -> bool:
    """Whether a find counts: by itself, or because the words around it or its place say what it is."""
    detector = hit.detector
    before = text[max(0, hit.start - BEFORE) : hit.start]
    after = text[hit.start + len(hit.text) : hit.start + len(hit.text) + AFTER]
    around = f"{words(place)}{words(before)}{words(after)}"
    if any(other in around for other in detector.not_about):
        return False
    if any(about in around for about in detector.about):
        return True
    return not detector.needs_context and detector.chance <= SURE


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
