"""Lineage: what learned from what, what answers from what; forward from a dataset, backward from a model.

What each relation says is in `graph.ontology`. A relation is read in the direction that content flows.
"""

from collections import deque
from collections.abc import Iterator
from typing import Literal

import msgspec

from graph.facts import Facts, Link

Direction = Literal["forward", "backward"]


class Way(msgspec.Struct, frozen=True):
    """A relation along which content flows, and what it says read that way.

    `backwards`: from the relation's target to its source. `source` and `target` limit the kinds at the ends
    of the relation. `mixed`: what flows in lies beside other things and is not in all that the taker holds.
    """

    relation: str
    says: str
    backwards: bool = False
    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    mixed: bool = False


CONTAINERS = ("Bucket", "Dataset", "Database")
"""Kinds whose content is that of what they contain."""

WAYS = (
    Way("CONTAINS", "holds", source=CONTAINERS),
    Way("TRAINED_ON", "trained", backwards=True),
    Way("PRODUCED", "made"),
    Way("STORED_IN", "is loaded as", backwards=True, source=("Model",), target=("ModelFile",)),
    Way("DERIVED_FROM", "was the start of", backwards=True),
    Way("SERVES", "is served by", backwards=True),
    Way("INDEXES", "is indexed by", backwards=True),
    Way("STORED_IN", "is stored in", source=("KnowledgeBase",)),
    Way("RETRIEVES_FROM", "is searched by", backwards=True),
    Way("REMEMBERS_IN", "is remembered in"),
    Way("LOGS_TO", "is written down in", mixed=True),
)
RELATIONS = tuple(dict.fromkeys(way.relation for way in WAYS))


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
        for link, way in links(facts, here, direction):
            if link.id not in told:
                told.add(link.id)
                source, target = ends(link, way)
                yield Flow(source, target, way.says, link.id, steps + 1)
            there = ends(link, way)[1 if direction == "forward" else 0]
            if there not in seen:
                seen.add(there)
                todo.append((there, steps + 1))


def links(facts: Facts, asset: str, direction: Direction) -> Iterator[tuple[Link, Way]]:
    """The relations by which content leaves an asset, or comes to it."""
    for way in WAYS:
        leaving = (direction == "forward") is not way.backwards
        found = facts.out_of(asset, way.relation) if leaving else facts.into(asset, way.relation)
        for link in found:
            if _fits(facts, link.source, way.source) and _fits(facts, link.target, way.target):
                yield link, way


def ends(link: Link, way: Way) -> tuple[str, str]:
    """Where content comes from, and where it goes."""
    return (link.target, link.source) if way.backwards else (link.source, link.target)


def _fits(facts: Facts, identifier: str, kinds: tuple[str, ...]) -> bool:
    asset = facts.asset(identifier)
    return not kinds or (asset is not None and asset.kind in kinds)
