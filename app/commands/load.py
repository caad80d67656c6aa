"""crownpath load: make the graph store equal to a snapshot and what follows from it."""

from getpass import getpass
from pathlib import Path

from app import pipeline, settings
from app.screen import errors, progress, say
from app.text import plural
from graph.load import LoadReport
from graph.snapshot import Snapshot
from graph.store import GraphStore, open_store


def run(*, snapshot: str, home: Path | None, store: str | None) -> int:
    chosen = settings.load(home=home, store=store)
    found = pipeline.find_snapshot(chosen, snapshot)
    pipeline.derive_unless_current(chosen, found)
    told(fill(chosen, found, opened(chosen)))
    return 0


def opened(chosen: settings.Settings) -> GraphStore:
    """The store of the settings; a password is asked for only where a person can answer."""
    if chosen.store_target.startswith("embedded:"):
        chosen.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open_store(chosen.store_target, prompt=_ask if errors.is_terminal else None)


def fill(chosen: settings.Settings, snapshot: Snapshot, store: GraphStore) -> LoadReport:
    """Load with progress on the screen."""
    with progress("Loading") as bar:

        def moved(done: int, count: int) -> None:
            bar.total(count)
            bar.done(done)

        return pipeline.load(chosen, snapshot, store, moved)


def told(report: LoadReport) -> None:
    """What the load changed, in a sentence."""
    if not report.changed:
        say("The graph was up to date: nothing was written.")
        return
    for what, counts in (("node", report.nodes), ("relation", report.edges)):
        say(
            f"{plural(counts.added, what)} added, {counts.changed:,} changed, {counts.removed:,} removed, "
            f"{counts.unchanged:,} unchanged."
        )


def _ask(target: str) -> str:
    return getpass(f"Password of {target}: ")
