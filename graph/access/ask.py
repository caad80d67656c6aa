"""Who can do an action on a resource; and what, one way round and the other, a principal can do.

`who_can` decides once for all principals with the same policies, so that it stays quick where there are
thousands; answers that are the same, by the same statements, are one group.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

import msgspec

from graph.access.aws.decision import Decision
from graph.access.aws.estate import ASSUMED, Estate, Holder, estate_of
from graph.access.aws.grants import ANSWERS_STRANGERS
from graph.access.question import (
    NotAsked,
    Question,
    actions_named,
    assumptions,
    decide,
    notes,
    plain,
    question,
    requesters,
)
from graph.facts import Facts
from graph.model import ANYONE

Effect = Literal["allow", "conditional"]


class Reason(msgspec.Struct, frozen=True, order=True):
    """A statement that decided: its policy's name, what that hangs on, and where it stands in it."""

    policy: str
    on: str
    layer: str
    effect: Literal["Allow", "Deny"]
    pointer: str


class Group(msgspec.Struct, frozen=True):
    """Principals with the same answer for the same reasons; `partial`: for a part of what was asked only."""

    effect: Effect
    partial: bool
    conditions: tuple[str, ...]
    statements: tuple[Reason, ...]
    principals: tuple[str, ...]


class WhoCan(msgspec.Struct, frozen=True):
    """Who can: the groups, the surest and largest first; how many others cannot."""

    action: str
    resource: str
    groups: tuple[Group, ...]
    denied: int
    assumed: tuple[str, ...]
    notes: tuple[str, ...]


class Allowed(msgspec.Struct, frozen=True):
    """What a principal may do to some resources that are alike: the same answer for the same reasons."""

    action: str
    effect: Effect
    partial: bool
    conditions: tuple[str, ...]
    statements: tuple[Reason, ...]
    resources: tuple[str, ...]


Key = tuple[Effect, bool, tuple[str, ...], tuple[Reason, ...]]


def who_can(facts: Facts, action: str, resource: str) -> list[WhoCan]:
    """One answer for each action that the pattern names and somebody may do (or the only one it names)."""
    found = [_who_can(facts, question(facts, name, resource)) for name in actions_named(action)]
    return found if len(found) == 1 else [each for each in found if each.groups]


def _who_can(facts: Facts, asked: Question) -> WhoCan:
    estate = estate_of(facts)
    alike: dict[tuple[object, ...], list[Holder]] = defaultdict(list)
    for holder in requesters(estate, asked):
        if holder.id != ANYONE or asked.action.partition(":")[0].lower() in ANSWERS_STRANGERS:
            who = holder.principal
            alike[who.kind, who.service_linked, *holder.fingerprint].append(holder)
    groups: dict[Key, list[str]] = defaultdict(list)
    accounts = {asked.owner}
    denied = 0
    for holders in alike.values():
        decision = decide(estate, holders[0], asked)
        key = key_of(estate, decision)
        if key is None:
            denied += len(holders)
        else:
            groups[key].extend(holder.id for holder in holders)
            accounts.update(h.principal.account for h in holders if not h.outside)
    ordered = sorted(groups.items(), key=lambda item: (*item[0][:3], -len(item[1]), item[0][3]))
    return WhoCan(
        action=asked.action,
        resource=asked.resource,
        groups=tuple(Group(*key, principals=tuple(sorted(ids))) for key, ids in ordered),
        denied=denied,
        assumed=assumptions(facts, accounts),
        notes=notes(asked),
    )


def key_of(estate: Estate, decision: Decision) -> Key | None:
    """What makes answers the same; None when nothing is allowed."""
    if decision.effect == "deny":
        return None
    conditions = tuple(sorted(plain(estate, each) for each in decision.conditions))
    return decision.effect, decision.partial, conditions, reasons(estate, decision)


def reasons(estate: Estate, decision: Decision) -> tuple[Reason, ...]:
    """The statements that decided, without what the engine assumes of outsiders."""
    found = set()
    for ref in decision.statements:
        record = estate.policy(ref.policy)
        if ref.policy != ASSUMED and record is not None:
            found.add(Reason(record.name, record.on, ref.kind, ref.effect, ref.pointer))
    return tuple(sorted(found))


def allowed(facts: Facts, holder: Holder, action: str, resources: Iterable[str]) -> list[Allowed]:
    """What a principal may do with an action (or pattern of actions), on these resources."""
    estate = estate_of(facts)
    wanted = tuple(resources)
    found: list[Allowed] = []
    for name in actions_named(action):
        groups: dict[Key, list[str]] = defaultdict(list)
        for resource in wanted:
            key = key_of(estate, decide(estate, holder, question(facts, name, resource)))
            if key is not None:
                groups[key].append(resource)
        found += [Allowed(name, *key, tuple(sorted(ids))) for key, ids in sorted(groups.items())]
    return found


__all__ = ["Allowed", "Group", "NotAsked", "Reason", "WhoCan", "allowed", "who_can"]
