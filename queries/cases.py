"""The small graphs of a rule's own tests: names become ids; relation ids and footholds are added."""

import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import get_args

import msgspec

from graph import ontology
from graph.model import Edge, Graph, Node, State, Value, relation_id
from queries.content import Case, ContentError

_FOOTHOLD = re.compile(r"(\S+) (\S+)")
_STEPS = re.compile(r"\s*->\s*")


def graph_of(case: Case) -> Graph:
    """The graph that a case describes; a ContentError where it names what the ontology does not have."""
    nodes = {name: _node(name, given) for name, given in case.nodes.items()}
    edges = [_edge(given, nodes) for given in case.edges]
    for foothold, on in _footholds(case):
        asset = nodes.get(on)
        if asset is None:
            raise ContentError(f"the step or entry on {on}: no node of that name is given")
        entry: dict[str, Value] = {"entry": True} if foothold in _entries(case) else {}
        state = foothold.split("@")[0].removeprefix("foothold:")
        nodes[foothold] = Node(foothold, "Foothold", {"name": foothold, "state": state, **entry})
        edges.append(_relation("ON", nodes[foothold], asset, {}))
    edges.extend(_steps(case, nodes))
    return Graph(
        nodes=tuple(sorted(nodes.values(), key=lambda node: node.id)),
        edges=tuple(sorted({edge.id: edge for edge in edges}.values(), key=lambda edge: edge.id)),
    )


def _value(value: object) -> Value:
    """A value as YAML gives it, lists as tuples."""
    match value:
        case bool() | int() | float() | str() | datetime():
            return value
        case list() | tuple():
            return tuple(msgspec.convert(value, list[str]))
    raise ContentError(f"{value!r} cannot be the value of a property")


def _node(name: str, given: Mapping[str, object]) -> Node:
    kind = str(given.get("kind", ""))
    if kind not in ontology.KINDS:
        raise ContentError(f"the node {name}: {kind or 'no kind'} is not a kind of graph/ontology.py")
    properties = {key: _value(value) for key, value in given.items() if key != "kind"}
    if unknown := properties.keys() - ontology.properties_of(kind).keys():
        raise ContentError(f"the node {name}: a {kind} has no property {min(unknown)}")
    return Node(name, kind, {"name": name, **properties})


def _edge(given: Mapping[str, object], nodes: Mapping[str, Node]) -> Edge:
    properties = {key: _value(value) for key, value in given.items() if key not in ("from", "rel", "to")}
    relation, source, target = (str(given.get(key, "")) for key in ("rel", "from", "to"))
    if relation not in ontology.RELATIONS:
        raise ContentError(f"the edge {source} to {target}: {relation} is no relation of graph/ontology.py")
    if source not in nodes or target not in nodes:
        raise ContentError(f"the edge {source} to {target}: no node of that name is given")
    if unknown := properties.keys() - ontology.relation_properties(relation).keys():
        raise ContentError(f"the edge {source} to {target}: a {relation} has no property {min(unknown)}")
    return _relation(relation, nodes[source], nodes[target], properties)


def _relation(relation: str, source: Node, target: Node, properties: Mapping[str, Value]) -> Edge:
    if not ontology.may_join(relation, source.kind, target.kind):
        ends = f"from a {source.kind} to a {target.kind}"
        raise ContentError(f"the edge {source.id} to {target.id}: {relation} does not lead {ends}")
    identifier = relation_id(relation, source.id, target.id, properties)
    return Edge(identifier, relation, source.id, source.kind, target.id, target.kind, properties)


def _footholds(case: Case) -> Iterator[tuple[str, str]]:
    texts = [foothold for chain in case.steps for foothold in _STEPS.split(chain.strip())]
    for text in (*texts, *case.entries):
        match = _FOOTHOLD.fullmatch(text.strip())
        if match is None or match[2] not in get_args(State):
            raise ContentError(f"the foothold `{text}`: write a node's name and a state, such as `a steer`")
        yield _id(text), match[1]


def _id(text: str) -> str:
    name, state = text.split()
    return f"foothold:{state}@{name}"


def _entries(case: Case) -> set[str]:
    return {_id(entry) for entry in case.entries}


def _steps(case: Case, nodes: Mapping[str, Node]) -> Iterator[Edge]:
    for chain in case.steps:
        footholds = [_id(text) for text in _STEPS.split(chain.strip())]
        for source, target in itertools.pairwise(footholds):
            properties: dict[str, Value] = {
                "by": f"CODE r:{source}{target}",
                "confidence": "confirmed",
                "effective": "now",
            }
            yield _relation("STEP", nodes[source], nodes[target], properties)
