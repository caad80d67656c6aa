"""Snapshots of 100,000 assets and 500,000 relations: write, read, verify; beside plain JSON."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.graphs import START, estate
from benchmarks.measurement import Measurement, seconds
from graph.derive import edge_kinds
from graph.model import Asset, Evidence, Relation
from graph.snapshot import Contents, Snapshot, verify, write_snapshot


def measure() -> list[Measurement]:
    """A write and a read, each beside the standard library's JSON over the same lines."""
    contents = _contents()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        written = seconds(lambda: _write(home, contents))
        snapshot = Snapshot(home / "snapshots" / "one", _write(home, contents, "two").manifest)
        return [
            Measurement(
                name="snapshot: write", value=written, unit="s", baseline=_plain_write(home, contents)
            ),
            Measurement(
                name="snapshot: read",
                value=seconds(snapshot.contents),
                unit="s",
                baseline=_plain_read(snapshot),
            ),
            Measurement(name="snapshot: verify", value=seconds(lambda: verify(snapshot.folder)), unit="s"),
        ]


def _contents() -> Contents:
    graph = estate().graph
    evidence = (Evidence("aws:s3:ListBuckets", "0" * 64, "/Buckets/0"),)
    return Contents(
        assets=tuple(
            Asset(id=n.id, kind=n.kind, name=n.id, properties=n.properties, evidence=evidence)
            for n in graph.nodes
        ),
        relations=tuple(
            Relation(e.type, e.source, e.target, e.properties, evidence)
            for e in graph.edges
            if e.type not in edge_kinds()
        ),
        policies=(),
        coverage=(),
        documents={},
    )


def _write(home: Path, contents: Contents, name: str = "one") -> Snapshot:
    return write_snapshot(home, name, contents, taken_at=START, tool="benchmark", fingerprint_key="none")


def _lines(snapshot: Snapshot) -> Iterator[bytes]:
    for name in ("assets", "relations"):
        yield from (snapshot.folder / f"{name}.jsonl").read_bytes().splitlines()


def _plain_read(snapshot: Snapshot) -> float:
    return seconds(lambda: [json.loads(line) for line in _lines(snapshot)])


def _plain_write(home: Path, contents: Contents) -> float:
    rows = [
        {"id": a.id, "kind": a.kind, **{k: str(v) for k, v in a.properties.items()}} for a in contents.assets
    ]
    rows += [{"type": r.type, "source": r.source, "target": r.target} for r in contents.relations]

    def work() -> None:
        with (home / "plain.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, sort_keys=True) + "\n" for row in rows)

    return seconds(work)
