"""Loading is by difference: what is there afterwards is the graph, however it came to be there before."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from graph.load import Counts, GraphInvalid, check, difference, load
from graph.model import Edge, Graph, Node
from graph.neo4j import Neo4jStore
from graph.store import GraphStore, StoreBusy, ensure_published, open_store
from graph.values import checked
from tests.graph.hospital import hospital
from tests.graph.random_graphs import graphs

BUCKET = Node("b", "Bucket", {"name": "b", "versioning": True})
DATASET = Node("d", "Dataset", {"name": "d"})
HOLDS = Edge("r:1", "CONTAINS", "b", "Bucket", "d", "Dataset", {"evidence": ("e:1",)})
BOTH = Graph((BUCKET, DATASET), (HOLDS,))


def _with(**changes: object) -> Edge:
    return msgspec.structs.replace(HOLDS, **changes)


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def one_store(request: pytest.FixtureRequest) -> Iterator[GraphStore]:
    """Each store, for many examples."""
    with request.getfixturevalue("open_empty")(request.param) as store:
        yield store


def test_the_first_load_adds_everything(store: GraphStore) -> None:
    report = load(store, BOTH)
    assert (report.nodes, report.edges) == (Counts(added=2), Counts(added=1))
    assert report.changed
    assert ensure_published(store).version == report.version
    assert _content(store) == _expected(BOTH)


def test_a_second_load_changes_nothing(store: GraphStore) -> None:
    first = load(store, hospital())
    at = ensure_published(store).published_at
    second = load(store, hospital())
    assert not second.changed
    assert second.nodes == Counts(unchanged=len(hospital().nodes))
    assert second.edges == Counts(unchanged=len(hospital().edges))
    assert second.version == first.version
    assert ensure_published(store).published_at == at


def test_what_is_gone_takes_its_relations_with_it(store: GraphStore) -> None:
    load(store, BOTH)
    report = load(store, Graph((BUCKET,), ()))
    assert (report.nodes, report.edges) == (Counts(unchanged=1, removed=1), Counts(removed=1))
    assert _content(store) == _expected(Graph((BUCKET,), ()))


def test_a_removed_statement_takes_its_edge_and_leaves_the_nodes(store: GraphStore) -> None:
    load(store, BOTH)
    report = load(store, Graph(BOTH.nodes, ()))
    assert (report.nodes, report.edges) == (Counts(unchanged=2), Counts(removed=1))
    assert store.read("MATCH ()-[r]->() RETURN count(r) AS n", {}, timeout_s=5, max_rows=1).rows == ((0,),)


def test_of_two_parallel_relations_one_can_go(store: GraphStore) -> None:
    second = msgspec.structs.replace(HOLDS, id="r:2", properties={"evidence": ("e:2",)})
    load(store, Graph(BOTH.nodes, (HOLDS, second)))
    load(store, Graph(BOTH.nodes, (second,)))
    assert _content(store) == _expected(Graph(BOTH.nodes, (second,)))


def test_a_property_that_is_gone_is_gone(store: GraphStore) -> None:
    load(store, BOTH)
    plain = Graph(
        (Node("b", "Bucket", {"name": "c"}), DATASET), (msgspec.structs.replace(HOLDS, properties={}),)
    )
    report = load(store, plain)
    assert (report.nodes, report.edges) == (Counts(changed=1, unchanged=1), Counts(changed=1))
    assert _content(store) == _expected(plain)


def test_a_value_of_another_type_is_a_change(store: GraphStore) -> None:
    finding = Node("f", "Finding", {"score": 1.0})
    load(store, Graph((finding,), ()))
    report = load(store, Graph((Node("f", "Finding", {"score": 1}),), ()))
    assert report.nodes == Counts(changed=1)


def test_the_same_instant_in_another_zone_is_no_change(store: GraphStore) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    load(store, Graph((Node("j", "TrainingJob", {"started_at": noon}),), ()))
    there = noon.astimezone(timezone(timedelta(hours=9)))
    assert not load(store, Graph((Node("j", "TrainingJob", {"started_at": there}),), ())).changed


def test_a_node_that_becomes_another_kind_keeps_its_relations(store: GraphStore) -> None:
    """Within a family and across families; the relation is made anew to the new node."""
    account = Node("a", "Account", {"name": "a"})
    for kind in ("Role", "User", "Bucket"):
        holds = Edge("r:1", "CONTAINS", "a", "Account", "x", kind, {})
        graph = Graph((account, Node("x", kind, {"name": "x"})), (holds,))
        load(store, graph)
        assert _content(store) == _expected(graph)


def test_a_kind_property_does_no_harm(store: GraphStore) -> None:
    with_kind = Graph(
        (Node("b", "Bucket", {"name": "b", "versioning": True, "kind": "Bucket"}), DATASET), (HOLDS,)
    )
    load(store, with_kind)
    assert not load(store, BOTH).changed


def test_an_empty_graph_is_a_graph(store: GraphStore) -> None:
    load(store, Graph((), ()))
    assert ensure_published(store).state == "published"
    load(store, BOTH)
    assert load(store, Graph((), ())).nodes == Counts(removed=2)
    assert _content(store) == {}


def test_progress_ends_at_the_number_of_changes(store: GraphStore) -> None:
    told: list[tuple[int, int]] = []
    load(store, hospital(), progress=lambda done, total: told.append((done, total)))
    total = len(hospital().nodes) + len(hospital().edges)
    assert told[-1] == (total, total)
    assert told == sorted(told)


def test_what_others_wrote_is_put_right(neo4j_store: Neo4jStore) -> None:
    load(neo4j_store, BOTH)
    for cypher in (
        "MATCH (b:Bucket) SET b.name = 'changed', b.kind = 'Role'",
        "MATCH (d:Dataset) REMOVE d:Data",
        "MATCH (b:Bucket) MATCH (d:Dataset) CREATE (b)-[:CONTAINS {id: 'r:strange'}]->(d)",
        "MATCH (b:Bucket) MATCH (d:Dataset) CREATE (b)-[:CONTAINS]->(d)",
        "CREATE (:Bucket {name: 'no id'})",
        "CREATE (:Role:Identity {id: 'role:strange', kind: 'Role'})",
        "MATCH (b:Bucket {id: 'b'}) CREATE (b)-[:CONTAINS]->(:NotOurs {id: 'theirs'})",
    ):
        neo4j_store._driver.execute_query(cypher)
    load(neo4j_store, BOTH)
    assert _content(neo4j_store) == _expected(BOTH)
    assert neo4j_store.read(
        "MATCH (d:Data) RETURN d.id AS id ORDER BY id", {}, timeout_s=5, max_rows=9
    ).rows == (
        ("b",),
        ("d",),
    )
    theirs = neo4j_store.read("MATCH (n:NotOurs) RETURN n.id AS id", {}, timeout_s=5, max_rows=9).rows
    assert theirs == (("theirs",),)
    assert not load(neo4j_store, BOTH).changed


def test_of_two_loads_at_once_the_overtaken_one_notices(store: GraphStore) -> None:
    load(store, BOTH)
    found = difference(store.published(), hospital())
    _overtake(store)
    with pytest.raises(StoreBusy, match="in the meantime"):
        store.apply(found.delta)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=graphs(), after=graphs())
def test_a_load_over_anything_is_as_a_load_into_nothing(
    one_store: GraphStore, before: Graph, after: Graph
) -> None:
    one_store.replace(before)
    assert _content(one_store) == _expected(before)
    report = load(one_store, after)
    assert _content(one_store) == _expected(after)
    assert report.nodes.added + report.nodes.changed + report.nodes.unchanged == len(after.nodes)
    assert report.edges.added + report.edges.changed + report.edges.unchanged == len(after.edges)
    assert not load(one_store, after).changed


@pytest.mark.parametrize(
    ("graph", "complaint"),
    [
        (Graph((Node("x", "Pail", {}),), ()), "there is no kind 'Pail'"),
        (Graph((Node("", "Bucket", {}),), ()), "needs an id"),
        (Graph((Node("publication:", "Snapshot", {}),), ()), "needs an id of its own"),
        (Graph((BUCKET, Node("b", "Role", {})), ()), "a Bucket has the same id"),
        (Graph((Node("b", "Bucket", {"colour": "red"}),), ()), "does not declare colour"),
        (Graph((Node("b", "Bucket", {"kind": "Role"}),), ()), "its property kind says 'Role'"),
        (Graph((Node("b", "Bucket", {"name": float("nan")}),), ()), "not a finite number"),
        (Graph((BUCKET,), (HOLDS,)), "'d' should be a Dataset and is not among the nodes"),
        (Graph((BUCKET, Node("d", "Table", {})), (HOLDS,)), "'d' should be a Dataset and is a Table"),
        (Graph(BOTH.nodes, (HOLDS, HOLDS)), "its id 'r:1' is not its own"),
        (Graph(BOTH.nodes, (msgspec.structs.replace(HOLDS, type="HOLDS"),)), "there is no relation 'HOLDS'"),
        (Graph(BOTH.nodes, (msgspec.structs.replace(HOLDS, type="TRAINED_ON"),)), "may not join a Bucket"),
        (
            Graph(BOTH.nodes, (msgspec.structs.replace(HOLDS, properties={"port": 1}),)),
            "does not declare port",
        ),
    ],
)
def test_a_graph_that_contradicts_itself_is_refused_by_name(graph: Graph, complaint: str) -> None:
    with pytest.raises(GraphInvalid, match=complaint):
        check(graph)


def test_a_refused_graph_changes_nothing(store: GraphStore) -> None:
    version = load(store, BOTH).version
    with pytest.raises(GraphInvalid):
        load(store, Graph((BUCKET,), (HOLDS,)))
    assert store.version() == version


def _overtake(store: GraphStore) -> None:
    """Another handle on the same store loads something."""
    with contextlib.closing(open_store(store.target)) as other:
        load(other, Graph((BUCKET,), ()))


def _content(store: GraphStore) -> dict[str, tuple[str, ...]]:
    return {each.id: _described(each) for each in store.published()}


def _expected(graph: Graph) -> dict[str, tuple[str, ...]]:
    nodes = [Node(each.id, each.kind, {**each.properties, "kind": each.kind}) for each in graph.nodes]
    described = {node.id: _described(node) for node in nodes}
    return described | {edge.id: _described(edge) for edge in graph.edges}


def _described(record: Node | Edge) -> tuple[str, ...]:
    values = repr(sorted(checked(record.properties, "a test").items()))
    if isinstance(record, Node):
        return record.kind, values
    ends = (record.source, record.source_kind, record.target, record.target_kind)
    return record.type, *ends, values
