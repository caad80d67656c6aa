"""Derivations on disk: byte-stable, private, and known to be out of date when the snapshot changed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.derivation import (
    is_current,
    origin_of,
    read_derived,
    read_evidence,
    read_graph,
    write_derivation,
)
from graph.derive import Derivation, derive
from graph.facts import Facts
from graph.model import Asset, Evidence, Graph, Policy, Relation
from graph.project import project
from graph.snapshot import Contents, Snapshot, SnapshotProblem, write_snapshot
from tests.graph.test_project import estate

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILES = ["derived.jsonl", "marks.jsonl", "evidence.jsonl", "nodes.jsonl", "edges.jsonl", "derivation.json"]


def snapshot_of(home: Path, facts: Facts, name: str = "s") -> Snapshot:
    relations = [link for links in facts.all_links() for link in links if isinstance(link, Relation)]
    policies: list[Policy] = list(facts.policies_of("identity"))
    contents = Contents(
        assets=tuple(facts.assets),
        relations=tuple(relations),
        policies=tuple(policies),
        coverage=(),
        documents={},
    )
    return write_snapshot(home, name, contents, taken_at=NOON, tool="1", fingerprint_key="k")


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Snapshot, Derivation, Graph]:
    facts = estate()
    facts.add_asset(Asset(id="k", kind="Credential", properties={"expires_at": NOON}))
    snapshot = snapshot_of(tmp_path, facts)
    derivation = derive(facts)
    graph = project(facts, derivation)
    folder = tmp_path / "results" / "s"
    write_derivation(folder, snapshot, derivation, graph, "1")
    return folder, snapshot, derivation, graph


Made = tuple[Path, Snapshot, Derivation, Graph]


def test_the_graph_comes_back_as_it_was(made: Made) -> None:
    folder, _, _, graph = made
    assert read_graph(folder) == graph
    assert {type(n.properties.get("expires_at")) for n in graph.nodes} == {datetime, type(None)}


def test_derived_edges_come_back_with_what_they_rest_on(made: Made) -> None:
    folder, _, derivation, _ = made
    evidence = read_evidence(folder)
    assert evidence == derivation.evidence
    read = list(read_derived(folder))
    assert [edge.id for edge in read] == [edge.id for edge in derivation.edges]
    told = [(edge.because, edge.guards, edge.conditions, dict(edge.properties)) for edge in read]
    assert told == [
        (edge.because, edge.guards, edge.conditions, dict(edge.properties)) for edge in derivation.edges
    ]
    assert all(isinstance(piece, Evidence) for piece in evidence.values())


def test_the_same_snapshot_gives_the_same_bytes(made: Made, tmp_path: Path) -> None:
    folder, snapshot, derivation, graph = made
    first = {name: (folder / name).read_bytes() for name in FILES}
    write_derivation(folder, snapshot, derivation, graph, "1")
    facts = estate()
    facts.add_asset(Asset(id="k", kind="Credential", properties={"expires_at": NOON}))
    again = derive(facts)
    other = tmp_path / "results" / "other"
    write_derivation(other, snapshot, again, project(facts, again), "1")
    for name in FILES:
        assert (folder / name).read_bytes() == (other / name).read_bytes() == first[name], name
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_a_derivation_is_current_for_its_snapshot_and_version_only(made: Made, tmp_path: Path) -> None:
    folder, snapshot, _, _ = made
    assert is_current(folder, snapshot, "1")
    assert not is_current(folder, snapshot, "2")
    assert not is_current(tmp_path / "none", snapshot, "1")
    other = snapshot_of(tmp_path / "elsewhere", Facts.of_records([Asset(id="b", kind="Bucket")]))
    assert not is_current(folder, other, "1")
    manifest = snapshot.folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    assert not is_current(folder, snapshot, "1")


def test_a_derivation_that_was_not_finished_is_not_current(made: Made) -> None:
    folder, snapshot, _, _ = made
    (folder / "derivation.json").write_text("{")
    assert not is_current(folder, snapshot, "1")
    (folder / "derivation.json").unlink()
    assert not is_current(folder, snapshot, "1")


def test_only_the_owner_may_look(made: Made) -> None:
    folder, _, _, _ = made
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_file_that_is_missing_or_damaged_is_named_with_what_makes_it(made: Made) -> None:
    folder, _, _, _ = made
    lines = (folder / "edges.jsonl").read_bytes().splitlines(keepends=True)
    for wrong in (b"{}\n", b"{\n", lines[1].replace(b'"type":"', b'"type":"NO_')):
        (folder / "edges.jsonl").write_bytes(lines[0] + wrong)
        with pytest.raises(SnapshotProblem, match=r"edges\.jsonl, line 2 cannot be read") as fault:
            read_graph(folder)
        assert "`crownpath derive` makes it again" in str(fault.value)
    (folder / "nodes.jsonl").unlink()
    with pytest.raises(SnapshotProblem, match=r"nodes\.jsonl is missing"):
        read_graph(folder)


def test_the_origin_names_the_snapshot_by_the_digest_of_its_manifest(made: Made) -> None:
    _, snapshot, _, _ = made
    origin = origin_of(snapshot, "1")
    assert (origin.snapshot, origin.tool, len(origin.manifest_sha256)) == ("s", "1", 64)
