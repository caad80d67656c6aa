"""What a request meets at an API of Amazon API Gateway: its policy, and whether what is behind takes it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from graph.access.aws.decision import Decision
from graph.access.aws.estate import estate_of
from graph.access.aws.grants import CONTEXT, OUTSIDE
from graph.access.aws.principal import Principal
from graph.access.explain import anonymous_decision, policy_decision
from graph.attack import WEAK_TO_STRONG
from graph.facts import Facts, Link
from graph.model import Confidence, Derived, Evidence, Layer, Relation

STAGE = re.compile(
    r"arn:(?P<partition>[\w-]+):apigateway:(?P<region>[\w-]+)::/(rest)?apis/(?P<api>\w+)/stages/(?P<stage>.+)"
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html"""

SERVICE = Principal("service", "apigateway.amazonaws.com")
UNSIGNED = ("none", "key", "unknown")
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
VARIABLE = re.compile(r"\{[^}]+\}")
ROLE_UNSEEN = "the gateway's role must be allowed to call it: what the role may do was not seen"


class Passing(msgspec.Struct, frozen=True):
    """What a request finds at a door, or behind it: what it is asked, what stops it, what is left open.

    `because` is what must hold besides, `evidence` of what these ids refer to.
    """

    auth: str
    confidence: Confidence = "confirmed"
    conditions: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def free(self) -> tuple[bool, int, int]:
        """How freely a request passes, the larger the freer."""
        return not self.guards, -len(self.conditions), WEAK_TO_STRONG.index(self.confidence)

    def then(self, other: "Passing") -> "Passing":
        """Both of them, one after the other; what was asked is what the first asks."""
        return Passing(
            self.auth,
            min(self.confidence, other.confidence, key=WEAK_TO_STRONG.index),
            tuple(dict.fromkeys((*self.conditions, *other.conditions))),
            tuple(dict.fromkeys((*self.guards, *other.guards))),
            (*self.because, *other.because),
            (*self.evidence, *other.evidence),
        )


FREELY = Passing("")


def strangers(facts: Facts, route: Link, auth: str) -> Passing:
    """What an API's policy says to requests without a signature. Whoever has to sign is stopped by that.

    With a policy, somebody must be let in by it: an API without one is open to all.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
    """
    if auth not in UNSIGNED or not facts.policies(route.source, "resource"):
        return Passing(auth)
    context = {**CONTEXT, **OUTSIDE}
    found = [
        anonymous_decision(facts, "execute-api:Invoke", request, context, on=route.source)
        for request in _requests(facts, route)
    ]
    return Passing(auth).then(_answer(facts, found, route.source))


def behind(facts: Facts, route: Link) -> Passing:
    """Whether what an API hands requests on to takes them: by the integration's role, or by itself."""
    if not STAGE.match(route.source):
        return FREELY
    target = facts.asset(route.target)
    if role := route.properties.get("role"):
        return _taken(facts, str(role), route).then(_allowed(facts, str(role), route))
    if target is not None and target.kind == "Function" and policy_seen(facts, target.id):
        return _called(facts, route)
    return msgspec.structs.replace(FREELY, confidence="likely")


def policy_seen(facts: Facts, function: str) -> bool:
    """Whether somebody looked for the function's policy and was answered, if only that there is none."""
    return bool(facts.policies(function, "resource")) or any(
        call.call == "aws:lambda:GetPolicy" and call.parent == function and call.complete
        for call in facts.coverage
    )


def _taken(facts: Facts, role: str, route: Link) -> Passing:
    """Whether the role lets the gateway take it."""
    if not facts.policies(role, "trust"):
        return FREELY  # whether anybody saw the role is told by what it may do
    context = {key: value for key, value in CONTEXT.items() if not key.startswith("aws:Source")}
    context["aws:SourceAccount"] = (facts.account_of(route.source),)
    decision = policy_decision(facts, SERVICE, "sts:AssumeRole", role, context, on=role)
    return _answer(facts, [decision], role, "trust")


def _allowed(facts: Facts, role: str, route: Link) -> Passing:
    """Whether the role may call what is behind."""

    every = [edge for edge in facts.out_of(role, "CAN_INVOKE") if isinstance(edge, Derived)]
    held = [edge for edge in every if route.target in facts.members(edge.target)]
    if held:
        edge = min(held, key=lambda each: (len(each.conditions), each.id))
        return Passing("", edge.confidence, edge.conditions, because=(edge.id,))
    denied = [edge for edge in facts.blocked("CAN_INVOKE") if edge.source == role]
    stopped = tuple(g for edge in denied if route.target in facts.members(edge.target) for g in edge.guards)
    asset = facts.asset(role)
    if asset is None or asset.get("missing"):
        return Passing("", "likely", (ROLE_UNSEEN,))
    return Passing("", guards=stopped or _told(route, "role"))


def _called(facts: Facts, route: Link) -> Passing:
    """Whether the function's own policy lets the gateway call it for these requests.

    https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
    """
    if not facts.policies(route.target, "resource"):
        return Passing("", guards=_told(route, "target"))
    found = []
    for request in _requests(facts, route, spelled=True):
        caller = {"aws:SourceArn": (request,), "aws:SourceAccount": (facts.account_of(route.source),)}
        context = {**CONTEXT, **caller}
        found += [
            policy_decision(facts, SERVICE, "lambda:InvokeFunction", function, context, on=route.target)
            for function in (route.target, f"{route.target}:*")
        ]
    return _answer(facts, found, route.target)


def _answer(facts: Facts, decisions: Iterable[Decision], on: str, layer: Layer = "resource") -> Passing:
    """The best of some decisions by the policies on one asset."""
    estate = estate_of(facts)
    ranked = sorted(decisions, key=lambda each: ("allow", "conditional", "deny").index(each.effect))
    best = ranked[0]
    if best.effect == "deny":
        places = [(ref.policy, ref.pointer) for ref in best.statements if ref.effect == "Deny"]
        if not places:  # it lets in others only, or nobody
            places = [(policy.evidence.id, "") for policy in facts.policies(on, layer)]
        guards = tuple(estate.identifier(*place) for place in places)
        return Passing("", guards=guards, evidence=tuple(_pieces(facts, places)))
    conditions = tuple(sorted(each.name for each in best.conditions))
    places = [(ref.policy, ref.pointer) for ref in best.statements]
    because = tuple(estate.identifier(*place) for place in places) if len(places) == 1 else ()
    return Passing("", "confirmed", conditions, because=because, evidence=tuple(_pieces(facts, places)))


def _pieces(facts: Facts, places: Iterable[tuple[str, str]]) -> Iterator[Evidence]:
    estate = estate_of(facts)
    yield from (piece for place in places if (piece := estate.evidence(*place)))


def _told(route: Link, what: str) -> tuple[str, ...]:
    pieces = route.evidence if isinstance(route, Relation) else ()
    return tuple(e.id for e in pieces if what in e.supports) or (route.id,)


def _requests(facts: Facts, route: Link, *, spelled: bool = False) -> Iterator[str]:
    """The requests that go a route, as the names by which policies call them; `spelled`: each verb by itself,
    and the forms in which HTTP and WebSocket APIs say their routes.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    found = STAGE.match(route.source)
    names: Mapping[str, str] = found.groupdict() if found else {}
    place = f"{names.get('region')}:{facts.account_of(route.source)}"
    base = f"arn:{names.get('partition')}:execute-api:{place}:{names.get('api')}/{names.get('stage')}"
    ways = route.properties.get("ways")
    for way in ways if isinstance(ways, tuple) else ("ANY /{any+}",):
        verb, _, path = VARIABLE.sub("*", str(way)).partition(" ")
        if not path:  # $default, $connect
            yield f"{base}/{verb}"
        elif verb == "ANY":
            yield f"{base}/*{path}"
            yield from (f"{base}/{each}{path}" for each in VERBS if spelled)
        else:
            yield f"{base}/{verb}{path}"
