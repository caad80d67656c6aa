"""One rule's queries against a store, within bounds: its population and what it finds."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from graph.store import GraphStore, QueryInvalid, QueryTimeout, QueryTooLarge
from queries.content import Content, Rule, Setting, bind
from queries.estate import Row, text, texts
from queries.needs import Known, Needs, needs_of
from queries.results import ControlRef
from queries.trace import Piece, pieces_of, rank


class Bounds(msgspec.Struct, frozen=True):
    """How long one rule's query may take, and how many rows it may give."""

    timeout_s: float = 60.0
    max_rows: int = 20_000


class Found(msgspec.Struct, frozen=True):
    """One finding as its query gave it, before anything is looked up; several rows may make one."""

    subject: str
    entry: str
    pieces: tuple[Piece, ...]
    terms: tuple[str, ...]


class Run(msgspec.Struct, frozen=True):
    """One rule after its queries: population, findings, and which bound was hit."""

    rule: Rule
    needs: Needs
    controls: tuple[ControlRef, ...]
    population: frozenset[str]
    found: tuple[Found, ...]
    bound: str = ""


def run(
    store: GraphStore,
    content: Content,
    rule: Rule,
    known: Known,
    given: Mapping[str, Setting],
    now: datetime,
    bounds: Bounds,
) -> Run:
    """Ask for the population and for the findings; a query that hits a bound gives what it gave."""
    population, unbounded = _ask(store, rule, rule.applies, given, now, bounds)
    rows, hit = _ask(store, rule, rule.cypher, given, now, bounds)
    return Run(
        rule=rule,
        needs=needs_of(rule, known),
        controls=_controls(content, rule),
        population=frozenset(text(row["subject"]) for row in population),
        found=tuple(_findings(rows)),
        bound=hit or unbounded,
    )


def _ask(
    store: GraphStore, rule: Rule, cypher: str, given: Mapping[str, Setting], now: datetime, bounds: Bounds
) -> tuple[list[Row], str]:
    """The rows of one statement, and which bound it hit."""
    bound = bind(cypher, rule.parameters, given, now)
    try:
        answer = store.read(cypher, bound, timeout_s=bounds.timeout_s, max_rows=bounds.max_rows)
    except QueryTimeout:
        return [], f"the query did not end within {bounds.timeout_s:g} seconds"
    except QueryTooLarge:
        return [], "the query needs more memory than the store gives it"
    except QueryInvalid as error:
        return [], f"the store does not take the query: {error}"
    rows: list[Row] = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return rows, f"there are more than {bounds.max_rows:,} rows" if answer.truncated else ""


def _findings(rows: Sequence[Row]) -> Iterator[Found]:
    """One finding for each subject and entry: the first of its ways, the terms of all."""
    found: dict[tuple[str, str], Found] = {}
    for row in rows:
        subject, entry = text(row["subject"]), text(row.get("entry"))
        one = Found(subject, entry, pieces_of(row.get("path")), tuple(sorted({*texts(row.get("terms"))})))
        before = found.get((subject, entry))
        if before is not None:
            better = min(before, one, key=lambda each: rank(each.pieces))
            one = msgspec.structs.replace(better, terms=tuple(sorted({*before.terms, *one.terms})))
        found[subject, entry] = one
    yield from (found[key] for key in sorted(found))


def _controls(content: Content, rule: Rule) -> tuple[ControlRef, ...]:
    """The controls that auditors are shown: ids of other scanners' checks are none."""
    shown = {each.id for each in content.frameworks if each.kind != "tool_checks"}
    return tuple(sorted(each for each in content.controls_of(rule.id) if each.framework in shown))
