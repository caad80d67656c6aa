"""What REST, HTTP and WebSocket APIs tell alike: where requests go, as whom, past which lock and limit."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

import msgspec

from collectors.aws import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact, Relation, Value

HTTPS = 443
SERVICE = re.compile(r"arn:[\w-]+:apigateway:(?P<region>[\w-]+):(?P<service>[\w.-]+):path/+(?P<path>.+)")
"""An integration with a service of AWS, by path.

https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri
"""

FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")
CALLED = re.compile(rf"\d{{4}}-\d\d-\d\d/functions/({FUNCTION.pattern})/invocations")
ENDPOINT = re.compile(r"endpoints/([A-Za-z0-9-]{1,63})/(async-)?invocations(-response-stream)?")
MODEL = re.compile(r"model/([^/{}]+)/(invoke|converse)[\w-]*")
AGENT = re.compile(r"agents/([0-9A-Z]{10})/agentAliases/\w+/sessions/.+")
OPEN = ("none", "key", "unknown")
"""Ways in that do not ask who somebody is, or of which that is not known."""


class Backend(msgspec.Struct, frozen=True):
    """What requests are handed on to."""

    id: str
    kind: str


class Way(msgspec.Struct, frozen=True):
    """One kind of request that a stage takes: its name (method and path), what it asks of the sender.

    `throttled`: a limit of its own holds for it; None when that was not seen. `backend` is None where it
    leads to nothing that is collected (an HTTP server). `evidence` is of the relation to the backend.
    """

    name: str
    auth: str
    throttled: bool | None
    backend: Backend | None = None
    role: str = ""
    evidence: tuple[Evidence, ...] = ()


class Stage(msgspec.Struct, frozen=True):
    """A stage of an API: its id, its name for people, what was said of it."""

    id: str
    name: str
    native_kind: str
    row: Answer
    tags: str
    public: bool | None
    web_acl: bool
    evidence: tuple[Evidence, ...]


def api_id(region: str, path: str) -> str:
    """The ARN of something that API Gateway manages; these have no account in them.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
    """
    return f"arn:{names.partition(region)}:apigateway:{region}::/{path}"


def facts(stage: Stage, ways: Sequence[Way] | None) -> Iterator[Fact]:
    """A stage as an asset, a relation to each backend for each lock and role; None: ways were not seen."""
    yield Asset(
        id=stage.id,
        kind="ApiGateway",
        name=stage.name,
        listed_by=stage.row.listed_by,
        properties=names.known(
            native_kind=stage.native_kind,
            tags=names.tags(stage.row, stage.tags) or None,
            public_network_access=stage.public,
            throttled=None if ways is None else _throttled(stage, (w for w in ways if w.auth in OPEN)),
        ),
        evidence=(*stage.row.evidence(tags=stage.tags), *stage.evidence),
    )
    alike: dict[tuple[Backend, str, str], list[Way]] = defaultdict(list)
    for way in ways or ():
        if way.backend:
            alike[way.backend, way.auth, way.role].append(way)
    for (backend, auth, role), same in alike.items():
        properties: Mapping[str, Value] = names.known(
            auth=auth,
            port=HTTPS,
            role=role or None,
            ways=tuple(sorted(way.name for way in same)),
            throttled=_throttled(stage, same),
        )
        evidence = tuple(dict.fromkeys(piece for way in same for piece in way.evidence))
        yield Relation("ROUTES_TO", stage.id, backend.id, properties, evidence, backend.kind)


def limited(ways: Iterable[Way]) -> bool | None:
    """Whether each has a limit; None when there is no way, or one of which it is not known."""
    said = {way.throttled for way in ways}
    if False in said:
        return False
    return None if None in said or not said else True


def _throttled(stage: Stage, ways: Iterable[Way]) -> bool | None:
    """Whether all ways have a limit; a web ACL may limit by rules of its own, which are not read."""
    limit = limited(ways)
    return None if limit is False and stage.web_acl else limit


def own_limit(rate: float | None, account: float | None) -> bool | None:
    """Whether a rate (requests a second) is a limit of one's own: below what the account has for all APIs.

    Every account has a limit in each region, 10,000 requests a second if nobody raised it, and API Gateway
    tells it as the rate of methods that have none. It keeps AWS up; asking a model out it does not stop.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    `account` is None when it was not seen; a negative rate is how a limit is taken away.
    """
    if rate is None or rate < 0:
        return False
    return None if account is None else rate < account


def backend(uri: str, own: Source) -> Backend | None:
    """What an integration's address names, if it is something that answers: a function, model or agent."""
    if found := FUNCTION.fullmatch(uri):
        return Backend(names.unqualified(found[0]), "Function")
    service = SERVICE.fullmatch(uri)
    if service is None:
        return None
    region, path = service["region"], service["path"]
    match service["service"]:
        case "lambda" if found := CALLED.fullmatch(path):
            return Backend(names.unqualified(found[1]), "Function")
        case "runtime.sagemaker" if found := ENDPOINT.fullmatch(path):
            name = f"endpoint/{found[1].lower()}"
            return Backend(names.arn("sagemaker", region, own.account, name), "Endpoint")
        case "bedrock-runtime" if (found := MODEL.fullmatch(path)) and (
            model := names.foundation_model(unquote(found[1]), region)
        ):
            return Backend(model, "FoundationModel")
        case "bedrock-agent-runtime" if found := AGENT.fullmatch(path):
            return Backend(names.arn("bedrock", region, own.account, f"agent/{found[1]}"), "Agent")
    return None


class Spelling(msgspec.Struct, frozen=True):
    """How one generation of the service writes what the other writes as well."""

    domains: Call
    mappings: Call
    domain: str
    routing: str
    mapped_only: str
    api: str
    stage: str


Leads = Mapping[tuple[str, str], tuple[Evidence, ...]]
"""(API, stage) that domain names lead to, an empty stage being all."""


def mapped(source: Source, spelt: Spelling) -> Leads | None:
    """The stages that domain names lead to; None when it is not all known, as with routing rules."""
    domains = source.whole(spelt.domains)
    found: dict[tuple[str, str], tuple[Evidence, ...]] = {}
    for domain in domains or ():
        asked = {spelt.domain: domain.text(f"/{spelt.domain}")}
        mappings = source.whole(spelt.mappings, **asked)
        if mappings is None or domain.text(f"/{spelt.routing}") not in (None, spelt.mapped_only):
            return None
        for each in mappings:
            key = each.text(f"/{spelt.api}") or "", each.text(f"/{spelt.stage}") or ""
            named = domain.evidence(public_network_access=f"/{spelt.domain}")
            found[key] = (*named, *each.evidence(public_network_access=f"/{spelt.api}"))
    return None if domains is None else found


def role(credentials: str | None) -> str:
    """The role of an integration. `arn:aws:iam::*:user/*` means the caller's own identity: it has none."""
    return credentials if credentials and names.account_of(credentials).isdigit() else ""
