"""EXPOSES: what packets from the internet arrive at, and what a front door hands them on to."""

from collections.abc import Iterator

from graph.access.aws.grants import CONTEXT
from graph.access.explain import anonymous_decision
from graph.facts import Facts, Link
from graph.model import ANYONE, INTERNET, Asset, Confidence, Derived, EdgeKind, Relation, Value

KIND = EdgeKind(
    name="EXPOSES",
    meaning="Requests sent to the source arrive at the target; what it asks of the sender (auth) decides "
    "whether they are served.",
    needs="reach",
    gives="reach",
    builds_on=(
        "ROUTES_TO",
        "CAN_READ",
        "CONTAINS",
        "policy:resource",
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
    seen: set[tuple[str, str]] = set()
    for edge in (*_doors(facts), *_services(facts), *_open_storage(facts), *_code(facts), *_addresses(facts)):
        if (edge.source, edge.target) not in seen:
            seen.add((edge.source, edge.target))
            yield edge


# Front doors


def _doors(facts: Facts) -> Iterator[Derived]:
    for route in facts.relations("ROUTES_TO"):
        door = facts.asset(route.source)
        if door is None or door.kind not in ("ApiGateway", "LoadBalancer"):
            continue
        auth, confidence = _authentication(facts, route)
        properties = {"auth": auth, **_port(route)}
        if door.get("public_network_access") is not False:
            yield _edge(INTERNET, door.id, route, properties, confidence)
        yield _edge(door.id, route.target, route, properties, confidence)


def _edge(
    source: str, target: str, route: Link, properties: dict[str, Value], confidence: Confidence
) -> Derived:
    return Derived(
        type=KIND.name,
        source=source,
        target=target,
        because=((route.id,),),
        confidence=confidence,
        properties=properties,
        evidence=route.evidence if isinstance(route, Relation) else (),
    )


def _port(route: Link) -> dict[str, Value]:
    port = route.properties.get("port")
    return {} if port is None else {"port": port}


def _authentication(facts: Facts, route: Link) -> tuple[str, Confidence]:
    """What the door asks for. A function's own address needs the function's policy to let strangers in too.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    auth = str(route.properties.get("auth") or "unknown")
    if auth != "none" or not (route.source.startswith("arn:") and route.source.endswith(":url")):
        return auth, "confirmed"
    context = {**CONTEXT, "lambda:FunctionUrlAuthType": ("NONE",), "lambda:InvokedViaFunctionUrl": ("true",)}
    function = route.source.removesuffix(":url")
    decision = anonymous_decision(facts, "lambda:InvokeFunctionUrl", function, context, on=route.target)
    if decision.effect == "allow":
        return "none", "confirmed"
    if decision.effect == "conditional" or not _policy_seen(facts, route.target):
        return "none", "likely"
    return "iam", "confirmed"


def _policy_seen(facts: Facts, function: str) -> bool:
    """Whether somebody looked for the function's policy and was answered, if only that there is none."""
    return bool(facts.policies(function, "resource")) or any(
        call.call == "aws:lambda:GetPolicy" and call.parent == function and call.complete
        for call in facts.coverage
    )


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
