"""The same estate on Neo4j and on the embedded store gives identical results."""

from pathlib import Path

import msgspec
import pytest

from app import pipeline, settings
from collectors.practice.hospital import Hospital, declared_estate
from graph.snapshot import Snapshot
from graph.store import GraphStore
from queries.results import Result


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def snapshot(home: Path) -> Snapshot:
    chosen = settings.load(home=home)
    with Hospital() as hospital:
        taken = pipeline.scan(chosen, hospital.doors(), estate=declared_estate())
    pipeline.derive(chosen, taken)
    return taken


def results(home: Path, snapshot: Snapshot, store: GraphStore) -> list[Result]:
    chosen = settings.load(home=home)
    pipeline.load(chosen, snapshot, store)
    return pipeline.check(chosen, snapshot, store, [])


def test_both_stores_give_the_same_results(
    home: Path, snapshot: Snapshot, embedded_store: GraphStore, neo4j_store: GraphStore
) -> None:
    embedded = results(home, snapshot, embedded_store)
    served = results(home, snapshot, neo4j_store)
    assert [msgspec.json.encode(each) for each in embedded] == [msgspec.json.encode(each) for each in served]
    assert any(result.state == "FAIL" and result.steps for result in embedded)


def test_a_removed_statement_takes_its_edge_with_it(
    home: Path, snapshot: Snapshot, store: GraphStore
) -> None:
    chosen = settings.load(home=home)
    pipeline.load(chosen, snapshot, store)
    public = "MATCH (:ExternalPrincipal {id: 'anyone:'})-[r:CAN_READ]->() RETURN r.id AS id"
    before = store.read(public, {}, timeout_s=10, max_rows=100)
    assert before.rows
    folder = chosen.results(snapshot.id)
    kept = [
        line
        for line in (folder / "edges.jsonl").read_bytes().splitlines(keepends=True)
        if not (b'"source":"anyone:"' in line and b'"type":"CAN_READ"' in line)
    ]
    whole = (folder / "edges.jsonl").read_bytes()
    try:
        (folder / "edges.jsonl").write_bytes(b"".join(kept))
        report = pipeline.load(chosen, snapshot, store)
    finally:
        (folder / "edges.jsonl").write_bytes(whole)
    assert report.edges.removed == len(before.rows)
    assert store.read(public, {}, timeout_s=10, max_rows=100).rows == ()
