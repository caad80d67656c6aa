"""What Google Cloud and Azure share: groups, what lies below a scope, and the best of several grants."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from graph.access.grants import Grant
from graph.facts import Facts


class Members:
    """Who is in a group, directly or through other groups, and over which relations."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def of(self, principal: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The principal itself, and everyone in it, each with the memberships that lead there."""
        todo: list[tuple[str, tuple[str, ...]]] = [(principal, ())]
        seen = {principal}
        while todo:
            here, way = todo.pop()
            yield here, way
            for link in self._facts.into(here, "MEMBER_OF"):
                if link.source not in seen:
                    seen.add(link.source)
                    todo.append((link.source, (*way, link.id)))

    def groups(self, principal: str) -> frozenset[str]:
        """The principal and every group it is in."""
        found, todo = {principal}, [principal]
        while todo:
            for link in self._facts.out_of(todo.pop(), "MEMBER_OF"):
                if link.target not in found:
                    found.add(link.target)
                    todo.append(link.target)
        return frozenset(found)


class Hierarchy:
    """What lies below a scope, by CONTAINS; each scope is walked once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._below: dict[str, frozenset[str]] = {}

    def below(self, scope: str) -> frozenset[str]:
        """The scope itself and everything in it, at any depth."""
        if scope not in self._below:
            found, todo = {scope}, [scope]
            while todo:
                for link in self._facts.out_of(todo.pop(), "CONTAINS"):
                    if link.target not in found:
                        found.add(link.target)
                        todo.append(link.target)
            self._below[scope] = frozenset(found)
        return self._below[scope]


def best_only(grants: Iterable[Grant]) -> Iterator[Grant]:
    """Without conditional grants of what is granted anyway, and without blocked ones of what is granted."""
    held: dict[str, list[Grant]] = defaultdict(list)
    for grant in grants:
        held[grant.source].append(grant)
    for source in sorted(held):
        covered: set[str] = set()
        for rank in (0, 1, 2):
            level = [grant for grant in held[source] if _rank(grant) == rank]
            for grant in level:
                targets = tuple(target for target in grant.targets if target not in covered)
                if targets:
                    yield msgspec.structs.replace(grant, targets=targets)
            covered.update(target for grant in level for target in grant.targets)


def _rank(grant: Grant) -> int:
    return 2 if grant.guards else 1 if grant.conditions else 0
