"""crownpath derive: work out access, exposure, lineage and the attack graph of a snapshot."""

from pathlib import Path

from app import pipeline, settings
from app.screen import progress, say
from app.text import plural
from graph.derive import builds_on
from graph.snapshot import Snapshot


def run(*, snapshot: str, home: Path | None) -> int:
    chosen = settings.load(home=home)
    found = pipeline.find_snapshot(chosen, snapshot)
    work_out(chosen, found)
    return 0


def work_out(chosen: settings.Settings, snapshot: Snapshot) -> None:
    """Derive with progress on the screen."""
    with progress("Deriving") as bar:
        bar.total(len(builds_on()))
        facts = pipeline.derive(chosen, snapshot, bar.step)
    say(f"Derived {plural(len(facts.marks), 'property', 'properties')} and the edges of {snapshot.id}.")
