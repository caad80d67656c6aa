"""Lineage: what learned from what, what answers from what; forward from a dataset, backward from a model.

What each relation says is in `graph.ontology`. A relation is read in the direction that content flows.
"""

from collections import deque
from collections.abc import Iterator
from typing import Literal

import msgspec

from graph.facts import Facts
from graph.model import Derived, Relation

Direction = Literal["forward", "backward"]

TO_TARGET = ("PRODUCED",)
"""Relations along which content flows from source to target."""
TO_SOURCE = ("TRAINED_ON", "SERVES", "INDEXES", "RETRIEVES_FROM", "DERIVED_FROM")
"""Relations along which content flows from target to source."""
CONTAINERS = ("Bucket", "Dataset", "Database")
"""Kinds whose content is that of what they contain."""

SAYS = {
    "PRODUCED": "made",
    "TRAINED_ON": "trained",
    "SERVES": "is served by",
    "INDEXES": "is indexed by",
    "RETRIEVES_FROM": "is what answers come from in",
    "DERIVED_FROM": "was the start of",
    "CONTAINS": "holds",
}
"""What a relation says, read as content flows."""


class Flow(msgspec.Struct, frozen=True):
    """Content goes from one asset to another, by a relation; `steps` from the asset that was asked about."""

    source: str
    target: str
    says: str
    relation: str
    steps: int


def flows(facts: Facts, asset: str, direction: Direction) -> Iterator[Flow]:
    """Where content of an asset went, or where its own came from, nearest first; each relation once."""
    todo, seen, told = deque([(asset, 0)]), {asset}, set[str]()
    while todo:
        here, steps = todo.popleft()
        for link in _links(facts, here, direction):
            source, target = _ends(link)
            if link.id not in told:
                told.add(link.id)
                yield Flow(source, target, SAYS[link.type], link.id, steps + 1)
            there = target if direction == "forward" else source
            if there not in seen:
                seen.add(there)
                todo.append((there, steps + 1))


def _links(facts: Facts, asset: str, direction: Direction) -> Iterator[Relation | Derived]:
    """The relations by which content leaves an asset, or comes to it."""
    forward = direction == "forward"
    for kind in TO_TARGET:
        yield from facts.out_of(asset, kind) if forward else facts.into(asset, kind)
    for kind in TO_SOURCE:
        yield from facts.into(asset, kind) if forward else facts.out_of(asset, kind)
    for link in facts.out_of(asset, "CONTAINS") if forward else facts.into(asset, "CONTAINS"):
        container = facts.asset(link.source)
        if container is not None and container.kind in CONTAINERS:
            yield link


def _ends(link: Relation | Derived) -> tuple[str, str]:
    """Where content comes from, and where it goes."""
    return (link.target, link.source) if link.type in TO_SOURCE else (link.source, link.target)
