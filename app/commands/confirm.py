"""crownpath access confirm: a path's steps as the providers' own read-only checks, for people to run."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from app import pipeline, settings
from app.faults import BadInput
from app.screen import line, say
from app.text import visible
from graph import derivation
from graph.access import reach
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
    derived = _Derived(folder, pipeline.facts_of(found))
    confirmations = list(_confirmations(result, derived))
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


class _Derived:
    """The derived edges of a snapshot and the sets they end on, as far as a path needs them."""

    def __init__(self, folder: Path, facts: Facts) -> None:
        self.facts = facts
        self._folder = folder
        self._edges = {edge.id: edge for edge in derivation.read_derived(folder)}

    def hops(self, step: PathStep) -> Iterator[Hop]:
        """The step itself, and what a step that is made of others (poisoning by writing) rests on."""
        edge = self._edges.get(step.id)
        existing = _existing(self.facts, step)
        yield self._hop(step.type, step.source, step.target, edge, existing)
        way = step.because[0] if step.because else ()
        for below in (self._edges[each] for each in way if each in self._edges):
            if below.type.startswith("CAN_"):
                yield self._hop(below.type, below.source, self._meant(below.target, way), below)

    def _hop(self, kind: str, source: str, target: str, edge: Derived | None, existing: str = "") -> Hop:
        properties = edge.properties if edge else {}
        actions = properties.get("actions")
        asset = self.facts.asset(target)
        return Hop(
            type=kind,
            source=source,
            target=target,
            target_kind=asset.kind if asset else "",
            actions=tuple(map(str, actions)) if isinstance(actions, tuple | list) else (),
            technique=str(properties.get("technique") or ""),
            existing=existing,
        )

    def _meant(self, target: str, way: tuple[str, ...]) -> str:
        """Of a set, the member that the other facts of the same way speak of."""
        members = reach.members_of(target, self._covers)
        links = [link for each in way if (link := self.facts.link(each))]
        spoken = (end for link in links for end in (link.source, link.target) if end in members)
        return next(spoken, min(members))

    @cached_property
    def _covers(self) -> Mapping[str, list[str]]:
        return reach.covers_of(derivation.read_graph(self._folder))


def _confirmations(result: Result, derived: _Derived) -> Iterator[Confirmation]:
    for step in result.steps:
        found = [check for hop in derived.hops(step) for check in checks(derived.facts, hop)]
        yield Confirmation(
            result.id, step.id, step.type, step.source, step.target, tuple(dict.fromkeys(found))
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
