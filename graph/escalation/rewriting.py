"""Techniques that change policies: what a principal would be after them, and whom it could take over then.

A gain that a boundary or an organisation's policy caps stays capped: the changed principal is decided by the
same engine, with everything that remains in force.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from graph.access.aws.document import NamedDocument, compile_document
from graph.access.aws.estate import ASSUMED, EVERYTHING, Estate, Holder
from graph.access.aws.outcome import NOTHING, Outcome, together
from graph.access.aws.principal import Principal, account_named
from graph.escalation.asking import Asking
from graph.escalation.power import power
from graph.escalation.takeover import WHOLE, Gain, Place, Takeover
from graph.escalation.targets import Targets
from graph.escalation.technique import Gives, Technique, of, usable

ALL = NamedDocument(ASSUMED, compile_document(EVERYTHING, "identity"))
OWN: tuple[Gives, ...] = (
    "own",
    "own_group",
    "own_policy",
    "own_version",
    "joined_group",
    "unbounded",
    "undenied",
    "undenied_inline",
)
AGAIN: tuple[Gives, ...] = ("own", "unbounded", "undenied", "undenied_inline")
TAKEN: tuple[Gives, ...] = (
    "taken_user",
    "taken_role",
    "taken_policy",
    "taken_unbounded_user",
    "taken_unbounded_role",
)
ADMINISTRATOR = 2
"""From this rank on `power` says administrator, if only under conditions."""
_ROUNDS = 4


class Rewriting:
    """What the principals of an estate become by changing policies; answers are kept by what they have."""

    def __init__(self, estate: Estate, targets: Targets) -> None:
        self._estate = estate
        self._targets = targets
        self._results: dict[tuple[object, ...], Outcome] = {}
        self._powers: dict[tuple[object, ...], Outcome] = {}

    def changes_anything(self, asking: Asking) -> bool:
        """Whether the principal may do anything at all that changes policies."""
        return any(True for _ in self._usable(asking, (*OWN, *TAKEN)))

    def own(self, holder: Holder, takeover: Takeover) -> Iterator[Gain]:
        """By changes to the principal's own policies: administrator, or what it can take over then."""
        for technique in self._usable(takeover.asking, OWN):
            for place, outcome in takeover.outcomes(technique, list(self._places(holder, technique))):
                changed = self._changed(holder, technique.gives, place)
                if changed == holder:
                    continue
                held = self._result(changed)
                if held.rank:
                    whole = together((outcome, held))
                    yield Gain(technique, account_id(holder), whole, _membership(holder, place.target))
                if held.rank < ADMINISTRATOR and outcome.rank >= ADMINISTRATOR:
                    for gain in self._reached(self._settled(changed)):
                        whole = together((outcome, _without_proof(gain.outcome)))
                        yield Gain(technique, gain.target, whole, gain.facts)

    def taken(
        self, takeover: Takeover, takeable: Mapping[str, tuple[Outcome, tuple[str, ...]]]
    ) -> Iterator[Gain]:
        """By changes to identities that the principal can take over, which it then does."""
        asking = takeover.asking
        for technique in self._usable(asking, TAKEN):
            best = Gain(technique, "", NOTHING)
            places = list(self._taken_places(technique, takeable))
            for place, outcome in takeover.outcomes(technique, places):
                taking, facts = takeable[place.existing]
                whole = together((outcome, taking, self._would_be(place.existing, technique)))
                if whole.rank > best.outcome.rank:
                    best = Gain(technique, account_id(asking.holder), whole, (facts,))
                if best.outcome.rank == WHOLE:
                    break
            if best.outcome.rank:
                yield best

    def new(self, takeover: Takeover) -> Iterator[Gain]:
        """By a new identity, which nothing binds but the organisation's policies."""
        asking = takeover.asking
        holder = asking.holder
        partition, account = holder.principal.name.split(":")[1], holder.principal.account
        name = f"arn:{partition}:iam::{account}:user/new"
        fresh = msgspec.structs.replace(
            holder,
            id=name,
            principal=Principal("user", name, account),
            identity=(ALL,),
            boundary=(),
            fingerprint=(account, "new"),
            memberships={},
            tags=(),
        )
        for technique in self._usable(asking, ("new",)):
            for _, outcome in takeover.outcomes(technique, [Place()]):
                whole = together((outcome, self._power(fresh)))
                if whole.rank:
                    yield Gain(technique, account_id(holder), whole)

    def assumable(self, asking: Asking) -> Iterator[tuple[str, Outcome]]:
        """The roles of the account that would let the principal in, and that it may assume."""
        holder = asking.holder
        account = holder.principal.account
        if not asking.may("sts:AssumeRole"):
            return
        for role in self._targets.of_account("Role", account):
            policy = self._estate.resources.get(role)
            if policy is None or not _admits(policy.named, holder, everyone=policy.everyone):
                continue
            outcome = asking.decide("sts:AssumeRole", role, resource_policy=policy.documents)
            if outcome.rank:
                yield role, outcome

    def _usable(self, asking: Asking, gives: tuple[Gives, ...]) -> Iterator[Technique]:
        kind = {"user": "User", "role": "Role"}.get(asking.holder.principal.kind, "")
        return (each for each in usable(asking.actions, *gives) if each.who in ("", kind))

    # What is changed, and into what

    def _places(self, holder: Holder, technique: Technique) -> Iterator[Place]:
        account = holder.principal.account
        if technique.gives == "own_version":
            yield from (Place(target=n, becomes=(each,)) for n, each in self._targets.earlier(holder))
            return
        if technique.gives == "joined_group":
            for group in self._targets.of_account("Group", account):
                if group not in holder.memberships:
                    yield Place(target=group, becomes=self._targets.documents(group))
            return
        if technique.gives == "own_group":
            names: Iterable[str] = holder.memberships
        elif technique.gives == "own_policy":
            names = dict.fromkeys(self._targets.attached(holder))
        else:
            names = (holder.id,)
        yield from (Place(target=name) for name in names)

    def _taken_places(
        self, technique: Technique, takeable: Mapping[str, tuple[Outcome, tuple[str, ...]]]
    ) -> Iterator[Place]:
        """The identity is `existing`, what is changed is `target`."""
        for identity in sorted(takeable):
            other = self._targets.holders.get(identity)
            if other is None or self._power(other).rank >= ADMINISTRATOR:
                continue
            wanted = {"user": "User", "role": "Role"}[other.principal.kind]
            if technique.gives == "taken_policy":
                for name in dict.fromkeys(self._targets.attached(other)):
                    yield Place(target=name, existing=identity)
            elif technique.gives.endswith(wanted.lower()):
                yield Place(target=identity, existing=identity)

    def _changed(self, holder: Holder, gives: Gives, place: Place | None = None) -> Holder:
        """The principal with other policies."""
        if gives == "unbounded":
            return msgspec.structs.replace(holder, boundary=())
        kept = holder.identity
        if gives in ("undenied", "undenied_inline"):
            kept = tuple(each for each in kept if not self._denies(each, gives))
            return msgspec.structs.replace(holder, identity=kept)
        if place and gives == "own_version":
            kept = tuple(each for each in kept if not self._is(each, place.target))
        more = place.becomes if place and gives in ("own_version", "joined_group") else (ALL,)
        added = tuple(each for each in more if each not in kept)
        return msgspec.structs.replace(holder, identity=(*kept, *added))

    def _is(self, document: NamedDocument, policy: str) -> bool:
        """Whether a document is the version in force of a managed policy."""
        record = self._estate.policy(document.name)
        return record is not None and record.name == policy

    def _denies(self, document: NamedDocument, gives: Gives) -> bool:
        """Whether it is a policy of the principal itself that denies something, managed or inline."""
        record = self._estate.policy(document.name)
        if record is None or "@" in document.name:
            return False
        managed = record.name.startswith("arn:")
        denies = any(each.effect == "Deny" for each in document.document.statements)
        return denies and managed is (gives == "undenied")

    def _result(self, changed: Holder) -> Outcome:
        """How powerful the changed principal ends up."""
        held = self._power(changed)
        if held.rank >= ADMINISTRATOR:
            return held
        key = (changed.id, *_key(changed))
        if key not in self._results:
            self._results[key] = self._power(self._settled(changed))
        return self._results[key]

    def _settled(self, holder: Holder) -> Holder:
        """After all further changes to its own policies that it may make by then."""
        for _ in range(_ROUNDS):
            asking = Asking(self._estate, holder, self._targets.keys)
            takeover = Takeover(asking, self._targets)
            changed = holder
            for technique in self._usable(asking, AGAIN):
                for _place, outcome in takeover.outcomes(technique, [Place(target=holder.id)]):
                    if outcome.rank >= 3:
                        changed = self._changed(changed, technique.gives)
            if changed == holder:
                break
            holder = changed
        return holder

    def _reached(self, holder: Holder) -> Iterator[Gain]:
        asking = Asking(self._estate, holder, self._targets.keys)
        takeover = Takeover(asking, self._targets)
        for gain in takeover.gains:
            if gain.outcome.rank >= ADMINISTRATOR and gain.target != holder.id:
                yield gain
        for role, outcome in self.assumable(asking):
            if outcome.rank >= ADMINISTRATOR and role != holder.id:
                yield Gain(self._assume, role, outcome)

    def _would_be(self, identity: str, technique: Technique) -> Outcome:
        """How powerful another identity would be after the change."""
        other = self._targets.holders[identity]
        gives: Gives = "unbounded" if "unbounded" in technique.gives else "own"
        return self._result(self._changed(other, gives))

    def _power(self, holder: Holder) -> Outcome:
        key = _key(holder)
        if key not in self._powers:
            self._powers[key] = _without_proof(power(Asking(self._estate, holder, self._targets.keys)))
        return self._powers[key]

    @cached_property
    def _assume(self) -> Technique:
        return of("role")[0]


def account_id(holder: Holder) -> str:
    return f"aws://{holder.principal.account}"


def _key(holder: Holder) -> tuple[object, ...]:
    """What tells principals apart that ask for what is not their own: of who has everything, the limits."""
    everything = ALL in holder.identity
    identity = (
        each.name
        for each in holder.identity
        if not everything or each.document.fault or any(s.effect == "Deny" for s in each.document.statements)
    )
    individual = holder.id if holder.id in holder.fingerprint else ""
    bounds = tuple(each.name for each in holder.boundary)
    return (holder.principal.kind, holder.principal.account, individual, everything, *identity, "|", *bounds)


def _membership(holder: Holder, place: str) -> tuple[tuple[str, ...], ...]:
    """The relation that makes the principal a member of the group that is changed."""
    found = holder.memberships.get(place)
    return ((found,),) if found else ()


def _without_proof(outcome: Outcome) -> Outcome:
    """The same without the statements, of which some are only assumed."""
    return msgspec.structs.replace(outcome, because=((),)) if outcome.rank else outcome


def _admits(named: Iterable[str], holder: Holder, *, everyone: bool) -> bool:
    principal = holder.principal
    return everyone or any(n == principal.name or account_named(n) == principal.account for n in named)
