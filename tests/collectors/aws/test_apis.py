"""APIs as doors: what is behind them, what they ask, their limits; what failed stays unknown."""

import json
from collections.abc import Iterator

import boto3
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.aws import apigateway, apigatewayv2, gateways
from collectors.aws.client import AwsDoor, Settings
from collectors.practice.aws import AwsServer, Fault
from collectors.scan import Unit, collect_unit
from graph.model import Asset, Policy, Relation, Value
from tests.collectors import moto_server
from tests.collectors.aws import apis
from tests.collectors.aws.apis import ENDPOINT, HIDDEN, HTTP, MAPPED, MODEL, OFF, REST, SOCKET
from tests.collectors.aws.everything import AGENT, FUNCTION, ROLE
from tests.collectors.aws.scanning import (
    ACCOUNT,
    NOW,
    REDACTOR,
    REGION,
    Seen,
    estate,
    redirected,
    source,
)

COLLECTORS = (apigateway, apigatewayv2)
Door = tuple[str, str, Value | None, Value | None]


def seen(*faults: Fault, pages: int | None = None) -> Seen:
    small = {("apigateway", "GetResources"): pages, ("apigatewayv2", "GetRoutes"): pages} if pages else {}
    held = msgspec.structs.replace(estate(*apis.doors()), faults=faults, pages=small)
    with AwsServer(held) as server:
        return collected(server)


def collected(server: AwsServer) -> Seen:
    """What these two collectors see, without the others'."""
    with redirected(server):
        door = AwsDoor(Settings(max_attempts=4))
        units = [
            (each, Unit("aws", ACCOUNT, each.__name__.rpartition(".")[2], REGION)) for each in COLLECTORS
        ]
        return Seen([collect_unit(module, door, REDACTOR, unit, now=lambda: NOW) for module, unit in units])


def denied(client: str, operation: str) -> Seen:
    return seen(Fault(client, operation, "AccessDeniedException", 403, -1))


@pytest.fixture(scope="module")
def found() -> Seen:
    return seen()


def doors(found: Seen) -> set[Door]:
    """(door, what is behind, what it asks, whether it is limited)"""
    return {
        (each.source, each.target, each.properties.get("auth"), each.properties.get("throttled"))
        for each in found.relations
        if each.type == "ROUTES_TO"
    }


WAYS: set[Door] = {
    (REST, FUNCTION, "none", True),
    (REST, FUNCTION, "key", True),
    (REST, ENDPOINT, "custom", False),
    (REST, ENDPOINT, "key", False),  # listed by its verb alone
    (REST, MODEL, "oauth", False),
    (REST, AGENT, "iam", False),
    (HTTP, FUNCTION, "none", True),
    (HTTP, FUNCTION, "oauth", False),
    (SOCKET, FUNCTION, "iam", True),
    (SOCKET, ENDPOINT, "iam", True),
}


@pytest.mark.parametrize("pages", [None, 1])
def test_each_way_in_leads_to_what_is_behind_it(found: Seen, pages: int | None) -> None:
    assert doors(seen(pages=pages) if pages else found) == WAYS


def test_a_way_says_which_requests_go_there_and_as_whom(found: Seen) -> None:
    ways = [each for each in found.relations if (each.source, each.target) == (REST, ENDPOINT)]
    (way,) = [each for each in ways if each.properties["auth"] == "custom"]
    assert (way.properties["ways"], way.properties["role"]) == (("ANY /predict",), ROLE)
    assert {name for piece in way.evidence for name in piece.supports} == {"auth", "role", "source", "target"}
    (way,) = [each for each in found.relations if (each.source, each.target) == (REST, AGENT)]
    assert "role" not in way.properties  # the caller's own identity


def test_each_stage_is_a_door(found: Seen) -> None:
    kinds = {
        each: asset.get("native_kind") for each, asset in found.assets.items() if asset.kind == "ApiGateway"
    }
    assert kinds == {
        **dict.fromkeys((REST, OFF, HIDDEN), "rest_api_stage"),
        **dict.fromkeys((HTTP, MAPPED), "http_api_stage"),
        SOCKET: "websocket_api_stage",
    }
    assert found.assets[REST].get("tags") == ("team=portal",)
    assert (found.assets[REST].name, found.assets[REST].get("account")) == ("r (live)", "111122223333")


def test_an_address_that_is_off_is_open_where_a_domain_name_leads_to_it(found: Seen) -> None:
    public = {each: found.assets[each].get("public_network_access") for each in found.ids("ApiGateway")}
    assert public == {REST: True, HTTP: True, SOCKET: True, OFF: True, MAPPED: True, HIDDEN: False}


def test_the_policy_is_unwrapped_and_hangs_on_the_stage(found: Seen) -> None:
    (policy,) = [each for each in found.policies if each.on == REST]
    documents = {digest: data for shard in found.shards for digest, data in shard.documents.items()}
    assert json.loads(documents[policy.evidence.document])["Statement"]["Action"] == "execute-api:Invoke"
    assert "arn:aws:iam::888877776666:root" in found.ids("ExternalPrincipal")


def test_a_gateway_is_limited_when_each_open_way_is(found: Seen) -> None:
    assert found.assets[REST].get("throttled") is False  # the way to the old server has no limit
    assert found.assets[HTTP].get("throttled") is False
    assert found.assets[SOCKET].get("throttled") is None  # all of it asks for a signature


def test_no_secret_stays(found: Seen) -> None:
    kept = b"".join(data for shard in found.shards for data in shard.documents.values())
    assert apis.CANARY.encode() not in kept
    assert kept.count(b"redacted:") >= 6
    assert apis.CANARY not in repr([found.assets, found.relations, found.coverage])


# What failed


@pytest.mark.parametrize(
    ("client", "operation", "lost"),
    [
        ("apigateway", "GetResources", {w for w in WAYS if w[0] == REST}),
        ("apigateway", "GetMethod", {w for w in WAYS if w[0] == REST}),
        ("apigatewayv2", "GetRoutes", {w for w in WAYS if w[0] in (HTTP, SOCKET)}),
        ("apigatewayv2", "GetIntegrations", {w for w in WAYS if w[0] in (HTTP, SOCKET)}),
    ],
)
def test_where_ways_were_not_seen_the_limit_is_not_known(
    client: str, operation: str, lost: set[Door]
) -> None:
    partly = denied(client, operation)
    assert partly.outcomes(f"aws:{client}:{operation}") == {"denied"}
    assert doors(partly) == WAYS - lost
    assert {partly.assets[door].get("throttled") for door, *_ in lost} == {None}


def test_plans_that_were_not_seen_leave_the_limits_of_keys_unknown() -> None:
    found = doors(denied("apigateway", "GetUsagePlans"))
    assert {(REST, FUNCTION, "key", None), (REST, ENDPOINT, "key", None)} <= found
    assert (REST, FUNCTION, "none", True) in found


def test_without_the_accounts_own_limit_a_rate_may_be_just_that() -> None:
    found = doors(denied("apigateway", "GetAccount"))
    assert (REST, FUNCTION, "none", None) in found
    assert (HTTP, FUNCTION, "none", None) in found


@pytest.mark.parametrize(
    ("client", "operation"),
    [
        ("apigateway", "GetDomainNames"),
        ("apigateway", "GetBasePathMappings"),
        ("apigatewayv2", "GetDomainNames"),
        ("apigatewayv2", "GetApiMappings"),
    ],
)
def test_domain_names_that_were_not_seen_may_lead_there(client: str, operation: str) -> None:
    found = denied(client, operation)
    dark = {OFF, HIDDEN} if client == "apigateway" else {MAPPED}
    assert {found.assets[each].get("public_network_access") for each in dark} == {None}
    assert found.assets[REST].get("public_network_access") is True


@pytest.mark.parametrize(("client", "gone"), [("apigateway", REST), ("apigatewayv2", HTTP)])
def test_an_api_that_is_gone_since_it_was_listed_is_not_shown(client: str, gone: str) -> None:
    found = seen(Fault(client, "GetStages", "NotFoundException", 404, -1))
    assert gone not in found.assets
    assert found.outcomes(f"aws:{client}:GetStages") == {"vanished"}


@pytest.mark.parametrize("client", ["apigateway", "apigatewayv2"])
def test_a_throttled_listing_succeeds_later(client: str) -> None:
    operation = "GetRestApis" if client == "apigateway" else "GetApis"
    assert doors(seen(Fault(client, operation, "TooManyRequestsException", 429, 2))) == WAYS


# Limits


@given(st.none() | st.floats(-1, 20_000), st.none() | st.floats(1, 20_000))
def test_what_every_account_has_is_no_limit_of_ones_own(rate: float | None, account: float | None) -> None:
    found = gateways.own_limit(rate, account)
    assert (found is False) == (rate is None or rate < 0 or (account is not None and rate >= account))
    assert (found is None) == (rate is not None and rate >= 0 and account is None)


@given(st.lists(st.sampled_from([True, False, None])))
def test_one_way_without_a_limit_is_enough(said: list[bool | None]) -> None:
    found = gateways.limited(gateways.Way("GET /", "none", each) for each in said)
    assert (found is False) == (False in said)
    assert (found is True) == (bool(said) and all(said))


def changed(**more: object) -> Seen:
    """The REST API alone, with one GET behind a key that nothing but what `more` says limits."""
    plan: dict[str, object] = {"id": "p", "apiStages": [{"apiId": "rest000001", "stage": "live"}]}
    given = {
        "GetUsagePlans": {"items": [{**plan, **more.get("plan", {})}] if "plan" in more else []},  # type: ignore[dict-item]  # as given
        "GetStages": {"item": [{"stageName": "live", **more.get("stage", {})}]},  # type: ignore[dict-item]  # as given
        "GetResources": {"items": [apis.resource("/ask", apis.method("GET", apis.CALL_FUNCTION, key=True))]},
    }
    answers = [
        msgspec.structs.replace(each, response=given.get(each.operation, each.response))
        for each in apis.rest()
        if each.parameters.get("restApiId") != "off"
    ]
    with AwsServer(estate(*answers)) as server:
        return collected(server)


@pytest.mark.parametrize(
    ("more", "limit"),
    [
        ({"plan": {"quota": {"limit": 100, "period": "DAY"}}}, True),
        ({"plan": {"throttle": {"rateLimit": 10.0, "burstLimit": 1}}}, True),
        ({"plan": {}}, False),
        ({"plan": {"throttle": {"rateLimit": 10000.0, "burstLimit": 5000}}}, False),
        ({"plan": {}, "stage": {"methodSettings": {"*/*": {"throttlingRateLimit": 9.0}}}}, True),
        ({"plan": {}, "stage": {"methodSettings": {"*/*": {"throttlingRateLimit": -1.0}}}}, False),
        (
            {
                "plan": {},
                "stage": {"webAclArn": "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/a/b"},
            },
            None,
        ),
        ({}, True),  # no plan, so that no key opens
    ],
)
def test_a_key_is_as_limited_as_its_plan(more: dict[str, object], limit: bool | None) -> None:
    assert doors(changed(**more)) == {(REST, FUNCTION, "key", limit)}


# What addresses name


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        (apis.CALL_FUNCTION, FUNCTION),
        (f"{FUNCTION}:live", FUNCTION),
        (apis.CALL_ENDPOINT, ENDPOINT),
        (apis.CALL_ENDPOINT.replace("//", "/").replace("invocations", "async-invocations"), ENDPOINT),
        (apis.CALL_ENDPOINT.replace("Triage", "{name}"), None),
        (apis.CALL_MODEL, MODEL),
        (apis.CALL_AGENT, AGENT),
        (apis.CALL_FUNCTION.replace(":f:", ":${stageVariables.name}:"), None),
        (f"{apis.SERVICES}:sqs:path/111122223333/jobs", None),
        (f"{apis.SERVICES}:dynamodb:action/PutItem", None),
        ("https://endpoints.example/endpoints/triage/invocations", None),
        ("", None),
    ],
)
def test_what_the_address_of_an_integration_names(uri: str, named: str | None) -> None:
    found = gateways.backend(uri, source())
    assert (found.id if found else None) == named


# Made for real


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server.serving() as address:
        yield address


@pytest.fixture
def made(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in moto_server.environment(moto).items():
        monkeypatch.setenv(name, value)
    return moto


def test_a_rest_api_that_was_made_is_collected(made: str) -> None:
    client = boto3.client("apigateway", endpoint_url=made, region_name=REGION)
    api = client.create_rest_api(name="triage", policy=json.dumps({"Statement": []}))["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    place = client.create_resource(restApiId=api, parentId=root, pathPart="check")["id"]
    way = {"restApiId": api, "resourceId": place, "httpMethod": "POST"}
    client.put_method(**way, authorizationType="NONE", apiKeyRequired=True)
    role = "arn:aws:iam::123456789012:role/gateway"
    client.put_integration(
        **way, type="AWS", integrationHttpMethod="POST", uri=apis.CALL_ENDPOINT, credentials=role
    )
    client.create_deployment(restApiId=api, stageName="live")
    plan = {"rateLimit": 5.0, "burstLimit": 5}
    client.create_usage_plan(name="p", apiStages=[{"apiId": api, "stage": "live"}], throttle=plan)
    facts = list(apigateway.collect(source(Settings(max_attempts=2))))
    door = f"arn:aws:apigateway:{REGION}::/restapis/{api}/stages/live"
    (way_in,) = [each for each in facts if isinstance(each, Relation)]
    assert (way_in.source, way_in.target) == (door, ENDPOINT)
    assert way_in.properties == {
        "auth": "key",
        "port": 443,
        "role": role,
        "ways": ("POST /check",),
        "throttled": True,
    }
    assert [each.on for each in facts if isinstance(each, Policy)] == [door]


def test_an_http_api_that_was_made_is_collected(made: str) -> None:
    client = boto3.client("apigatewayv2", endpoint_url=made, region_name=REGION)
    api = client.create_api(Name="chat", ProtocolType="HTTP")["ApiId"]
    behind = client.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    client.create_route(ApiId=api, RouteKey="POST /chat", Target=f"integrations/{behind}")
    client.create_stage(ApiId=api, StageName="live")
    facts = list(apigatewayv2.collect(source(Settings(max_attempts=2))))
    (door,) = [each for each in facts if isinstance(each, Asset)]
    (way_in,) = [each for each in facts if isinstance(each, Relation)]
    assert (door.id, door.get("throttled")) == (
        f"arn:aws:apigateway:{REGION}::/apis/{api}/stages/live",
        False,
    )
    assert (way_in.target, way_in.properties["auth"]) == (FUNCTION, "none")
