"""crownpath snapshot: list, show, verify and merge what scans saw."""

from collections import Counter
from pathlib import Path

from app import pipeline, settings
from app.screen import line, say, table
from app.text import plural
from graph.codec import iso, write_properties
from graph.model import Asset, Relation
from graph.snapshot import PARTIAL, Snapshot, list_snapshots
from graph.snapshot import verify as verify_files


def list_all(*, home: Path | None, as_json: bool) -> int:
    chosen = settings.load(home=home)
    found = list_snapshots(chosen.home)
    rows: list[tuple[str, ...]] = [
        (s.id, iso(s.taken_at), str(s.manifest.files["assets"].lines), s.manifest.tool) for s in found
    ]
    folder = chosen.snapshots
    partial = (
        sorted(p.name.removesuffix(PARTIAL) for p in folder.glob(f"*{PARTIAL}")) if folder.is_dir() else []
    )
    if as_json:
        for row in rows:
            line(
                pipeline.as_json(
                    {"id": row[0], "taken_at": row[1], "assets": int(row[2]), "state": "complete"}
                )
            )
        for name in partial:
            line(pipeline.as_json({"id": name, "state": "partial"}))
        return 0
    table("", ("snapshot", "taken at", "assets", "by"), rows)
    for name in partial:
        say(
            f"{name} is partial: its scan was stopped. `crownpath scan --resume {name}` finishes it.",
            "yellow",
        )
    if not rows and not partial:
        say(f"There are no snapshots in {chosen.home} yet. `crownpath scan` takes one.")
    return 0


def show(*, snapshot: str, home: Path | None, assets: bool, relations: bool, as_json: bool) -> int:
    found = pipeline.find_snapshot(settings.load(home=home), snapshot)
    if assets or relations:
        _facts(found, assets=assets, relations=relations, as_json=as_json)
    elif as_json:
        line(pipeline.as_json(found.manifest))
    else:
        _overview(found)
    return 0


def verify(*, snapshot: str, home: Path | None) -> int:
    chosen = settings.load(home=home)
    latest = snapshot == "latest"
    folder = (
        pipeline.find_snapshot(chosen, snapshot).folder if latest else pipeline.folder_of(chosen, snapshot)
    )
    wrong = verify_files(folder)
    for sentence in wrong:
        say(sentence, "red")
    if not wrong:
        say(f"{folder.name} is whole: every file is as it was written.")
    return 3 if wrong else 0


def merge(*, snapshots: list[str], home: Path | None, out: str | None) -> int:
    merged = pipeline.merge_snapshots(settings.load(home=home), snapshots, out)
    say(f"Merged {plural(len(snapshots), 'snapshot')} into {merged.id}.")
    return 0


def _facts(snapshot: Snapshot, *, assets: bool, relations: bool, as_json: bool) -> None:
    if assets:
        for asset in snapshot.assets():
            line(pipeline.as_json(_asset(asset)) if as_json else f"{asset.kind}  {asset.id}")
    if relations:
        for relation in snapshot.relations():
            said = f"{relation.source}  {relation.type}  {relation.target}"
            line(pipeline.as_json(_relation(relation)) if as_json else said)


def _asset(asset: Asset) -> dict[str, object]:
    return {
        "kind": asset.kind,
        "id": asset.id,
        "name": asset.name,
        **write_properties(asset.properties),
        "evidence": [evidence.id for evidence in asset.evidence],
    }


def _relation(relation: Relation) -> dict[str, object]:
    return {
        "type": relation.type,
        "source": relation.source,
        "target": relation.target,
        "id": relation.id,
        **write_properties(relation.properties),
        "evidence": [evidence.id for evidence in relation.evidence],
    }


def _overview(snapshot: Snapshot) -> None:
    kinds = Counter((asset.kind, str(asset.get("provider") or "")) for asset in snapshot.assets())
    say(f"{snapshot.id}, taken at {iso(snapshot.taken_at)} by {snapshot.manifest.tool}")
    table("", ("kind", "cloud", "assets"), [(k, p, str(n)) for (k, p), n in sorted(kinds.items())])
    failed = [record for record in snapshot.coverage() if not record.complete]
    rows: list[tuple[str, ...]] = [
        (r.outcome, r.call, r.account, r.region, r.parent, r.sentence) for r in failed
    ]
    if rows:
        table(
            "Could not be seen: what these calls fill is UNKNOWN",
            ("outcome", "call", "account", "region", "of", "why"),
            rows,
        )
    for conflict in snapshot.manifest.conflicts:
        say(
            f"{conflict.asset}: {conflict.property} is {' and '.join(conflict.values)} "
            f"({' and '.join(conflict.calls)}); the first is shown.",
            "yellow",
        )
