"""OWNED_BY: the person or group that an asset's owner tag names, where we know them."""

from collections.abc import Iterator

from graph.facts import Facts
from graph.marks.tags import evidence_of, said
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="OWNED_BY",
    meaning="The asset's owner tag names this person or group.",
    needs=None,
    gives=None,
    builds_on=("*.tags", "User.name", "Group.name"),
    abuse="None: it tells whom to ask.",
    fix="Tag assets with an owner whom the directory knows, or declare the owner in estate.yaml.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """By name or address, without regard to case; a name that several bear owns nothing."""
    people: dict[str, list[str]] = {}
    for asset in (*facts.of("User"), *facts.of("Group")):
        for name in {asset.name.lower(), asset.id.rpartition(":")[2].lower()}:
            people.setdefault(name, []).append(asset.id)
    for asset in facts.assets:
        for owner in said(asset, "owner"):
            found = people.get(owner.lower(), [])
            if len(found) == 1 and found[0] != asset.id:
                yield Derived(
                    type=KIND.name,
                    source=asset.id,
                    target=found[0],
                    because=(evidence_of(asset, "tags"),),
                    confidence="likely",
                    properties={"origin": "tag"},
                )
