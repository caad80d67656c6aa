"""Which single change cuts most attack paths.

A step falls only when a cut hits every one of its alternatives; a path falls with any of its steps.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from queries.results import PathStep, Result


class Cut(msgspec.Struct, frozen=True):
    """One thing to change: a fact, a statement or a whole edge, and the results whose path it ends."""

    what: str
    paths: tuple[str, ...]
    steps: tuple[str, ...]
    total: int

    @property
    def sentence(self) -> str:
        """How much of all it is worth."""
        return f"cuts {len(self.paths)} of {self.total} path{'' if self.total == 1 else 's'}"


def cuts(results: Iterable[Result]) -> list[Cut]:
    """Every single change that ends at least one path, the best first; ties by id.

    A change is a step's own edge, or an id that stands in all of the step's alternatives.
    """
    paths = [result for result in results if result.steps]
    ended: dict[str, dict[str, None]] = {}
    through: dict[str, dict[str, None]] = {}
    for result in paths:
        for step in result.steps:
            for what in holding(step):
                ended.setdefault(what, {})[result.id] = None
                through.setdefault(what, {})[step.id] = None
    found = [
        Cut(what, tuple(sorted(ids)), tuple(sorted(through[what])), len(paths)) for what, ids in ended.items()
    ]
    return sorted(found, key=lambda cut: (-len(cut.paths), cut.what))


def holding(step: PathStep) -> frozenset[str]:
    """The ids each of which alone holds a step up: its edge, and what all its alternatives rest on."""
    alternatives = [frozenset(each) for each in step.because]
    shared = frozenset.intersection(*alternatives) if alternatives else frozenset[str]()
    return shared | {step.id}


def best(results: Sequence[Result]) -> Cut | None:
    """The single change that ends most paths; None when there is no path."""
    found = cuts(results)
    return found[0] if found else None


def by_step(results: Sequence[Result]) -> Mapping[str, Cut]:
    """For each step's edge, by id, what cutting it is worth."""
    found = cuts(results)
    edges = {step.id for result in results for step in result.steps}
    return {cut.what: cut for cut in found if cut.what in edges}


def remaining(results: Iterable[Result], removed: frozenset[str]) -> list[Result]:
    """The paths that are left when all of these are removed: a step stands while one alternative does."""
    return [result for result in results if result.steps and all(_stands(s, removed) for s in result.steps)]


def _stands(step: PathStep, removed: frozenset[str]) -> bool:
    if step.id in removed:
        return False
    return not step.because or any(removed.isdisjoint(each) for each in step.because)
