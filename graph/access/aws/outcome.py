"""What the decisions on one resource amount to: granted, conditional, or stopped by something."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product

import msgspec

from graph.access.aws.decision import Decision, Granted, StatementRef
from graph.access.aws.estate import ASSUMED

MOST_ALTERNATIVES = 32
"""Alternatives that an edge lists: combinations of many statements tell nobody anything."""

Statement = tuple[str, str]
"""A statement's place: the name of its document, the pointer in it."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """The best that some actions give.

    `rank`: 0 nothing, 1 stopped by `guards`, 2 conditional, 3 a part of it, 4 the whole.
    """

    rank: int
    because: tuple[tuple[Statement, ...], ...] = ()
    conditions: tuple[str, ...] = ()
    guards: tuple[Statement, ...] = ()
    actions: tuple[str, ...] = ()
    partial: bool = False


NOTHING = Outcome(0)


Documents = Mapping[str, tuple[str, ...]]
"""The names of the documents in each layer."""


def outcome_of(decision: Decision, action: str, documents: Documents, *, missing_trust: bool) -> Outcome:
    """One decision. `missing_trust`: a trust policy that fails to name the principal counts as a guard."""
    if decision.effect == "deny":
        return _stopped(decision, action, documents, missing_trust=missing_trust)
    rank = 2 if decision.effect == "conditional" else 3 if decision.partial else 4
    return Outcome(
        rank,
        because=_alternatives(decision.ways),
        conditions=tuple(sorted(each.name for each in decision.conditions)),
        actions=(action,),
        partial=decision.partial,
    )


def _stopped(decision: Decision, action: str, documents: Documents, *, missing_trust: bool) -> Outcome:
    """What would be granted but for explicit denies, a boundary, or the trust that is missing."""
    for way in decision.ways:
        lacks = [need.layer for need in way if not need.statements]
        held = [need for need in way if need.statements]
        forgivable = {"boundary", "session", *(("resource",) if missing_trust else ())}
        if not held or set(lacks) - forgivable or not any(need.layer in _GRANTING for need in held):
            continue
        denying = [ref for ref in decision.statements if ref.effect == "Deny"]
        guards = [(ref.policy, ref.pointer) for ref in denying]
        silent = {*lacks, *({"scp"} & set(decision.blocked_by))} - {ref.kind for ref in denying}
        guards += [(name, "") for layer in sorted(silent) for name in documents.get(layer, ())]
        if guards:
            return Outcome(
                1, because=_alternatives((tuple(held),)), guards=tuple(sorted(set(guards))), actions=(action,)
            )
    return NOTHING


_GRANTING = ("identity", "resource")


def _alternatives(ways: Iterable[tuple[Granted, ...]]) -> tuple[tuple[Statement, ...], ...]:
    """Each way as conjunctions of single statements: of every layer that grants, one."""
    found = dict.fromkeys(
        tuple(dict.fromkeys(statement for statement in chosen if statement[0] != ASSUMED))
        for way in ways
        for chosen in _choices(way)
    )
    return tuple(islice((each for each in found if each), MOST_ALTERNATIVES))


def _choices(way: tuple[Granted, ...]) -> Iterator[tuple[Statement, ...]]:
    needs = [
        [(ref.policy, ref.pointer) for ref in _granting(need.statements)]
        for need in way
        if need.layer in _GRANTING
    ]
    return islice(product(*needs), MOST_ALTERNATIVES)


def _granting(statements: tuple[StatementRef, ...]) -> tuple[StatementRef, ...]:
    """Of statements that cover the whole request, if there are any, the others are not needed."""
    whole = tuple(each for each in statements if not each.partial)
    return whole or statements


def moved(outcome: Outcome, places: Mapping[Statement, Statement]) -> Outcome:
    """The same outcome by other statements."""
    return msgspec.structs.replace(
        outcome,
        because=tuple(tuple(places.get(each, each) for each in way) for way in outcome.because),
        guards=tuple(sorted(places.get(each, each) for each in outcome.guards)),
    )


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Actions that are all needed: the weakest decides."""
    held = list(outcomes)
    rank = min(each.rank for each in held)
    if rank == 0:
        return NOTHING
    combined = islice(product(*(each.because for each in held)), MOST_ALTERNATIVES)
    return Outcome(
        rank,
        because=tuple(tuple(dict.fromkeys(s for part in parts for s in part)) for parts in combined),
        conditions=tuple(sorted({c for each in held for c in each.conditions})),
        guards=tuple(sorted({g for each in held for g in each.guards})) if rank == 1 else (),
        actions=tuple(a for each in held for a in each.actions),
        partial=any(each.partial for each in held),
    )


def either(outcomes: Iterable[Outcome]) -> Outcome:
    """Actions of which one is enough: the best decides, and all that are as good are alternatives."""
    held = list(outcomes)
    rank = max((each.rank for each in held), default=0)
    if rank == 0:
        return NOTHING
    found = [each for each in held if each.rank == rank]
    first = min(found, key=lambda each: (len(each.conditions), len(each.guards)))
    alike = [each for each in found if (each.conditions, each.guards) == (first.conditions, first.guards)]
    return Outcome(
        rank,
        because=tuple(dict.fromkeys(way for each in alike for way in each.because))[:MOST_ALTERNATIVES],
        conditions=first.conditions,
        guards=first.guards,
        actions=tuple(sorted({a for each in alike for a in each.actions})),
        partial=first.partial,
    )
