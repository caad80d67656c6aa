"""crownpath demo: the whole line on the practice estate, from the first call to the first path."""

from contextlib import closing
from pathlib import Path

from app import pipeline, settings
from app.commands import check, derive, load, paths, scan
from app.screen import progress, say
from app.text import plural
from graph.snapshot import Snapshot
from queries.results import worst_of_each_rule

WORST = 8


def run(*, home: Path | None, store: str | None, show_app: bool, port: int) -> int:
    chosen = settings.load(home=home or settings.default_home() / "demo", store=store)
    say("Linden Health, a hospital group with AI in three clouds, is being looked at.", "bold")
    snapshot = _collect(chosen)
    scan.summary(snapshot)
    derive.work_out(chosen, snapshot)
    with closing(load.opened(chosen)) as graph:
        load.told(load.fill(chosen, snapshot, graph))
        results = check.evaluate(chosen, snapshot, graph)
    found = [result for result in results if result.state == "FAIL" and result.steps]
    say("")
    say(f"{plural(len(found), 'attack path')}. The worst of each kind:", "bold")
    paths.tell(worst_of_each_rule(found)[:WORST])
    if show_app:
        return _show(chosen, port)
    say("")
    say(f"The app: crownpath app --home {chosen.home}" + (f" --store {store}" if store else ""))
    return 0


def _collect(chosen: settings.Settings) -> Snapshot:
    from collectors.practice.hospital import Hospital, declared_estate
    from collectors.practice.looking import look
    from collectors.redaction import Redactor

    redactor = Redactor(settings.fingerprint_key(chosen.home))
    with Hospital() as hospital:
        with progress("Looking inside") as bar:
            reports = look(hospital, chosen.home / "practice", redactor, settings.tool_version(), bar.step)
        with progress("Collecting") as bar:
            return pipeline.scan(
                chosen,
                hospital.doors(),
                estate=declared_estate(),
                progress=scan.Told(bar),
                inspected=reports,
            )


def _show(chosen: settings.Settings, port: int) -> int:
    from app.serve import serve

    serve(port, chosen.home, chosen.store_target)
    return 0
