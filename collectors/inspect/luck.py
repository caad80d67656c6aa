"""How likely it is that checks passed by luck: a checksum is passed by one in ten or so of all numbers."""

import re
from collections.abc import Iterable
from functools import cache
from math import exp, log

from collectors.inspect.detector import Detector


def luck(passed: int, like: int, chance: float) -> float:
    """At most how likely so many of `like` values pass by chance.

    H. Chernoff, A measure of asymptotic efficiency for tests of a hypothesis based on the sum of observations
    (1952): exp(-n D(k/n || p)), with D the Kullback-Leibler divergence.
    """
    if passed == 0 or chance >= 1:
        return 1.0
    if chance <= 0:
        return 0.0
    share = passed / max(like, passed)
    if share <= chance:
        return 1.0
    divergence = share * log(share / chance)
    if share < 1:
        divergence += (1 - share) * log((1 - share) / (1 - chance))
    return exp(-like * divergence)


def likes(detector: Detector, texts: Iterable[str]) -> int:
    """How often the texts hold something of the detector's pattern, whether or not it passes its check."""
    pattern = _somewhere(detector)
    return sum(1 for text in texts for _ in pattern.finditer(text))


@cache
def _somewhere(detector: Detector) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?:{detector.pattern})(?![\w.]\d|\w)")
