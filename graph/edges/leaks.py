"""LEAKS: a key lies open in something that can be read."""

from collections.abc import Iterator

from graph import ontology
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="LEAKS",
    meaning="Whoever can read this finds a key in it.",
    needs="read",
    gives="act",
    builds_on=("HOLDS_CREDENTIAL",),
    attack=("T1552.001",),
    atlas=("AML.T0055",),
    abuse="Read the place and use the key that lies there.",
    fix="Revoke the key, move its successor into a vault, and take the old one out of the history too.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Every key found in a place of a kind that people read."""
    for holds in facts.relations("HOLDS_CREDENTIAL"):
        holder = facts.asset(holds.source)
        if holder is not None and ontology.may_join(KIND.name, holder.kind, "Credential"):
            yield Derived(type=KIND.name, source=holds.source, target=holds.target, because=((holds.id,),))
