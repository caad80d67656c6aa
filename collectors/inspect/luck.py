"""How likely it is that checks passed by luck: a checksum is passed by one in ten or so of all numbers."""

from math import exp, log

from collectors.inspect.detector import Detector

SURE = 0.02
"""How likely luck may be."""


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


def by_luck(detector: Detector, passed: int, like: int) -> bool:
    """Whether so many finds that no word tells of may be luck; the more were tried, the surer it must be."""
    return detector.chance > 0 and luck(passed, like, detector.chance) > SURE / max(1, like)
