"""What an access engine finds out, before it becomes edges."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from graph.facts import Facts
from graph.model import Confidence, Derived, Evidence, Value


class Grant(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One principal may do something to some resources, all for the same reasons and with the same reserves.

    `because` are alternatives of ids (statements as evidence, memberships as relations). With `guards` it
    would be granted but for them. `partial`: of a prefix, only a part.
    """

    source: str
    targets: tuple[str, ...]
    because: tuple[tuple[str, ...], ...]
    evidence: tuple[Evidence, ...] = ()
    actions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    partial: bool = False
    confidence: Confidence = "confirmed"


Key = tuple[str, tuple[str, ...], tuple[str, ...], bool, Confidence]


def edges(facts: Facts, name: str, grants: Iterable[Grant]) -> Iterator[Derived]:
    """One edge per principal and set: grants that differ in their targets and reasons only become one."""
    groups: dict[Key, list[Grant]] = defaultdict(list)
    for grant in grants:
        key = (grant.source, grant.conditions, grant.guards, grant.partial, grant.confidence)
        groups[key].append(grant)
    for key in sorted(groups):
        source, conditions, guards, partial, confidence = key
        members = groups[key]
        targets = sorted({target for grant in members for target in grant.targets} - {source})
        if not targets:
            continue
        yield Derived(
            type=name,
            source=source,
            target=facts.set_of(targets),
            because=tuple(dict.fromkeys(way for grant in members for way in grant.because)),
            confidence=confidence,
            conditions=conditions,
            guards=guards,
            properties=_properties(members, partial=partial),
            evidence=tuple(dict.fromkeys(piece for grant in members for piece in grant.evidence)),
        )


def _properties(grants: list[Grant], *, partial: bool) -> dict[str, Value]:
    properties: dict[str, Value] = {
        "actions": tuple(sorted({action for grant in grants for action in grant.actions}))
    }
    if partial:
        properties["partial"] = True
    return properties
