"""CAN_ASSUME needs both sides, and knows outsiders by the trust that lets them in."""

from graph.edges import can_assume
from tests.graph.access.estates import (
    ACCOUNT,
    FOREIGN,
    EstateBuilder,
    allow,
    blocked,
    conditional,
    pairs,
    role,
    trust,
    user,
)

MAY = allow("sts:AssumeRole", role("target"))
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
SUB, AUD = "token.actions.githubusercontent.com:sub", "token.actions.githubusercontent.com:aud"
WEB = "sts:AssumeRoleWithWebIdentity"


def estate(*statements: dict[str, object]) -> EstateBuilder:
    built = EstateBuilder()
    built.asset("User", user("ana"))
    built.asset("Role", role("target"))
    built.statements(role("target"), "trust", *statements)
    return built


def test_trust_in_the_user_is_enough_in_the_same_account() -> None:
    facts = estate(trust({"AWS": user("ana")})).facts()
    assert pairs(facts, can_assume.derive(facts)) == {(user("ana"), role("target"))}


def test_trust_in_the_account_needs_the_permission_too() -> None:
    built = estate(trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    assert list(can_assume.derive(built.facts())) == []
    built.statements(user("ana"), "identity", MAY)
    facts = built.facts()
    assert pairs(facts, can_assume.derive(facts)) == {(user("ana"), role("target"))}


def test_a_trust_that_names_someone_else_is_the_guard() -> None:
    built = estate(trust({"AWS": user("bob")}))
    built.statements(user("ana"), "identity", MAY)
    facts = built.facts()
    edges = list(can_assume.derive(facts))
    assert pairs(facts, edges) == set()
    assert blocked(facts, edges) == {(user("ana"), role("target"))}


def test_being_allowed_everything_is_no_trust() -> None:
    built = estate(trust({"Service": "lambda.amazonaws.com"}))
    built.statements(user("ana"), "identity", allow("*"))
    facts = built.facts()
    assert pairs(facts, can_assume.derive(facts)) == set()


def test_a_foreign_account_comes_in_by_trust() -> None:
    facts = estate(trust({"AWS": FOREIGN})).facts()
    assert pairs(facts, can_assume.derive(facts)) == {(f"arn:aws:iam::{FOREIGN}:root", role("target"))}


def test_an_external_id_leaves_it_open() -> None:
    facts = estate(trust({"AWS": FOREIGN}, Condition={"StringEquals": {"sts:ExternalId": "1"}})).facts()
    edges = list(can_assume.derive(facts))
    assert conditional(facts, edges) == {(f"arn:aws:iam::{FOREIGN}:root", role("target"))}


def test_services_are_no_principals_that_attack() -> None:
    facts = estate(trust({"Service": "sagemaker.amazonaws.com"})).facts()
    assert list(can_assume.derive(facts)) == []


def test_trust_in_everyone_lets_any_account_in() -> None:
    facts = estate(trust({"AWS": "*"})).facts()
    assert ("anyone:aws", role("target")) in pairs(facts, can_assume.derive(facts))
    assert "anyone:" not in {edge.source for edge in can_assume.derive(facts)}


def test_a_federated_subject_comes_in_by_its_pattern() -> None:
    block = {"StringLike": {SUB: "repo:linden/models:*"}, "StringEquals": {AUD: "sts.amazonaws.com"}}
    facts = estate(trust({"Federated": PROVIDER}, WEB, Condition=block)).facts()
    source = "federated:token.actions.githubusercontent.com/repo:linden/models:*"
    assert pairs(facts, can_assume.derive(facts)) == {(source, role("target"))}


def test_a_provider_without_a_subject_lets_all_its_subjects_in() -> None:
    block = {"StringEquals": {AUD: "sts.amazonaws.com"}}
    facts = estate(trust({"Federated": PROVIDER}, WEB, Condition=block)).facts()
    (edge,) = can_assume.derive(facts)
    assert edge.source == "federated:token.actions.githubusercontent.com/*"


def test_a_federated_subject_that_is_denied_does_not_come_in() -> None:
    block = {"StringLike": {SUB: "repo:linden/*"}}
    refuse = {**trust({"Federated": PROVIDER}, WEB), "Effect": "Deny"}
    facts = estate(trust({"Federated": PROVIDER}, WEB, Condition=block), refuse).facts()
    assert list(can_assume.derive(facts)) == []


def test_a_token_creator_becomes_the_service_account_and_a_user_of_it_does_not() -> None:
    built = EstateBuilder()
    account = "//iam.googleapis.com/projects/linden/serviceAccounts/train@linden.iam.gserviceaccount.com"
    built.asset("ServiceIdentity", account)
    built.policy(
        "roles/a", "role_definition", {"includedPermissions": ["iam.serviceAccounts.getAccessToken"]}
    )
    built.policy("roles/b", "role_definition", {"includedPermissions": ["iam.serviceAccounts.actAs"]})
    members = {"roles/a": "user:ana@example.org", "roles/b": "user:bob@example.org"}
    built.policy(account, "allow", {"bindings": [{"role": r, "members": [m]} for r, m in members.items()]})
    facts = built.facts()
    assert pairs(facts, can_assume.derive(facts)) == {("google:user:ana@example.org", account)}
