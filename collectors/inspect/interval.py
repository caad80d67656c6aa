"""How sure a share is that was seen in a sample: Wilson's interval, narrowed where most was looked at.

E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927); the finite
population correction: W. G. Cochran, Sampling Techniques (1977), section 2.6.
"""

from math import sqrt

Z = 1.959964
"""95 %."""


def interval(count: int, looked_at: int, population: int | None = None) -> tuple[float, float]:
    """The bounds of a share of which `count` of `looked_at` were seen; nothing seen bounds nothing."""
    if looked_at == 0:
        return 0.0, 1.0
    if population is not None and looked_at >= population:
        return count / looked_at, count / looked_at
    rest = 1.0
    if population is not None and population > 1:
        rest = (population - looked_at) / (population - 1)
    seen = looked_at / rest if rest > 0 else looked_at
    share = count / looked_at
    middle = (share + Z * Z / (2 * seen)) / (1 + Z * Z / seen)
    half = Z * sqrt(share * (1 - share) / seen + Z * Z / (4 * seen * seen)) / (1 + Z * Z / seen)
    return max(0.0, middle - half), min(1.0, middle + half)
