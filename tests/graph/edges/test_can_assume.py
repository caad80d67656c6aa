"""CAN_ASSUME needs both sides, and knows outsiders by the trust that lets them in."""

import pytest

from graph.access.explain import explain
from graph.edges import can_assume
from graph.facts import Facts
from graph.model import Coverage
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


AUDIENCE = {"StringEquals": {AUD: "sts.amazonaws.com"}}


def federated(*providers: dict[str, object], listed: bool = True, **more: object) -> tuple[Facts, str]:
    """A role that trusts a provider, and those that the account has; the document of the listing."""
    built = EstateBuilder()
    built.asset("Role", role("deploy"))
    named = trust({"Federated": PROVIDER}, WEB, **more)
    built.statements(role("deploy"), "trust", named)
    for provider in providers:
        built.policy(f"aws://{ACCOUNT}", "identity_provider", provider, PROVIDER)
    listing = built.evidence({"OpenIDConnectProviderList": [{"Arn": PROVIDER} for _ in providers]})
    if listed:
        call = "aws:iam:ListOpenIDConnectProviders"
        built.coverage.append(Coverage(call=call, account=ACCOUNT, documents=(listing.document,)))
    return built.facts(), listing.document


def test_a_provider_that_the_account_does_not_have_lets_nobody_in() -> None:
    facts, listing = federated()
    (edge,) = can_assume.derive(facts)
    (guard,) = edge.guards
    assert {piece.id: piece.document for piece in edge.evidence}[guard] == listing
    assert explain(facts, f"federated:{PROVIDER}", WEB, role("deploy")).effect == "deny"


def test_a_provider_that_is_there_lets_in() -> None:
    facts, _ = federated(
        {"Url": "token.actions.githubusercontent.com", "ClientIDList": ["sts.amazonaws.com"]}
    )
    (edge,) = can_assume.derive(facts)
    assert (edge.guards, edge.conditions) == ((), ())


def test_providers_that_were_not_listed_change_nothing() -> None:
    facts, _ = federated(listed=False)
    (edge,) = can_assume.derive(facts)
    assert edge.guards == ()


@pytest.mark.parametrize(("takes", "open_"), [("sts.amazonaws.com", True), ("https://example.org", False)])
def test_an_audience_that_the_provider_does_not_list_is_a_condition(*, takes: str, open_: bool) -> None:
    facts, _ = federated({"ClientIDList": [takes]}, Condition=AUDIENCE)
    (edge,) = can_assume.derive(facts)
    assert (edge.conditions == ()) is open_


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
