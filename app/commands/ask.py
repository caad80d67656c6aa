"""crownpath access who-can, what-can, explain, admins: who can do what in a snapshot, and why."""

from collections.abc import Iterable
from pathlib import Path

from app import access_tables, pipeline, settings
from app.screen import line
from graph.access import admins as standing
from graph.access import ask, reach
from graph.access import explain as explaining
from graph.access.reach import Holding
from graph.facts import Facts


def who_can(*, action: str, resource: str, snapshot: str, home: Path | None, as_json: bool) -> int:
    answers = ask.who_can(_facts(snapshot, home), action, resource)
    for answer in answers:
        if as_json:
            line(pipeline.as_json(answer))
        else:
            access_tables.who_can(answer)
    if not answers and not as_json:
        access_tables.nobody(action, resource)
    return 0


def what_can(
    *,
    principal: str,
    action: str | None,
    resource: str | None,
    snapshot: str,
    home: Path | None,
    as_json: bool,
) -> int:
    if action:
        return _with_action(principal, action, resource, snapshot, home, as_json=as_json)
    found = list(_held(principal, resource, snapshot, home))
    for each in found:
        if as_json:
            line(pipeline.as_json(each))
    if not as_json:
        access_tables.holdings(principal, found)
    return 0


def explain(
    *, principal: str, action: str, resource: str, snapshot: str, home: Path | None, as_json: bool
) -> int:
    proof = explaining.explain(_facts(snapshot, home), principal, action, resource)
    if as_json:
        line(pipeline.as_json(proof))
    else:
        access_tables.proof(proof)
    return 0


def admins(*, snapshot: str, home: Path | None, as_json: bool) -> int:
    facts = standing.with_edges(_facts(snapshot, home))
    found = list(standing.standings(facts))
    if as_json:
        for each in found:
            line(pipeline.as_json(each))
    else:
        access_tables.admins(found)
    return 0


def _facts(snapshot: str, home: Path | None) -> Facts:
    return pipeline.facts_of(pipeline.find_snapshot(settings.load(home=home), snapshot))


def _held(principal: str, resource: str | None, snapshot: str, home: Path | None) -> Iterable[Holding]:
    """From the derived edges, which are worked out first where they are not yet."""
    chosen = settings.load(home=home)
    found = pipeline.find_snapshot(chosen, snapshot)
    pipeline.derive_unless_current(chosen, found)
    return reach.held(found, chosen.results(found.id), principal, resource)


def _with_action(
    principal: str, action: str, resource: str | None, snapshot: str, home: Path | None, *, as_json: bool
) -> int:
    """From the engine itself: capabilities are made of some actions only."""
    found = ask.what_can(_facts(snapshot, home), principal, action, resource)
    for each in found:
        if as_json:
            line(pipeline.as_json(each))
    if not as_json:
        access_tables.allowed(principal, found)
    return 0
