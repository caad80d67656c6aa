"""The decision: explicit denies first, then what grants, then what limits.

Within an account: reference_policies_evaluation-logic_policy-eval-basics.html; across accounts:
reference_policies_evaluation-logic-cross-account.html; the order of the layers:
reference_policies_evaluation-logic_policy-eval-denyallow.html
(all below https://docs.aws.amazon.com/IAM/latest/UserGuide/).
"""

from collections.abc import Iterable, Iterator
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
    best,
    match_all,
    question_of,
)
from graph.access.aws.matching import Asked, covers_request, unique
from graph.access.aws.principal import Naming
from graph.access.aws.request import Policies, Request

Effect = Literal["allow", "deny", "conditional"]


class StatementRef(msgspec.Struct, frozen=True):
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


class Granted(msgspec.Struct, frozen=True):
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


class Decision(msgspec.Struct, frozen=True):
    """The answer, and why.

    `explicit` on a deny: a Deny statement matched, not merely nothing allowed. `blocked_by` are the layers
    that stop it, `conditions` what must hold when it is conditional, `statements` what decided. `ways` are
    the alternatives that grant it, each a conjunction (on a deny: all that were tried). `partial`: only a
    part of a requested pattern is granted.
    """

    effect: Effect
    explicit: bool
    blocked_by: tuple[LayerName, ...] = ()
    conditions: tuple[Condition, ...] = ()
    statements: tuple[StatementRef, ...] = ()
    layers: tuple[LayerVerdict, ...] = ()
    ways: tuple[tuple[Granted, ...], ...] = ()
    partial: bool = False


class _Need(msgspec.Struct, frozen=True):
    """One layer that must allow, for a way to grant."""

    layer: Layer
    found: tuple[Found, ...]

    @property
    def truth(self) -> Truth:
        return max(best(self.found), self.layer.doubt)

    @property
    def deciding(self) -> tuple[Found, ...]:
        """The statements that apply for certain, or those that may when none does."""
        certain = tuple(each for each in self.found if each.match.certain)
        return certain or self.found


_Way = tuple[_Need, ...]


def evaluate(request: Request, policies: Policies) -> Decision:
    """May it? Exact where everything is known; `conditional` where the answer hangs on something open."""
    question = question_of(request, policies)
    layers = match_all(request, policies, question)
    denies = max(layer.denies for layer in layers.all())
    ways = _ways(request, layers)
    grants = max(_truth(way) for way in ways)
    allowed = min(grants, layers.vpc_endpoint.passes, *(level.passes for level in layers.scp))
    verdicts = tuple(_verdict(layer) for layer in layers.all())
    if _cannot_be_denied(request):
        return Decision("allow", explicit=True, layers=verdicts)
    if denies is Truth.YES or allowed is Truth.NO:
        return _denied(layers, ways, verdicts, explicit=denies is Truth.YES)
    chosen = [way for way in ways if _truth(way) is grants]
    return _granted(layers, chosen, question, verdicts, certain=(allowed, denies) == (Truth.YES, Truth.NO))


def _cannot_be_denied(request: Request) -> bool:
    """Nobody can be kept from asking who they are.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    return request.action.lower() == "sts:getcalleridentity" and bool(request.principal.account)


# What grants


def _ways(request: Request, layers: Layers) -> list[_Way]:
    """The alternatives by which identity and resource policies grant, within boundary and session policies.

    In the same account a resource policy that names a user, a session or everyone is limited by nothing but
    a Deny; one that names a role is limited by the boundary and the session; one that names the account
    delegates to the identity policies (reference_policies_evaluation-logic_policy-eval-basics.html,
    access_policies_boundaries.html). Across accounts both sides must allow.
    """
    who = request.principal
    resource = layers.resource
    if not who.account:  # services, federated subjects and strangers have no identity policies here
        return [(_need(resource),)]
    narrowing = tuple(_need(each) for each in (layers.boundary, layers.session) if each.present)
    own: _Way = narrowing if who.kind == "root" else (_need(layers.identity), *narrowing)
    if who.account != request.owner:
        return [(*own, _need(resource))]
    named = [(_need(resource, Naming.ITSELF),), (_need(resource, Naming.ROLE), *narrowing)]
    if policy_must_allow(request.action, request.resource):
        return [*named, (*own, _need(resource, Naming.ACCOUNT))]
    return [*named, own]


def _need(layer: Layer, *namings: Naming) -> _Need:
    return _Need(layer, layer.allowing(*namings))


def _truth(way: _Way) -> Truth:
    return min((need.truth for need in way), default=Truth.YES)


def policy_must_allow(action: str, resource: str) -> bool:
    """Where identity policies alone grant nothing: a role's trust policy and a key's policy must agree.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html and
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    lowered = action.lower()
    return lowered.startswith("sts:assumerole") or (lowered.startswith("kms:") and ":key/" in resource)


# The answer


def _denied(
    layers: Layers,
    ways: list[_Way],
    verdicts: tuple[LayerVerdict, ...],
    *,
    explicit: bool,
) -> Decision:
    """`blocked_by`: who denies explicitly, without whom nothing grants it, and who limits it away."""
    blocked = {layer.name for layer in layers.all() if layer.denies is Truth.YES}
    if max(_truth(way) for way in ways) is Truth.NO:
        blocked.update(_missing(ways))
    blocked.update(level.name for level in (*layers.scp, layers.vpc_endpoint) if level.passes is Truth.NO)
    denying = [each for layer in layers.all() for each in layer.denying if each.match.certain]
    return Decision(
        "deny",
        explicit=explicit,
        blocked_by=tuple(name for name in LAYERS if name in blocked),
        statements=tuple(_ref(each) for each in denying),
        layers=verdicts,
        ways=_refs_of(ways, None),
    )


def _missing(ways: list[_Way]) -> Iterator[LayerName]:
    """What the way that is nearest to granting lacks: the one the requester would look at first.

    A role named by the resource policy lacks the boundary or the session; else it is the identity's own way.
    """
    role_named = [way for way in ways if len(way) > 1 and _by_role(way)]
    for need in (role_named or ways)[-1]:
        if need.truth is Truth.NO:
            yield need.layer.name


def _by_role(way: _Way) -> bool:
    first = way[0]
    return first.layer.name == "resource" and first.truth is not Truth.NO


def _granted(
    layers: Layers,
    ways: list[_Way],
    question: Asked,
    verdicts: tuple[LayerVerdict, ...],
    *,
    certain: bool,
) -> Decision:
    limits = [*layers.scp, layers.vpc_endpoint]
    deciding = [
        *(each for way in ways for need in way for each in need.deciding),
        *(each for level in limits for each in _Need(level, level.allowing()).deciding),
    ]
    doubts = [each for layer in layers.all() for each in layer.denying]
    unreadable = [condition for layer in layers.all() for condition in layer.unreadable]
    found = list(dict.fromkeys([*deciding, *doubts]))
    conditions = unique([*(open_ for each in found for open_ in each.match.open), *unreadable])
    return Decision(
        "allow" if certain else "conditional",
        explicit=True,
        conditions=() if certain else conditions,
        statements=tuple(_ref(each, question) for each in found),
        layers=verdicts,
        ways=_refs_of(ways, question),
        partial=all(_is_partial(way, question) for way in ways),
    )


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
