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
    builds_on=("CAN_WRITE", "TRAINED_ON", "PRODUCED", "INDEXES", "CONTAINS", "DERIVED_FROM", "STORED_IN"),
    attack=("T1565.001",),
    atlas=("AML.T0020", "AML.T0070"),
    abuse="Add or change objects; the next training run or synchronisation takes them in.",
    fix="Let the pipeline's identity alone write; train from pinned versions; review what is indexed.",
)


AGAIN = "the training that learned from it must run again"


class Lineage(msgspec.Struct, frozen=True):
    """What data ends up in, the relations that say so, and whether only a single training has done so."""

    target: str
    because: tuple[str, ...]
    once: bool = False


def derive(facts: Facts) -> Iterator[Derived]:
    """Worked out once per set of writable data, and shared by everyone who can write it.

    Writing what a finished, single training learned from poisons nothing unless it runs again: such an
    edge is `possible`, on that condition. Data that several trainings learned from is taken to go on.
    """
    writes = held_or_blocked(facts, "CAN_WRITE")
    for data in sorted(writes):
        lineage = [found for member in facts.members(data) for found in _lineage(facts, member)]
        for once in (False, True):
            found = [each for each in lineage if each.once == once]
            if found:
                yield from _edges(facts, found, writes[data], once=once)


def _edges(facts: Facts, lineage: list[Lineage], writes: list[Derived], *, once: bool) -> Iterator[Derived]:
    targets = facts.set_of(found.target for found in lineage)
    ways = tuple(dict.fromkeys(found.because for found in lineage))
    for write in writes:
        yield Derived(
            type=KIND.name,
            source=write.source,
            target=targets,
            because=tuple((write.id, *way) for way in ways),
            confidence="possible" if once else write.confidence,
            conditions=(*write.conditions, AGAIN) if once else write.conditions,
            guards=write.guards,
        )


def _lineage(facts: Facts, data: str) -> Iterator[Lineage]:
    for part, to_it in _read_with(facts, data):
        trainings = facts.into(part, "TRAINED_ON")
        once = len({trained.source for trained in trainings}) == 1
        for trained in trainings:
            because = (*to_it, trained.id)
            if _is(facts, trained.source, "Model"):
                yield Lineage(trained.source, because, once)
            for model, made in _models(facts, trained.source):
                yield Lineage(model, (*because, *made), once)
        for indexes in facts.into(part, "INDEXES"):
            if _is(facts, indexes.source, "KnowledgeBase"):
                yield Lineage(indexes.source, (*to_it, indexes.id))


def _read_with(facts: Facts, data: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The data itself, the prefixes above it, and the registered datasets that are made of either."""
    todo: list[tuple[str, tuple[str, ...]]] = [(data, ())]
    seen = {data}
    while todo:
        part, to_it = todo.pop()
        yield part, to_it
        above = [link for link in facts.into(part, "CONTAINS") if _is(facts, link.source, "Dataset")]
        for link in (*above, *facts.into(part, "DERIVED_FROM")):
            if link.source not in seen and _is(facts, link.source, "Dataset"):
                seen.add(link.source)
                todo.append((link.source, (*to_it, link.id)))


def _models(facts: Facts, job: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The models a job produced: named as such, or stored in what it wrote."""
    for made in facts.out_of(job, "PRODUCED"):
        if _is(facts, made.target, "Model"):
            yield made.target, (made.id,)
        for place in (made.target, *(link.target for link in facts.out_of(made.target, "CONTAINS"))):
            for stored in facts.into(place, "STORED_IN"):
                yield stored.source, (made.id, stored.id)


def _is(facts: Facts, identifier: str, kind: str) -> bool:
    asset = facts.asset(identifier)
    return asset is not None and asset.kind == kind
