"""How well detectors do on letters whose content is known."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from collectors.inspect.sample import TextSample
from collectors.inspect.text import classify_text

ALIKE = {"phone_international": "phone", "passport": "us_passport"}
"""Types that a letter may be told to hold as well as what is in it."""


class Accuracy(msgspec.Struct, frozen=True):
    """Hits, misses and false alarms of one type, or of all."""

    right: int
    missed: int
    wrong: int

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


def of_letters(letters: Iterable[tuple[str, str]]) -> dict[str, Accuracy]:
    """By type, and under "" of all."""
    right, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for text, kind in letters:
        found = {ALIKE.get(each.type, each.type) for each in classify_text(TextSample("text", text))}
        if kind:
            (right if kind in found else missed)[kind] += 1
        wrong.update(found - {kind})
    kinds = sorted({*right, *missed, *wrong})
    by_type = {kind: Accuracy(right[kind], missed[kind], wrong[kind]) for kind in kinds}
    return {**by_type, "": Accuracy(right.total(), missed.total(), wrong.total())}
