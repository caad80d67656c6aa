"""Snapshots on disk: the same bytes, private, and every damage named by file and line."""

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Asset, Coverage, Evidence, Policy, Relation, Shard
from graph.snapshot import (
    Contents,
    Snapshot,
    SnapshotProblem,
    list_snapshots,
    open_snapshot,
    read_shards,
    verify,
    write_shard,
    write_snapshot,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOCUMENTS = {hashlib.sha256(text).hexdigest(): text for text in (b'{"a":1}', b'"text"', b'{"b":[1,2]}')}
DIGEST = min(DOCUMENTS)
CONTENTS = Contents(
    assets=tuple(Asset(id=f"b{n}", kind="Bucket", name=f"bucket {n}") for n in range(5)),
    relations=tuple(Relation("CONTAINS", "b0", f"b0/{n}/") for n in range(4)),
    policies=tuple(Policy("b0", "resource", f"p{n}", Evidence("c", DIGEST)) for n in range(3)),
    coverage=tuple(Coverage(call="aws:s3:ListBuckets", account=str(n), at=NOON) for n in range(3)),
    documents=DOCUMENTS,
)
FILES = ("assets", "relations", "policies", "coverage", "documents")


def written(home: Path, name: str = "s", contents: Contents = CONTENTS, **more: object) -> Snapshot:
    given = {"taken_at": NOON, "tool": "test", "fingerprint_key": "k", **more}
    return write_snapshot(home, name, contents, **given)  # type: ignore[arg-type]  # as given


def every_byte(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    written(tmp_path)
    snapshot = open_snapshot(tmp_path / "snapshots" / "s")
    assert tuple(snapshot.assets()) == CONTENTS.assets
    assert sorted(r.target for r in snapshot.relations()) == [r.target for r in CONTENTS.relations]
    assert tuple(snapshot.policies()) == CONTENTS.policies
    assert tuple(snapshot.coverage()) == CONTENTS.coverage
    assert dict(snapshot.documents) == DOCUMENTS
    assert snapshot.document(DIGEST) == DOCUMENTS[DIGEST]
    assert snapshot.document("0" * 64) is None
    assert (snapshot.id, snapshot.taken_at) == ("s", NOON)
    assert verify(snapshot.folder) == []


@settings(deadline=None, max_examples=25)
@given(st.randoms())
def test_the_same_facts_give_the_same_bytes_in_whatever_order(chance: random.Random) -> None:
    def shuffled(things: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(chance.sample(things, len(things)))

    mixed = msgspec.structs.replace(
        CONTENTS,
        assets=shuffled(CONTENTS.assets),
        relations=shuffled(CONTENTS.relations),
        policies=shuffled((*CONTENTS.policies, CONTENTS.policies[0])),
        coverage=shuffled(CONTENTS.coverage),
        documents={d: DOCUMENTS[d] for d in chance.sample(list(DOCUMENTS), len(DOCUMENTS))},
    )
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        first, second = written(Path(one)), written(Path(other), contents=mixed)
        assert every_byte(first.folder) == every_byte(second.folder)


def change(path: Path, edit: Callable[[bytes], bytes]) -> None:
    path.write_bytes(edit(path.read_bytes()))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_verify_names_the_file_and_the_line_of_any_flipped_byte(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    with TemporaryDirectory() as home:
        folder = written(Path(home)).folder
        path = folder / f"{name}.jsonl"
        text = path.read_bytes()
        at = data.draw(st.integers(0, len(text) - 1))
        path.write_bytes(flipped(text, at))
        (told,) = verify(folder)
        line = text[:at].count(b"\n") + 1
        assert told.startswith(f"{name}.jsonl")
        assert f"line {line} " in told


@pytest.mark.parametrize("name", FILES)
def test_verify_names_a_file_that_is_missing(tmp_path: Path, name: str) -> None:
    folder = written(tmp_path).folder
    (folder / f"{name}.jsonl").unlink()
    assert verify(folder) == [f"{name}.jsonl is missing"]


def test_verify_says_where_a_truncated_file_ends(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    lines = (folder / "assets.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "assets.jsonl").write_bytes(b"".join(lines[:3]))
    assert verify(folder) == ["assets.jsonl ends after line 3 of 5"]
    (folder / "assets.jsonl").write_bytes(b"".join(lines[:3]) + lines[3][:10])
    assert verify(folder) == ["assets.jsonl ends in the middle of line 4 of 5"]
    (folder / "assets.jsonl").write_bytes(b"")
    assert verify(folder) == ["assets.jsonl ends after line 0 of 5"]


def test_verify_says_where_a_line_was_added(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    change(folder / "policies.jsonl", lambda data: data + b"{}\n")
    assert verify(folder) == ["policies.jsonl has lines after line 3, where it should end"]
    folder = written(tmp_path, "other").folder
    change(folder / "policies.jsonl", lambda data: b"{}\n" + data)
    assert verify(folder) == ["policies.jsonl, line 1 is not what was written"]


def test_verify_names_every_file_that_is_wrong(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    for name in ("assets", "coverage"):
        change(folder / f"{name}.jsonl", lambda data: flipped(data, 3))
    assert [told.partition(",")[0] for told in verify(folder)] == ["assets.jsonl", "coverage.jsonl"]


def test_verify_without_line_sums_still_names_the_file(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    (folder / "sums" / "assets").unlink()
    change(folder / "assets.jsonl", lambda data: flipped(data, 3))
    (told,) = verify(folder)
    assert told.startswith("assets.jsonl is not what was written")


def test_verify_names_the_line_of_a_document_that_does_not_match_its_digest(tmp_path: Path) -> None:
    wrong = {**DOCUMENTS, DIGEST: b'{"a":2}'}
    folder = written(tmp_path, contents=msgspec.structs.replace(CONTENTS, documents=wrong)).folder
    assert verify(folder) == ["documents.jsonl, line 1: the document does not have the digest it is kept by"]


def test_verify_notices_a_manifest_that_leaves_a_file_out(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    manifest = json.loads((folder / "manifest.json").read_bytes())
    del manifest["files"]["policies"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert verify(folder) == ["manifest.json does not name policies.jsonl"]


def test_a_snapshot_names_its_predecessor_by_the_digest_of_its_manifest(tmp_path: Path) -> None:
    first = written(tmp_path, "first")
    second = written(tmp_path, "second", predecessor=first)
    told = open_snapshot(second.folder).manifest.predecessor
    assert told is not None
    assert told.id == "first"
    assert told.manifest_sha256 == hashlib.sha256((first.folder / "manifest.json").read_bytes()).hexdigest()
    assert verify(second.folder) == []
    change(first.folder / "manifest.json", lambda data: data + b"\n")
    (sentence,) = verify(second.folder)
    assert "predecessor first" in sentence
    shutil.rmtree(first.folder)
    assert verify(second.folder) == []


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    before = os.umask(0o022)
    try:
        folder = written(home).folder
        write_shard(home / "snapshots" / "t.partial", Shard(unit="u"))
    finally:
        os.umask(before)
    for path in (home, *home.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert folder.is_dir()


def test_a_partial_snapshot_is_marked_and_not_opened(tmp_path: Path) -> None:
    partial = tmp_path / "snapshots" / "s.partial"
    write_shard(partial, Shard(unit="u"))
    for folder in (partial, tmp_path / "snapshots" / "s"):
        with pytest.raises(SnapshotProblem, match="Snapshot s is partial") as fault:
            open_snapshot(folder)
        assert "`crownpath scan --resume s` finishes it" in str(fault.value)
    assert verify(partial) == [str(fault.value)]
    assert list_snapshots(tmp_path) == []


def test_a_finished_snapshot_opens_although_its_units_were_not_yet_cleared_away(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    write_shard(tmp_path / "snapshots" / "s.partial", Shard(unit="u"))
    assert open_snapshot(folder).id == "s"
    assert [snapshot.id for snapshot in list_snapshots(tmp_path)] == ["s"]


def test_a_snapshot_that_was_being_written_is_not_listed(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    folder.rename(folder.with_name(".s.writing"))
    assert list_snapshots(tmp_path) == []
    assert written(tmp_path).id == "s"


def test_snapshots_are_listed_oldest_first(tmp_path: Path) -> None:
    written(tmp_path, "b")
    written(tmp_path, "a", taken_at=NOON + timedelta(days=1))
    assert [snapshot.id for snapshot in list_snapshots(tmp_path)] == ["b", "a"]
    assert list_snapshots(tmp_path / "none") == []


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\xff\xfe", b"[]", b"{}", b'{"id": 1}'])
def test_a_manifest_of_nonsense_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    folder = written(tmp_path).folder
    (folder / "manifest.json").write_bytes(data)
    with pytest.raises(SnapshotProblem, match="cannot be read") as fault:
        open_snapshot(folder)
    assert "Restore it from a copy or scan again" in str(fault.value)


def test_a_manifest_of_another_format_is_a_sentence(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    change(folder / "manifest.json", lambda data: data.replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(SnapshotProblem, match="is of format 2"):
        open_snapshot(folder)


def test_what_is_no_snapshot_is_a_sentence(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path, Path(), Path("/")):
        with pytest.raises(SnapshotProblem, match="There is no snapshot at"):
            open_snapshot(folder)


@pytest.mark.parametrize("name", ["assets", "relations", "policies", "coverage"])
@pytest.mark.parametrize("line", [b"{}", b"nonsense", b"\xff", b'{"id":"x","kind":"Gizmo"}', b""])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, name: str, line: bytes) -> None:
    snapshot = written(tmp_path)
    change(snapshot.folder / f"{name}.jsonl", lambda data: data.partition(b"\n")[0] + b"\n" + line + b"\n")
    with pytest.raises(SnapshotProblem, match=rf"{name}\.jsonl, line 2 of snapshot s cannot be read"):
        list(getattr(snapshot, name)())


@pytest.mark.parametrize("name", ["assets", "relations", "policies", "coverage", "documents"])
def test_reading_a_file_that_is_missing_is_a_sentence(tmp_path: Path, name: str) -> None:
    snapshot = written(tmp_path)
    (snapshot.folder / f"{name}.jsonl").unlink()
    with pytest.raises(SnapshotProblem, match=f"{name}.jsonl is missing"):
        dict(snapshot.documents) if name == "documents" else list(getattr(snapshot, name)())


def test_units_of_a_stopped_scan_are_read_and_a_truncated_one_counts_as_not_run(tmp_path: Path) -> None:
    partial = tmp_path / "s.partial"
    shards = [Shard(unit=f"u{n}", assets=CONTENTS.assets, documents=DOCUMENTS) for n in range(3)]
    for shard in shards:
        write_shard(partial, shard)
    assert sorted(read_shards(partial), key=lambda shard: shard.unit) == shards
    torn = min((partial / "units").iterdir())
    change(torn, lambda data: data[: len(data) // 2])
    assert len(read_shards(partial)) == 2
    assert not torn.exists()
