"""crownpath check: run the rules and path queries; write results, say what was found."""

from collections import Counter
from contextlib import closing
from pathlib import Path

from app import pipeline, settings
from app.commands import load, paths
from app.faults import FINDINGS, BadInput
from app.screen import line, say, table
from app.settings import Settings
from app.text import plural
from graph.snapshot import Snapshot
from graph.store import GraphStore
from queries.results import WORST_FIRST, Result, ResultState, worst_first, worst_of_each_rule

STATES: tuple[ResultState, ...] = ("FAIL", "UNKNOWN", "EXCEPTED", "PASS", "NOT_APPLICABLE")
NEVER = "never"


def run(
    *,
    snapshot: str,
    home: Path | None,
    store: str | None,
    rules: list[str],
    exemptions: Path | None,
    fail_on: str,
    as_json: bool,
) -> int:
    if fail_on not in (*WORST_FIRST, NEVER):
        raise BadInput(f"--fail-on {fail_on!r} is not one of: {', '.join(WORST_FIRST)}, {NEVER}.")
    chosen = settings.load(home=home, store=store, exemptions=exemptions)
    found = pipeline.find_snapshot(chosen, snapshot)
    pipeline.derive_unless_current(chosen, found)
    with closing(load.opened(chosen)) as graph:
        load.fill(chosen, found, graph)
        results = evaluate(chosen, found, graph, rules)
    if as_json:
        for result in results:
            line(pipeline.as_json(result))
    else:
        tell(results)
    return FINDINGS if _breaks(results, fail_on) else 0


def evaluate(
    chosen: Settings, snapshot: Snapshot, graph: GraphStore, rules: list[str] | None = None
) -> list[Result]:
    """Evaluate, worst first. Only a check of all rules becomes the snapshot's results."""
    return worst_first(pipeline.check(chosen, snapshot, graph, rules or []))


def tell(results: list[Result]) -> None:
    """Counts by state and severity, the worst paths, and the worst of the rest."""
    counts = Counter((result.state, result.severity) for result in results)
    rows = [(state, *(str(counts[state, severity] or "") for severity in WORST_FIRST)) for state in STATES]
    table("", ("state", *WORST_FIRST), rows)
    failed = [result for result in results if result.state == "FAIL"]
    say("The worst attack path of each kind:", "bold")
    paths.tell(worst_of_each_rule(result for result in failed if result.steps)[:8])
    unknown = sum(result.state == "UNKNOWN" for result in results)
    if unknown:
        say(f"{plural(unknown, 'result')} could not be known; --json says which call or answer is missing.")


def _breaks(results: list[Result], fail_on: str) -> bool:
    if fail_on == NEVER:
        return False
    bad = WORST_FIRST[: WORST_FIRST.index(fail_on) + 1]
    return any(result.state == "FAIL" and result.severity in bad for result in results)
