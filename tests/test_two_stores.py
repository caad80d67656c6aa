"""The same estate on Neo4j and on the embedded store gives identical results."""

from pathlib import Path

import msgspec
import pytest

from app import pipeline, settings
from collectors.practice.hospital import Hospital, declared_estate
from collectors.practice.looking import look
from collectors.redaction import Redactor
from graph.snapshot import Snapshot
from graph.store import GraphStore
from queries.results import Result


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def snapshot(home: Path) -> Snapshot:
    chosen = settings.load(home=home)
    redactor = Redactor(settings.fingerprint_key(home))
    with Hospital() as hospital:
        reports = look(hospital, home / "practice", redactor, "test", lambda name: None)
        taken = pipeline.scan(chosen, hospital.doors(), estate=declared_estate(), inspected=reports)
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
    assert {rule: FLAGSHIPS[rule] <= failed(embedded, rule) for rule in FLAGSHIPS} == dict.fromkeys(
        FLAGSHIPS, True
    )
    assert not NEARLY & {subject for rule in FLAGSHIPS for subject in failed(embedded, rule)}


SAGEMAKER = "arn:aws:sagemaker:eu-central-1:111122223333:endpoint"
FLAGSHIPS = {
    "AISPM-PATH-03": {"arn:aws:s3:::linden-patient-records/discharge-summaries/"},
    "AISPM-PATH-10": {f"{SAGEMAKER}/wound-care"},
    "AISPM-PATH-21": {f"{SAGEMAKER}/symptom-check"},
}
"""Paths to data and models whose content was found by a look inside, by rule and subject."""
NEARLY = {
    "arn:aws:s3:::linden-lab-results/reports/",
    *(
        f"{SAGEMAKER}/{name}"
        for name in ("wound-healing", "wound-archive", "symptom-limited", "symptom-signed")
    ),
    *(f"{SAGEMAKER}/{name}" for name in ("symptom-denied", "symptom-unable", "symptom-private")),
}


def failed(found: list[Result], rule: str) -> set[str]:
    return {result.subject for result in found if result.rule == rule and result.state == "FAIL"}


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
