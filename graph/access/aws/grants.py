"""From policies to grants, without trying principals against resources.

For a principal and a group of resources, statements that cover the whole group by their shape decide for
all of them at once; only resources that a narrower statement or a policy of their own touches are decided
one by one. Principals with the same fingerprint share the answers.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from graph.access.aws.context import NOTHING_EXCLUDED
from graph.access.aws.decision import evaluate, policy_must_allow
from graph.access.aws.estate import ANYONE_OF_AWS, Estate, Holder, ResourcePolicy, estate_of
from graph.access.aws.keys import Found, Keyed, keyed_by, with_keys
from graph.access.aws.outcome import NOTHING, Outcome, either, moved, outcome_of, together
from graph.access.aws.principal import account_named
from graph.access.aws.request import Level, Policies, Request
from graph.access.aws.scope import Group, Target, groups_of, is_beginning, patterns
from graph.access.aws.sides import Placed, Side, Sides
from graph.access.capabilities import Capability, entries
from graph.access.grants import Grant
from graph.facts import Facts
from graph.model import ANYONE, Evidence

CONTEXT: Mapping[str, tuple[str, ...]] = {
    # What whoever sends the request chooses: it can always be met.
    "aws:SecureTransport": ("true",),
    "s3:TlsVersion": ("1.3",),
    # Nobody acts through a service, or for one.
    "aws:ViaAWSService": ("false",),
    "aws:CalledVia": (),
    "aws:CalledViaFirst": (),
    "aws:CalledViaLast": (),
    "aws:SourceArn": (),
    "aws:SourceAccount": (),
    "aws:SourceOrgID": (),
    "aws:SourceOrgPaths": (),
    "aws:SourceOwner": (),
}
"""What is taken as known about every request; all other keys are open."""

OUTSIDE: Mapping[str, tuple[str, ...]] = {
    "aws:SourceVpc": (),
    "aws:SourceVpce": (),
    "aws:VpcSourceIp": (),
}
"""What is known about strangers: they are in none of the estate's networks or organisations."""

NO_RESOURCE = "*"

_PATTERNS = 1_000_000
"""More patterns than a statement can have."""

ANSWERS_STRANGERS = frozenset({"s3", "sqs"})
"""Services that serve requests without any signature, when a resource policy allows it.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html
"""

ORGANISATION: Mapping[str, tuple[str, ...]] = {"aws:PrincipalOrgID": (), "aws:PrincipalOrgPaths": ()}


Groups = Callable[[Facts, Capability], list[Group]]
Further = Callable[[Facts, Estate, Holder, list[Found]], Iterable[Found]]
"""What else must allow, of what was found."""


def nothing_further(facts: Facts, estate: Estate, holder: Holder, found: list[Found]) -> list[Found]:  # noqa: ARG001  it asks for nothing
    return found


def grants(
    facts: Facts, name: str, groups_of: Groups = groups_of, further: Further = nothing_further
) -> Iterator[Grant]:
    """What every AWS principal of the snapshot, and every outsider, holds of a capability."""
    estate = estate_of(facts)
    alike: dict[tuple[str, ...], list[Holder]] = defaultdict(list)
    for holder in (*estate.holders, *estate.outsiders):
        alike[holder.fingerprint].append(holder)
    for capability in entries("aws", name):
        sides = Sides(estate, capability)
        groups = [_Scope.of(facts, sides, group) for group in groups_of(facts, capability)]
        for fingerprint in sorted(alike) if groups else ():
            holders = alike[fingerprint]
            side = sides.of(holders[0])
            for scope in groups:
                home = scope.group.owner in ("", side.holder.principal.account)
                if scope.policies or (home and side.may):
                    found = _Search(estate, side, scope).outcomes()
                    found = _signed_in(side, capability, scope, found)
                    found = list(further(facts, estate, side.holder, found))
                    for outcome, targets in _with_keys(estate, side, capability, scope, found):
                        yield from _granted(estate, holders, outcome, targets)


class _Scope(msgspec.Struct, frozen=True):
    """A group of resources; those with `policies`, which are all that other accounts can use; their keys.

    `known` are the answers so far, by all that they follow from, with the places of their statements;
    `shared` numbers what is the same for all of the resources.
    """

    group: Group
    policies: list[str]
    keyed: Keyed
    rcp: tuple[Placed, ...]
    known: dict[Hashable, tuple[Outcome, list[tuple[str, str]]]]
    shared: dict[Hashable, int]

    @classmethod
    def of(cls, facts: Facts, sides: Sides, group: Group) -> "_Scope":
        also, targets = sides.capability.also, group.targets.values()
        keyed = keyed_by(facts, also.relation, targets) if also else {}
        policies = [each.id for each in targets if each.policy_on in sides.estate.resources]
        return cls(group, policies, keyed, sides.over(group.owner), {}, {})


def _with_keys(
    estate: Estate, side: Side, capability: Capability, scope: _Scope, found: list[Found]
) -> Iterable[Found]:
    if capability.also is None or not scope.keyed or not found:
        return found
    asked = request_for(side.holder, side.actions[0], found[0][1][0], scope.group.region)
    return with_keys(estate, side.holder, capability.also.action, scope.keyed, found, asked)


def _signed_in(side: Side, capability: Capability, scope: _Scope, found: list[Found]) -> list[Found]:
    """What takes a right besides that is had on no resource, such as to sign in to a registry.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html: by an identity policy.
    """
    if not capability.alone or not found:
        return found
    holder, policies = side.holder, policies_for(side.holder, None)
    nothing = Target(NO_RESOURCE, NO_RESOURCE, holder.principal.account, "")
    needed = []
    for action in capability.alone:
        decision = evaluate(request_for(holder, action, nothing, scope.group.region), policies)
        outcome = outcome_of(decision, action, _documents(policies), missing_trust=False)
        needed.append(msgspec.structs.replace(outcome, because=outcome.because or ((),)))
    every = [(together((outcome, *needed)), targets) for outcome, targets in found]
    return [(outcome, targets) for outcome, targets in every if outcome.rank]


class _Search:
    """One principal (for all of its fingerprint) and one group of resources."""

    def __init__(self, estate: Estate, side: Side, scope: _Scope) -> None:
        self._estate = estate
        self._side = side
        self._holder = side.holder
        self._group = group = scope.group
        self._policies = scope.policies
        self._known = scope.known
        self._shared = scope.shared
        self._home = group.owner in ("", side.holder.principal.account)
        self._placed = (*side.own, *side.scp, *scope.rcp)
        self._bearing = {number for number, each in enumerate(self._placed) if not each.names_resources}
        self._alike = side.holder.id if any(each.personal for each in self._placed) else side.alike

    def outcomes(self) -> list[tuple[Outcome, tuple[Target, ...]]]:
        """What the principal gets, and of which resources; nothing is left out."""
        if self._unanswered():
            return []
        marks, specific = self._marks()
        by_outcome: dict[Outcome, list[Target]] = defaultdict(list)
        classes: dict[tuple[int | str, ...], list[str]] = defaultdict(list)
        for identifier in sorted(marks):
            classes[tuple(marks[identifier])].append(identifier)
        for marked, alike in classes.items():
            outcome = self._class(marked, alike[0], specific)
            if outcome.rank:
                by_outcome[outcome].extend(self._group.targets[each] for each in alike)
        rest = self._unmarked(marks) if self._general() else None
        if rest is not None and (outcome := self._class((), rest, specific)).rank:
            others = (target for i, target in self._group.targets.items() if i not in marks)
            by_outcome[outcome].extend(others)
        return [(outcome, tuple(targets)) for outcome, targets in by_outcome.items()]

    def _unmarked(self, marks: Mapping[str, list[int | str]]) -> str | None:
        """One of the resources that no narrower statement names, if any: it stands for all of them."""
        return next((each for each in self._group.targets if each not in marks), None)

    def _class(self, marked: tuple[int | str, ...], example: str, specific: set[str]) -> Outcome:
        """The answer for resources with these marks. Where only patterns are marked, it follows from what
        kind of principal asks and from the shapes of the statements that bear on them, so that others may
        have got it already; each has it with the places of its own statements."""
        if any(isinstance(each, str) for each in marked):
            return self._decide(self._group.targets[example], specific=example in specific)
        numbers = sorted({each // _PATTERNS for each in marked if isinstance(each, int)})
        shared, general = self._bearing_on_all
        places = [*(self._placed[number].place for number in numbers), *general]
        alike = None if len(set(places)) == len(places) else tuple(places.index(each) for each in places)
        key = (shared, tuple(self._placed[number].shape for number in numbers), alike)
        if key in self._known:
            outcome, known = self._known[key]
            return moved(outcome, dict(zip(known, places, strict=True)))
        outcome = self._decide(self._group.targets[example], specific=example in specific)
        self._known[key] = outcome, places
        return outcome

    @cached_property
    def _bearing_on_all(self) -> tuple[int, list[tuple[str, str]]]:
        """A number for what is the same for all of these resources, and the places of its statements."""
        general = [self._placed[number] for number in sorted(self._bearing)]
        key = (self._alike, tuple(each.shape for each in general))
        return self._shared.setdefault(key, len(self._shared)), [each.place for each in general]

    def _unanswered(self) -> bool:
        """Whether the service answers nobody without credentials, so that a policy cannot let them in."""
        services = {action.partition(":")[0] for action in self._side.actions}
        return self._holder.id == ANYONE and not services <= ANSWERS_STRANGERS

    def _general(self) -> bool:
        """Whether resources that nothing touches could be granted: by identity policies, at home."""
        needs_policy = any(policy_must_allow(action, "") for action in self._side.actions)
        return self._side.may and self._home and not needs_policy and not self._holder.outside

    def _marks(self) -> tuple[Mapping[str, list[int | str]], set[str]]:
        """The resources to decide, and those of them that an own statement names narrowly.

        Each is marked with the narrower patterns that cover it: resources with the same marks get the same
        answer. One that a pattern meets in another way, or that has a policy, is marked with its own id.
        """
        marks: dict[str, list[int | str]] = defaultdict(list)
        specific: set[str] = set()
        if self._side.may and (self._home or (self._policies and not self._holder.outside)):
            self._mark(marks, self._side.own, 0)
            specific.update(marks)
            self._mark(marks, self._placed[len(self._side.own) :], len(self._side.own))
        if not self._home:
            marks = defaultdict(list, {i: marks[i] for i in self._policies if i in marks})
        for identifier in self._policies:
            if identifier in marks or self._policy_matters(identifier):
                marks[identifier].append(identifier)
        return marks, specific

    def _mark(self, marks: dict[str, list[int | str]], statements: Iterable[Placed], first: int) -> None:
        for number, placed in enumerate(statements, first):
            for place, (pattern, variable) in enumerate(patterns(placed.statement)):
                if self._group.universal(pattern) and not variable:
                    self._bearing.add(number)
                    continue
                whole = is_beginning(pattern) and not variable
                for identifier in self._group.below(pattern):
                    marks[identifier].append(number * _PATTERNS + place if whole else identifier)
                for identifier in self._group.above(pattern):
                    marks[identifier].append(identifier)

    def _policy_matters(self, identifier: str) -> bool:
        """Whether the resource's own policy can change the answer for this principal."""
        policy = self._estate.resources.get(self._group.targets[identifier].policy_on)
        if policy is None:
            return False
        if policy.unseen:
            return self._side.may
        named = self._names_it(policy)
        if self._holder.outside and self._holder.id not in (ANYONE, ANYONE_OF_AWS):
            return named  # what everyone has is told of anyone, not of each outsider again
        if policy.everyone or named:
            return True
        account = self._holder.principal.account
        names_account = any(account_named(name) == account for name in policy.named) if account else False
        return self._side.may and (names_account or (self._home and _denies_something(policy)))

    def _names_it(self, policy: ResourcePolicy) -> bool:
        principal = self._holder.principal
        return principal.name in policy.named or (
            principal.kind == "root" and any(account_named(n) == principal.account for n in policy.named)
        )

    def _decide(self, target: Target, *, specific: bool) -> Outcome:
        return either(
            together(self._outcome(target, action, specific=specific) for action in actions)
            for actions in self._side.alternatives
        )

    def _outcome(self, target: Target, action: str, *, specific: bool) -> Outcome:
        policy = self._estate.policy_on(target.policy_on, target.owner)
        request = request_for(self._holder, action, target, self._group.region)
        policies = policies_for(self._holder, policy)
        decision = evaluate(request, policies)
        outcome = outcome_of(decision, action, _documents(policies), missing_trust=specific)
        if outcome.rank == 0 and policy and policy.blocks:
            return self._but_for_the_block(request, policy, action)
        if outcome.rank >= _CONDITIONAL and policy and policy.doubts:
            outcome = self._unless_blocked(outcome, request, policy, action)
        return _unless_denied(outcome, policy)

    def _but_for_the_block(self, request: Request, policy: ResourcePolicy, action: str) -> Outcome:
        """A public policy or access control list that blocks of public access keep from serving strangers."""
        decision = evaluate(request, policies_for(self._holder, policy, blocked=False))
        open_ = outcome_of(decision, action, {}, missing_trust=False)
        if open_.rank <= 1:
            return NOTHING
        guards = tuple((block.evidence.id, "") for block in policy.blocks)
        return Outcome(1, because=open_.because, guards=guards, actions=(action,))

    def _unless_blocked(
        self, outcome: Outcome, request: Request, policy: ResourcePolicy, action: str
    ) -> Outcome:
        """What a setting that nobody saw may keep from working is conditional."""
        decision = evaluate(request, policies_for(self._holder, policy, blocked=True))
        if outcome_of(decision, action, {}, missing_trust=False).rank >= outcome.rank:
            return outcome
        conditions = tuple(sorted({*outcome.conditions, *policy.doubts}))
        return msgspec.structs.replace(outcome, rank=_CONDITIONAL, conditions=conditions)


def _documents(policies: Policies) -> Mapping[str, tuple[str, ...]]:
    """The names of the documents whose silence can stop something."""
    scp = tuple(each for level in policies.scp for each in level)
    layers = {"boundary": policies.boundary, "resource": policies.resource, "scp": scp}
    return {name: tuple(each.name for each in level) for name, level in layers.items()}


def _unless_denied(outcome: Outcome, policy: ResourcePolicy | None) -> Outcome:
    """A resource whose own policy nobody saw may deny what the identity's policies allow."""
    if policy is None or not policy.unseen or outcome.rank < _CONDITIONAL:
        return outcome
    condition = f"the policy on {policy.on} does not deny ({policy.unseen} failed)"
    return msgspec.structs.replace(
        outcome, rank=_CONDITIONAL, conditions=tuple(sorted({*outcome.conditions, condition}))
    )


_CONDITIONAL = 2


def _denies_something(policy: ResourcePolicy) -> bool:
    return any(s.effect == "Deny" for each in policy.documents for s in each.document.statements)


def request_for(holder: Holder, action: str, target: Target, region: str) -> Request:
    """The question as the engine asks it: what the requester chooses is chosen, the rest is open."""
    context = dict(CONTEXT)
    if region:
        context["aws:RequestedRegion"] = (region,)
    if holder.outside:
        context.update(OUTSIDE)
        if holder.id in (ANYONE, ANYONE_OF_AWS):
            context.update(ORGANISATION)
    context.update({f"aws:PrincipalTag/{key}": (value,) for key, value in holder.tags})
    context.update(_organisations(holder, target.owner))
    return Request(
        action=action,
        resource=target.asked,
        principal=holder.principal,
        resource_account=target.owner,
        context=context,
        open_context=True,
        excluded=dict(_other_organisations(holder, target.owner)) if holder.places.told else NOTHING_EXCLUDED,
    )


def _other_organisations(holder: Holder, owner: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The keys of whoever is in none of the organisations whose members are known."""
    for side, account in (("principal", holder.principal.account), ("resource", owner)):
        if account and account not in holder.places.of:
            yield f"aws:{side}orgid", holder.places.told


def _organisations(holder: Holder, owner: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The keys that say which organisation the principal and the resource belong to, where that was seen."""
    for side, account in (("Principal", holder.principal.account), ("Resource", owner)):
        place = holder.places.of.get(account)
        if place is not None:
            yield f"aws:{side}OrgID", (place.organization_id,)
            yield f"aws:{side}OrgPaths", (place.path,)


def policies_for(holder: Holder, policy: ResourcePolicy | None, *, blocked: bool | None = None) -> Policies:
    """The policies that bear on a holder and a resource, with what blocks of public access are known to do;
    or as if nothing were `blocked`, or all that may be."""
    documents: Level = policy.documents if policy else ()
    restricted = policy is not None and policy.restrict_public
    if policy and blocked is not None:
        documents = policy.sure if blocked else (*documents, *policy.ignored)
        restricted = blocked and policy.sure_restricted
    return Policies(
        identity=holder.identity,
        boundary=holder.boundary,
        resource=documents,
        scp=holder.scp,
        rcp=policy.rcp if policy else (),
        restrict_public=restricted,
    )


def _granted(
    estate: Estate, holders: Iterable[Holder], outcome: Outcome, targets: tuple[Target, ...]
) -> Iterator[Grant]:
    sure = tuple(target.id for target in targets if target.sure)
    likely = tuple(target.id for target in targets if not target.sure)
    for holder in holders:
        because = tuple(_named(estate, holder, way) for way in outcome.because)
        for identifiers in (sure, likely):
            if identifiers:
                yield Grant(
                    source=holder.id,
                    targets=identifiers,
                    because=because,
                    evidence=_evidence(estate, outcome),
                    actions=outcome.actions,
                    conditions=outcome.conditions,
                    guards=tuple(estate.identifier(*each) for each in outcome.guards),
                    partial=outcome.partial,
                    confidence="confirmed" if identifiers is sure else "likely",
                )


def _named(estate: Estate, holder: Holder, way: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """A conjunction as ids: the statements, and the memberships that bring a group's statements."""
    names: list[str] = []
    for document, pointer in way:
        _, _, group = document.partition("@")
        if group:
            names.append(holder.memberships[group])
        names.append(estate.identifier(document, pointer))
    return tuple(dict.fromkeys(names))


def _evidence(estate: Estate, outcome: Outcome) -> tuple[Evidence, ...]:
    places = dict.fromkeys([*(s for way in outcome.because for s in way), *outcome.guards])
    return tuple(found for place in places if (found := estate.evidence(*place)))
