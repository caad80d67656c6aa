"""Random values and random graphs for property tests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from graph import ontology
from graph.model import Edge, Graph, Node, Scalar, Value, relation_id

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["", " ", "nan", "true", "1", "1.5", "2026-01-01", "it's", 'say "hi"', "a\nb\r\nc", "漢字", "\\u0041"]
)
integers = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)
floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1.0, -1.0, 1e300, 5e-324])
zones = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-9, minutes=-30))])
times = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=zones)
scalars: tuple[st.SearchStrategy[Scalar], ...] = (texts, integers, floats, st.booleans(), times)
lists = st.one_of(*(st.lists(each, max_size=3).map(tuple) for each in scalars))
values: st.SearchStrategy[Value] = st.one_of(*scalars, lists)
"""Every type of value, in every way it is easily got wrong."""

DECLARED: Mapping[ontology.ValueType, st.SearchStrategy[Value]] = {
    "string": texts,
    "integer": integers,
    "float": floats,
    "boolean": st.booleans(),
    "time": times,
    "strings": st.lists(texts, max_size=3).map(tuple),
}
PLACES = tuple(f"n{number}" for number in range(8))
KINDS = ("Role", "User", "Bucket", "Dataset", "Finding", "Foothold")
RELATIONS = ("CAN_READ", "CAN_ASSUME", "CONTAINS", "STEP", "ON")


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A small graph of the ontology; two of them often share ids, kinds and relations."""
    nodes = {}
    for key in draw(st.lists(st.sampled_from(PLACES), unique=True, max_size=len(PLACES))):
        kind = draw(st.sampled_from(KINDS))
        nodes[key] = Node(key, kind, draw(_properties(ontology.properties_of(kind))))
    edges = {}
    if nodes:
        ends = st.sampled_from(sorted(nodes))
        triples = st.lists(st.tuples(st.sampled_from(RELATIONS), ends, ends), max_size=12)
        for relation, source, target in draw(triples):
            a, b = nodes[source], nodes[target]
            if ontology.may_join(relation, a.kind, b.kind):
                properties = draw(_properties(ontology.relation_properties(relation)))
                key = relation_id(relation, source, target, properties)
                edges[key] = Edge(key, relation, source, a.kind, target, b.kind, properties)
    return Graph(tuple(nodes[key] for key in sorted(nodes)), tuple(edges[key] for key in sorted(edges)))


def _properties(declared: Mapping[str, ontology.Property]) -> st.SearchStrategy[dict[str, Value]]:
    open_to_us = {name: each for name, each in declared.items() if name not in ("id", "kind")}
    chosen = st.lists(st.sampled_from(sorted(open_to_us)), unique=True, max_size=4)
    return chosen.flatmap(
        lambda names: st.fixed_dictionaries({name: DECLARED[open_to_us[name].type] for name in names})
    )
