"""Builds the embedded store's graph in one go: columns per kind, handed to the engine as frames."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

import kglite
import pandas as pd

from graph import ontology
from graph.changes import statements
from graph.model import Delta, Edge, Graph, Node, Value
from graph.store import Progress, StoreError
from graph.values import checked

Record = tuple[tuple[str, ...], dict[str, Value]]
"""The fixed cells of a row (id, or both ends and id) and its properties."""

Frame = tuple[pd.DataFrame, dict[str, str]]
"""Columns, and the engine's types of those it would guess wrong."""

_NODE = ("id",)
_TYPES: Mapping[type, str] = {datetime: "zoneddatetime", tuple: "list"}
"""A time keeps its zone and its time of day; an empty list stays a list."""

_EDGE = ("source of", "target of", "id")
"""Column names of the fixed cells; a space keeps the ends apart from every property."""


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
    records: list[Record] = [
        ((node.id,), {**checked(node.properties, f"{kind} {node.id}"), "kind": kind}) for node in nodes
    ]
    for frame, times in _frames(_NODE, records, always=("title",)):
        # an empty title: otherwise the engine makes one, and a node without a name answers with its id
        engine.add_nodes(frame, kind, "id", "title", labels=[ontology.KINDS[kind]], column_types=times)


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
        frames = list(_frames(_EDGE, _edge_records(single + parallel))) if first else []
        if len(frames) != 1:
            left += parallel
            frames = list(_frames(_EDGE, _edge_records(single)))
        for frame, times in frames:
            engine.add_relationships(
                frame,
                relation,
                source_kind,
                _EDGE[0],
                target_kind,
                _EDGE[1],
                columns=[name for name in frame.columns if name not in _EDGE[:2]],
                column_types=times,
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


def _edge_records(edges: Sequence[Edge]) -> list[Record]:
    return [
        (
            (edge.source, edge.target, edge.id),
            checked(edge.properties, f"{edge.type} {edge.source} {edge.target}"),
        )
        for edge in edges
    ]


def _frames(fixed: tuple[str, ...], records: list[Record], always: tuple[str, ...] = ()) -> Iterator[Frame]:
    """One frame, or, where a property has values of several types, one for each combination of types."""
    if not records:
        return
    names = sorted({*always, *chain.from_iterable(properties for _, properties in records)})
    columns = {name: [properties.get(name) for _, properties in records] for name in names}
    kinds = {name: set(map(type, column)) - {type(None)} for name, column in columns.items()}
    if all(len(found) <= 1 for found in kinds.values()):
        types = {name: _TYPES[kind] for name, found in kinds.items() for kind in found if kind in _TYPES}
        yield _frame(fixed, records, columns), types
        return
    apart: dict[tuple[tuple[str, str], ...], list[Record]] = defaultdict(list)
    for record in records:
        apart[tuple(sorted((name, type(value).__name__) for name, value in record[1].items()))].append(record)
    for group in apart.values():
        yield from _frames(fixed, group, always)


def _frame(
    fixed: tuple[str, ...], records: list[Record], columns: Mapping[str, list[Value | None]]
) -> pd.DataFrame:
    """Every column as plain objects: a column of whole numbers with a gap would become one of fractions."""
    cells = zip(*(row for row, _ in records), strict=True)
    ends = {name: pd.Series(column, dtype=object) for name, column in zip(fixed, cells, strict=True)}
    return pd.DataFrame(
        {**ends, **{name: pd.Series(column, dtype=object) for name, column in columns.items()}}
    )
