"""Whether a find in text counts: by itself, or because the words around it or its place say what it is."""

from collections.abc import Mapping, Sequence
from functools import cache

from collectors.inspect.detector import OTHER_NAMES, Detector, detectors, words

BEFORE, AFTER = 60, 25
"""Characters around a find in which a word may say what it is."""
CHECKED = 0.1
"""Chance of a check up to which no word is needed where several pass."""
LUCK = 0.001
"""Chance of a check from which a word before that says otherwise counts."""
CLOSE, FAR = 12, 1_000
"""Characters: a word as near as this speaks of the find; further than any word is."""


def free(detector: Detector) -> bool:
    """Whether a find of it may count with no word that tells."""
    return not detector.needs_context and detector.chance <= CHECKED


class Around:
    """The words before and behind a part of a text, and those of the name of its place."""

    def __init__(self, text: str, start: int, end: int, place: str) -> None:
        self.before = words(text[max(0, start - BEFORE) : start])
        self.after = words(text[end : end + AFTER]) + place
        self._ahead = self.before.split()
        self._behind = self.after.split()
        self._other: int | None = None

    def told(self) -> frozenset[str]:
        """The detectors that these words may speak of: their ids; some too many, none too few."""
        index = _index()
        found = [index[each] for each in (*self._ahead, *self._behind) if each in index]
        return frozenset().union(*found) if found else frozenset()

    def nearness(self, detector: Detector) -> int | None:
        """How many characters away the word is that says what a find is, FAR where it needs none.

        None when it does not count. A word that says that it is something else counts when it is nearer.
        """
        if detector.not_about and any(
            each in self.before or each in self.after for each in detector.not_about
        ):
            return None
        named = self._nearest(_by_word(detector.about))
        if named == FAR and not free(detector):
            return None
        other = self._otherwise() if detector.chance >= LUCK else FAR
        if named < FAR:
            return None if other < named else named
        return FAR if other > CLOSE else None

    def _otherwise(self) -> int:
        """How near the nearest word before is that says that a number is something else."""
        if self._other is None:
            self._other = self._nearest(_by_word(OTHER_NAMES), behind=False)
        return self._other

    def _nearest(self, terms: Mapping[str, Sequence[str]], *, behind: bool = True) -> int:
        """Characters between a find and the nearest of these words; those behind it count as further away."""
        nearest = FAR
        for word in self._ahead:
            for term in terms.get(word, ()):
                if term in self.before:
                    nearest = min(nearest, len(self.before) - self.before.rfind(term) - len(term))
        for word in self._behind if behind else ():
            for term in terms.get(word, ()):
                if term in self.after:
                    nearest = min(nearest, CLOSE + self.after.find(term))
        return nearest


@cache
def _by_word(terms: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """Terms by their first word."""
    found: dict[str, list[str]] = {}
    for each in terms:
        found.setdefault(each.split()[0], []).append(each)
    return found


@cache
def _index() -> Mapping[str, frozenset[str]]:
    """For the first word of each context the detectors that it speaks of."""
    index: dict[str, set[str]] = {}
    for detector in detectors():
        for about in detector.about:
            index.setdefault(about.split()[0], set()).add(detector.id)
    return {word: frozenset(ids) for word, ids in index.items()}
