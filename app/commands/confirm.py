"""crownpath access confirm: a path's steps as the providers' own read-only checks, for people to run."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from app import pipeline, settings
from app.faults import BadInput
from app.screen import line, say
from app.text import visible
from graph import derivation
from graph.access.confirm import Check, Hop, checks
from graph.facts import Facts
from graph.model import Derived
from queries import results as results_of
from queries.results import PathStep, Result


class Confirmation(msgspec.Struct, frozen=True):
    """One step of the path and how to confirm it."""

    path: str
    step: str
    type: str
    source: str
    target: str
    checks: tuple[Check, ...]


def run(*, path: str, snapshot: str, home: Path | None, as_json: bool) -> int:
    chosen = settings.load(home=home)
    found = pipeline.find_snapshot(chosen, snapshot)
    folder = chosen.results(found.id)
    result = _result(results_of.read(folder), path, found.id)
    derived = {edge.id: edge for edge in derivation.read_derived(folder)}
    confirmations = list(_confirmations(pipeline.facts_of(found), result, derived))
    if as_json:
        for each in confirmations:
            line(pipeline.as_json(each))
    else:
        _tell(result, confirmations)
    return 0


def _result(results: list[Result], path: str, snapshot: str) -> Result:
    found = [result for result in results if result.steps and result.id.startswith(path)]
    if len(found) != 1 or not path:
        what = "several paths" if found else "no path"
        raise BadInput(
            f"There is {what} {path!r} in snapshot {snapshot}. `crownpath paths --json` prints their ids."
        )
    return found[0]


def _confirmations(facts: Facts, result: Result, derived: dict[str, Derived]) -> Iterator[Confirmation]:
    for step in result.steps:
        found = checks(facts, _hop(facts, step, derived))
        yield Confirmation(result.id, step.id, step.type, step.source, step.target, tuple(found))


def _hop(facts: Facts, step: PathStep, derived: dict[str, Derived]) -> Hop:
    edge = derived.get(step.id)
    properties = edge.properties if edge else {}
    actions = properties.get("actions")
    target = facts.asset(step.target)
    return Hop(
        type=step.type,
        source=step.source,
        target=step.target,
        target_kind=target.kind if target else "",
        actions=tuple(map(str, actions)) if isinstance(actions, tuple | list) else (),
        technique=str(properties.get("technique") or ""),
        existing=_existing(facts, step),
    )


def _existing(facts: Facts, step: PathStep) -> str:
    """What runs as the target already, where the step makes use of that."""
    links = (facts.link(each) for way in step.because for each in way)
    return next((link.source for link in links if link and link.type == "RUNS_AS"), "")


def _tell(result: Result, confirmations: list[Confirmation]) -> None:
    """A script that people can read and run: all but the commands is comment."""
    line(f"# {visible(result.sentence or result.title)}")
    for number, each in enumerate(confirmations, 1):
        line(f"\n# {number}. {visible(f'{each.source} {each.type} {each.target}')}")
        for check in each.checks:
            line(f"#    {visible(check.shows)}")
            if check.command:
                line(check.command)
    say("Nothing was run. These commands read only; run them with credentials of the account they name.")
