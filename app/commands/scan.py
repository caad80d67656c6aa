"""crownpath scan: collect what there is into a snapshot."""

from pathlib import Path

import msgspec

from app import pipeline, providers, settings
from app.faults import BadInput
from app.screen import Bar, progress, say
from app.text import plural
from collectors.scan import PROVIDERS, Unit
from graph.model import Shard
from graph.snapshot import PARTIAL, Snapshot


class Plan(msgspec.Struct, frozen=True):
    """What a scan was asked for, kept in the partial snapshot so that it can be resumed."""

    providers: list[str]
    estate: str | None
    shard: str | None
    inspected: list[str] = []


def run(
    *,
    providers: list[str],
    home: Path | None,
    estate: Path | None,
    record: Path | None,
    replay: list[Path],
    out: str | None,
    resume: str | None,
    shard: str | None,
    inspected: list[Path],
) -> int:
    chosen = settings.load(home=home, estate=estate)
    if replay:
        providers, replay = _apart(providers, replay)
    reports = [str(path.absolute()) for path in inspected]
    plan = Plan(providers, str(chosen.estate) if chosen.estate else None, shard, reports)
    if resume:
        plan = _resumed(chosen, resume)
        out = resume
    snapshot = collect(chosen, plan, replay, record=record, out=out, resume=bool(resume))
    summary(snapshot)
    return 0


def _apart(words: list[str], replay: list[Path]) -> tuple[list[str], list[Path]]:
    """Providers, and recordings: `--replay ONE TWO` leaves the second among the providers."""
    more = [word for word in words if word not in PROVIDERS and Path(word).exists()]
    return [word for word in words if word not in more], [*replay, *(Path(word) for word in more)]


def collect(
    chosen: settings.Settings,
    plan: Plan,
    replay: list[Path],
    *,
    record: Path | None = None,
    out: str | None = None,
    resume: bool = False,
) -> Snapshot:
    """One scan with its progress on the screen."""
    doors = providers.replayed(replay, plan.providers) if replay else providers.live(chosen, plan.providers)
    if not doors:
        raise BadInput("The recordings hold no calls of the providers that were asked for.")
    with progress("Collecting") as bar:
        return pipeline.scan(
            chosen,
            doors,
            identifier=out,
            estate=Path(plan.estate) if plan.estate else None,
            record=record,
            accounts=pipeline.in_shard(plan.shard) if plan.shard else None,
            resume=resume,
            plan=msgspec.json.encode(plan),
            progress=Told(bar),
            remark=say,
            inspected=[Path(path) for path in plan.inspected],
        )


def summary(snapshot: Snapshot) -> None:
    """What was seen, and what was not: a short list of what failed."""
    assets = sum(1 for _ in snapshot.assets())
    coverage = [record for record in snapshot.coverage() if not record.carried]
    failed = [record for record in coverage if not record.complete]
    say(
        f"Snapshot {snapshot.id}: {plural(assets, 'asset')} from {plural(len(coverage), 'call')}; "
        f"{plural(len(failed), 'call')} failed."
    )
    for sentence in sorted({record.sentence for record in failed})[:5]:
        say(f"- {sentence}", "yellow", indent=2)
    if failed:
        say(
            "What these calls fill is UNKNOWN, never PASS. `crownpath snapshot show` lists them all.",
            indent=2,
        )


class Told:
    """Counts units as they start and end."""

    def __init__(self, bar: Bar) -> None:
        self._bar, self._begun = bar, 0

    def __call__(self, unit: Unit, shard: Shard | None) -> None:
        if shard is None:
            self._begun += 1
            self._bar.total(self._begun)
        else:
            self._bar.step(unit.name)


def _resumed(chosen: settings.Settings, name: str) -> Plan:
    folder = pipeline.folder_of(chosen, name)
    path = folder.with_name(folder.name + PARTIAL) / "plan.json"
    if not path.is_file():
        raise BadInput(
            f"There is no stopped scan {name} in {chosen.snapshots}. Start one with `crownpath scan`."
        )
    return msgspec.json.decode(path.read_bytes(), type=Plan)
