"""Names of persons and of illnesses in free text, by small language models where some are installed: none
comes with us.

Any spaCy pipeline with an entity recogniser serves, by the name of its package or the path of its folder;
what it finds stands in its labels. A model errs: a find is a hint, and the absence of one is no proof.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from collectors.inspect.interval import interval
from collectors.inspect.sample import Finding, Label, Sample, TextSample

if TYPE_CHECKING:
    from spacy.language import Language  # not a dependency

PERSON, ILLNESS, MEDICINE = "person_name", "diagnosis", "medication"
TYPES: Mapping[str, str] = {
    **dict.fromkeys(("PERSON", "PER", "PS", "persName", "PRS"), PERSON),
    **dict.fromkeys(("DISEASE", "DISORDER", "DISEASE_DISORDER", "DIAGNOSIS", "CONDITION"), ILLNESS),
    **dict.fromkeys(("PROBLEM", "SYMPTOM", "SIGN_SYMPTOM", "MEDICAL_CONDITION"), ILLNESS),
    **dict.fromkeys(("DRUG", "MEDICATION", "MEDICINE"), MEDICINE),
}
"""Our types by what models call them. A chemical is not taken for a medicine."""
OF: Mapping[str, Label] = {PERSON: "personal", ILLNESS: "health", MEDICINE: "health"}
MOST = 200
"""Values of a column, or pieces of a text, that are looked at."""
PIECE = 2_000
"""Characters of a piece of text."""
SURE = 0.6
FINDERS = frozenset(("ner", "entity_ruler", "span_ruler", "beam_ner"))
LEFT_OUT = ["parser", "tagger", "lemmatizer", "attribute_ruler", "textcat"]
"""Parts of a pipeline that take time and find no names."""
NOT_INSTALLED = "no model is installed; name one with --names"


class Unusable(msgspec.Struct, frozen=True):
    """Why nothing of it was looked at, for the person who reads it."""

    reason: str


class Names:
    """Models that find names, of persons or of illnesses. They keep nothing of what they are asked about.

    `types` are those that one of them has a label for.
    """

    def __init__(self, *languages: "Language") -> None:
        self._languages = languages
        self.types = frozenset(
            TYPES[label] for each in languages for label in _labels(each) if label in TYPES
        )

    def classify(self, sample: Sample) -> Iterator[Finding]:
        """What is named in a text or a column of texts; a column of short values is left to its detectors.

        `count` and `looked_at` are values of a column or pieces of a text; at most 200, evenly chosen.
        """
        texts, population = _texts(sample)
        counts = Counter(kind for kinds in self._found(texts) for kind in kinds)
        for kind, count in sorted(counts.items()):
            low, high = interval(count, len(texts), population)
            yield Finding(
                place=sample.place,
                type=kind,
                label=OF[kind],
                count=count,
                looked_at=len(texts),
                share=count / len(texts),
                low=low,
                high=high,
                confidence=SURE,
            )

    def _found(self, texts: Sequence[str]) -> Iterator[set[str]]:
        """The types that are named in each text, whichever model says so."""
        for documents in zip(*(each.pipe(texts) for each in self._languages), strict=True):
            ents = [
                (TYPES.get(each.label_, ""), each.text) for document in documents for each in document.ents
            ]
            yield {kind for kind, text in ents if kind and (kind != PERSON or _plausible(text))}


def _labels(language: "Language") -> Iterator[str]:
    for name in FINDERS & set(language.pipe_names):
        yield from language.get_pipe(name).labels


def load(names: str) -> Names | Unusable:
    """The models of these names or paths, separated by commas; or why there is none."""
    wanted = [each.strip() for each in names.split(",") if each.strip()]
    if not wanted:
        return Unusable(NOT_INSTALLED)
    try:
        import spacy
    except ImportError:
        return Unusable("no model is installed; spaCy is missing")
    try:
        languages = [spacy.load(each, exclude=LEFT_OUT) for each in wanted]
    except (OSError, ValueError, ImportError):
        return Unusable("one that was named is not installed, or cannot be loaded")
    found = Names(*languages)
    return found if found.types else Unusable("no label of theirs means a person, an illness or a medicine")


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
