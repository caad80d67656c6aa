"""Who is, or can become, administrator of an AWS account, and whom each principal can take over.

Chains run over CAN_ASSUME and CAN_ESCALATE_TO; whoever is administrator of an account has all identities in
it. What hangs on a condition, on a text that is missing or on a call that failed makes the answer unknown.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal

import msgspec

from graph.access.aws.estate import Estate, Holder, estate_of
from graph.edges import can_admin, can_assume, can_escalate_to
from graph.escalation.targets import Targets, account_of, changeable
from graph.escalation.unseen import Unseen
from graph.facts import Facts
from graph.model import Derived, Evidence, Policy

Answer = Literal["is", "can_become", "no", "unknown"]
KINDS = ("CAN_ASSUME", "CAN_ESCALATE_TO")
ASSUME = "sts:AssumeRole"
ADMINISTRATOR = "administrator"


class Step(msgspec.Struct, frozen=True):
    """One hop: from whom, to whom (an identity, or the account one becomes administrator of), and how."""

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    technique: str
    statements: tuple[Mapping[str, str], ...]


class Standing(msgspec.Struct, frozen=True):
    """One principal: `direct` are the identities its own edges lead to, `reaches` all it can take over."""

    id: str
    account: str
    admin: Answer
    direct: tuple[str, ...]
    reaches: tuple[str, ...]
    why: tuple[Step, ...]


def standings(facts: Facts) -> Iterator[Standing]:
    """Every user and role by id; the facts must hold the derived edges (`with_edges` gives them these)."""
    yield from _Reach(facts).standings()


def with_edges(facts: Facts) -> Facts:
    """The facts with the edges that the answers rest on, for whoever has not derived all of them."""
    for module in (can_assume, can_admin, can_escalate_to):
        for edge in list(module.derive(facts)):
            facts.add(edge)
    return facts


class _Hop(msgspec.Struct, frozen=True):
    target: str
    edge: Derived

    @property
    def sure(self) -> bool:
        """Under no condition, and by more than a mere possibility."""
        return not self.edge.conditions and self.edge.confidence != "possible"


class _Reach:
    """The graph of who can take over whom, and the walks over it."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._estate: Estate = estate_of(facts)
        self._targets = Targets(facts, self._estate)
        self._hops: dict[str, tuple[_Hop, ...]] = {}

    def standings(self) -> Iterator[Standing]:
        for holder in sorted(self._estate.holders, key=lambda each: each.id):
            came_from = self._walk(holder.id, sure=True)
            reached = [each for each in came_from if each != holder.id and not _is_account(each)]
            yield Standing(
                holder.id,
                holder.principal.account,
                self._answer(holder, came_from),
                tuple(sorted(self._direct(holder.id))),
                tuple(sorted(reached)),
                self._why(holder.id, came_from),
            )

    def _answer(self, holder: Holder, came_from: Mapping[str, "_Hop | None"]) -> Answer:
        if holder.id in self._sure_administrators:
            return "is"
        if any(_is_account(each) for each in came_from):
            return "can_become"
        perhaps = self._walk(holder.id, sure=False)
        if any(_is_account(each) for each in perhaps) or self._unseen.may_matter(perhaps):
            return "unknown"
        return "no"

    @cached_property
    def _unseen(self) -> Unseen:
        """What nobody saw, and the identities that it would matter to have."""
        return Unseen(self._facts, self._estate, self._targets, self._leads_to_an_account)

    def _leads_to_an_account(self, identity: str) -> bool:
        return any(_is_account(each) for each in self._walk(identity, sure=False))

    @cached_property
    def _sure_administrators(self) -> frozenset[str]:
        return frozenset(edge.source for edge in self._administering if not edge.conditions)

    @cached_property
    def _administering(self) -> list[Derived]:
        """CAN_ADMIN edges to a whole account."""
        found = self._facts.relations("CAN_ADMIN")
        return [edge for edge in found if isinstance(edge, Derived) and _is_account(edge.target)]

    def _direct(self, identity: str) -> set[str]:
        found = {hop.target for hop in self._out(identity) if hop.sure}
        return {each for each in found if not _is_account(each) and each != identity}

    def _walk(self, start: str, *, sure: bool) -> dict[str, "_Hop | None"]:
        """Breadth first: each identity or account with the edge by which it was reached, nearest first."""
        came_from: dict[str, _Hop | None] = {start: None}
        todo = deque([start])
        while todo:
            here = todo.popleft()
            if _is_account(here):
                todo.extend(each for each in self._of_account(here) if each not in came_from)
                came_from.update({each: None for each in self._of_account(here) if each not in came_from})
                continue
            for hop in self._out(here):
                if hop.target not in came_from and (hop.sure or not sure):
                    came_from[hop.target] = hop
                    todo.append(hop.target)
        return came_from

    def _out(self, identity: str) -> tuple[_Hop, ...]:
        """The edges of an identity; accounts first, so that the shortest way to one is found."""
        if identity not in self._hops:
            edges = [edge for kind in KINDS for edge in self._facts.out_of(identity, kind)]
            edges.extend(self._administered.get(identity, ()))
            hops = (
                _Hop(member, edge)
                for edge in edges
                if isinstance(edge, Derived)
                for member in self._facts.members(edge.target)
            )
            self._hops[identity] = tuple(sorted(hops, key=_nearest))
        return self._hops[identity]

    @cached_property
    def _administered(self) -> Mapping[str, list[Derived]]:
        found: dict[str, list[Derived]] = {}
        for edge in self._administering:
            found.setdefault(edge.source, []).append(edge)
        return found

    def _of_account(self, account: str) -> Iterable[str]:
        """The identities that an account's administrator can have."""
        number = account.removeprefix("aws://")
        return self._identities.get(number, ())

    @cached_property
    def _identities(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for holder in self._estate.holders:
            if changeable(holder.id):
                found.setdefault(account_of(holder.id), []).append(holder.id)
        return found

    def _why(self, start: str, came_from: Mapping[str, "_Hop | None"]) -> tuple[Step, ...]:
        """The shortest chain to an account that is administered."""
        here = next((each for each in came_from if _is_account(each)), None)
        steps: list[Step] = []
        while here is not None and (hop := came_from[here]) is not None:
            steps.insert(0, self._step(hop))
            here = hop.edge.source
        return tuple(steps) if here in (None, start) else ()

    def _step(self, hop: _Hop) -> Step:
        edge = hop.edge
        named = {"CAN_ASSUME": ASSUME, "CAN_ADMIN": ADMINISTRATOR}
        technique = named.get(edge.type) or str(edge.properties.get("technique"))
        first = edge.because[0] if edge.because else ()
        pieces = [found for each in first if (found := self._facts.evidence(each))]
        return Step(edge.source, hop.target, technique, tuple(self._statement(each) for each in pieces))

    def _statement(self, piece: Evidence) -> Mapping[str, str]:
        """A statement by the policy it stands in and its pointer there."""
        for policy in self._policies.get(piece.document, ()):
            if piece.pointer.startswith(policy.evidence.pointer):
                pointer = piece.pointer.removeprefix(policy.evidence.pointer)
                return {"policy": policy.name, "on": policy.on, "pointer": pointer}
        return {"document": piece.document, "pointer": piece.pointer}

    @cached_property
    def _policies(self) -> Mapping[str, list[Policy]]:
        found: dict[str, list[Policy]] = {}
        for layer in ("identity", "trust", "resource"):
            for policy in self._facts.policies_of(layer):
                found.setdefault(policy.evidence.document, []).append(policy)
        return found


def _nearest(hop: _Hop) -> tuple[bool, bool, str]:
    return (not _is_account(hop.target), not hop.sure, hop.target)


def _is_account(identifier: str) -> bool:
    return identifier.startswith("aws://")
