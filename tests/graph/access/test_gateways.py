"""What a request meets at an API: its policy, its role, and what is behind it."""

from typing import Any

import pytest

from graph.access.gateways import ROLE_UNSEEN
from graph.edges import can_invoke, exposes
from graph.model import INTERNET, Coverage, Derived
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, deny, role, trust

STAGE = "arn:aws:apigateway:eu-central-1::/restapis/abc123/stages/prod"
HTTP_STAGE = "arn:aws:apigateway:eu-central-1::/apis/abc123/stages/prod"
API = f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:abc123"
ENDPOINT = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:endpoint/triage"
FUNCTION = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:chat"
ROLE = role("gateway")
GATEWAY = trust({"Service": "apigateway.amazonaws.com"})
MAY = allow("sagemaker:InvokeEndpoint", ENDPOINT)


def api(target: str = ENDPOINT, *ways: str, stage: str = STAGE, **route: Any) -> EstateBuilder:
    built = EstateBuilder()
    built.asset("ApiGateway", stage)
    built.asset("Function" if target == FUNCTION else "Endpoint", target)
    built.relation("ROUTES_TO", stage, target, **{"auth": "none", "ways": ways or ("POST /check",), **route})
    return built


def with_role(*statements: dict[str, Any], trusts: dict[str, Any] = GATEWAY) -> EstateBuilder:
    built = api(role=ROLE)
    built.asset("Role", ROLE)
    built.statements(ROLE, "identity", *statements)
    built.statements(ROLE, "trust", trusts)
    return built


def edges(built: EstateBuilder) -> dict[tuple[str, str], Derived]:
    facts = built.facts()
    for edge in can_invoke.derive(facts):
        facts.add(edge)
    return {(edge.source, edge.target): edge for edge in exposes.derive(facts)}


def verdict(edge: Derived) -> str:
    if edge.guards:
        return "blocked"
    if edge.conditions:
        return "conditional"
    return "open" if edge.confidence == "confirmed" else "likely"


# The integration's role


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([MAY], "open"),
        ([allow("sagemaker:*")], "open"),
        ([allow("sagemaker:InvokeEndpoint", f"{ENDPOINT}-other")], "blocked"),
        ([allow("sagemaker:DescribeEndpoint", ENDPOINT)], "blocked"),
        ([MAY, deny("sagemaker:*")], "blocked"),
        ([{**MAY, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}], "conditional"),
    ],
)
def test_the_role_must_be_allowed_to_call_what_is_behind(
    statements: list[dict[str, Any]], expected: str
) -> None:
    found = edges(with_role(*statements))
    assert verdict(found[STAGE, ENDPOINT]) == expected
    assert verdict(found[INTERNET, STAGE]) == "open"  # what arrives is another matter


def test_a_deny_of_the_role_is_the_guard() -> None:
    built = with_role(MAY, deny("sagemaker:*"))
    (policy,) = [each for each in built.policies if each.layer == "identity"]
    (guard,) = edges(built)[STAGE, ENDPOINT].guards
    facts = built.facts()
    for edge in can_invoke.derive(facts):
        facts.add(edge)
    evidence = facts.evidence(guard)
    assert evidence is not None
    assert (evidence.document, evidence.pointer) == (policy.evidence.document, "/Statement/1")


def test_the_edge_holds_because_of_the_route_and_what_the_role_may() -> None:
    built = with_role(MAY)
    facts = built.facts()
    (may,) = can_invoke.derive(facts)
    assert may.source == ROLE
    (because,) = edges(built)[STAGE, ENDPOINT].because
    assert {built.relations[0].id, may.id} <= set(because)


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Service": "apigateway.amazonaws.com"}, "open"),
        ({"Service": ["lambda.amazonaws.com", "apigateway.amazonaws.com"]}, "open"),
        ({"Service": "lambda.amazonaws.com"}, "blocked"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "blocked"),
    ],
)
def test_the_role_must_let_the_gateway_take_it(principal: dict[str, Any], expected: str) -> None:
    assert verdict(edges(with_role(MAY, trusts=trust(principal)))[STAGE, ENDPOINT]) == expected


@pytest.mark.parametrize(("account", "expected"), [(ACCOUNT, "open"), ("999988887777", "blocked")])
def test_the_role_may_be_for_one_account_only(account: str, expected: str) -> None:
    only = trust(
        {"Service": "apigateway.amazonaws.com"},
        Condition={"StringEquals": {"aws:SourceAccount": account}},
    )
    assert verdict(edges(with_role(MAY, trusts=only))[STAGE, ENDPOINT]) == expected


def test_a_role_that_was_not_seen_is_a_condition_and_no_answer() -> None:
    for missing in ({}, {"missing": True}):
        built = api(role=ROLE)
        if missing:
            built.asset("Role", ROLE, **missing)
        assert edges(built)[STAGE, ENDPOINT].conditions == (ROLE_UNSEEN,)


def test_of_two_ways_with_the_same_lock_the_one_that_works_counts() -> None:
    built = with_role(MAY)
    built.asset("Role", role("useless"))
    built.relation("ROUTES_TO", STAGE, ENDPOINT, auth="none", role=role("useless"), ways=("GET /check",))
    assert verdict(edges(built)[STAGE, ENDPOINT]) == "open"


# The API's own policy


def policied(*statements: dict[str, Any], **route: Any) -> Derived:
    built = with_role(MAY)
    built.relations.clear()
    built.relation(
        "ROUTES_TO", STAGE, ENDPOINT, **{"auth": "none", "role": ROLE, "ways": ("POST /check",), **route}
    )
    built.statements(STAGE, "resource", *statements)
    found = edges(built)
    assert verdict(found[INTERNET, STAGE]) == verdict(found[STAGE, ENDPOINT])
    return found[STAGE, ENDPOINT]


EVERYONE = {**allow("execute-api:Invoke", f"{API}/*"), "Principal": "*"}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([EVERYONE], "open"),
        ([{**EVERYONE, "Resource": f"{API}/*/POST/check"}], "open"),
        ([{**EVERYONE, "Resource": f"{API}/*/GET/*"}], "blocked"),
        ([{**EVERYONE, "Resource": f"{API}/test/*"}], "blocked"),
        ([{**EVERYONE, "Principal": {"AWS": ACCOUNT}}], "blocked"),
        ([EVERYONE, {**EVERYONE, "Effect": "Deny"}], "blocked"),
        ([{**EVERYONE, "Effect": "Deny"}], "blocked"),
        ([{**EVERYONE, "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}], "conditional"),
        (
            [
                EVERYONE,
                {
                    **EVERYONE,
                    "Effect": "Deny",
                    "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
                },
            ],
            "conditional",
        ),
        ([{**EVERYONE, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}], "blocked"),
    ],
)
def test_an_apis_policy_lets_strangers_in_or_not(statements: list[dict[str, Any]], expected: str) -> None:
    assert verdict(policied(*statements)) == expected


def test_a_policy_stops_whoever_has_a_key_as_well() -> None:
    edge = policied({**EVERYONE, "Effect": "Deny"}, auth="key")
    assert (verdict(edge), edge.properties["auth"]) == ("blocked", "key")


def test_whoever_must_sign_is_stopped_by_that() -> None:
    edge = policied({**EVERYONE, "Effect": "Deny"}, auth="iam")
    assert (edge.guards, edge.properties["auth"]) == ((), "iam")


def test_a_path_with_variables_is_any_path() -> None:
    only = {**EVERYONE, "Resource": f"{API}/prod/GET/check/*"}
    assert verdict(policied(only, ways=("GET /check/{id}",))) == "open"
    assert verdict(policied(only, ways=("ANY /check/{proxy+}",))) == "open"
    assert verdict(policied(only, ways=("GET /other/{id}",))) == "blocked"


def test_one_path_that_is_let_in_opens_the_door_and_not_the_others() -> None:
    built = with_role(MAY)
    built.asset("Function", FUNCTION)
    built.relation("ROUTES_TO", STAGE, FUNCTION, auth="none", ways=("GET /health",))
    built.statements(STAGE, "resource", {**EVERYONE, "Resource": f"{API}/*/GET/health"})
    found = edges(built)
    assert verdict(found[INTERNET, STAGE]) == "open"
    assert verdict(found[STAGE, ENDPOINT]) == "blocked"
    assert verdict(found[STAGE, FUNCTION]) == "likely"


def test_a_private_api_is_shut_by_its_network() -> None:
    built = api()
    built.asset("ApiGateway", STAGE, public_network_access=False)
    found = edges(built)
    (evidence,) = built.assets[STAGE].evidence
    assert found[INTERNET, STAGE].guards == (evidence.id,)


# A function's own policy


CALL = {"Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "lambda:InvokeFunction"}


def permission(arn: str, **more: Any) -> dict[str, Any]:
    condition = {"ArnLike": {"AWS:SourceArn": arn}}
    return {"Effect": "Allow", "Resource": FUNCTION, "Condition": condition, **CALL, **more}


@pytest.mark.parametrize(
    ("way", "statement", "expected"),
    [
        ("POST /chat", permission(f"{API}/*/POST/chat"), "open"),
        ("POST /chat", permission(f"{API}/*"), "open"),
        ("POST /chat", permission(f"{API}/*", Resource=f"{FUNCTION}:live"), "open"),
        ("ANY /{proxy+}", permission(f"{API}/*/*/*"), "open"),
        ("ANY /chat", permission(f"{API}/*/GET/chat"), "open"),
        ("POST /chat", permission(f"{API}/*/GET/chat"), "blocked"),
        ("POST /chat", permission(API.replace("abc123", "zzz999") + "/*"), "blocked"),
        ("POST /chat", {**permission(f"{API}/*"), "Effect": "Deny"}, "blocked"),
        ("POST /chat", {**permission(f"{API}/*"), "Principal": {"Service": "s3.amazonaws.com"}}, "blocked"),
    ],
)
def test_a_function_must_let_the_gateway_call_it(way: str, statement: dict[str, Any], expected: str) -> None:
    built = api(FUNCTION, way)
    built.statements(FUNCTION, "resource", statement)
    assert verdict(edges(built)[STAGE, FUNCTION]) == expected


@pytest.mark.parametrize("way", ["$default", "$connect"])
def test_routes_of_other_apis_have_names_of_their_own(way: str) -> None:
    built = api(FUNCTION, way, stage=HTTP_STAGE)
    built.statements(FUNCTION, "resource", permission(f"{API}/*/{way}"))
    assert verdict(edges(built)[HTTP_STAGE, FUNCTION]) == "open"


def test_a_function_whose_policy_nobody_saw_may_let_it() -> None:
    built = api(FUNCTION)
    assert verdict(edges(built)[STAGE, FUNCTION]) == "likely"
    built.coverage.append(Coverage(call="aws:lambda:GetPolicy", parent=FUNCTION))
    assert verdict(edges(built)[STAGE, FUNCTION]) == "blocked"


# Limits and locks of several ways


def test_the_limit_goes_with_what_is_behind() -> None:
    built = with_role(MAY)
    built.relations.clear()
    built.relation("ROUTES_TO", STAGE, ENDPOINT, auth="none", role=ROLE, throttled=True)
    built.asset("Function", FUNCTION)
    built.relation("ROUTES_TO", STAGE, FUNCTION, auth="none", throttled=False)
    found = edges(built)
    assert found[STAGE, ENDPOINT].properties["throttled"] is True
    assert found[STAGE, FUNCTION].properties["throttled"] is False
    assert "throttled" not in found[INTERNET, STAGE].properties


def test_an_open_way_and_a_locked_one_are_two_edges() -> None:
    built = api(auth="iam")
    built.relation("ROUTES_TO", STAGE, ENDPOINT, auth="none")
    facts = built.facts()
    locks = {(e.source, e.properties["auth"]) for e in exposes.derive(facts)}
    assert locks == {(INTERNET, "iam"), (INTERNET, "none"), (STAGE, "iam"), (STAGE, "none")}
