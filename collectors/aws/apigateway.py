"""Amazon API Gateway, REST APIs: their stages as doors, what is behind them, what they ask and how often.

The methods are those of the API as it stands; what changed since the stage was deployed is seen too early.
"""

from collections.abc import Iterator, Sequence

import msgspec

from collectors.aws import gateways
from collectors.aws.gateways import Stage, Way
from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Call, Evidence, Fact, Json, Policy, pointer_token

LIST = Call(
    "aws:apigateway:GetRestApis",
    lists=("ExternalPrincipal",),
    fills=("policy:resource", "ApiGateway.public_network_access"),
)
STAGES = Call(
    "aws:apigateway:GetStages",
    lists=("ApiGateway",),
    fills=("ROUTES_TO", "ApiGateway.throttled", "ApiGateway.tags"),
)
RESOURCES = Call("aws:apigateway:GetResources", fills=("ROUTES_TO", "ApiGateway.throttled"))
METHOD = Call("aws:apigateway:GetMethod", fills=("ROUTES_TO", "ApiGateway.throttled"))
PLANS = Call("aws:apigateway:GetUsagePlans", fills=("ApiGateway.throttled",))
ACCOUNT = Call("aws:apigateway:GetAccount", fills=("ApiGateway.throttled",))
DOMAINS = Call("aws:apigateway:GetDomainNames", fills=("ApiGateway.public_network_access",))
MAPPINGS = Call("aws:apigateway:GetBasePathMappings", fills=("ApiGateway.public_network_access",))

REGIONAL = True

AUTH = {"NONE": "none", "AWS_IAM": "iam", "COGNITO_USER_POOLS": "oauth", "CUSTOM": "custom"}
PRIVATE, DISABLED = "/endpointConfiguration/types", "/disableExecuteApiEndpoint"
SPELT = gateways.Spelling(
    DOMAINS, MAPPINGS, "domainName", "routingMode", "BASE_PATH_MAPPING_ONLY", "restApiId", "stage"
)


class Region(msgspec.Struct, frozen=True):
    """What holds for all APIs of the region. `plans` are None when they were not seen.

    `mapped` are (API, stage) that domain names lead to, an empty stage being all; None when not known.
    """

    account: Answer
    rate: int | None
    plans: tuple[Answer, ...] | None
    mapped: gateways.Leads | None


class Method(msgspec.Struct, frozen=True):
    """A method of an API: its path and verb, and what was said of it."""

    path: str
    verb: str
    answer: Answer

    @property
    def key(self) -> tuple[str, str]:
        """How settings of stages and plans call it; see `_key`."""
        return self.path.strip("/"), self.verb


def collect(source: Source) -> Iterator[Fact]:
    apis = list(source.pages(LIST))
    if not apis:
        return
    account = source.call(ACCOUNT)
    closed = any(api.flag(DISABLED) for api in apis)
    region = Region(
        account,
        account.number("/throttleSettings/rateLimit"),
        source.whole(PLANS),
        gateways.mapped(source, SPELT) if closed else None,
    )
    for facts in source.each(lambda row: tuple(_api(source, row, region)), apis):
        yield from facts


def _api(source: Source, api: Answer, region: Region) -> Iterator[Fact]:
    identifier = api.text("/id") or ""
    own = source.within(gateways.api_id(source.region, f"restapis/{identifier}"))
    stages = list(own.pages(STAGES, restApiId=identifier))
    methods = _methods(own, identifier) if stages else ()
    document = api.document("/policy") if api.text("/policy") else None
    if document and stages:
        yield from outsiders(document, own.account)
    for row in stages:
        stage = _stage(own, api, row, region)
        keys = tuple(e for each in methods or () for e in each.answer.evidence(throttled="/apiKeyRequired"))
        stage = msgspec.structs.replace(stage, evidence=(*stage.evidence, *keys))
        ways = None if methods is None else [w for each in methods for w in _way(own, api, row, each, region)]
        yield from gateways.facts(stage, ways)
        if document:
            yield Policy(stage.id, "resource", "API's resource policy", document.evidence()[0])


def _stage(own: Source, api: Answer, row: Answer, region: Region) -> Stage:
    name = row.text("/stageName") or ""
    public, evidence = _public(api, name, region)
    plans = [plan for plan in region.plans or () if _of(plan, api, name)]
    return Stage(
        id=f"{own.parent}/stages/{name}",
        name=f"{api.text('/name')} ({name})",
        native_kind="rest_api_stage",
        row=row,
        tags="/tags",
        public=public,
        web_acl=bool(row.text("/webAclArn")),
        evidence=(
            *api.evidence(name="/name"),
            *evidence,
            *row.evidence(throttled="/methodSettings"),
            *region.account.evidence(throttled="/throttleSettings/rateLimit"),
            *(piece for plan in plans for piece in plan.evidence(throttled="/throttle")),
        ),
    )


# Whether the internet arrives


def _public(api: Answer, stage: str, region: Region) -> tuple[bool | None, tuple[Evidence, ...]]:
    """Not a private API, nor one whose own address is off while no domain name leads to the stage.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html
    """
    types = api.get(PRIVATE)
    supports = api.evidence(public_network_access=PRIVATE)
    if isinstance(types, list) and "PRIVATE" in types:
        return False, supports
    if api.flag(DISABLED) is not True:
        return True, supports
    supports = api.evidence(public_network_access=DISABLED)
    if region.mapped is None:
        return None, supports
    identifier = api.text("/id") or ""
    leads = [region.mapped.get((identifier, each), ()) for each in (stage, "")]
    return any(leads), (*supports, *(piece for lead in leads for piece in lead))


# The ways in


def _methods(own: Source, api: str) -> list[Method] | None:
    """The methods of an API; None when one of them was not seen.

    Whoever lists resources without `embed` is told the verbs alone; the rest is then asked for one by one.
    """
    resources = own.whole(RESOURCES, restApiId=api, embed=["methods"])
    found: list[Method] = []
    for resource in resources or ():
        verbs = resource.get("/resourceMethods")
        for verb in verbs if isinstance(verbs, dict) else ():
            answer = resource.at(f"/resourceMethods/{pointer_token(verb)}")
            if not answer.text("/authorizationType"):
                which: dict[str, Json] = {"resourceId": resource.text("/id"), "httpMethod": verb}
                answer = own.call(METHOD, restApiId=api, **which)
            if not answer.ok:
                return None
            found.append(Method(resource.text("/path") or "", verb, answer))
    return None if resources is None else found


def _way(own: Source, api: Answer, stage: Answer, method: Method, region: Region) -> Iterator[Way]:
    answer, integration = method.answer, "/methodIntegration"
    if answer.text(f"{integration}/type") in (None, "MOCK"):  # it answers by itself
        return
    role = gateways.role(answer.text(f"{integration}/credentials"))
    as_whom = {"role": f"{integration}/credentials"} if role else {}
    yield Way(
        name=f"{method.verb} {method.path}",
        auth=_auth(answer),
        throttled=_throttled(api, stage, method, region),
        backend=gateways.backend(answer.text(f"{integration}/uri") or "", own),
        role=role,
        evidence=(
            *answer.evidence(target=f"{integration}/uri", auth="/authorizationType", **as_whom),
            *stage.evidence(source="/stageName"),
        ),
    )


def _auth(method: Answer) -> str:
    """What a method asks for. A key only tells callers apart: it is no more than weak.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    """
    auth = AUTH.get(method.text("/authorizationType") or "", "unknown")
    return "key" if auth == "none" and method.flag("/apiKeyRequired") else auth


# Limits


def _throttled(api: Answer, stage: Answer, method: Method, region: Region) -> bool | None:
    by_stage = gateways.own_limit(_rate(stage, method), region.rate)
    if by_stage or not method.answer.flag("/apiKeyRequired"):
        return by_stage
    by_plan = _by_plans(api, stage, method, region)
    return True if by_plan else None if by_stage is None else by_plan


def _rate(stage: Answer, method: Method) -> float | None:
    """Requests a second that the stage lets through to a method: its own setting, or that of all methods."""
    settings = stage.get("/methodSettings")
    given = {_key(each): each for each in settings} if isinstance(settings, dict) else {}
    for key in (method.key, ("*", "*")):
        if key in given:
            rate = _number(stage, f"/methodSettings/{pointer_token(given[key])}/throttlingRateLimit")
            if rate is not None:
                return rate
    return None


def _key(setting: str) -> tuple[str, str]:
    """`~1check~1now/POST`, `/check/now/POST` or `*/*`, as path and method."""
    path, _, verb = setting.replace("~1", "/").rpartition("/")
    return path.strip("/"), verb


def _by_plans(api: Answer, stage: Answer, method: Method, region: Region) -> bool | None:
    """Whether whoever has a key is limited: each plan that lets keys in limits it, by rate or by quota."""
    if region.plans is None:
        return None
    said = [
        _by_plan(plan, link, method.key, region.rate)
        for plan in region.plans
        for link in _of(plan, api, stage.text("/stageName") or "")
    ]
    return False if False in said else None if None in said else True


def _of(plan: Answer, api: Answer, stage: str) -> Sequence[Answer]:
    """The plan's own words on this stage, if it lets keys in there."""
    here = api.text("/id"), stage
    return [link for link in plan.items("/apiStages") if (link.text("/apiId"), link.text("/stage")) == here]


def _by_plan(plan: Answer, link: Answer, method: tuple[str, str], account: int | None) -> bool | None:
    if plan.number("/quota/limit") is not None:
        return True
    throttle = link.get("/throttle")
    named = [each for each in throttle if _key(each) == method] if isinstance(throttle, dict) else []
    rates = [_number(link, f"/throttle/{pointer_token(each)}/rateLimit") for each in named]
    said = {gateways.own_limit(rate, account) for rate in (*rates, _number(plan, "/throttle/rateLimit"))}
    return True if True in said else None if None in said else False


def _number(answer: Answer, pointer: str) -> float | None:
    """A rate may be a part of a request a second."""
    value = answer.get(pointer)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
