"""CAN_REPLACE: who can put another model in the place of one."""

from collections.abc import Iterator

from graph.access.engine import BUILDS_ON, capability_edges, held_or_blocked
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_REPLACE",
    meaning="The identity can overwrite the model's stored artefact, or point its endpoint at another model.",
    needs="act",
    gives="write",
    builds_on=("CAN_WRITE", "STORED_IN", *BUILDS_ON),
    attack=("T1525",),
    atlas=("AML.T0018", "AML.T0010.003"),
    abuse="Upload a changed artefact under the same name; the next deployment serves it.",
    fix="Let the pipeline alone write artefacts; deploy pinned versions; check a signature before loading.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Writers of the places that models are stored in, and whoever may update an endpoint."""
    yield from capability_edges(facts, KIND.name)
    writes = held_or_blocked(facts, "CAN_WRITE")
    for place in sorted(writes):
        stored = [
            link
            for member in facts.members(place)
            for link in facts.into(member, "STORED_IN")
            if _is_model(facts, link.source)
        ]
        if not stored:
            continue
        models = facts.set_of(link.source for link in stored)
        for write in writes[place]:
            yield Derived(
                type=KIND.name,
                source=write.source,
                target=models,
                because=tuple((write.id, link.id) for link in stored),
                confidence=write.confidence,
                conditions=write.conditions,
                guards=write.guards,
            )


def _is_model(facts: Facts, identifier: str) -> bool:
    asset = facts.asset(identifier)
    return asset is not None and asset.kind == "Model"
