"""The states that are not FAIL: what could not be known, and what passes because everything was read."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from graph import ontology
from graph.model import Coverage
from queries import sentences
from queries.estate import Estate, Held
from queries.needs import Known, Needs
from queries.results import Need, Result, ResultState, fingerprint, scope_fingerprint
from queries.runs import Run

MOST_NEEDS = 100
NOT_READ = "not_collected"
"""Outcome of a need that no call of that cloud fills: nobody reads it yet."""


class Unknowns:
    """What was not read: the calls that failed, by account, and the facts that nobody knows of a subject."""

    def __init__(self, known: Known, coverage: Sequence[Coverage], estate: Estate) -> None:
        self.estate = estate
        self._known = known
        self._failed = [record for record in coverage if not record.complete]

    def failed(self, calls: frozenset[str]) -> dict[str, tuple[Need, ...]]:
        """The failed ones among these calls by scope; one made for no account counts for its whole cloud."""
        by_scope: dict[str, set[Need]] = {}
        for record in self._failed:
            if record.call in calls:
                for scope in self._scopes_of(record):
                    by_scope.setdefault(scope, set()).add(_need(record))
        return {scope: tuple(sorted(needs)) for scope, needs in by_scope.items()}

    def _scopes_of(self, record: Coverage) -> list[str]:
        provider = record.call.split(":", 1)[0]
        if record.account:
            return [record.account]
        return [s for s, cloud in self.estate.scopes.items() if cloud == provider] or [provider]

    def behind(self, needs: Needs, subject: Held) -> tuple[Need, ...]:
        """Why a finding that rests on a lack is not one: what would have filled it was not read."""
        found = set[Need]()
        for name, calls in needs.absent.items():
            kind, _, prop = name.partition(".")
            if prop and kind != subject.kind:
                continue
            found.update(
                _need(record)
                for record in self._failed
                if record.call in calls
                and subject.account in self._scopes_of(record)
                and record.parent in ("", subject.id)
            )
            if self._collected(name) and not self._known.fills_for(name, subject.provider):
                said = f"Nothing reads {name} from {subject.provider or 'this source'} yet."
                found.add(Need("", subject.account, outcome=NOT_READ, sentence=said))
        return tuple(sorted(found))

    def _collected(self, name: str) -> bool:
        """Whether it is a fact that a call fills, rather than derived, declared or scanned."""
        kind, _, prop = name.partition(".")
        if prop:
            return ontology.properties_of(kind)[prop].origin == "api"
        return not ontology.RELATIONS[name].derived

    def lacking(self, needs: Needs, subject: Held) -> list[tuple[str, str]]:
        """The deciding properties of a subject that nobody knows, each with its meaning.

        One that its cloud's calls never fill does not count, unless they fill none of them.
        """
        asked = needs.asked.get(subject.kind, ())
        declared = ontology.properties_of(subject.kind)
        filled = [p for p in asked if self._may_be_known(subject, p, declared[p].origin)]
        return [
            (prop, declared[prop].meaning)
            for prop in filled or asked
            if subject.id in self.estate.lacking(subject.kind, prop)
        ]

    def _may_be_known(self, subject: Held, prop: str, origin: ontology.Origin) -> bool:
        return origin != "api" or self._known.fills_for(f"{subject.kind}.{prop}", subject.provider)


def _need(record: Coverage) -> Need:
    return Need(
        call=record.call,
        account=record.account,
        region=record.region,
        parent=record.parent,
        outcome=record.outcome,
        sentence=record.sentence,
    )


def doubted(unknowns: Unknowns, needs: Needs, result: Result) -> Result:
    """A FAIL that rests on the lack of something nobody read becomes UNKNOWN."""
    subject = unknowns.estate.assets.get(result.subject)
    if not needs.absent or subject is None:
        return result
    unread = unknowns.behind(needs, subject)
    if not unread:
        return result
    said = f"{result.sentence} Not known for sure: {unread[0].sentence or unread[0].call}"
    return msgspec.structs.replace(
        result, state="UNKNOWN", score=0.0, score_terms=(), needs=unread[:MOST_NEEDS], sentence=said
    )


def by_scope(unknowns: Unknowns, run: Run, found: set[str]) -> Iterator[Result]:
    """UNKNOWN, PASS or NOT_APPLICABLE for each account, and UNKNOWN for subjects that lack a fact."""
    failed = unknowns.failed(run.needs.calls)
    members = _members(unknowns.estate, run.population - found)
    everywhere = tuple(sorted({need for needs in failed.values() for need in needs}))
    populated = {_account(unknowns.estate, each) for each in run.population}
    for scope in sorted({*unknowns.estate.scopes, *failed, *populated}):
        inside = members.get(scope, [])
        unread = failed.get(scope, ()) if scope else everywhere
        if unread or run.bound:
            yield _unknown(run, scope, unread, len(inside))
            continue
        lacking = {m.id: asked for m in inside if (asked := unknowns.lacking(run.needs, m))}
        yield from (_asks(run, m, lacking[m.id]) for m in inside if m.id in lacking)
        elsewhere = sorted(failed) if run.needs.through_access else []
        if rest := len(inside) - len(lacking):
            yield _scoped(run, scope, "PASS", rest, sentences.passed(scope, rest, elsewhere))
        elif scope not in populated:
            said = f"Nothing in {scope} that the rule is about."
            yield _scoped(run, scope, "NOT_APPLICABLE", 0, said)


def _members(estate: Estate, population: frozenset[str] | set[str]) -> Mapping[str, list[Held]]:
    members: dict[str, list[Held]] = {}
    for identifier in sorted(population):
        if held := estate.assets.get(identifier):
            members.setdefault(held.account, []).append(held)
    return members


def _account(estate: Estate, identifier: str) -> str:
    held = estate.assets.get(identifier)
    return held.account if held else ""


def _unknown(run: Run, scope: str, needs: tuple[Need, ...], population: int) -> Result:
    named = scope or "what belongs to no account"
    said = sentences.unread(named, needs) if needs else sentences.bounded(run.bound)
    result = _scoped(run, scope, "UNKNOWN", population, said)
    return msgspec.structs.replace(result, needs=needs[:MOST_NEEDS])


def _scoped(run: Run, scope: str, state: ResultState, population: int, sentence: str) -> Result:
    return Result(
        id=scope_fingerprint(run.rule.id, scope),
        rule=run.rule.id,
        title=run.rule.title,
        state=state,
        severity=run.rule.severity,
        scope=scope,
        population=population,
        sentence=sentence,
        controls=run.controls,
    )


def _asks(run: Run, subject: Held, lacking: Sequence[tuple[str, str]]) -> Result:
    name = subject.name or subject.id
    return Result(
        id=fingerprint(run.rule.id, subject.id),
        rule=run.rule.id,
        title=run.rule.title,
        state="UNKNOWN",
        severity=run.rule.severity,
        subject=subject.id,
        subject_kind=subject.kind,
        subject_name=name,
        scope=subject.account,
        question=sentences.question(subject.kind, name, lacking),
        sentence=f"{run.rule.title}: not known for the {sentences.words(subject.kind)} {name}.",
        controls=run.controls,
    )
