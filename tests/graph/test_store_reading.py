"""A reader can read, and nothing else: not write, not reach files or addresses, not run for ever."""

import time
from pathlib import Path

import pytest

from graph.cypher import objection, stripped
from graph.load import load
from graph.model import Node
from graph.neo4j import Neo4jStore
from graph.store import GraphStore, QueryInvalid, QueryTimeout, WriteRefused
from tests.graph.hospital import hospital

REFUSED = {
    "CREATE (n:Bucket {id: 'x'})": "CREATE writes",
    "MATCH (n) DETACH DELETE n": "DETACH writes",
    "MATCH (n) delete n": "DELETE writes",
    "MATCH (n) SET n.name = 'x'": "SET writes",
    "MATCH (n) REMOVE n.name": "REMOVE writes",
    "MERGE (n:Bucket {id: 'x'}) RETURN n": "MERGE writes",
    "UNWIND [1] AS x FOREACH (y IN [x] | CREATE (:Bucket))": "FOREACH writes",
    "MATCH (n) WITH n CREATE (:Bucket {id: n.id})": "CREATE writes",
    "CREATE INDEX x FOR (n:Bucket) ON (n.name)": "CREATE writes",
    "DROP INDEX x": "DROP writes",
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line": "LOAD CSV",
    "LOAD /* quick */ CSV FROM 'http://127.0.0.1/' AS line RETURN line": "LOAD CSV",
    "load // quick\ncsv with headers FROM 'http://127.0.0.1/' AS line RETURN line": "LOAD CSV",
    "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS OF 5 ROWS RETURN x": "TRANSACTIONS",
    "CALL dbms.listConfig()": "procedure dbms.listConfig",
    "CALL apoc.load.json('http://127.0.0.1/')": "procedure apoc.load.json",
    "CALL `apoc`.load.json('x')": "procedure",
    "RETURN apoc.cypher.runFirstColumnSingle('MATCH (n) RETURN n', {})": "function of apoc",
    "RETURN `apoc`.`cypher`.x('y')": "function of",
    "SHOW USERS": "must start with",
    "SHOW SETTINGS": "must start with",
    "TERMINATE TRANSACTIONS 'x'": "must start with",
    "CYPHER 25 MATCH (n) RETURN n": "must start with",
    "EXPLAIN MATCH (n) RETURN n": "must start with",
    "USE system MATCH (n) RETURN n": "must start with",
    "RETURN 1; MATCH (n) RETURN n": "several statements",
    "": "is empty",
    "// nothing": "is empty",
    "LO\\u0041D CSV FROM 'x' AS line RETURN line": "",
    "RETURN '\\u0027 CREATE (:Bucket) //'": "",
    "RETURN 'open": "quotation mark",
    "RETURN 1. SET": "SET writes",
}
ALLOWED = (
    "MATCH (n) RETURN n.set AS x, n.created AS y",
    "MATCH (n) WHERE n.name = 'DELETE everything; CREATE it' RETURN n",
    "MATCH (n) RETURN n.name AS `set`",
    "MATCH (n) RETURN {create: 1} AS m",
    "MATCH (a)-[:CALLS_MODEL]->(b) RETURN a // SET nothing",
    "MATCH (n) CALL (n) { MATCH (n)--(m) RETURN count(m) AS c } RETURN c",
    "OPTIONAL MATCH (n) WHERE n.name =~ '\\\\d+' RETURN $create AS x;",
    "MATCH (db:Database) RETURN db.name AS x",
)


@pytest.mark.parametrize("cypher", REFUSED)
def test_what_does_more_than_read_is_refused(cypher: str) -> None:
    why = objection(cypher)
    assert why
    assert REFUSED[cypher] in why


@pytest.mark.parametrize("cypher", ALLOWED)
def test_what_only_reads_is_not(cypher: str) -> None:
    assert objection(cypher) is None


def test_stripping_leaves_the_words_outside_of_text_and_comments() -> None:
    text = """MATCH (n:`a b` {x: "it's"}) /* SET */ WHERE n.y = 'say "hi"' // DELETE
    RETURN n"""
    assert stripped(text).split() == [
        "MATCH",
        "(n:``",
        "{x:",
        '""})',
        "WHERE",
        "n.y",
        "=",
        "''",
        "RETURN",
        "n",
    ]


@pytest.mark.parametrize("cypher", [each for each in REFUSED if each])
def test_a_store_refuses_before_it_looks(store: GraphStore, cypher: str) -> None:
    load(store, hospital())
    before = store.version()
    with pytest.raises(WriteRefused, match="Queries only read"):
        store.read(cypher, {}, timeout_s=5, max_rows=5)
    assert store.version() == before


def test_no_file_is_read_even_behind_the_check(
    store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall: what the check lets through, the store does not do."""
    load(store, hospital())
    monkeypatch.setattr("graph.embedded.objection", lambda text: None)
    monkeypatch.setattr("graph.neo4j.objection", lambda text: None)
    for cypher in (
        "MATCH (b:Bucket) SET b.name = 'x'",
        "CREATE (:Bucket {id: 'x'})",
        "MATCH (b) DETACH DELETE b",
    ):
        with pytest.raises(WriteRefused):
            store.read(cypher, {}, timeout_s=5, max_rows=5)
    assert store.read("MATCH (b:Bucket {name: 'x'}) RETURN b", {}, timeout_s=5, max_rows=5).rows == ()


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://127.0.0.1:9/"])
def test_neo4j_reaches_no_file_and_no_address(
    neo4j_store: Neo4jStore, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.neo4j.objection", lambda text: None)
    with pytest.raises(Exception, match=r"not allowed|blocked|disabled|not permitted|Cannot load|blocklist"):
        neo4j_store.read(f"LOAD CSV FROM '{address}' AS line RETURN line", {}, timeout_s=5, max_rows=5)


def test_a_slow_statement_is_stopped(store: GraphStore) -> None:
    load(store, hospital())
    slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a WHERE a < 0 RETURN count(a) AS n"
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"0\.5 s"):
        store.read(slow, {}, timeout_s=0.5, max_rows=5)
    assert time.monotonic() - started < 10


def test_more_rows_than_asked_for_are_cut_and_said_so(store: GraphStore) -> None:
    load(store, hospital())
    cypher = "MATCH (f:Foothold) RETURN f.id AS id ORDER BY id"
    cut = store.read(cypher, {}, timeout_s=5, max_rows=2)
    assert (cut.rows, cut.truncated) == ((("f:1",), ("f:2",)), True)
    whole = store.read(cypher, {}, timeout_s=5, max_rows=5)
    assert (len(whole.rows), whole.truncated) == (5, False)


def test_columns_keep_their_order_and_an_empty_answer_has_them(store: GraphStore) -> None:
    load(store, hospital())
    answer = store.read("MATCH (p:Package) RETURN p.name AS z, p.id AS a", {}, timeout_s=5, max_rows=5)
    assert (answer.columns, answer.rows, answer.truncated) == (("z", "a"), (), False)


@pytest.mark.parametrize(
    "cypher",
    ["MATCH (b:Bucket RETURN b", "RETURN $missing AS x", "RETURN nofunction(1) AS x", "MATCH (b) RETURN c"],
)
def test_what_the_store_does_not_understand_is_said(store: GraphStore, cypher: str) -> None:
    load(store, hospital())
    with pytest.raises(QueryInvalid, match="does not understand"):
        store.read(cypher, {}, timeout_s=5, max_rows=5)


def test_neo4j_explains_without_running(neo4j_store: Neo4jStore) -> None:
    load(neo4j_store, hospital())
    cypher = (
        "MATCH (a:Foothold {id: $a}) MATCH (b:Foothold {id: $b}) "
        "MATCH p = shortestPath((a)-[:STEP*..8]->(b)) RETURN length(p) AS n"
    )
    plan = neo4j_store.explain(cypher, {"a": "f:1", "b": "f:4"})
    assert plan.query_type == "r"
    assert "ProduceResults" in plan.operators
    assert plan.parents_of("CartesianProduct") == ("ShortestPath",)
    assert "AllNodesScan" in neo4j_store.explain("MATCH (n) RETURN n").operators
    assert neo4j_store.explain("MATCH (n:Bucket) SET n.name = 'x'").query_type == "w"


def test_neo4j_looks_up_one_node_as_an_object(neo4j_store: Neo4jStore) -> None:
    load(neo4j_store, hospital())
    bucket = neo4j_store.lookup("Bucket", "b:data")
    assert bucket is not None
    assert (bucket.uid, bucket.name, bucket.retention_days, bucket.versioning) == ("b:data", "data", 30, True)
    assert neo4j_store.lookup("Bucket", "d:menu") is None
    letters = neo4j_store.lookup("Dataset", "d:letters")
    assert letters is not None
    assert letters.data_classes == ["health", "personal"]


def test_the_schema_makes_every_id_unique(store: GraphStore) -> None:
    schema = store.schema()
    assert {"Bucket", "Role", "Foothold"} <= set(schema.unique)


def test_neo4j_looks_up_families_by_id(neo4j_store: Neo4jStore) -> None:
    assert ("Identity", "id") in neo4j_store.schema().indexes
    plan = neo4j_store.explain("MATCH (i:Identity {id: $id}) RETURN i.name", {"id": "role:care"})
    assert any("IndexSeek" in name for name in plan.operators)


def test_the_same_records_come_back(store: GraphStore) -> None:
    load(store, hospital())
    stored = list(store.published())
    nodes = {each.id for each in stored if isinstance(each, Node)}
    assert nodes == {node.id for node in hospital().nodes}
    assert {each.id for each in stored} - nodes == {edge.id for edge in hospital().edges}
