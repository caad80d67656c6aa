"""The portable subset of Cypher gives exactly the same rows on every store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import yaml

from graph.load import load
from graph.model import Cell
from graph.store import GraphStore
from tests.graph.hospital import hospital

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
STATEMENTS = yaml.safe_load(Path(__file__).with_name("statements.yaml").read_text(encoding="utf-8"))
"""What a statement shows, to its text and its rows."""

PARAMETERS: dict[str, Cell] = {
    "id": "b:data",
    "list": [1, 2],
    "one": 1,
    "names": ["logs", "other"],
    "key": "name",
    "january": JANUARY,
}


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """Each store with the hospital in it, loaded once: nothing here writes."""
    open_one = request.getfixturevalue("open_empty")
    with open_one(request.param) as store:
        load(store, hospital())
        yield store


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_portable_subset_gives_the_same_rows(filled: GraphStore, name: str) -> None:
    cypher, expected = STATEMENTS[name]["cypher"], STATEMENTS[name]["rows"]
    used = {key: value for key, value in PARAMETERS.items() if f"${key}" in cypher}
    rows = [list(row) for row in filled.read(cypher, used, timeout_s=30, max_rows=100).rows]
    if "ORDER BY" not in cypher:
        rows, expected = sorted(rows, key=repr), sorted(expected, key=repr)
    assert rows == expected
    assert _text(rows) == _text(expected)  # 1, 1.0 and true are equal in Python


def test_a_node_a_relation_and_a_path_are_dictionaries(filled: GraphStore) -> None:
    cypher = "MATCH p = (a:Internet)-[r:EXPOSES]->(f:Function {id: 'fn:report'}) RETURN f, r, p"
    ((node, relation, path),) = filled.read(cypher, {}, timeout_s=30, max_rows=9).rows
    assert node == {
        "id": "fn:report",
        "kind": "Function",
        "labels": ["Function", "Compute"],
        "name": "Report",
        "region": "us-east-1",
    }
    assert isinstance(relation, dict)
    assert relation.pop("id")
    assert relation == {
        "type": "EXPOSES",
        "source": "internet:",
        "target": "fn:report",
        "auth": "iam",
        "port": 443,
    }
    assert isinstance(path, dict)
    assert path.keys() == {"nodes", "relations"}
    assert [each["id"] for each in _maps(path["nodes"])] == ["internet:", "fn:report"]
    assert [each["target"] for each in _maps(path["relations"])] == ["fn:report"]


def test_a_relation_alone_names_its_ends(filled: GraphStore) -> None:
    cypher = "MATCH (:Bucket)-[r:CONTAINS]->() RETURN collect(r) AS all"
    ((relations,),) = filled.read(cypher, {}, timeout_s=30, max_rows=9).rows
    assert {(each["source"], each["target"]) for each in _maps(relations)} == {
        ("b:data", "d:letters"),
        ("b:data", "d:scans"),
        ("b:logs", "d:menu"),
    }


def test_every_parameter_is_needed_and_kept(filled: GraphStore) -> None:
    values: dict[str, Cell] = {
        "text": 'it\'s "quoted"\n漢字',
        "number": -(2**53),
        "half": 0.5,
        "yes": True,
        "nothing": None,
        "time": JANUARY,
        "list": ["a", "b"],
        "map": {"a": 1},
    }
    cypher = "RETURN " + ", ".join(f"${name} AS {name}" for name in values)
    answer = filled.read(cypher, values, timeout_s=30, max_rows=9)
    assert dict(zip(answer.columns, answer.rows[0], strict=True)) == values


def _text(rows: list[list[Cell]]) -> str:
    return msgspec.json.encode(rows, order="sorted").decode()


def _maps(cell: Cell) -> list[dict[str, Cell]]:
    assert isinstance(cell, list)
    return [each for each in cell if isinstance(each, dict)]
