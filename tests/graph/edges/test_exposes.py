"""EXPOSES: doors, and what they ask for."""

from typing import Any

from graph.edges import can_read, exposes
from graph.facts import Facts
from graph.model import INTERNET, Coverage, Derived
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow

FUNCTION = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:chat"
DOOR = f"{FUNCTION}:url"
OPEN: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "lambda:InvokeFunctionUrl",
    "Resource": FUNCTION,
    "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
}
SERVICE = "/subscriptions/s/resourcegroups/r/providers/microsoft.cognitiveservices/accounts/a"
BUCKET = "arn:aws:s3:::site"


def doors(facts: Facts) -> dict[tuple[str, str], object]:
    return {(e.source, e.target): e.properties["auth"] for e in exposes.derive(facts) if not e.guards}


def address(auth: str) -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Function", FUNCTION)
    built.asset("ApiGateway", DOOR)
    built.relation("ROUTES_TO", DOOR, FUNCTION, auth=auth, port=443)
    return built


def test_an_open_function_address_asks_for_nothing() -> None:
    built = address("none")
    built.statements(FUNCTION, "resource", OPEN)
    assert doors(built.facts()) == {(INTERNET, DOOR): "none", (DOOR, FUNCTION): "none"}


def test_an_address_with_signatures_asks_for_them() -> None:
    built = address("iam")
    assert doors(built.facts()) == {(INTERNET, DOOR): "iam", (DOOR, FUNCTION): "iam"}


def test_without_the_functions_consent_strangers_are_turned_away() -> None:
    built = address("none")
    built.statements(FUNCTION, "resource", {**OPEN, "Principal": {"AWS": ACCOUNT}})
    assert doors(built.facts()) == {(INTERNET, DOOR): "iam", (DOOR, FUNCTION): "iam"}


def test_a_policy_that_nobody_saw_keeps_the_door_open_but_not_for_sure() -> None:
    built = address("none")
    assert {e.confidence for e in exposes.derive(built.facts())} == {"likely"}
    built.coverage.append(Coverage(call="aws:lambda:GetPolicy", parent=FUNCTION))
    assert set(doors(built.facts()).values()) == {"iam"}


def service(**properties: Any) -> list[Derived]:
    built = EstateBuilder()
    built.asset("AIService", SERVICE, **properties)
    return list(exposes.derive(built.facts()))


def test_a_public_service_asks_for_a_key_or_a_role() -> None:
    (edge,) = service(public_network_access=True, network_default="allow", local_auth=True)
    assert (edge.source, edge.target, edge.properties["auth"], edge.guards) == (INTERNET, SERVICE, "key", ())
    (edge,) = service(public_network_access=True, network_default="allow", local_auth=False)
    assert edge.properties["auth"] == "iam"


def test_a_closed_network_is_the_guard() -> None:
    for properties in (
        {"public_network_access": False},
        {"public_network_access": True, "network_default": "deny"},
    ):
        (edge,) = service(**properties)
        assert edge.guards


def test_a_service_that_says_nothing_is_no_door() -> None:
    assert service(local_auth=True) == []


def readable(*, blocked: bool) -> Facts:
    built = EstateBuilder()
    built.asset("Bucket", BUCKET)
    built.statements(BUCKET, "resource", {**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": "*"})
    if blocked:
        built.policy(BUCKET, "public_access_block", {"RestrictPublicBuckets": True})
    facts = built.facts()
    for edge in can_read.derive(facts):
        facts.add(edge)
    return facts


def test_a_bucket_that_anyone_reads_is_a_door_and_a_blocked_one_is_none() -> None:
    assert doors(readable(blocked=False)) == {(INTERNET, BUCKET): "none"}
    assert doors(readable(blocked=True)) == {}


def test_a_public_address_is_possibly_a_door() -> None:
    built = EstateBuilder()
    built.asset("VM", "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", public_ip=True)
    built.asset("VM", "arn:aws:ec2:eu-central-1:111122223333:instance/i-2", public_ip=False)
    (edge,) = exposes.derive(built.facts())
    assert (edge.target.endswith("i-1"), edge.confidence) == (True, "possible")


def test_a_public_repository_is_open_to_all_and_no_other_is() -> None:
    for visibility, found in (("public", True), ("internal", False), ("private", False), (None, False)):
        built = EstateBuilder()
        built.asset(
            "Repository", "git://code.example/a", **({"visibility": visibility} if visibility else {})
        )
        assert ((INTERNET, "git://code.example/a") in doors(built.facts())) is found
