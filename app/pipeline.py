"""The stages, each from files to files: scan, derive, load, check. Commands and the demo call these."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.faults import BadInput, NothingCollected, Stopped
from app.settings import Settings, fingerprint_key, tool_version
from collectors.declared import estate as declared
from collectors.declared.estate import Declarations
from collectors.inspect.secret_texts import keys_in_texts
from collectors.inspected.facts import add
from collectors.inspected.report import Report, read_all
from collectors.recording import recorded, write_recording
from collectors.redaction import Redactor
from collectors.scan import Progress, Scan, declared_calls
from collectors.source import Door
from graph import derivation as files
from graph.derive import builds_on, edge_kinds
from graph.derive import derive as derive_edges
from graph.facts import Facts
from graph.load import LoadReport
from graph.load import load as load_graph
from graph.merge import carry_forward, merge, resolve
from graph.model import Relation, Shard
from graph.project import project
from graph.snapshot import (
    NO_ORGANIZATION,
    PARTIAL,
    Contents,
    Snapshot,
    list_snapshots,
    open_snapshot,
    private_folder,
    read_shards,
    write_private,
    write_shard,
    write_snapshot,
)
from graph.store import GraphStore
from queries import content, ledger
from queries import results as results_of
from queries.content import Setting
from queries.evaluate import evaluate
from queries.findings import with_results
from queries.needs import Known
from queries.results import Result

Say = Callable[[str], None]


def find_snapshot(settings: Settings, name: str) -> Snapshot:
    """The snapshot of this id or in this folder, or the latest."""
    if name != "latest":
        return open_snapshot(folder_of(settings, name))
    found = list_snapshots(settings.home)
    if not found:
        raise BadInput(
            f"There is no snapshot in {settings.home} yet. Run `crownpath scan`, or `crownpath demo`."
        )
    return found[-1]


def folder_of(settings: Settings, name: str) -> Path:
    """Where a snapshot is: a path is taken as it is, an id is a folder in the home."""
    path = Path(name)
    if len(path.parts) > 1 or (path / "manifest.json").is_file():
        return path.absolute()
    return settings.snapshots / name


def scan(
    settings: Settings,
    doors: Sequence[Door],
    *,
    identifier: str | None = None,
    estate: Path | None = None,
    record: Path | None = None,
    accounts: Callable[[str], bool] | None = None,
    resume: bool = False,
    plan: bytes = b"{}",
    progress: Progress | None = None,
    remark: Say | None = None,
    inspected: Sequence[Path] = (),
) -> Snapshot:
    """Collect into a new snapshot. Stopped, it leaves a partial one that `resume` finishes.

    `inspected` are reports of `crownpath inspect`, or folders of them, beside those in the home. `remark` is
    told what in `estate.yaml` has no effect.
    """
    taken_at = datetime.now(UTC).replace(microsecond=0)
    name = identifier or taken_at.strftime("%Y%m%dT%H%M%SZ")
    folder = _free(settings, name)
    partial = folder.with_name(folder.name + PARTIAL)
    rules = keys_in_texts(settings.home / "cache" / "secret-rules")
    redactor = Redactor(fingerprint_key(settings.home), rules)
    declarations = declared.read(estate, redactor) if estate else None
    kept = [settings.inspections] if settings.inspections.is_dir() else []
    reports = read_all([*kept, *inspected], redactor)
    private_folder(partial)
    write_private(partial / "plan.json", plan)
    run = Scan(
        doors,
        redactor,
        threads=settings.threads,
        calls_at_once=settings.calls_at_once,
        done=read_shards(partial) if resume else (),
        accounts=accounts,
        progress=progress,
    )
    shards: list[Shard] = []
    try:
        for shard in run.run():
            write_shard(partial, shard)
            shards.append(shard)
    except KeyboardInterrupt:
        raise Stopped(
            f"Stopped. What {len(shards)} finished units saw is kept; "
            f"`crownpath scan --resume {name}` goes on from there."
        ) from None
    _require_something(shards, partial)
    previous = list_snapshots(settings.home)
    predecessor = previous[-1] if previous and accounts is None else None
    contents = finish(shards, declarations, predecessor, taken_at, remark, reports, redactor)
    if record:
        _record(record, shards)
    snapshot = write_snapshot(
        settings.home,
        str(folder),
        contents,
        taken_at=taken_at,
        tool=tool_version(),
        fingerprint_key=redactor.key_id,
        predecessor=predecessor,
    )
    shutil.rmtree(partial)
    return snapshot


def finish(
    shards: Iterable[Shard],
    declarations: Declarations | None,
    predecessor: Snapshot | None,
    taken_at: datetime,
    remark: Say | None,
    reports: Sequence[Report],
    redactor: Redactor,
) -> Contents:
    """One set of facts: merged, what failed carried forward, what looks inside told and people's word
    applied, loose ends tied."""
    said = [_said(declarations, taken_at)] if declarations else []
    contents = carry_forward(merge([*shards, *said]), predecessor, taken_at)
    contents = _inspected(contents, reports, redactor, taken_at)
    if declarations:
        if remark:
            for sentence in declared.remarks(declarations, contents.assets):
                remark(sentence)
        contents = _declared(contents, declarations)
    assumed = () if any(p.layer == "service_control" for p in contents.policies) else (NO_ORGANIZATION,)
    return resolve(msgspec.structs.replace(contents, assumed=assumed))


def merge_snapshots(settings: Settings, names: Sequence[str], out: str | None) -> Snapshot:
    """One snapshot of several. What only followed from one of them alone is worked out anew."""
    snapshots = [find_snapshot(settings, name) for name in names]
    if len({s.manifest.fingerprint_key for s in snapshots}) > 1:
        raise BadInput(
            "These snapshots have different fingerprint keys: the same secret looks different in each. "
            "Scan the shards with one CROWNPATH_FINGERPRINT_KEY."
        )
    contents = resolve(merge(_as_shard(snapshot) for snapshot in snapshots))
    taken_at = max(snapshot.taken_at for snapshot in snapshots)
    assumed = tuple(sorted({word for s in snapshots for word in s.manifest.assumed}))
    name = out or taken_at.strftime("%Y%m%dT%H%M%SZ") + "-merged"
    return write_snapshot(
        settings.home,
        str(_free(settings, name)),
        msgspec.structs.replace(contents, assumed=assumed),
        taken_at=taken_at,
        tool=tool_version(),
        fingerprint_key=snapshots[0].manifest.fingerprint_key,
    )


def derive(settings: Settings, snapshot: Snapshot, say: Say | None = None) -> Facts:
    """Work out what follows from the snapshot and write it beside its results."""
    facts = facts_of(snapshot)
    derivation = derive_edges(facts, say)
    graph = project(facts, derivation)
    (settings.results(snapshot.id) / results_of.FILE).unlink(missing_ok=True)
    files.write_derivation(settings.results(snapshot.id), snapshot, derivation, graph, tool_version())
    return facts


def derive_unless_current(settings: Settings, snapshot: Snapshot, say: Say | None = None) -> None:
    if not files.is_current(settings.results(snapshot.id), snapshot, tool_version()):
        derive(settings, snapshot, say)


def load(
    settings: Settings,
    snapshot: Snapshot,
    store: GraphStore,
    progress: Callable[[int, int], None] | None = None,
) -> LoadReport:
    """Make the store equal to the snapshot's graph, with the results of its last check."""
    folder = settings.results(snapshot.id)
    graph = files.read_graph(folder)
    if (folder / results_of.FILE).is_file():
        graph = with_results(graph, results_of.read(folder), content.shipped().rules)
    return load_graph(store, graph, progress)


def check(settings: Settings, snapshot: Snapshot, store: GraphStore, rules: Sequence[str]) -> list[Result]:
    """Run the rules over the loaded graph. All of them together are the snapshot's results: they are
    written beside it and loaded into the graph.
    """
    pack = content.shipped()
    if rules:
        pack = msgspec.structs.replace(pack, rules=tuple(pack.rule(name) for name in rules))
    known = Known(edge_kinds=edge_kinds(), builds_on=builds_on(), calls=declared_calls())
    results = evaluate(
        store,
        pack,
        known,
        tuple(snapshot.coverage()),
        now=snapshot.taken_at,
        exemptions=ledger.load(settings.exemptions) if settings.exemptions else (),
        settings={rule.id: _given(settings) for rule in pack.rules},
    )
    if not rules:
        results_of.write(settings.results(snapshot.id), results)
        load(settings, snapshot, store)
    return results


def _given(settings: Settings) -> dict[str, Setting]:
    return {n: tuple(v) if isinstance(v, list) else v for n, v in settings.parameters.items()}


def facts_of(snapshot: Snapshot) -> Facts:
    return Facts(
        snapshot.assets(),
        snapshot.relations(),
        snapshot.policies(),
        snapshot.documents,
        snapshot.coverage(),
    )


def in_shard(text: str) -> Callable[[str], bool]:
    """Whether an account belongs to a shard written as `3/16`: by a hash of its id, the same everywhere."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise BadInput(f"--shard {text!r} is not like 3/16: the third of sixteen parts.")

    def chosen(account: str) -> bool:
        digest = hashlib.sha256(account.encode()).digest()
        return int.from_bytes(digest[:8], "big") % int(count) == int(number) - 1

    return chosen


def _free(settings: Settings, name: str) -> Path:
    folder = folder_of(settings, name)
    if folder.exists():
        raise BadInput(f"There is a snapshot {name} already. Choose another id with --out.")
    return folder


def _require_something(shards: Sequence[Shard], partial: Path) -> None:
    if any(asset.kind != "Account" for shard in shards for asset in shard.assets):
        return
    sentences = sorted({r.sentence for s in shards for r in s.coverage if not r.complete})
    shutil.rmtree(partial)
    told = "\n".join(f"  - {sentence}" for sentence in sentences[:10])
    raise NothingCollected(
        f"Nothing could be collected, so no snapshot was written.\n{told}\n"
        "`crownpath doctor` checks credentials; docs/permissions says what each cloud must allow."
    )


def _said(declarations: Declarations, at: datetime) -> Shard:
    """What is declared without regard to what was seen, and the reading of the file."""
    return Shard(
        unit="declared",
        assets=tuple(declared.systems(declarations)),
        coverage=(declarations.coverage(at),),
        documents=declarations.documents,
    )


def _declared(contents: Contents, declarations: Declarations) -> Contents:
    assets = tuple(declared.apply(declarations, contents.assets))
    relations = {relation.id: relation for relation in contents.relations}
    for fact in declared.facts(declarations, assets):
        if isinstance(fact, Relation):
            relations[fact.id] = fact
    return msgspec.structs.replace(contents, assets=assets, relations=tuple(relations.values()))


def _inspected(contents: Contents, reports: Sequence[Report], redactor: Redactor, at: datetime) -> Contents:
    added = add(
        reports,
        contents.assets,
        contents.relations,
        contents.policies,
        contents.coverage,
        contents.documents,
        redactor,
        at,
    )
    return msgspec.structs.replace(
        contents,
        assets=added.assets,
        relations=added.relations,
        policies=added.policies,
        coverage=added.coverage,
        documents={**contents.documents, **added.documents},
    )


def _record(folder: Path, shards: Iterable[Shard]) -> None:
    for shard in shards:
        name = "".join(c if c.isalnum() or c in "-." else "_" for c in shard.unit)
        write_recording(folder, name, recorded(shard.coverage, shard.documents))


def _as_shard(snapshot: Snapshot) -> Shard:
    """A snapshot's own facts, without what `resolve` added to it."""
    return Shard(
        unit=snapshot.id,
        assets=tuple(asset for asset in snapshot.assets() if asset.listed_by or asset.evidence),
        relations=tuple(relation for relation in snapshot.relations() if relation.evidence),
        policies=tuple(snapshot.policies()),
        coverage=tuple(snapshot.coverage()),
        documents=snapshot.documents,
    )


def as_json(value: msgspec.Struct | dict[str, object]) -> str:
    """One line of JSON for standard output."""
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, sort_keys=True)
