"""Every shipped query on 100,000 nodes and 500,000 relations with an attack graph, on both stores."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import rustworkx

from benchmarks.graphs import estate
from benchmarks.measurement import Measurement, seconds
from benchmarks.stores import empty_neo4j
from graph import attack
from graph.derive import edge_kinds
from graph.embedded import EmbeddedStore
from graph.facts import Facts
from graph.load import load
from graph.model import Asset, Derived, Edge, Graph, Node, Params, Relation
from graph.store import GraphStore, QueryTimeout
from queries.content import bind, shipped
from tests.neo4j_local.launcher import Neo4jMissing

NODES, EDGES = 47_500, 250_000
"""With the footholds and steps over them, about 100,000 and 500,000."""

LIMIT_S = 20.0
ROWS = 20_000
REACH = "MATCH (e:Foothold {id: $id})-[:STEP*1..6]->(f:Foothold) RETURN count(DISTINCT f) AS reached"


def measure() -> list[Measurement]:
    graph = with_attack_graph(estate(NODES, EDGES).graph)
    return [
        Measurement(name="queries: nodes", value=len(graph.nodes), unit="nodes"),
        Measurement(name="queries: relations", value=len(graph.edges), unit="relations"),
        *_embedded(graph),
        *_neo4j(graph),
    ]


def with_attack_graph(graph: Graph) -> Graph:
    """The graph with footholds and steps over it, as `derive` would build them."""
    assets = [
        Asset(id=n.id, kind=n.kind, properties=n.properties) for n in graph.nodes if n.kind != "ResourceSet"
    ]
    plain = [_fact(e) for e in graph.edges if e.type not in edge_kinds() and e.type != "COVERS"]
    facts = Facts(assets, plain, (), {})
    _intern(facts, graph)
    for edge in graph.edges:
        if edge.type in edge_kinds():
            facts.add(_derived(edge))
    built = attack.build(facts, edge_kinds())
    nodes = {node.id: node for node in graph.nodes}
    nodes |= {a.id: Node(a.id, a.kind, {"name": a.name, **a.properties}) for a in built.footholds}
    edges = {edge.id: edge for edge in graph.edges}
    for r in built.relations:
        ends = (r.source, nodes[r.source].kind, r.target, nodes[r.target].kind)
        edges[r.id] = Edge(r.id, r.type, *ends, r.properties)
    return Graph(tuple(nodes[k] for k in sorted(nodes)), tuple(edges[k] for k in sorted(edges)))


def _derived(edge: Edge) -> Derived:
    own = {name: edge.properties[name] for name in ("auth", "port") if name in edge.properties}
    under = edge.properties.get("conditions", ())
    return Derived(
        type=edge.type,
        source=edge.source,
        target=edge.target,
        properties=own,
        because=((edge.id,),),
        conditions=tuple(map(str, under)) if isinstance(under, tuple) else (),
    )


def _intern(facts: Facts, graph: Graph) -> None:
    """The sets of the graph, made known to the tree that the attack graph goes down."""
    below: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.type == "COVERS":
            below.setdefault(edge.source, []).append(edge.target)
    for node in graph.nodes:
        if node.kind == "ResourceSet" and node.properties["level"] == "set":
            facts.set_of(below[node.id])


def _fact(edge: Edge) -> Relation:
    return Relation(edge.type, edge.source, edge.target, edge.properties)


def _embedded(graph: Graph) -> Iterator[Measurement]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(EmbeddedStore(Path(folder, "graph.kgl"))) as store,
    ):
        load(store, graph)
        yield from _queries("embedded", store, target=0.25)
        yield _reach(graph, store)


def _neo4j(graph: Graph) -> Iterator[Measurement]:
    try:
        with empty_neo4j() as store:
            load(store, graph)
            yield from _queries("neo4j", store, target=1.0)
    except Neo4jMissing as reason:
        sys.stderr.write(f"Neo4j is not measured: {reason}.\n")


def _queries(name: str, store: GraphStore, target: float) -> Iterator[Measurement]:
    for query, text, params in _texts():
        try:
            _ask(store, text, params)  # the first run plans and warms
            value = min(seconds(partial(_ask, store, text, params)) for _ in range(4))
        except QueryTimeout:
            value = LIMIT_S
        yield Measurement(name=f"{name}: {query}", value=value, unit="s", target=target)


def _ask(store: GraphStore, text: str, params: Params) -> None:
    store.read(text, params, timeout_s=LIMIT_S, max_rows=ROWS)


def _texts() -> Iterator[tuple[str, str, Params]]:
    content = shipped()
    for rule in content.rules:
        yield f"{rule.id} population", rule.applies, bind(rule.applies, rule.parameters, {})
        yield rule.id, rule.cypher, bind(rule.cypher, rule.parameters, {})
    for saved in content.saved:
        yield f"saved {saved.id}", saved.cypher, bind(saved.cypher, saved.parameters, {})


def _reach(graph: Graph, store: GraphStore) -> Measurement:
    """What one foothold reaches in six steps, beside a search in memory."""
    places = {node.id: index for index, node in enumerate(graph.nodes)}
    steps = rustworkx.PyDiGraph()
    steps.add_nodes_from(list(places))
    pairs = [(places[e.source], places[e.target], None) for e in graph.edges if e.type == "STEP"]
    steps.add_edges_from(pairs)
    start = max(places, key=lambda each: steps.out_degree(places[each]))
    in_memory = seconds(lambda: rustworkx.descendants(steps, places[start]))
    value = seconds(lambda: _ask(store, REACH, {"id": start}))
    return Measurement(
        name="embedded: reach in six steps (baseline: rustworkx, all)",
        value=value,
        unit="s",
        baseline=in_memory,
    )
