"""What a benchmark returns, and how it measures."""

import os
import platform
import sys
import time
from collections.abc import Callable

import msgspec


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One figure, the baseline it was measured beside, and what it should be.

    `target` is the largest `ratio` of value to baseline that is fine; without a baseline, the largest value.
    """

    name: str
    value: float
    unit: str
    baseline: float | None = None
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return (self.value if self.ratio is None else self.ratio) <= self.target


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def machine() -> str:
    """Where it was measured."""
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}"
