"""A snapshot and what was derived from it, as the one graph that is to be in the store."""

from collections.abc import Iterable, Iterator, Mapping

from graph.derive import Derivation
from graph.facts import Facts
from graph.model import Asset, Derived, Edge, Graph, Node, Relation, Value


def project(facts: Facts, derivation: Derivation) -> Graph:
    """Nodes with marks, facts, derived edges, the sets they end on, footholds and steps; sorted by id."""
    marks: dict[str, dict[str, Value]] = {}
    for mark in derivation.marks:
        marks.setdefault(mark.asset, {})[mark.property] = mark.value
    holding = [edge for edge in derivation.edges if not edge.guards]
    on = [r.target for r in derivation.attack.relations if r.type == "ON"]
    sets, covers = facts.tree.used([*(e.target for e in holding), *on])
    assets = [*facts.assets, *sets, *derivation.attack.footholds]
    nodes = {asset.id: _node(asset, marks.get(asset.id, {})) for asset in assets}
    kinds = {identifier: node.kind for identifier, node in nodes.items()}
    plain = [*_facts_only(facts), *covers, *derivation.attack.relations]
    edges = {edge.id: edge for edge in _edges(plain, kinds)}
    edges |= {edge.id: edge for edge in _derived_edges(holding, kinds)}
    return Graph(
        nodes=tuple(nodes[key] for key in sorted(nodes)), edges=tuple(edges[key] for key in sorted(edges))
    )


def _node(asset: Asset, marks: Mapping[str, Value]) -> Node:
    properties: dict[str, Value] = {"kind": asset.kind, "name": asset.name, **marks, **asset.properties}
    if asset.evidence:
        properties["evidence"] = tuple(sorted({e.id for e in asset.evidence}))
    if asset.listed_by:
        properties["listed_by"] = "; ".join(
            " ".join(part for part in (at.call, at.account, at.region, at.parent) if part)
            for at in sorted(asset.listed_by)
        )
    return Node(asset.id, asset.kind, properties)


def _facts_only(facts: Facts) -> Iterator[Relation]:
    for links in facts.all_links():
        yield from (link for link in links if isinstance(link, Relation))


def _edges(relations: Iterable[Relation], kinds: Mapping[str, str]) -> Iterator[Edge]:
    for relation in relations:
        properties = dict(relation.properties)
        if relation.evidence:
            properties["evidence"] = tuple(sorted({e.id for e in relation.evidence}))
        yield Edge(
            relation.id,
            relation.type,
            relation.source,
            kinds[relation.source],
            relation.target,
            kinds[relation.target],
            properties,
        )


def _derived_edges(edges: Iterable[Derived], kinds: Mapping[str, str]) -> Iterator[Edge]:
    for edge in edges:
        properties: dict[str, Value] = {
            **edge.properties,
            "confidence": edge.confidence,
            "conditional": bool(edge.conditions),
            "because": tuple(" ".join(alternative) for alternative in edge.because),
        }
        if edge.conditions:
            properties["conditions"] = edge.conditions
        source, target = kinds[edge.source], kinds[edge.target]
        yield Edge(edge.id, edge.type, edge.source, source, edge.target, target, properties)
