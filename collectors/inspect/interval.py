"""How sure a share is that was seen in a sample: Wilson's interval, narrowed where most was looked at.

E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927); the finite
population correction: W. G. Cochran, Sampling Techniques (1977), section 2.6.

For values drawn in groups (row groups, blocks, the members of a list) the variance is that of two stages
(Cochran, section 10.3), each at the most that a share can have: as though the values of a group were all
alike. That is as sure as fewer values drawn one by one, for which the bounds are Clopper's and Pearson's
(1934), as E. L. Korn and B. I. Graubard advise: Confidence intervals for proportions with small expected
number of positive counts estimated from survey data (1998).
"""

from math import exp, floor, lgamma, log, sqrt

Z = 1.959964
"""95 %."""
TAIL = 0.025
"""Chance beyond each bound."""
MANY = 300
"""Values from which on Wilson's interval is as good."""


def interval(count: int, looked_at: int, population: int | None = None) -> tuple[float, float]:
    """The bounds of a share of which `count` of `looked_at` were seen; nothing seen bounds nothing."""
    if looked_at == 0:
        return 0.0, 1.0
    if population is not None and looked_at >= population:
        return count / looked_at, count / looked_at
    rest = 1.0
    if population is not None and population > 1:
        rest = (population - looked_at) / (population - 1)
    return _wilson(count / looked_at, looked_at / rest if rest > 0 else looked_at)


def interval_of_groups(count: int, looked_at: int, groups: int, of: int = 0) -> tuple[float, float]:
    """The bounds where `looked_at` values were drawn from so many groups of so many in all (0: not known)."""
    if looked_at == 0 or groups == 0:
        return 0.0, 1.0
    rest = max(0.0, (of - groups) / (of - 1)) if of > 1 else 1.0
    alike = 1 / (rest / groups + 1 / looked_at)
    share = count / looked_at
    if alike > MANY:
        return _wilson(share, alike)
    seen = max(1, floor(alike))
    return _least(floor(share * seen), seen), 1 - _least(floor((1 - share) * seen), seen)


def _wilson(share: float, seen: float) -> tuple[float, float]:
    middle = (share + Z * Z / (2 * seen)) / (1 + Z * Z / seen)
    half = Z * sqrt(share * (1 - share) / seen + Z * Z / (4 * seen * seen)) / (1 + Z * Z / seen)
    return max(0.0, middle - half), min(1.0, middle + half)


def _least(count: int, seen: int) -> float:
    """The share at which it is just not too unlikely to see `count` or more of `seen`."""
    low, high = 0.0, count / seen
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _or_more(count, seen, middle) < TAIL else (low, middle)
    return low


def _or_more(count: int, seen: int, share: float) -> float:
    """The binomial chance of so many or more."""
    if count == 0:
        return 1.0
    if share <= 0:
        return 0.0
    chosen = (
        lgamma(seen + 1) - lgamma(each + 1) - lgamma(seen - each + 1) for each in range(count, seen + 1)
    )
    return sum(
        exp(ways + each * log(share) + (seen - each) * log(1 - share))
        for each, ways in enumerate(chosen, count)
    )
