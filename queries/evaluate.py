"""Run the rules over a published graph: what they find, what could not be known, what was not found.

A query that hits a bound makes PASS impossible and hides no FAIL, like a call that failed. Reasons,
evidence and paths are read from the store, so that the results follow from it alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from graph import ontology
from graph.model import Coverage
from graph.store import GraphStore
from queries import ledger, sentences
from queries.content import Content, Rule, Setting
from queries.estate import Estate, texts
from queries.ledger import Exemption
from queries.needs import Known
from queries.results import Exempted, Result, fingerprint, in_order
from queries.runs import Bounds, Found, Run, run
from queries.score import Scored, score
from queries.trace import Tracer, Track, proved, ways
from queries.verdicts import Unknowns, by_scope, doubted

MOST_TERMS = 100


def evaluate(
    store: GraphStore,
    content: Content,
    known: Known,
    coverage: Sequence[Coverage],
    *,
    now: datetime,
    exemptions: Sequence[Exemption] = (),
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
    bounds: Bounds | None = None,
) -> list[Result]:
    """Every result of every rule, in the order of the results file.

    `now` is the snapshot's time; `settings` are rule ids to parameter values; `known` says which calls
    and edges there are (`queries.needs.Known`).
    """
    estate = Estate(store)
    runs = [
        run(store, content, rule, known, (settings or {}).get(rule.id, {}), now, bounds or Bounds())
        for rule in content.rules
    ]
    tracks = _tracks(estate, known, runs)
    unknowns = Unknowns(known, coverage, estate)
    results: list[Result] = []
    for one in runs:
        said = [_said(estate, one, found, tracks[one.rule.id, i]) for i, found in enumerate(one.found)]
        said = [doubted(unknowns, one.needs, result) for result in said]
        results += [_under_exemption(result, exemptions, now) for result in said]
        results += by_scope(unknowns, one, {result.subject for result in said})
    return in_order(results)


def _tracks(estate: Estate, known: Known, runs: Sequence[Run]) -> dict[tuple[str, int], Track]:
    """The path of every finding, its proof looked up for all at once."""
    tracer = Tracer(estate, known.edge_kinds)
    keys = [(one.rule.id, i) for one in runs for i in range(len(one.found))]
    plain = [tracer.track(ways(estate, found.pieces)) for one in runs for found in one.found]
    return dict(zip(keys, proved(estate, known.builds_on, plain), strict=True))


def _said(estate: Estate, one: Run, found: Found, track: Track) -> Result:
    """A FAIL, with its score and its sentence."""
    ids = [found.subject, *(node.id for node in track.nodes)]
    rows = estate.full(ids)
    subject = rows.get(found.subject, {})
    on = [rows[each] for each in ids[1:] if each in rows]
    scored = score(one.rule.severity, subject, track.nodes, track.steps, on)
    evidence = {e for row in (subject, *on) for e in texts(row.get("evidence"))}
    evidence.update(e for step in track.steps for e in step.evidence)
    return _result(estate, one, found, track, scored, tuple(sorted(evidence)))


def _result(
    estate: Estate, one: Run, found: Found, track: Track, scored: Scored, evidence: tuple[str, ...]
) -> Result:
    held = estate.assets.get(found.subject)
    kind, name = (held.kind, held.name or held.id) if held else ("", found.subject)
    return Result(
        id=fingerprint(one.rule.id, found.subject, found.entry),
        rule=one.rule.id,
        title=one.rule.title,
        state="FAIL",
        severity=scored.severity,
        score=scored.score,
        score_terms=scored.terms,
        subject=found.subject,
        subject_kind=kind,
        subject_name=name,
        scope=held.account if held else "",
        entry=found.entry,
        nodes=track.nodes,
        steps=track.steps,
        evidence=evidence,
        terms=_few(found.terms),
        sentence=_sentence(estate, one.rule, found, track, kind, name),
        controls=one.controls,
    )


def _few(terms: tuple[str, ...]) -> tuple[str, ...]:
    if len(terms) <= MOST_TERMS:
        return terms
    return (*terms[:MOST_TERMS], f"and {len(terms) - MOST_TERMS} more")


def _sentence(estate: Estate, rule: Rule, found: Found, track: Track, kind: str, name: str) -> str:
    if not track.steps:
        return sentences.of_subject(rule.title, kind, name, found.terms)
    last = estate.full([track.nodes[-1].id]).get(track.nodes[-1].id, {})
    classes = ", ".join(texts(last.get("data_classes")))
    holds = ontology.KINDS.get(track.nodes[-1].kind) == "Data"
    why = (f"{classes} data" if holds else f"it knows {classes} data") if classes else ""
    return sentences.of_path(track.nodes, track.steps, track.backwards, why)


def _under_exemption(result: Result, exemptions: Sequence[Exemption], now: datetime) -> Result:
    """EXCEPTED where an exemption is in force; one that expired is told and changes nothing."""
    if result.state != "FAIL":
        return result
    in_force, expired = ledger.decide(exemptions, result.rule, result.subject, now)
    if in_force:
        accepted = Exempted(in_force.reason, in_force.approver, in_force.expires.isoformat())
        return msgspec.structs.replace(result, state="EXCEPTED", exemption=accepted)
    if expired:
        said = (
            f" An exemption ({expired.reason}; approved by {expired.approver}) expired on {expired.expires}."
        )
        return msgspec.structs.replace(result, sentence=result.sentence + said)
    return result
