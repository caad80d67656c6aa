"""Amazon API Gateway, HTTP and WebSocket APIs: their stages as doors, what is behind them, their limits."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from collectors.aws import gateways
from collectors.aws.gateways import Stage, Way
from collectors.source import Answer, Source
from graph.model import Call, Evidence, Fact, pointer_token

LIST = Call("aws:apigatewayv2:GetApis", fills=("ApiGateway.public_network_access",))
STAGES = Call(
    "aws:apigatewayv2:GetStages",
    lists=("ApiGateway",),
    fills=("ROUTES_TO", "ApiGateway.throttled", "ApiGateway.tags"),
)
ROUTES = Call("aws:apigatewayv2:GetRoutes", fills=("ROUTES_TO", "ApiGateway.throttled"))
INTEGRATIONS = Call("aws:apigatewayv2:GetIntegrations", fills=("ROUTES_TO",))
ACCOUNT = Call("aws:apigateway:GetAccount", fills=("ApiGateway.throttled",))
DOMAINS = Call("aws:apigatewayv2:GetDomainNames", fills=("ApiGateway.public_network_access",))
MAPPINGS = Call("aws:apigatewayv2:GetApiMappings", fills=("ApiGateway.public_network_access",))

REGIONAL = True

AUTH = {"NONE": "none", "AWS_IAM": "iam", "JWT": "oauth", "CUSTOM": "custom"}
CONNECT = "$connect"
DISABLED = "/DisableExecuteApiEndpoint"
SPELT = gateways.Spelling(
    DOMAINS, MAPPINGS, "DomainName", "RoutingMode", "API_MAPPING_ONLY", "ApiId", "Stage"
)


class Region(msgspec.Struct, frozen=True):
    """What holds for all APIs of the region; `mapped` are (API, stage) that domain names lead to, None when
    that was not seen or not asked."""

    account: Answer
    rate: int | None
    mapped: gateways.Leads | None


class Api(msgspec.Struct, frozen=True):
    """An API with what it is made of. `routes` are None when these or the integrations were not seen."""

    row: Answer
    routes: tuple[Answer, ...] | None
    integrations: Mapping[str, Answer]


def collect(source: Source) -> Iterator[Fact]:
    apis = list(source.pages(LIST))
    if not apis:
        return
    account = source.call(ACCOUNT)
    closed = any(api.flag(DISABLED) for api in apis)
    rate = account.number("/throttleSettings/rateLimit")
    region = Region(account, rate, gateways.mapped(source, SPELT) if closed else None)
    for facts in source.each(lambda row: tuple(_api(source, row, region)), apis):
        yield from facts


def _api(source: Source, row: Answer, region: Region) -> Iterator[Fact]:
    identifier = row.text("/ApiId") or ""
    own = source.within(gateways.api_id(source.region, f"apis/{identifier}"))
    stages = list(own.pages(STAGES, ApiId=identifier))
    if not stages:
        return
    routes, behind = own.whole(ROUTES, ApiId=identifier), own.whole(INTEGRATIONS, ApiId=identifier)
    named = {each.text("/IntegrationId") or "": each for each in behind or ()}
    api = Api(row, routes if behind is not None else None, named)
    for each in stages:
        ways = None if api.routes is None else list(_ways(own, api, each, region))
        yield from gateways.facts(_stage(own, api, each, region), ways)


def _stage(own: Source, api: Api, row: Answer, region: Region) -> Stage:
    name = row.text("/StageName") or ""
    public, evidence = _public(api.row, name, region)
    return Stage(
        id=f"{own.parent}/stages/{name}",
        name=f"{api.row.text('/Name')} ({name})",
        native_kind=f"{(api.row.text('/ProtocolType') or '').lower()}_api_stage",
        row=row,
        tags="/Tags",
        public=public,
        web_acl=False,  # these APIs take none
        evidence=(
            *api.row.evidence(name="/Name"),
            *evidence,
            *row.evidence(throttled="/DefaultRouteSettings"),
            *region.account.evidence(throttled="/throttleSettings/rateLimit"),
            *(piece for route in api.routes or () for piece in route.evidence(throttled="/RouteKey")),
        ),
    )


# Whether the internet arrives


def _public(api: Answer, stage: str, region: Region) -> tuple[bool | None, tuple[Evidence, ...]]:
    """These APIs are on the internet, unless the own address is off and no domain name leads to the stage.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html
    """
    if api.flag(DISABLED) is not True:
        return True, api.evidence(public_network_access="/ProtocolType")
    supports = api.evidence(public_network_access=DISABLED)
    if region.mapped is None:
        return None, supports
    lead = region.mapped.get((api.text("/ApiId") or "", stage), ())
    return bool(lead), (*supports, *lead)


# The ways in


def _ways(own: Source, api: Api, stage: Answer, region: Region) -> Iterator[Way]:
    for route in api.routes or ():
        target = (route.text("/Target") or "").removeprefix("integrations/")
        integration = api.integrations.get(target)
        if integration is None or integration.text("/IntegrationType") == "MOCK":
            continue
        key = route.text("/RouteKey") or ""
        role = gateways.role(integration.text("/CredentialsArn"))
        as_whom = {"role": "/CredentialsArn"} if role else {}
        auth, asked = _auth(api, route)
        yield Way(
            name=key,
            auth=auth,
            throttled=gateways.own_limit(_rate(stage, key), region.rate),
            backend=gateways.backend(integration.text("/IntegrationUri") or "", own),
            role=role,
            evidence=(
                *asked,
                *route.evidence(target="/Target"),
                *integration.evidence(target="/IntegrationUri", **as_whom),
                *stage.evidence(source="/StageName"),
            ),
        )


def _auth(api: Api, route: Answer) -> tuple[str, Sequence[Evidence]]:
    """What a route asks for. Of a WebSocket API only the first message is asked, when it connects.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html
    """
    if api.row.text("/ProtocolType") == "WEBSOCKET":
        first = [each for each in api.routes or () if each.text("/RouteKey") == CONNECT]
        if not first:
            return "none", api.row.evidence(auth="/ProtocolType")
        route = first[0]
    kind = route.text("/AuthorizationType")
    auth = AUTH.get(kind or "NONE", "unknown")
    auth = "key" if auth == "none" and route.flag("/ApiKeyRequired") else auth
    return auth, route.evidence(auth="/AuthorizationType" if kind else "/RouteKey")


def _rate(stage: Answer, key: str) -> float | None:
    """Requests a second that the stage lets through to a route: its own setting, or that of all routes."""
    for place in (f"/RouteSettings/{pointer_token(key)}", "/DefaultRouteSettings"):
        rate = stage.get(f"{place}/ThrottlingRateLimit")
        if isinstance(rate, int | float) and not isinstance(rate, bool):
            return float(rate)
    return None
