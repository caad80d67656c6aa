"""Builds the embedded store's graph in one go: columns per kind, handed to the engine as frames."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import kglite
import pandas as pd

from graph import ontology
from graph.changes import statements
from graph.model import Delta, Edge, Graph, Node, Value
from graph.store import Progress, StoreError
from graph.values import checked

Columns = Mapping[str, Sequence[object]]
"""Name to the values of each record; None where a record has none."""

Frame = tuple[pd.DataFrame, dict[str, str]]
"""Columns, and the engine's types of those it would guess wrong."""

_TYPES: Mapping[type, str] = {datetime: "zoneddatetime", tuple: "list"}
"""A time keeps its zone and its time of day; an empty list stays a list."""

SOURCE, TARGET = "source of", "target of"
"""Column names of the ends; a space keeps them apart from every property."""


def build(graph: Graph, progress: Progress | None = None) -> kglite.KnowledgeGraph:
    """The graph, built from nothing. Ends that are not among the nodes are an error."""
    engine = kglite.KnowledgeGraph()
    total = len(graph.nodes) + len(graph.edges)
    done = 0
    nodes: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        nodes[node.kind].append(node)
    for kind, group in nodes.items():
        _add_nodes(engine, kind, group)
        done += len(group)
        if progress:
            progress(done, total)
    edges: dict[tuple[str, str], dict[str, list[Edge]]] = defaultdict(lambda: defaultdict(list))
    for edge in graph.edges:
        edges[edge.type, edge.source_kind][edge.target_kind].append(edge)
    for (relation, source_kind), by_target in edges.items():
        _add_edges(engine, relation, source_kind, by_target)
        done += sum(map(len, by_target.values()))
        if progress:
            progress(done, total)
    if engine.shape != (len(graph.nodes), len(graph.edges)):
        raise StoreError(
            f"The embedded store made {engine.shape[0]} nodes and {engine.shape[1]} relations of "
            f"{len(graph.nodes)} and {len(graph.edges)}: an id occurs twice, or a relation ends at a node "
            "that is not there."
        )
    return engine


def _add_nodes(engine: kglite.KnowledgeGraph, kind: str, nodes: Sequence[Node]) -> None:
    fixed: Columns = {
        "id": [node.id for node in nodes],
        "kind": [kind] * len(nodes),
        # an empty title: otherwise the engine makes one, and a node without a name answers with its id
        "title": [None] * len(nodes),
    }
    properties = [checked(node.properties, kind, node.id) for node in nodes]
    for frame, types in _frames(fixed, properties):
        engine.add_nodes(frame, kind, "id", "title", labels=[ontology.KINDS[kind]], column_types=types)


def _add_edges(
    engine: kglite.KnowledgeGraph, relation: str, source_kind: str, by_target: Mapping[str, list[Edge]]
) -> None:
    """Parallel relations stay apart in the first frame of a type and source kind, and merge in later ones.

    So the group with most of them goes first, and what is left over is merged by id, one by one.
    """
    groups = [(target_kind, *_split(edges)) for target_kind, edges in by_target.items()]
    groups.sort(key=lambda group: -len(group[2]))
    left: list[Edge] = []
    first = True
    for target_kind, single, parallel in groups:
        frames = list(_edge_frames(single + parallel)) if first else []
        if len(frames) != 1:
            left += parallel
            frames = list(_edge_frames(single))
        for frame, types in frames:
            engine.add_relationships(
                frame,
                relation,
                source_kind,
                SOURCE,
                target_kind,
                TARGET,
                columns=[name for name in frame.columns if name not in (SOURCE, TARGET)],
                column_types=types,
            )
            first = False
    for cypher, rows in statements(Delta(edges=tuple(left)), 5_000):
        engine.cypher(cypher, params={"rows": rows}, timeout_ms=0)


def _split(edges: list[Edge]) -> tuple[list[Edge], list[Edge]]:
    """The relations that are alone between their two ends, and those that are not."""
    pairs = Counter((edge.source, edge.target) for edge in edges)
    if len(pairs) == len(edges):
        return edges, []
    single = [edge for edge in edges if pairs[edge.source, edge.target] == 1]
    return single, [edge for edge in edges if pairs[edge.source, edge.target] > 1]


def _edge_frames(edges: Sequence[Edge]) -> Iterator[Frame]:
    fixed: Columns = {
        SOURCE: [edge.source for edge in edges],
        TARGET: [edge.target for edge in edges],
        "id": [edge.id for edge in edges],
    }
    return _frames(fixed, [checked(edge.properties, edge.type, edge.id) for edge in edges])


def _frames(fixed: Columns, properties: Sequence[Mapping[str, Value]]) -> Iterator[Frame]:
    """One frame, or, where a property has values of several types, one for each combination of types."""
    if not properties:
        return
    names = sorted(set().union(*properties) - fixed.keys())
    columns: Columns = {name: [each.get(name) for each in properties] for name in names}
    kinds = {name: set(map(type, column)) - {type(None)} for name, column in columns.items()}
    if all(len(found) <= 1 for found in kinds.values()):
        types = {name: _TYPES[kind] for name, found in kinds.items() for kind in found if kind in _TYPES}
        yield pd.DataFrame({**_objects(fixed), **_objects(columns)}), types
        return
    apart: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    for place, each in enumerate(properties):
        apart[tuple(sorted((name, type(value).__name__) for name, value in each.items()))].append(place)
    for places in apart.values():
        part = {name: [column[place] for place in places] for name, column in fixed.items()}
        yield from _frames(part, [properties[place] for place in places])


def _objects(columns: Columns) -> dict[str, pd.Series]:
    """Plain objects: a column of whole numbers with a gap would become one of fractions."""
    return {name: pd.Series(list(column), dtype=object) for name, column in columns.items()}
