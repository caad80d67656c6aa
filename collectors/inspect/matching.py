"""One pass over texts for all detectors: where something may stand; then each detector that it may be.

The pass knows a few shapes only (numbers in groups, addresses, codes), so that it runs in Rust at the speed
of one expression (polars); what it finds is tried against the detectors whose length fits.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from math import inf
from time import monotonic

import msgspec

from collectors.inspect.around import Around, free
from collectors.inspect.beginnings import beginnings
from collectors.inspect.detector import UNSPACED, Detector, detectors, words

CANDIDATE = "|".join(
    (
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY[A-Z ]{0,8}-----",
        r"[a-z][a-z0-9+.\-]{1,20}://[^\s/@]{1,130}@[A-Za-z0-9.\-]{1,190}",
        r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}",
        r"eyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+",
        r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}",
        r"[0-9]{1,2}(?:\.|st|nd|rd|th)? (?:de |of )?[A-Za-zéûäź]{3,10}[.,]? (?:de |del )?[12][0-9]{3}",
        r"[A-Za-z]{2}[0-9]{2}(?:[ \-]?[A-Za-z0-9]{2,4}){3,8}",
        r"[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
        r"\+?\(?[0-9][0-9 ()./\-]{3,40}[0-9A-Za-z]*",
        r"[A-Za-z_]+[\-_]?[0-9][A-Za-z0-9_.\-+:>]*",
        r"[A-Za-z]{2,8}[\-_][A-Za-z0-9_\-]{16,200}",
        r"[A-Z]{8,40}",
        r"[13][1-9A-HJ-NP-Za-km-z]{25,34}",
        r"0x[0-9a-fA-F]{40}",
    )
)
"""What any of the detectors for text may be like."""

PARTS = 9
"""Groups of a number that are taken together at most."""


class Hit(msgspec.Struct, frozen=True):
    """What one detector found: where it begins in the text, the text itself, which nobody may keep, and how
    many characters away the word is that says what it is (`FAR`: it needs none)."""

    detector: Detector
    start: int
    text: str
    near: int

    def __repr__(self) -> str:
        return f"Hit({self.detector.id} at {self.start})"


Tried = Counter[str]
"""How often something was like a detector's pattern, by the detector's id, passed or not."""


class TakesTooLong(Exception):
    """Texts that hold too much of what may be something, as tables of numbers do."""


def hits(
    texts: Sequence[str], place: str = "", tried: Tried | None = None, until: float = inf
) -> Iterator[tuple[int, Hit]]:
    """What the detectors find in texts, with the number of the text; their checks have passed, and they need
    no word that says what they are, or there is one around or in the name of the place.

    Raises `TakesTooLong` when the monotonic clock is beyond `until`.
    """
    import polars

    counts: Tried = Counter() if tried is None else tried
    texts = [_plain(each) for each in texts]
    found = polars.Series(texts, dtype=polars.String).str.extract_all(CANDIDATE)
    name = words(place) if place else ""
    for number, candidates in enumerate(found):
        if monotonic() > until:
            raise TakesTooLong
        if candidates is not None and len(candidates):
            yield from ((number, hit) for hit in _in_text(texts[number], candidates.to_list(), name, counts))


def _plain(text: str) -> str:
    """The text with digits of all scripts, and ASCII's wide forms, as those of ASCII, each in its place."""
    return text if text.isascii() or max(text) < "\u0660" else text.translate(_ASCII)


_DIGITS = {
    code: str(digit) for code in range(0x80, 0x1FBFA) if (digit := unicodedata.decimal(chr(code), -1)) >= 0
}
_ASCII = {**_DIGITS, **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
"""Arabic, Indic and other digits, and the wide letters and signs of East Asia."""


def _in_text(text: str, candidates: Sequence[str], name: str, tried: Tried) -> Iterator[Hit]:
    place = 0
    for candidate in candidates:
        place = text.find(candidate, place)
        whole = Around(text, place, place + len(candidate), name)
        for start, end, found in _spans(candidate, whole.told(), tried):
            first, last = place + start, place + end
            if _touched(text, first, last):
                continue
            around = whole if end - start == len(candidate) else Around(text, first, last, name)
            for each in found:
                near = around.nearness(each)
                if near is not None:
                    yield Hit(each, first, candidate[start:end], near)
        place += len(candidate)


Span = tuple[int, int, Sequence[Detector]]


def _spans(candidate: str, told: Set[str], tried: Tried) -> Iterator[Span]:
    """The whole, or else the longest runs of its groups that some detector is like, from left to right."""
    if candidate.startswith("-----"):
        yield 0, len(candidate), which(candidate, told, tried)
        return
    pieces = [_trimmed(match) for match in _PIECE.finditer(candidate)]
    first = 0
    while first < len(pieces):
        last = min(len(pieces), first + PARTS)
        while last > first:
            start, end = pieces[first][0], pieces[last - 1][1]
            if found := which(candidate[start:end], told, tried):
                yield start, end, found
                break
            last -= 1
        first = max(last, first + 1)


_PIECE = re.compile(r"[^\s,;]+")


def _trimmed(piece: re.Match[str]) -> tuple[int, int]:
    """Where a piece begins and ends without what only stands around it."""
    text = piece[0].rstrip("./-(" if "(" in piece[0] else "./-()")
    opened = len(text) - len(text.lstrip("(")) if ")" not in text else 0
    return piece.start() + opened, piece.start() + len(text)


def _touched(text: str, start: int, end: int) -> bool:
    """Whether it is a part of a longer word or number."""
    before = _BEFORE_NUMBER if text[start : start + 1].isdigit() else _BEFORE
    after = _AFTER_NUMBER if text[end - 1 : end].isdigit() else _AFTER
    return bool(before.search(text[max(0, start - 2) : start]) or after.match(text[end : end + 2]))


_LETTER = rf"[^\W{UNSPACED}]"
"""What makes a word longer; where words are written together, the next letter may be of another word."""
_BEFORE, _BEFORE_NUMBER = re.compile(rf"{_LETTER}\Z"), re.compile(rf"{_LETTER}\Z|\d[.,\-]\Z")
_AFTER, _AFTER_NUMBER = re.compile(_LETTER), re.compile(rf"{_LETTER}|[.,\-]\d")


Choice = tuple[tuple[Detector, ...], tuple[Detector, ...]]
"""Detectors that need no word that tells, and those that do."""


@lru_cache(maxsize=4096)
def _like(length: int, first: str) -> Choice:
    """The detectors for text that something of this many characters may be, that begins so."""
    chosen = [each for each in detectors() if not each.columns_only and each.pattern]
    fitting = [
        each
        for each in chosen
        if each.lengths[0] <= length <= each.lengths[1]
        and (not first.isascii() or first in beginnings(each.pattern))
    ]
    return tuple(each for each in fitting if free(each)), tuple(each for each in fitting if not free(each))


def which(text: str, told: Set[str], tried: Tried) -> list[Detector]:
    """The detectors that a whole text is like and whose check passes; of those that need a word, `told`."""
    if not text:
        return []
    found = []
    alone, named = _like(len(text), text[0])
    for each in (*alone, *(one for one in named if one.id in told)) if told else alone:
        if each.whole.fullmatch(text):
            tried[each.id] += 1
            if each.valid(text):
                found.append(each)
    return found
