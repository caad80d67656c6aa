"""What one principal holds, read from the edges that were derived from a snapshot."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from graph import derivation
from graph.access.aws.match import glob
from graph.access.question import NotAsked
from graph.model import Derived, Graph
from graph.snapshot import Snapshot

OF_A_PRINCIPAL = "CAN_"
"""What the names of relations from a principal to what it can do start with."""


class Holding(msgspec.Struct, frozen=True):
    """One capability over a set of resources; with `guards` something stops it.

    `kinds` counts the resources by kind, `because` are the alternatives that give it (ids of statements and
    memberships), `technique` says how where it is an escalation.
    """

    capability: str
    effect: Literal["allow", "conditional", "blocked"]
    technique: str
    actions: tuple[str, ...]
    conditions: tuple[str, ...]
    guards: tuple[str, ...]
    because: tuple[tuple[str, ...], ...]
    kinds: Mapping[str, int]
    resources: tuple[str, ...]


def held(snapshot: Snapshot, results: Path, principal: str, resource: str | None = None) -> Iterator[Holding]:
    """Everything the principal can, capability by capability; of resources that fit the pattern only."""
    edges = [
        edge
        for edge in derivation.read_derived(results)
        if edge.source == principal and edge.type.startswith(OF_A_PRINCIPAL)
    ]
    graph = derivation.read_graph(results)
    kinds = {node.id: node.kind for node in graph.nodes}
    if not edges and principal not in kinds:
        raise NotAsked(f"{principal} is not in snapshot {snapshot.id}; give the id as the snapshot has it.")
    covers = covers_of(graph)
    fits = glob(resource).matches if resource else lambda _: True
    for edge in sorted(edges, key=lambda edge: (edge.type, bool(edge.guards), edge.conditions, edge.id)):
        resources = tuple(sorted(each for each in members_of(edge.target, covers) if fits(each)))
        if resources:
            yield _holding(edge, resources, kinds)


def _holding(edge: Derived, resources: tuple[str, ...], kinds: Mapping[str, str]) -> Holding:
    actions = edge.properties.get("actions")
    counts = Counter(kinds.get(each, "") for each in resources)
    return Holding(
        capability=edge.type,
        effect="blocked" if edge.guards else "conditional" if edge.conditions else "allow",
        technique=str(edge.properties.get("technique") or ""),
        actions=tuple(map(str, actions)) if isinstance(actions, tuple | list) else (),
        conditions=edge.conditions,
        guards=edge.guards,
        because=edge.because,
        kinds=dict(sorted(counts.items())),
        resources=resources,
    )


def covers_of(graph: Graph) -> Mapping[str, list[str]]:
    """What each set and tree node covers directly."""
    found: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        if edge.type == "COVERS":
            found[edge.source].append(edge.target)
    return found


def members_of(target: str, covers: Mapping[str, list[str]]) -> set[str]:
    """The resources that a set stands for; a resource stands for itself."""
    found: set[str] = set()
    todo = [target]
    while todo:
        each = todo.pop()
        if each in covers:
            todo.extend(covers[each])
        else:
            found.add(each)
    return found
