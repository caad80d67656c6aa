"""A delta as Cypher: a few statements, each for many rows, the same text for every store.

Rows are grouped by kind, and relations by their type and the kinds of both ends, because stores look nodes
up by kind and id. Upserts come first and removals last, so that nothing is missing in between.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeAlias, TypeVar

from graph import ontology
from graph.model import Delta, Edge, Node, Value
from graph.store import MARK
from graph.values import checked

Row: TypeAlias = "dict[str, Value | dict[str, Value]]"
Statement: TypeAlias = tuple[str, list[Row]]
"""The text, and the rows it is run for as `$rows`."""

Key = TypeVar("Key")
Item = TypeVar("Item")


def statements(delta: Delta, batch: int, *, after_node: str = "") -> Iterator[Statement]:
    """What makes a store equal to what the delta was made for, `batch` rows a statement.

    `after_node` is said after every upsert of nodes, where a store needs to hear more.
    """
    for kind, nodes in _grouped((node.kind, node) for node in delta.nodes):
        yield from _batches(upsert_nodes(kind) + after_node, map(node_row, nodes), batch)
    for ends, edges in _grouped((_ends(edge), edge) for edge in delta.edges):
        yield from _batches(_upsert_edges(*ends), map(_edge_row, edges), batch)
    for ends, edges in _grouped((_ends(edge), edge) for edge in delta.gone_edges):
        yield from _batches(_remove_edges(*ends), (_gone_row(edge) for edge in edges if edge.id), batch)
        if not all(edge.id for edge in edges):
            yield _remove_strange_edges(*ends), [{}]
    for kind, nodes in _grouped((node.kind, node) for node in delta.gone_nodes):
        yield from _batches(_remove_nodes(kind), ({"id": node.id} for node in nodes if node.id), batch)
        if not all(node.id for node in nodes):
            yield _remove_strange_nodes(kind), [{}]


def upsert_nodes(kind: str) -> str:
    """Afterwards the node has the row's properties and no others."""
    family = ontology.KINDS[kind]
    return f"UNWIND $rows AS row MERGE (n:{kind} {{id: row.id}}) SET n = row SET n:{family}"


def node_row(node: Node) -> Row:
    """A node as one flat row."""
    return {**checked(node.properties, node.kind, node.id), "id": node.id, "kind": node.kind}


def _upsert_edges(relation: str, source_kind: str, target_kind: str) -> str:
    return (
        f"UNWIND $rows AS row MATCH (a:{source_kind} {{id: row.source}}) "
        f"MATCH (b:{target_kind} {{id: row.target}}) "
        f"MERGE (a)-[r:{relation} {{id: row.relation.id}}]->(b) SET r = row.relation"
    )


def _edge_row(edge: Edge) -> Row:
    properties = checked(edge.properties, edge.type, "from", edge.source, "to", edge.target)
    return {"source": edge.source, "target": edge.target, "relation": {"id": edge.id, **properties}}


def _remove_edges(relation: str, source_kind: str, target_kind: str) -> str:
    return (
        f"UNWIND $rows AS row MATCH (a:{source_kind} {{id: row.source}}) "
        f"MATCH (b:{target_kind} {{id: row.target}}) "
        f"MATCH (a)-[r:{relation} {{id: row.id}}]->(b) DELETE r"
    )


def _remove_strange_edges(relation: str, source_kind: str, target_kind: str) -> str:
    """Relations without an id, which someone else wrote."""
    return f"MATCH (:{source_kind})-[r:{relation}]->(:{target_kind}) WHERE r.id IS NULL DELETE r"


def _gone_row(edge: Edge) -> Row:
    return {"source": edge.source, "target": edge.target, "id": edge.id}


def _remove_nodes(kind: str) -> str:
    return f"UNWIND $rows AS row MATCH (n:{kind} {{id: row.id}}) DETACH DELETE n"


def _remove_strange_nodes(kind: str) -> str:
    return f"MATCH (n:{kind}) WHERE n.id IS NULL DETACH DELETE n"


def _ends(edge: Edge) -> tuple[str, str, str]:
    return edge.type, edge.source_kind, edge.target_kind


def _grouped(pairs: Iterable[tuple[Key, Item]]) -> Iterator[tuple[Key, list[Item]]]:
    groups: dict[Key, list[Item]] = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    yield from groups.items()


def _batches(cypher: str, rows: Iterable[Row], size: int) -> Iterator[Statement]:
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield cypher, batch


def mark_row(state: str, version: str, at: datetime) -> Row:
    """The mark a store keeps of what is published."""
    return {
        "id": MARK,
        "kind": "Snapshot",
        "name": "Publication",
        "state": state,
        "version": version,
        "published_at": at,
    }
