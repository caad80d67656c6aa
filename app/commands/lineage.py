"""crownpath lineage: what learned from an asset, and what it learned from."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import msgspec

from app import pipeline, settings
from app.faults import BadInput
from app.screen import line, say, table
from app.text import plural
from graph.derivation import read_graph
from graph.facts import Facts
from graph.lineage import Direction, Flow, flows

HEADS = {"forward": "What its content went into", "backward": "What it came from"}


class _Line(msgspec.Struct, frozen=True):
    """One line of `--json`."""

    direction: Direction
    source: str
    target: str
    says: str
    relation: str
    steps: int
    data_classes: tuple[str, ...]


def run(*, asset: str, snapshot: str, home: Path | None, as_json: bool) -> int:
    chosen = settings.load(home=home)
    found = pipeline.find_snapshot(chosen, snapshot)
    facts = pipeline.facts_of(found)
    if facts.asset(asset) is None:
        raise BadInput(
            f"{asset} is not in snapshot {found.id}. `crownpath snapshot show --assets` lists all."
        )
    pipeline.derive_unless_current(chosen, found)
    classes = _classes(chosen.results(found.id))
    total = 0
    for direction in get_args(Direction):
        told = list(flows(facts, asset, direction))
        total += len(told)
        if as_json:
            for each in told:
                line(msgspec.json.encode(_line(direction, each, classes)).decode())
        elif told:
            _show(HEADS[direction], told, facts, classes)
    if not as_json:
        say(f"{plural(total, 'flow')} of content. A flow that no collector saw is not here.")
    return 0


def _classes(results: Path) -> Mapping[str, tuple[str, ...]]:
    """The kinds of sensitive data that assets hold or took over."""
    found: dict[str, tuple[str, ...]] = {}
    for node in read_graph(results).nodes:
        held = node.properties.get("data_classes")
        if isinstance(held, tuple):
            found[node.id] = tuple(map(str, held))
    return found


def _line(direction: Direction, each: Flow, classes: Mapping[str, tuple[str, ...]]) -> _Line:
    end = each.target if direction == "forward" else each.source
    return _Line(
        direction, each.source, each.target, each.says, each.relation, each.steps, classes.get(end, ())
    )


def _show(head: str, told: list[Flow], facts: Facts, classes: Mapping[str, tuple[str, ...]]) -> None:
    rows: list[tuple[str, ...]] = [
        (
            str(each.steps),
            _name(facts, each.source),
            each.says,
            _name(facts, each.target),
            ", ".join(classes.get(each.target, ())),
        )
        for each in told
    ]
    table(head, ("steps", "from", "", "to", "sensitive data"), rows)


def _name(facts: Facts, identifier: str) -> str:
    asset = facts.asset(identifier)
    return f"{asset.name or identifier} ({asset.kind})" if asset else identifier
