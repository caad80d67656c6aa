"""EXPOSES: what packets from the internet arrive at, and what a front door hands them on to."""

from collections import defaultdict
from collections.abc import Iterator

from graph.access.aws.grants import CONTEXT
from graph.access.explain import anonymous_decision
from graph.access.gateways import STAGE, Passing, behind, policy_seen, strangers
from graph.facts import Facts, Link
from graph.model import ANYONE, INTERNET, Asset, Derived, EdgeKind, Relation, Value

KIND = EdgeKind(
    name="EXPOSES",
    meaning="Requests sent to the source arrive at the target; what it asks of the sender (auth) decides "
    "whether they are served.",
    needs="reach",
    gives="reach",
    builds_on=(
        "ROUTES_TO",
        "CAN_READ",
        "CAN_INVOKE",
        "CONTAINS",
        "policy:resource",
        "policy:trust",
        "ApiGateway.public_network_access",
        "AIService.public_network_access",
        "AIService.network_default",
        "AIService.local_auth",
        "VectorIndex.public_network_access",
        "Workspace.public_network_access",
        "Compute.public_ip",
        "Notebook.public_ip",
        "Repository.visibility",
    ),
    attack=("T1190",),
    atlas=("AML.T0049",),
    abuse="Send a request to the address; without authentication it is served.",
    fix="Ask for a signature at the door, or take the address off the public network.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Front doors and what is behind them, services on public networks, and storage that anyone can read."""
    seen: set[str] = set()
    for edge in (*_doors(facts), *_services(facts), *_open_storage(facts), *_code(facts), *_addresses(facts)):
        if edge.id not in seen:
            seen.add(edge.id)
            yield edge


# Front doors


Routes = list[tuple[Link, Passing]]


def _doors(facts: Facts) -> Iterator[Derived]:
    """From the internet to each door, from each door to what is behind it: once for each lock."""
    arriving: dict[tuple[str, str], Routes] = defaultdict(list)
    leading: dict[tuple[str, str, str], Routes] = defaultdict(list)
    for route in facts.relations("ROUTES_TO"):
        door = facts.asset(route.source)
        if door is None or door.kind not in ("ApiGateway", "LoadBalancer"):
            continue
        passing = _authentication(facts, route)
        arriving[door.id, passing.auth].append((route, passing))
        leading[door.id, route.target, passing.auth].append((route, passing.then(behind(facts, route))))
    for (identifier, _), routes in arriving.items():
        yield _edge(INTERNET, identifier, _shut(facts, identifier, routes))
    for (identifier, target, _), routes in leading.items():
        yield _edge(identifier, target, routes, throttled=_limited(routes))


def _shut(facts: Facts, identifier: str, routes: Routes) -> Routes:
    """The routes as the internet meets them: a door that is not on public networks stops all of them."""
    door = facts.asset(identifier)
    if door is None or door.get("public_network_access") is not False:
        return routes
    guards = _evidence_of(door, ("public_network_access",))
    network = Passing("", guards=guards, evidence=door.evidence)
    return [(route, passing.then(network)) for route, passing in routes]


def _limited(routes: Routes) -> bool | None:
    """Whether all that goes these ways has a limit: one way without is enough for whoever asks."""
    said = {route.properties.get("throttled") for route, passing in routes if not passing.guards}
    return False if False in said else True if said == {True} else None


def _edge(source: str, target: str, routes: Routes, *, throttled: bool | None = None) -> Derived:
    """One edge for routes with the same lock, by those of them on which a request passes most freely."""
    freest = max(passing.free for _, passing in routes)
    same = [(route, passing) for route, passing in routes if passing.free == freest]
    route, passing = same[0]
    properties: dict[str, Value] = {"auth": passing.auth}
    if (port := route.properties.get("port")) is not None:
        properties["port"] = port
    if throttled is not None:
        properties["throttled"] = throttled
    evidence = [
        e for r, each in same for e in (*(r.evidence if isinstance(r, Relation) else ()), *each.evidence)
    ]
    return Derived(
        type=KIND.name,
        source=source,
        target=target,
        because=tuple((each.id, *held.because) for each, held in same),
        confidence=passing.confidence,
        conditions=passing.conditions,
        guards=passing.guards,
        properties=properties,
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _authentication(facts: Facts, route: Link) -> Passing:
    """What the door asks for. A function's own address needs the function's policy to let strangers in too,
    an API with a policy needs that one to let them in.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    auth = str(route.properties.get("auth") or "unknown")
    if STAGE.match(route.source):
        return strangers(facts, route, auth)
    if auth != "none" or not (route.source.startswith("arn:") and route.source.endswith(":url")):
        return Passing(auth)
    context = {**CONTEXT, "lambda:FunctionUrlAuthType": ("NONE",), "lambda:InvokedViaFunctionUrl": ("true",)}
    function = route.source.removesuffix(":url")
    decision = anonymous_decision(facts, "lambda:InvokeFunctionUrl", function, context, on=route.target)
    if decision.effect == "allow":
        return Passing("none")
    if decision.effect == "conditional" or not policy_seen(facts, route.target):
        return Passing("none", "likely")
    return Passing("iam")


# Services with a public address of their own


def _services(facts: Facts) -> Iterator[Derived]:
    """Services that say whether public networks may come in (Azure's), and by which rule set."""
    for asset in facts.assets:
        public = asset.get("public_network_access")
        if public is None or asset.kind in ("ApiGateway", "LoadBalancer"):
            continue
        shut = public is False or asset.get("network_default") == "deny"
        names = ("public_network_access",) if public is False else ("network_default",)
        guards = tuple(e.id for e in asset.evidence if set(names) & set(e.supports)) if shut else ()
        anyone = any(
            link.source == ANYONE
            for kind in ("CAN_READ", "CAN_INVOKE")
            for link in facts.into(asset.id, kind)
        )
        if shut and not guards:
            continue
        yield Derived(
            type=KIND.name,
            source=INTERNET,
            target=asset.id,
            because=(_evidence_of(asset, ("public_network_access", "network_default")),),
            properties={"auth": "none" if anyone else _key_or_role(asset), "port": 443},
            guards=guards,
            evidence=asset.evidence,
        )


def _key_or_role(asset: Asset) -> str:
    match asset.get("local_auth"):
        case True:
            return "key"
        case False:
            return "iam"
        case _:
            return "unknown"


def _evidence_of(asset: Asset, names: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(e.id for e in asset.evidence if set(names) & set(e.supports))
    return found or tuple(e.id for e in asset.evidence) or (asset.id,)


# Storage that serves strangers


def _open_storage(facts: Facts) -> Iterator[Derived]:
    """The storage services of AWS and Google are on the internet: what anyone may read there is a door."""
    for edge in facts.relations("CAN_READ"):
        if edge.source != ANYONE:
            continue
        for member in facts.members(edge.target):
            place = _container(facts, member)
            asset = facts.asset(place)
            if asset is not None and asset.get("public_network_access") is None:
                yield Derived(
                    type=KIND.name,
                    source=INTERNET,
                    target=place,
                    because=((edge.id,),),
                    properties={"auth": "none", "port": 443},
                    confidence="confirmed",
                )


def _container(facts: Facts, identifier: str) -> str:
    """The bucket that something is in, or itself."""
    todo, seen = [identifier], {identifier}
    while todo:
        here = todo.pop()
        asset = facts.asset(here)
        if asset is not None and asset.kind == "Bucket":
            return here
        for link in facts.into(here, "CONTAINS"):
            if link.source not in seen:
                seen.add(link.source)
                todo.append(link.source)
    return identifier


# Code that anyone may read


def _code(facts: Facts) -> Iterator[Derived]:
    """Public repositories: the whole history is read by everyone."""
    for repository in facts.of("Repository"):
        if repository.get("visibility") == "public":
            yield Derived(
                type=KIND.name,
                source=INTERNET,
                target=repository.id,
                because=(_evidence_of(repository, ("visibility",)),),
                properties={"auth": "none", "port": 443},
                evidence=repository.evidence,
            )


# Machines with a public address


def _addresses(facts: Facts) -> Iterator[Derived]:
    """Possible only: firewalls decide what arrives, and they are not looked at here."""
    for asset in (*facts.of("Compute"), *facts.of("Notebook")):
        if asset.get("public_ip") is True:
            yield Derived(
                type=KIND.name,
                source=INTERNET,
                target=asset.id,
                because=(_evidence_of(asset, ("public_ip",)),),
                confidence="possible",
                properties={"auth": "unknown"},
                evidence=asset.evidence,
            )
