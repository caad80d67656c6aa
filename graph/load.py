"""The loader: makes a store equal to a graph by working out what differs, here and not in the store.

    report = load(store, graph)
    report.changed     # False when the store held this graph already

An interrupted load is finished by the next one, because the difference is made anew from what is there.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Generic, TypeVar

import msgspec

from graph import ontology
from graph.model import Delta, Edge, Graph, Node, Value
from graph.store import MARK, GraphStore, Progress
from graph.values import RESERVED, ValueRefused, checked, same

Record = TypeVar("Record", bound=Node | Edge)


class GraphInvalid(Exception):
    """The graph to load contradicts itself or the ontology; the text names the record."""


class Counts(msgspec.Struct, frozen=True):
    """What a load did to the nodes, or to the relations."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


class LoadReport(msgspec.Struct, frozen=True):
    """What a load did; `version` names what is published now."""

    nodes: Counts
    edges: Counts
    version: str

    @property
    def changed(self) -> bool:
        """Whether anything was written at all."""
        return any((each.added, each.changed, each.removed) != (0, 0, 0) for each in (self.nodes, self.edges))


class Difference(msgspec.Struct, frozen=True):
    """The changes that lead from what is published to a graph, and how many of each there are."""

    delta: Delta
    nodes: Counts
    edges: Counts


def load(store: GraphStore, graph: Graph, progress: Progress | None = None) -> LoadReport:
    """Makes the store hold exactly `graph`; a second load of the same graph writes nothing."""
    with _no_collections():
        check(graph)
        store.schema()
        found = difference(store.published(), graph)
        publication = store.publication()
        if len(found.delta) > store.largest_delta:
            store.replace(graph, progress)
        elif found.delta or publication is None or publication.state == "loading":
            store.apply(found.delta, progress)
        return LoadReport(found.nodes, found.edges, store.version())


@contextmanager
def _no_collections() -> Iterator[None]:
    """Millions of new objects and no cycles among them: looking for cycles would cost a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def difference(published: Iterable[Node | Edge], graph: Graph) -> Difference:
    """What must change so that the published records become those of `graph`."""
    nodes = _Side[Node]({node.id: node for node in graph.nodes})
    edges = _Side[Edge]({edge.id: edge for edge in graph.edges})
    for record in published:
        if isinstance(record, Node):
            wanted_node = nodes.wanted.get(record.id)
            there = wanted_node is not None and wanted_node.kind == record.kind
            nodes.meet(record, _with_kind(wanted_node) if wanted_node and there else None)
        else:
            wanted_edge = edges.wanted.get(record.id)
            there = wanted_edge is not None and _place(wanted_edge) == _place(record)
            edges.meet(record, wanted_edge if there else None)
    delta = Delta(nodes.upserts(), edges.upserts(), tuple(nodes.gone), tuple(edges.gone))
    return Difference(delta, nodes.counts(), edges.counts())


class _Side(Generic[Record]):
    """The nodes, or the relations, of a difference."""

    def __init__(self, wanted: dict[str, Record]) -> None:
        self.wanted = wanted
        self.gone: list[Record] = []
        self._met: dict[str, bool] = {}

    def meet(self, record: Record, wanted: Record | None) -> None:
        """One published record, and what is to be there instead; met twice, both must be as wanted."""
        if wanted is None:
            self.gone.append(record)
        else:
            as_wanted = self._met.get(record.id, True) and same(record.properties, wanted.properties)
            self._met[record.id] = as_wanted

    def upserts(self) -> tuple[Record, ...]:
        return tuple(record for key, record in self.wanted.items() if not self._met.get(key, False))

    def counts(self) -> Counts:
        unchanged = sum(self._met.values())
        changed = len(self._met) - unchanged
        return Counts(len(self.wanted) - len(self._met), changed, len(self.gone), unchanged)


def _with_kind(node: Node) -> Node:
    """A node as a store has it: the kind is a property, too."""
    return Node(node.id, node.kind, {**node.properties, "kind": node.kind})


def _place(edge: Edge) -> tuple[str, str, str, str, str]:
    """What a relation is besides its properties: when this differs it is another one, whatever its id."""
    return edge.type, edge.source_kind, edge.source, edge.target_kind, edge.target


def check(graph: Graph) -> None:
    """Ids are unique over all kinds, ends are there, and everything is declared and can be stored."""
    kinds: dict[str, str] = {}
    for node in graph.nodes:
        complaint = _about_node(node, kinds) or _about_properties(node.properties, _declared(node.kind))
        if complaint:
            raise GraphInvalid(f"{node.kind} {node.id!r}: {complaint}.")
        kinds[node.id] = node.kind
    met: set[str] = set()
    for edge in graph.edges:
        complaint = _about_edge(edge, kinds, met) or _about_properties(
            edge.properties, _declared_on(edge.type)
        )
        if complaint:
            raise GraphInvalid(f"{edge.type} from {edge.source!r} to {edge.target!r}: {complaint}.")
        met.add(edge.id)


def _about_node(node: Node, kinds: Mapping[str, str]) -> str | None:
    if node.kind not in ontology.KINDS:
        return f"there is no kind {node.kind!r} in the ontology"
    if not node.id or node.id == MARK:
        return "a node needs an id of its own"
    if node.id in kinds:
        return f"a {kinds[node.id]} has the same id; ids are unique over all kinds"
    if node.properties.get("kind", node.kind) != node.kind:
        return f"its property kind says {node.properties['kind']!r}"
    return None


def _about_edge(edge: Edge, kinds: Mapping[str, str], met: set[str]) -> str | None:
    if edge.type not in ontology.RELATIONS:
        return f"there is no relation {edge.type!r} in the ontology"
    for key, kind in ((edge.source, edge.source_kind), (edge.target, edge.target_kind)):
        if kinds.get(key) != kind:
            found = f"a {kinds[key]}" if key in kinds else "not among the nodes"
            return f"{key!r} should be a {kind} and is {found}"
    if not ontology.may_join(edge.type, edge.source_kind, edge.target_kind):
        return f"it may not join a {edge.source_kind} to a {edge.target_kind}"
    if not edge.id or edge.id in met:
        return f"its id {edge.id!r} is not its own"
    return None


def _about_properties(properties: Mapping[str, Value], declared: frozenset[str]) -> str | None:
    if not properties.keys() <= declared:
        return f"the ontology does not declare {', '.join(sorted(properties.keys() - declared))} there"
    try:
        checked(properties)
    except ValueRefused as problem:
        return str(problem).removeprefix(": ").removesuffix(".")
    return None


@cache
def _declared(kind: str) -> frozenset[str]:
    return frozenset(ontology.properties_of(kind)) - RESERVED


@cache
def _declared_on(relation: str) -> frozenset[str]:
    return frozenset(ontology.relation_properties(relation)) - RESERVED
