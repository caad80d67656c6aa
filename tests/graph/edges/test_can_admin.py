"""CAN_ADMIN: administrators once, to the account; others per resource."""

from graph.edges import can_admin
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, deny, pairs, role

AGENT = f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:agent/AGENT1"
HERE = f"aws://{ACCOUNT}"


def estate() -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Agent", AGENT)
    built.asset("Account", HERE)
    built.asset("Role", role("boss"))
    return built


def test_everything_on_everything_is_one_edge_to_the_account() -> None:
    built = estate()
    built.statements(role("boss"), "identity", allow("*"))
    facts = built.facts()
    assert pairs(facts, can_admin.derive(facts)) == {(role("boss"), HERE)}


def test_one_service_is_not_the_account() -> None:
    built = estate()
    built.statements(role("boss"), "identity", allow("bedrock:*"))
    facts = built.facts()
    assert pairs(facts, can_admin.derive(facts)) == {(role("boss"), AGENT)}


def test_a_boundary_or_a_deny_on_a_keystone_makes_no_administrator() -> None:
    bounded = estate()
    bounded.statements(role("boss"), "identity", allow("*"))
    bounded.statements(role("boss"), "boundary", allow("s3:*"))
    facts = bounded.facts()
    assert pairs(facts, can_admin.derive(facts)) == set()
    denied = estate()
    denied.statements(role("boss"), "identity", allow("*"), deny("iam:*"))
    facts = denied.facts()
    assert pairs(facts, can_admin.derive(facts)) == {(role("boss"), AGENT)}


def test_reading_administers_nothing() -> None:
    built = estate()
    built.statements(role("boss"), "identity", allow(["bedrock:Get*", "bedrock:InvokeAgent"]))
    assert list(can_admin.derive(built.facts())) == []
