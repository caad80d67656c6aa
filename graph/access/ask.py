"""Who can do an action on a resource; and what, one way round and the other, a principal can do.

`who_can` decides once for all principals with the same policies, so that it stays quick where there are
thousands; answers that are the same, by the same statements, are one group.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Literal

import msgspec

from graph.access.aws.actions import patterns_of
from graph.access.aws.decision import Decision
from graph.access.aws.estate import ASSUMED, Estate, Holder, estate_of
from graph.access.aws.match import glob
from graph.access.question import (
    NO_RESOURCE,
    Answer,
    NotAsked,
    Question,
    actions_named,
    answer,
    assumptions,
    fits,
    notes,
    question,
)
from graph.access.requesters import hangs_on, requester, requesters
from graph.facts import Facts

Effect = Literal["allow", "conditional"]


class Reason(msgspec.Struct, frozen=True, order=True):
    """A statement that decided: its policy's name, what that hangs on, and where it stands in which document.

    `on` is empty where it is the principal itself.
    """

    policy: str
    on: str
    layer: str
    effect: Literal["Allow", "Deny"]
    document: str
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
    """The answer; for a pattern of actions, one for each that takes such a resource and somebody may do."""
    asked = [question(facts, name, resource) for name in actions_named(action)]
    if len(asked) == 1:
        return [_who_can(facts, asked[0])]
    found = (_who_can(facts, each) for each in asked if fits(each))
    return [each for each in found if each.groups]


def _who_can(facts: Facts, asked: Question) -> WhoCan:
    estate = estate_of(facts)
    alike: dict[tuple[object, ...], list[Holder]] = defaultdict(list)
    resources = [target.policy_on for target in asked.targets]
    for holder in requesters(estate, asked):
        who = holder.principal
        same = estate.fingerprint_on(holder, resources)
        alike[who.kind, who.service_linked, *same].append(holder)
    groups: dict[Key, list[str]] = defaultdict(list)
    accounts: set[str] = set()
    denied = 0
    for holders in alike.values():
        key = _key(estate, holders[0], answer(facts, holders[0], asked))
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
        assumed=assumptions(facts, asked, accounts),
        notes=notes(asked),
    )


def _key(estate: Estate, holder: Holder, found: Answer) -> Key | None:
    """What makes answers the same; None when nothing is allowed."""
    if found.effect == "deny":
        return None
    return found.effect, found.decision.partial, found.conditions, _reasons(estate, holder, found.decision)


def _reasons(estate: Estate, holder: Holder, decision: Decision) -> tuple[Reason, ...]:
    """The statements that decided, without what the engine assumes of outsiders."""
    found = set()
    for ref in decision.statements:
        record = estate.policy(ref.policy)
        if ref.policy != ASSUMED and record is not None:
            on = hangs_on(record, ref.policy, holder)
            place = (record.evidence.document, record.evidence.pointer + ref.pointer)
            found.add(Reason(record.name, "" if on == holder.id else on, ref.kind, ref.effect, *place))
    return tuple(sorted(found))


def what_can(facts: Facts, principal: str, action: str, resource: str | None = None) -> list[Allowed]:
    """What a principal may do with an action (or pattern of actions), on which resources of the snapshot.

    Actions that take no resource are asked about with `*`; with a `resource` it is only that.
    """
    estate = estate_of(facts)
    holder = requester(estate, principal)
    found: list[Allowed] = []
    for name in actions_named(action):
        groups: dict[Key, list[str]] = defaultdict(list)
        for each in [resource] if resource else _resources(facts, name):
            key = _key(estate, holder, answer(facts, holder, question(facts, name, each)))
            if key is not None:
                groups[key].append(each)
        found += [Allowed(name, *key, resources=tuple(sorted(ids))) for key, ids in sorted(groups.items())]
    return found


def _resources(facts: Facts, action: str) -> Iterator[str]:
    """What an action can be asked about: an asset itself, or all that is in it (the objects of a bucket)."""
    patterns = [glob(each) for each in patterns_of(action)]
    if not patterns or patterns_of(action) == (NO_RESOURCE,):
        yield NO_RESOURCE
        return
    for asset in facts.assets:
        if asset.id.startswith("arn:"):
            inside = asset.id + ("*" if asset.id.endswith("/") else "/*")
            candidates = (inside,) if asset.id.endswith("/") else (asset.id, inside)
            fitting = (each for each in candidates if any(p.matches(each) for p in patterns))
            yield from islice(fitting, 1)


__all__ = ["Allowed", "Group", "NotAsked", "Reason", "WhoCan", "what_can", "who_can"]
