"""Which files, row groups and rows are looked at: chosen by a seed, so that it is the same again."""

import random
from collections.abc import Iterable, Sequence
from itertools import islice
from math import exp, log, log1p
from typing import TypeVar

Item = TypeVar("Item")


class Sampler:
    """Choices of one inspection, or of one file; the same seed chooses the same, in the same order of
    questions."""

    def __init__(self, seed: int | str = 0) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a sample, no secret

    def some(self, rows: Sequence[Item], most: int) -> list[Item]:
        """At most so many, each as likely as any other, in no order."""
        return self._dice.sample(rows, min(most, len(rows)))

    def number(self) -> int:
        """A seed for another's dice."""
        return self._dice.getrandbits(63)

    def between(self, least: int, most: int) -> int:
        """Some number from `least` up to, not with, `most`."""
        return self._dice.randrange(least, most)

    def by_weight(self, weights: Sequence[int]) -> list[int]:
        """The numbers of all weights in some order, the heavy ones likely first.

        P. S. Efraimidis, P. G. Spirakis, Weighted random sampling with a reservoir (2006).
        """
        keys = [self._dice.random() ** (1 / max(each, 1)) for each in weights]
        return sorted(range(len(keys)), key=keys.__getitem__, reverse=True)

    def shuffled(self, count: int) -> list[int]:
        """The numbers below `count`, in some order."""
        return self._dice.sample(range(count), count)

    def reservoir(self, rows: Iterable[Item], most: int) -> tuple[list[Item], int]:
        """At most so many of a stream, each as likely as any other, and how many there were.

        K.-H. Li, Reservoir-sampling algorithms of time complexity O(n(1+log(N/n))) (1994), algorithm L: how
        many are passed over is drawn, not whether each is.
        """
        stream = iter(rows)
        kept = list(islice(stream, most))
        seen, weight = len(kept), 1.0
        while kept:
            weight *= exp(log(self._dice.random()) / most)
            over = int(log(self._dice.random()) / log1p(-weight)) if weight < 1 else 0
            passed = sum(1 for _ in islice(stream, over))
            seen += passed
            row = next(stream, None) if passed == over else None
            if row is None:
                break
            seen += 1
            kept[self._dice.randrange(most)] = row
        return kept, seen
