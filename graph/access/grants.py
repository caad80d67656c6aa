"""What an access engine finds out, before it becomes edges."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from graph.facts import Facts
from graph.model import Confidence, Derived, Evidence, Value


class Grant(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One principal may do something to some resources, all for the same reasons and with the same reserves.

    `because` are alternatives of ids (statements as evidence, memberships as relations). With `guards` it
    would be granted but for them. `partial`: of a prefix, only a part. `apart`: the edge is over these very
    targets, in order, so that its reasons hold for each of them; others are joined to one edge over all.
    """

    source: str
    targets: tuple[str, ...]
    because: tuple[tuple[str, ...], ...]
    evidence: tuple[Evidence, ...] = ()
    actions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    partial: bool = False
    apart: bool = False
    confidence: Confidence = "confirmed"


Key = tuple[str, tuple[str, ...], tuple[str, ...], bool, Confidence, tuple[str, ...]]


def edges(facts: Facts, name: str, grants: Iterable[Grant]) -> Iterator[Derived]:
    """One edge per principal and set: grants that differ in their targets and reasons only become one, but
    for those that stand apart."""
    groups: dict[Key, list[Grant]] = defaultdict(list)
    for grant in grants:
        own = grant.targets if grant.apart else ()
        key = (grant.source, grant.conditions, grant.guards, grant.partial, grant.confidence, own)
        groups[key].append(grant)
    sets = _Sets(facts)
    for key in sorted(groups):
        source, conditions, guards, partial, confidence, _ = key
        members = groups[key]
        target = sets.of(source, tuple(grant.targets for grant in members))
        if not target:
            continue
        yield Derived(
            type=name,
            source=source,
            target=target,
            because=tuple(dict.fromkeys(way for grant in members for way in grant.because)),
            confidence=confidence,
            conditions=conditions,
            guards=guards,
            properties=_properties(members, partial=partial),
            evidence=tuple(dict.fromkeys(piece for grant in members for piece in grant.evidence)),
        )


class _Sets:
    """The sets that grants are over; principals who share their answers share the very same targets."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[tuple[int, ...], tuple[frozenset[str], str]] = {}

    def of(self, source: str, parts: tuple[tuple[str, ...], ...]) -> str:
        """The id of all that the parts name but the source itself; empty when nothing is left.

        The grants hold the parts for as long as this lives, so that their identities stay theirs.
        """
        key = tuple(id(part) for part in parts)
        if key not in self._known:
            everything = frozenset(target for part in parts for target in part)
            self._known[key] = everything, self._facts.set_of(everything)
        everything, identifier = self._known[key]
        if source not in everything:
            return identifier
        others = everything - {source}
        return self._facts.set_of(others) if others else ""


def _properties(grants: list[Grant], *, partial: bool) -> dict[str, Value]:
    properties: dict[str, Value] = {
        "actions": tuple(sorted({action for grant in grants for action in grant.actions}))
    }
    if partial:
        properties["partial"] = True
    return properties
