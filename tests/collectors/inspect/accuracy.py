"""How well detectors do on columns and letters whose content is known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set

import msgspec

from collectors.inspect.columns import classify_column
from collectors.inspect.sample import TextSample
from collectors.inspect.text import classify_text
from tests.collectors.inspect.tables import Labelled


class Accuracy(msgspec.Struct, frozen=True):
    """Hits, misses and false alarms of one type, or of all."""

    right: int
    missed: int
    wrong: int

    @property
    def count(self) -> int:
        """How many there are to find."""
        return self.right + self.missed

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f2(self) -> float:
        """Recall counts twice as much as precision (C. J. van Rijsbergen, Information Retrieval, 1979)."""
        p, r = self.precision, self.recall
        return 5 * p * r / max(1e-9, 4 * p + r)


def measured(results: Iterable[tuple[Set[str], Set[str]]]) -> dict[str, Accuracy]:
    """By type, and under "" of all, from what is there and what was found of each."""
    right, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for there, found in results:
        right.update(there & found)
        missed.update(there - found)
        wrong.update(found - there)
    kinds = sorted({*right, *missed, *wrong})
    by_type = {kind: Accuracy(right[kind], missed[kind], wrong[kind]) for kind in kinds}
    return {**by_type, "": Accuracy(right.total(), missed.total(), wrong.total())}


def of_letters(letters: Iterable[tuple[str, str]]) -> dict[str, Accuracy]:
    return measured(({kind} - {""}, types_in(text)) for text, kind in letters)


def of_columns(columns: Iterable[Labelled]) -> dict[str, Accuracy]:
    return measured((each.types, {found.type for found in classify_column(each.sample)}) for each in columns)


def types_in(text: str, alike: Mapping[str, str] = {}) -> set[str]:
    """The types that are found in a text, those that are called otherwise there by their name there."""
    return {alike.get(each.type, each.type) for each in classify_text(TextSample("text", text))}
