"""Names of persons in free text, by a small language model where one is installed: none comes with us.

Any spaCy pipeline with an entity recogniser serves, by the name of its package or the path of its folder.
A model errs: a find is a hint, and the absence of one is no proof.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from collectors.inspect.interval import interval
from collectors.inspect.sample import Finding, Sample, TextSample

if TYPE_CHECKING:
    from spacy.language import Language  # not a dependency

TYPE = "person_name"
LABELS = frozenset(("PERSON", "PER", "PS", "persName", "PRS"))
"""What models call a person."""
MOST = 200
"""Values of a column, or pieces of a text, that are looked at."""
PIECE = 2_000
"""Characters of a piece of text."""
SURE = 0.6
NOT_INSTALLED = "no model for names is installed; name one with --names"


class Unusable(msgspec.Struct, frozen=True):
    """Why names were not looked at, for the person who reads it."""

    reason: str


class Names:
    """A model that finds names. It keeps nothing of what it is asked about."""

    def __init__(self, language: "Language") -> None:
        self._language = language

    def classify(self, sample: Sample) -> Iterator[Finding]:
        """Names in a text or a column of texts; a column of short values is left to its detectors.

        `count` and `looked_at` are values of a column or pieces of a text; at most 200, evenly chosen.
        """
        texts, population = _texts(sample)
        if not texts:
            return
        count = sum(1 for found in self._found(texts) if found)
        if count:
            low, high = interval(count, len(texts), population)
            yield Finding(
                place=sample.place,
                type=TYPE,
                label="personal",
                count=count,
                looked_at=len(texts),
                share=count / len(texts),
                low=low,
                high=high,
                confidence=SURE,
            )

    def _found(self, texts: Sequence[str]) -> Iterator[bool]:
        for document in self._language.pipe(texts):
            yield any(each.label_ in LABELS and _plausible(each.text) for each in document.ents)


def load(name: str) -> Names | Unusable:
    """The model of this name or path; or why there is none."""
    if not name:
        return Unusable(NOT_INSTALLED)
    try:
        import spacy
    except ImportError:
        return Unusable("no model for names is installed; spaCy is missing")
    try:
        language = spacy.load(name, exclude=["parser", "tagger", "lemmatizer", "attribute_ruler", "textcat"])
    except (OSError, ValueError, ImportError):
        return Unusable("no model for names is installed; the one that was named cannot be loaded")
    if not {"ner", "entity_ruler", "beam_ner"} & set(language.pipe_names):
        return Unusable("the model that was named finds no names")
    return Names(language)


def _texts(sample: Sample) -> tuple[list[str], int | None]:
    """What is looked at, and of how many in all."""
    if isinstance(sample, TextSample):
        pieces = [sample.text[start : start + PIECE] for start in range(0, len(sample.text), PIECE)]
        return _evenly(pieces), len(pieces)
    if not sample.is_prose:
        return [], None
    return _evenly([each for each in sample.values if each and each.strip()]), sample.rows


def _evenly(texts: Sequence[str]) -> list[str]:
    return [*texts[:: max(1, -(-len(texts) // MOST))]]


def _plausible(name: str) -> bool:
    """No digits, no signs, not too long: small models take much for a name."""
    words = name.split()
    return (
        1 <= len(words) <= 5
        and len(name) >= 3
        and name[0].isupper()
        and not any(each.isdigit() or each in "@/\\_<>{}=#|" for each in name)
    )
