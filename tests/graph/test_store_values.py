"""Every type of value comes out of every store as it went in, whichever way it went in."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model import Delta, Edge, Graph, Node, Value
from graph.store import GraphStore
from graph.values import ValueRefused, checked
from tests.graph.random_graphs import values

NAMES = ("name", "one", "two", "three")
records = st.lists(st.dictionaries(st.sampled_from(NAMES), values, max_size=4), min_size=1, max_size=6)


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def one_store(request: pytest.FixtureRequest) -> Iterator[GraphStore]:
    """Each store, for many examples: `replace` empties it."""
    with request.getfixturevalue("open_empty")(request.param) as store:
        yield store


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(properties=records, statement_by_statement=st.booleans())
def test_values_come_out_as_they_went_in(
    one_store: GraphStore, properties: list[dict[str, Value]], statement_by_statement: bool
) -> None:
    graph = _graph(properties)
    if statement_by_statement:
        one_store.replace(Graph((), ()))
        one_store.apply(Delta(graph.nodes, graph.edges))
    else:
        one_store.replace(graph)
    stored = {each.id: each.properties for each in one_store.published()}
    for number, each in enumerate(properties):
        expected = checked(each, "a test")
        node = dict(stored[f"n{number}"])
        assert node.pop("kind") == "Bucket"
        assert _typed(node) == _typed(expected)
        assert _typed(stored[f"r{number}"]) == _typed(expected)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=records, second=records)
def test_an_upsert_leaves_nothing_of_the_old_values(
    one_store: GraphStore, first: list[dict[str, Value]], second: list[dict[str, Value]]
) -> None:
    one_store.replace(_graph(first))
    changed = _graph(second)
    one_store.apply(Delta(changed.nodes, changed.edges))
    stored = {each.id: each.properties for each in one_store.published()}
    for number, each in enumerate(second):
        node = {name: value for name, value in stored[f"n{number}"].items() if name != "kind"}
        assert _typed(node) == _typed(checked(each, "a test"))
        assert _typed(stored[f"r{number}"]) == _typed(checked(each, "a test"))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(properties=records)
def test_queries_answer_with_the_same_values(
    one_store: GraphStore, properties: list[dict[str, Value]]
) -> None:
    one_store.replace(_graph(properties))
    cypher = "MATCH (n:Bucket) RETURN n.id, n.name, n.one, n.two, n.three, properties(n) AS p"
    for key, *cells, found in one_store.read(cypher, {}, timeout_s=30, max_rows=99).rows:
        expected = checked(properties[int(str(key)[1:])], "a test")
        assert [_cell(cell) for cell in cells] == [_cell(expected.get(name)) for name in NAMES]
        assert isinstance(found, dict)
        assert found.keys() == {"id", "kind", *expected}


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (2**63, "64 bits"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (None, "NoneType"),
        ({"a": 1}, "dict"),
        (("a", 1), "several types"),
        (("a", None), "several types"),
        ((("a",),), "tuple"),
        ("\ud800", "half a character"),
        (b"bytes", "bytes"),
    ],
)
def test_what_a_store_cannot_hold_is_refused_by_name(value: Value, complaint: str) -> None:
    with pytest.raises(ValueRefused, match=f"Bucket b: property 'owner' .*{complaint}"):
        checked({"owner": value}, "Bucket b")


def test_a_name_that_a_store_uses_itself_is_refused() -> None:
    with pytest.raises(ValueRefused, match="'title'"):
        checked({"title": "x"}, "Bucket b")


def _graph(properties: list[dict[str, Value]]) -> Graph:
    """One node and one relation with each of the records."""
    nodes = tuple(Node(f"n{number}", "Bucket", each) for number, each in enumerate(properties))
    edges = tuple(
        Edge(f"r{number}", "CONTAINS", "n0", "Bucket", f"n{number}", "Bucket", each)
        for number, each in enumerate(properties)
    )
    return Graph(nodes, edges)


def _typed(properties: object) -> dict[str, str]:
    """1, 1.0 and true are equal in Python, and so are 0.0 and -0.0."""
    assert isinstance(properties, dict)
    return {name: repr(value) for name, value in properties.items()}


def _cell(value: object) -> str:
    return repr(list(value) if isinstance(value, tuple) else value)
