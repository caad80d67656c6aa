"""CAN_POISON: who can change what a model learns from, or what a knowledge base answers from."""

from collections.abc import Iterator

import msgspec

from graph.access.engine import held_or_blocked
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_POISON",
    meaning="The identity can write data that the model is trained on, or that the knowledge base indexes.",
    needs="act",
    gives="write",
    builds_on=("CAN_WRITE", "TRAINED_ON", "PRODUCED", "INDEXES"),
    attack=("T1565.001",),
    atlas=("AML.T0020", "AML.T0070"),
    abuse="Add or change objects; the next training run or synchronisation takes them in.",
    fix="Let the pipeline's identity alone write; train from pinned versions; review what is indexed.",
)


class Lineage(msgspec.Struct, frozen=True):
    """What data ends up in, and the relations that say so."""

    target: str
    because: tuple[str, ...]


def derive(facts: Facts) -> Iterator[Derived]:
    """Worked out once per set of writable data, and shared by everyone who can write it."""
    writes = held_or_blocked(facts, "CAN_WRITE")
    for data in sorted(writes):
        lineage = [found for member in facts.members(data) for found in _lineage(facts, member)]
        if not lineage:
            continue
        targets = facts.set_of(found.target for found in lineage)
        ways = tuple(dict.fromkeys(found.because for found in lineage))
        for write in writes[data]:
            yield Derived(
                type=KIND.name,
                source=write.source,
                target=targets,
                because=tuple((write.id, *way) for way in ways),
                confidence=write.confidence,
                conditions=write.conditions,
                guards=write.guards,
            )


def _lineage(facts: Facts, data: str) -> Iterator[Lineage]:
    for trained in facts.into(data, "TRAINED_ON"):
        produced = facts.out_of(trained.source, "PRODUCED")
        for made in produced:
            if _is(facts, made.target, "Model"):
                yield Lineage(made.target, (trained.id, made.id))
        if _is(facts, trained.source, "Model"):
            yield Lineage(trained.source, (trained.id,))
    for indexes in facts.into(data, "INDEXES"):
        if _is(facts, indexes.source, "KnowledgeBase"):
            yield Lineage(indexes.source, (indexes.id,))


def _is(facts: Facts, identifier: str, kind: str) -> bool:
    asset = facts.asset(identifier)
    return asset is not None and asset.kind == kind
