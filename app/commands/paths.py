"""crownpath paths: the attack paths that the last check found, the worst first."""

from pathlib import Path

from app import pipeline, settings
from app.screen import line, say
from app.text import plural
from queries import results as results_of
from queries.results import Result, worst_first


def run(*, snapshot: str, home: Path | None, as_json: bool, limit: int) -> int:
    chosen = settings.load(home=home)
    found = pipeline.find_snapshot(chosen, snapshot)
    results = [r for r in worst_first(results_of.read(chosen.results(found.id))) if r.steps]
    shown = results[:limit] if limit else results
    if as_json:
        for result in shown:
            line(pipeline.as_json(result))
    else:
        tell(shown)
        if len(shown) < len(results):
            say(f"{plural(len(results) - len(shown), 'further path')}: --limit 0 prints all.")
    return 0


def tell(results: list[Result]) -> None:
    """Each path as a sentence, with its severity, score and what it runs over."""
    if not results:
        say(
            "No attack paths were found. Before you trust that, look at what was not seen: "
            "`crownpath snapshot show`."
        )
    for number, result in enumerate(results, 1):
        say(f"{number}. {result.severity.upper()} {result.score:.1f}  {result.title}", "bold")
        say(result.sentence, indent=3)
