"""The decision: explicit denies first, then what grants, then what limits.

Within an account: reference_policies_evaluation-logic_policy-eval-basics.html; across accounts:
reference_policies_evaluation-logic-cross-account.html; the order of the layers:
reference_policies_evaluation-logic_policy-eval-denyallow.html
(all below https://docs.aws.amazon.com/IAM/latest/UserGuide/).
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

import msgspec

from graph.access.aws.context import Condition
from graph.access.aws.layers import (
    LAYERS,
    Found,
    Layer,
    LayerName,
    Layers,
    Truth,
    question_of,
)
from graph.access.aws.matching import Asked, covers_request, unique
from graph.access.aws.principal import Naming
from graph.access.aws.request import Policies, Request
from graph.access.aws.settled import cannot_be_denied, cannot_be_granted

Effect = Literal["allow", "deny", "conditional"]


class StatementRef(msgspec.Struct, frozen=True, gc=False):
    """A statement: which policy, which layer, where in the document.

    `partial`: it covers a part of the requested pattern only; `open`: it applies under conditions.
    """

    policy: str
    kind: LayerName
    index: int
    sid: str
    effect: Literal["Allow", "Deny"]
    pointer: str
    partial: bool = False
    open: bool = False


class Granted(msgspec.Struct, frozen=True, gc=False):
    """One layer that must allow for a way to grant: any of its `statements` is enough; none: it lacks."""

    layer: LayerName
    statements: tuple[StatementRef, ...]


class LayerVerdict(msgspec.Struct, frozen=True):
    """What one layer says; `present` is false when there is no such layer for this request."""

    layer: LayerName
    allows: Truth
    denies: Truth
    present: bool
    statements: tuple[StatementRef, ...]
    faults: tuple[str, ...] = ()


class Decision:
    """The answer, and why; the reasons are put together when somebody asks for them."""

    def __init__(self, effect: Effect, layers: Layers, ways: "tuple[_Way, ...]", question: Asked) -> None:
        self.effect = effect
        self._layers = layers
        self._ways = ways
        self._question = question

    @cached_property
    def explicit(self) -> bool:
        """On a deny: a Deny statement matched, not merely nothing allowed."""
        return self.effect != "deny" or any(layer.denies is Truth.YES for layer in self._layers.every)

    @cached_property
    def blocked_by(self) -> tuple[LayerName, ...]:
        """The layers that stop it: who denies, without whom nothing grants it, and who limits it away."""
        if self.effect != "deny":
            return ()
        layers = self._layers
        blocked = {layer.name for layer in layers.every if layer.denies is Truth.YES}
        if max(_truth(way) for way in self._ways) is Truth.NO:
            blocked.update(_missing(self._ways))
        blocked.update(level.name for level in layers.limits if level.passes is Truth.NO)
        return tuple(name for name in LAYERS if name in blocked)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What must hold when it is conditional."""
        if self.effect != "conditional":
            return ()
        unreadable = [condition for layer in self._layers.every for condition in layer.unreadable]
        return unique([*(open_ for each in self._deciding for open_ in each.match.open), *unreadable])

    @cached_property
    def statements(self) -> tuple[StatementRef, ...]:
        """The statements that decided."""
        question = None if self.effect == "deny" else self._question
        return tuple(_ref(each, question) for each in self._deciding)

    @cached_property
    def layers(self) -> tuple[LayerVerdict, ...]:
        """What each layer says."""
        return tuple(_verdict(layer) for layer in self._layers.every)

    @cached_property
    def ways(self) -> tuple[tuple[Granted, ...], ...]:
        """The alternatives that grant it, each a conjunction (on a deny: all that were tried)."""
        return _refs_of(self._ways, None if self.effect == "deny" else self._question)

    @cached_property
    def partial(self) -> bool:
        """Only a part of a requested pattern is granted."""
        ways, question = self._ways, self._question
        return self.effect != "deny" and bool(ways) and all(_is_partial(way, question) for way in ways)

    @cached_property
    def _deciding(self) -> list[Found]:
        layers = self._layers
        denying = [each for layer in layers.every for each in layer.denying]
        if self.effect == "deny":
            return [each for each in denying if each.match.certain]
        limits = [_Need(level) for level in layers.limits]
        needs = [*(need for way in self._ways for need in way), *limits]
        return list(dict.fromkeys([*(each for need in needs for each in need.deciding), *denying]))


class _Need(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One layer that must allow, for a way to grant; by a certain naming only, if there is one."""

    layer: Layer
    naming: Naming | None = None

    @property
    def truth(self) -> Truth:
        layer = self.layer
        if self.naming is None:
            return layer.allows
        return layer.granted(self.naming)

    @property
    def found(self) -> tuple[Found, ...]:
        return self.layer.allowing(self.naming)

    @property
    def deciding(self) -> tuple[Found, ...]:
        """The statements that apply for certain, or those that may when none does."""
        found = self.found
        certain = tuple(each for each in found if each.match.certain)
        return certain or found


_Way = tuple[_Need, ...]


def evaluate(request: Request, policies: Policies) -> Decision:
    """May it? Exact where everything is known; `conditional` where the answer hangs on something open."""
    question = question_of(request, policies)
    layers = Layers(request, policies, question)
    if cannot_be_denied(question.action, request.principal):
        return Decision("allow", layers, (), question)
    if cannot_be_granted(question.action, request.resource, request.principal):
        return Decision("deny", layers, ((_Need(Layer("resource", (), question)),),), question)
    ways = _ways(request, layers, question)
    truths = [_truth(way) for way in ways]
    grants = max(truths)
    allowed = grants and _limited(grants, layers)
    if allowed is Truth.NO:
        return Decision("deny", layers, ways, question)
    chosen = tuple(way for way, truth in zip(ways, truths, strict=True) if truth is grants)
    return Decision("allow" if allowed is Truth.YES else "conditional", layers, chosen, question)


def _limited(grants: Truth, layers: Layers) -> Truth:
    """What is left of a grant after the layers that only limit, and after every explicit Deny."""
    left = grants
    for level in layers.limits:
        left = min(left, level.passes)
    for layer in layers.every:
        left = min(left, _UNLESS[layer.denies])
    return left


_UNLESS = {Truth.NO: Truth.YES, Truth.MAYBE: Truth.MAYBE, Truth.YES: Truth.NO}


# What grants


def _ways(request: Request, layers: Layers, question: Asked) -> tuple[_Way, ...]:
    """The alternatives by which identity and resource policies grant, within boundary and session policies.

    In the same account a resource policy that names a user, a session or everyone is limited by nothing but
    a Deny; one that names a role is limited by the boundary and the session; one that names the account
    delegates to the identity policies (reference_policies_evaluation-logic_policy-eval-basics.html,
    access_policies_boundaries.html). Across accounts both sides must allow.
    """
    who = request.principal
    resource = layers.resource
    if not who.account:  # services, federated subjects and strangers have no identity policies here
        return ((_Need(resource),),)
    narrowing = tuple(_Need(each) for each in (layers.boundary, layers.session) if each.present)
    own: _Way = narrowing if who.kind == "root" else (_Need(layers.identity), *narrowing)
    if who.account != request.owner:
        return ((*own, _Need(resource)),)
    if not resource.present and not policy_must_allow(question.action, request.resource):
        return (own,)
    itself, role = (_Need(resource, Naming.ITSELF),), (_Need(resource, Naming.ROLE), *narrowing)
    if policy_must_allow(question.action, request.resource):
        return (itself, role, (*own, _Need(resource, Naming.ACCOUNT)))
    return (itself, role, own)


def _truth(way: _Way) -> Truth:
    truth = Truth.YES
    for need in way:
        truth = min(truth, need.truth)
    return truth


def policy_must_allow(action: str, resource: str) -> bool:
    """Where identity policies alone grant nothing: a role's trust policy and a key's policy must agree.

    `action` is in lower case.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html and
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    return action.startswith("sts:assumerole") or (action.startswith("kms:") and ":key/" in resource)


# The answer


def _missing(ways: tuple[_Way, ...]) -> Iterator[LayerName]:
    """What the way that is nearest to granting lacks: the one the requester would look at first.

    A role named by the resource policy lacks the boundary or the session; else it is the identity's own way.
    """
    role_named = [way for way in ways if len(way) > 1 and _by_role(way)]
    for need in (role_named or list(ways))[-1]:
        if need.truth is Truth.NO:
            yield need.layer.name


def _by_role(way: _Way) -> bool:
    first = way[0]
    return first.layer.name == "resource" and first.truth is not Truth.NO


def _is_partial(way: _Way, question: Asked) -> bool:
    """Some layer that must allow does so for a part of the requested pattern only."""
    return question.pattern is not None and any(
        not any(covers_request(each.match, question) for each in need.deciding) for need in way
    )


def _refs_of(ways: Iterable[_Way], question: Asked | None) -> tuple[tuple[Granted, ...], ...]:
    return tuple(
        tuple(Granted(need.layer.name, tuple(_ref(each, question) for each in need.deciding)) for need in way)
        for way in ways
    )


def _ref(found: Found, question: Asked | None = None) -> StatementRef:
    statement = found.match.statement
    return StatementRef(
        found.policy,
        found.layer,
        statement.index,
        statement.sid,
        statement.effect,
        statement.pointer,
        partial=question is not None and not covers_request(found.match, question),
        open=not found.match.certain,
    )


def _verdict(layer: Layer) -> LayerVerdict:
    return LayerVerdict(
        layer.name,
        layer.allows,
        layer.denies,
        layer.present,
        tuple(_ref(each) for each in layer.found),
        tuple(condition.values[0] for condition in layer.unreadable),
    )
