"""From policies to edges: capabilities of thousands of principals over up to 100,000 resources."""

import resource
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.accounts import Size, organisation
from benchmarks.measurement import Measurement, seconds
from benchmarks.plot import Point, plot
from graph.access.aws import evaluate
from graph.access.aws.estate import estate_of
from graph.access.aws.grants import policies_for, request_for
from graph.access.aws.scope import groups_of
from graph.access.capabilities import entries
from graph.access.engine import capability_edges, capability_grants
from graph.facts import Facts

CAPABILITIES = ("CAN_READ", "CAN_WRITE", "CAN_INVOKE", "CAN_ADMIN", "CAN_ASSUME")
THOUSAND = Size(principals=1_000, sets=1_000, resources=1_000, accounts=1)
SHAPES = {
    "teams": Size(accounts=4),
    "one account": Size(accounts=1),
    "broad, with Denies": Size(accounts=4, broad=True),
}
PARTS = (20, 10, 5)
"""The sizes of the plot, as parts of the whole."""
SAMPLE = 20
PICTURE = Path("build") / "access-edges.svg"


class Edges(msgspec.Struct, frozen=True):
    """What capabilities become in the graph: edges, sets and what these cover."""

    edges: int
    sets: int
    covers: int


def measure() -> list[Measurement]:
    """A thousand by a thousand, the large organisation, and how its edges grow."""
    return [*_all_pairs(), *_large(), *_growth()]


def _all_pairs() -> Iterator[Measurement]:
    facts = organisation(THOUSAND)
    taken = seconds(lambda: list(capability_grants(facts, "CAN_READ")))
    holders = estate_of(facts).holders
    sample = holders[:: len(holders) // SAMPLE]
    alone = seconds(lambda: _one_by_one(facts, sample[:SAMPLE])) * len(holders) / SAMPLE
    name = "1,000 principals x 1,000 resources, nine statements each"
    yield Measurement(name=f"{name}: who can read what", value=taken, unit="s", target=0.8)
    yield Measurement(name=f"{name}: beside each pair alone", value=taken, unit="s", baseline=alone, target=1)


def _one_by_one(facts: Facts, holders: tuple[object, ...]) -> int:
    estate = estate_of(facts)
    allowed = 0
    for holder in (each for each in estate.holders if each in holders):
        for capability in entries("aws", "CAN_READ"):
            for group in groups_of(facts, capability):
                for target in group.targets.values():
                    policies = policies_for(holder, estate.policy_on(target.policy_on, target.owner))
                    for (action,) in capability.alternatives():
                        asked = request_for(holder, action, target, group.region)
                        allowed += evaluate(asked, policies).effect == "allow"
    return allowed


def _large() -> Iterator[Measurement]:
    facts = organisation(Size())
    name = "10,000 principals x 100,000 resources in 50 accounts"
    taken = seconds(lambda: _edges(facts))
    yield Measurement(name=f"{name}: all capabilities", value=taken, unit="s", target=60)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    yield Measurement(name=f"{name}: peak memory", value=memory, unit="GB", target=4)


def _growth() -> Iterator[Measurement]:
    """Edges per principal, resource and distinct set: it must not grow with the size."""
    points: list[Point] = []
    for shape, size in SHAPES.items():
        ratios = []
        for part in PARTS:
            smaller = _part(size, part)
            found = _edges(organisation(smaller))
            total = found.edges + found.covers
            base = smaller.principals + smaller.resources + found.sets
            points.append(Point(shape, base, total))
            ratios.append(total / base)
        growth = ratios[-1] / ratios[0]
        name = f"edges per principal, resource and set, {PARTS[0] // PARTS[-1]} times as large: {shape}"
        yield Measurement(name=name, value=growth, unit="times", target=1.5)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(plot(points, "principals + resources + distinct sets", "edges"), encoding="utf-8")


def _part(size: Size, part: int) -> Size:
    return msgspec.structs.replace(
        size,
        principals=size.principals // part,
        sets=size.sets // part,
        resources=size.resources // part,
    )


def _edges(facts: Facts) -> Edges:
    ends: set[str] = set()
    number = 0
    for name in CAPABILITIES:
        for edge in capability_edges(facts, name):
            number += 1
            ends.add(edge.target)
    nodes, covers = facts.tree.used(ends)
    return Edges(number, len(nodes), len(covers))
