"""Which files, row groups and rows are looked at: chosen by a seed, so that it is the same again."""

import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Sampler:
    """Choices of one inspection; the same seed chooses the same, in the same order of questions."""

    def __init__(self, seed: int = 0) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a sample, no secret

    def some(self, rows: Sequence[Item], most: int) -> list[Item]:
        """At most so many, each as likely as any other, in no order."""
        return self._dice.sample(rows, min(most, len(rows)))

    def shuffled(self, count: int) -> list[int]:
        """The numbers below `count`, in some order."""
        return self._dice.sample(range(count), count)

    def reservoir(self, rows: Iterable[Item], most: int) -> tuple[list[Item], int]:
        """At most so many of a stream, each as likely as any other, and how many there were.

        J. S. Vitter, Random sampling with a reservoir (1985), algorithm R.
        """
        kept: list[Item] = []
        seen = 0
        for row in rows:
            seen += 1
            if len(kept) < most:
                kept.append(row)
            elif (place := self._dice.randrange(seen)) < most:
                kept[place] = row
        return kept, seen
