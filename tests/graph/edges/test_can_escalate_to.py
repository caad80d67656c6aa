"""CAN_ESCALATE_TO is decided by all policies: what stays in force caps the gain, what is open stays open."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.access.aws.decision import evaluate
from graph.access.aws.estate import estate_of
from graph.access.aws.grants import policies_for, request_for
from graph.access.aws.scope import Target
from graph.edges import can_escalate_to
from graph.facts import Facts
from graph.model import Derived
from tests.graph.access.estates import (
    ACCOUNT,
    FOREIGN,
    EstateBuilder,
    allow,
    blocked,
    conditional,
    deny,
    pairs,
    role,
    trust,
    user,
)

ANA, BOB, TARGET = user("ana"), user("bob"), role("target")
GROUP = f"arn:aws:iam::{ACCOUNT}:group/operators"
HERE = f"aws://{ACCOUNT}"
LAMBDA = {"Service": "lambda.amazonaws.com"}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
RUN = ["lambda:CreateFunction", "lambda:InvokeFunction"]


def estate(*statements: dict[str, Any], bound: tuple[dict[str, Any], ...] = ()) -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Account", HERE)
    built.asset("User", ANA)
    built.statements(ANA, "identity", *statements)
    if bound:
        built.statements(ANA, "boundary", *bound)
    return built


def by(built: EstateBuilder, technique: str = "") -> tuple[Facts, list[Derived]]:
    """The edges from ana, by one technique if it is said."""
    facts = built.facts()
    found = [edge for edge in can_escalate_to.derive(facts) if edge.source == ANA]
    return facts, [edge for edge in found if technique in ("", edge.properties["technique"])]


def with_target(built: EstateBuilder, *statements: dict[str, Any], identity: str = TARGET) -> EstateBuilder:
    built.asset("Role", identity)
    built.statements(identity, "trust", *statements)
    return built


# Conditions


def test_a_condition_stays_open() -> None:
    facts, edges = by(estate(allow("iam:PutUserPolicy", ANA, Condition=MFA)))
    assert pairs(facts, edges) == set()
    assert conditional(facts, edges) == {(ANA, HERE)}
    assert "aws:MultiFactorAuthPresent" in edges[0].conditions[0]


def test_new_users_only_with_a_boundary_make_no_administrator() -> None:
    actions = ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"]
    bounded = {"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/bound"}}
    free, held = user("dev-*"), allow(actions[0], user("dev-*"), Condition=bounded)
    assert pairs(*by(estate(allow(actions, free)), "iam-create-user-put-policy")) == {(ANA, HERE)}
    assert by(estate(held, allow(actions[1:], free)), "iam-create-user-put-policy")[1] == []


def test_a_policy_that_may_be_attached_to_oneself_must_be_the_strong_one() -> None:
    reader = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}
    assert by(estate(allow("iam:AttachUserPolicy", Condition=reader)), "iam-attach-user-policy")[1] == []


def test_a_region_is_chosen_as_the_policies_want_it() -> None:
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}}
    bound = (allow("*"), deny("lambda:*", Condition=elsewhere))
    built = with_target(estate(allow(["iam:PassRole", *RUN]), bound=bound), trust(LAMBDA))
    assert (ANA, TARGET) in pairs(*by(built, "lambda-create-function"))


def test_the_tags_of_the_target_count() -> None:
    tagged = {"StringEquals": {"iam:ResourceTag/team": "ml"}}
    built = estate(allow("iam:CreateAccessKey", Condition=tagged))
    built.asset("User", BOB, tags=("team=ml",))
    built.asset("User", user("eve"), tags=("team=web",))
    assert pairs(*by(built, "iam-create-access-key")) == {(ANA, BOB)}


# What caps a gain


def test_who_is_administrator_gains_nothing() -> None:
    assert by(with_target(estate(allow("*")), trust(LAMBDA)))[1] == []


def test_under_a_boundary_one_gains_what_the_boundary_allows() -> None:
    bound = (allow(["iam:PutUserPolicy", "sts:AssumeRole"]),)
    built = estate(allow("iam:PutUserPolicy", ANA), bound=bound)
    with_target(built, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    facts, edges = by(built, "iam-put-user-policy")
    assert pairs(facts, edges) == {(ANA, TARGET)}
    assert blocked(facts, edges) == {(ANA, HERE)}


def test_a_boundary_that_one_may_take_off_caps_nothing() -> None:
    bound = (allow(["iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"]),)
    actions = ["iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"]
    facts, edges = by(estate(allow(actions, ANA), bound=bound), "iam-put-user-policy")
    assert pairs(facts, edges) == {(ANA, HERE)}


def test_a_deny_of_ones_own_is_taken_off_with_the_rights_gained() -> None:
    refused = deny("iam:AttachRolePolicy")
    built = estate(allow("iam:PutUserPolicy", ANA), refused)
    assert (ANA, HERE) in pairs(*by(built, "iam-put-user-policy"))
    kept = deny(["iam:AttachRolePolicy", "iam:DeleteUserPolicy"])
    facts, edges = by(estate(allow("iam:PutUserPolicy", ANA), kept), "iam-put-user-policy")
    assert pairs(facts, edges) == set()


def test_a_role_that_is_taken_over_gives_its_own_rights_only() -> None:
    built = with_target(estate(allow(["iam:PassRole", *RUN])), trust(LAMBDA))
    facts, edges = by(built, "lambda-create-function")
    assert pairs(facts, edges) == {(ANA, TARGET)}


# Prerequisites


def test_a_group_that_may_do_more_leads_where_it_leads() -> None:
    built = estate(allow("iam:AddUserToGroup", GROUP))
    built.asset("Group", GROUP)
    built.statements(GROUP, "identity", allow("sts:AssumeRole", TARGET))
    with_target(built, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    assert pairs(*by(built, "iam-add-user-to-group")) == {(ANA, TARGET)}


def test_a_group_without_policies_gives_nothing() -> None:
    built = estate(allow("iam:AddUserToGroup", GROUP))
    built.asset("Group", GROUP)
    assert by(built, "iam-add-user-to-group")[1] == []


def test_permissions_must_meet_in_the_same_new_thing() -> None:
    apart = [
        allow(["iam:CreateUser", "iam:PutUserPolicy"], user("a*")),
        allow("iam:CreateAccessKey", user("b*")),
    ]
    assert by(estate(*apart), "iam-create-user-put-policy")[1] == []


def test_roles_of_other_accounts_are_not_passed() -> None:
    built = with_target(estate(allow(["iam:PassRole", *RUN])), trust(LAMBDA), identity=role("r", FOREIGN))
    assert by(built)[1] == []


@pytest.mark.parametrize("path", ["aws-service-role/lambda.amazonaws.com", "aws-reserved/sso.amazonaws.com"])
def test_roles_that_aws_keeps_to_itself_are_not_reached(path: str) -> None:
    kept = role(f"{path}/AWSKept")
    actions = ["iam:PassRole", "iam:UpdateAssumeRolePolicy", *RUN]
    assert by(with_target(estate(allow(actions)), trust(LAMBDA), identity=kept))[1] == []


def test_a_trust_that_turns_the_service_away_is_no_way() -> None:
    refuse = {**trust(LAMBDA), "Effect": "Deny"}
    assert by(with_target(estate(allow(["iam:PassRole", *RUN])), trust(LAMBDA), refuse))[1] == []


def test_a_confused_deputy_key_of_the_own_account_is_met() -> None:
    own = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    built = with_target(estate(allow(["iam:PassRole", *RUN])), trust(LAMBDA, Condition=own))
    assert (ANA, TARGET) in pairs(*by(built, "lambda-create-function"))


# Sets and proofs


def test_many_roles_are_one_edge() -> None:
    built = estate(allow(["iam:PassRole", *RUN]))
    for number in range(40):
        with_target(built, trust(LAMBDA), identity=role(f"r{number}"))
    facts, edges = by(built, "lambda-create-function")
    assert len(edges) == 1
    assert len(facts.members(edges[0].target)) == 40


def test_the_proof_names_statements_membership_and_what_runs() -> None:
    built = estate(allow("s3:ListAllMyBuckets"))
    built.asset("Group", GROUP)
    built.asset("Role", TARGET)
    function = built.asset("Function", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f")
    member, runs = built.relation("MEMBER_OF", ANA, GROUP), built.relation("RUNS_AS", function, TARGET)
    policy = built.statements(GROUP, "identity", allow("lambda:UpdateFunctionCode"))
    _, (edge,) = by(built, "lambda-update-function-code")
    assert {member.id, runs.id} < set(edge.because[0])
    assert [piece.document for piece in edge.evidence] == [policy.evidence.document]


# Against single decisions


def randomly(seed: int) -> EstateBuilder:
    """Users with random rights to pass roles, and roles with random trust."""
    chance = random.Random(seed)
    built = EstateBuilder()
    services = ["lambda", "glue"]
    for number in range(6):
        with_target(
            built,
            *(trust({"Service": f"{s}.amazonaws.com"}) for s in services if chance.random() < 0.6),
            identity=role(f"{chance.choice('ab')}{number}"),
        )
    resources = ["*", role("a*"), role("b*"), role("a1"), role("*2")]
    conditions = [None, "lambda.amazonaws.com", "glue.amazonaws.com"]
    for number in range(5):
        who = built.asset("User", user(f"u{number}"))
        rows = [allow(RUN)]
        for _ in range(chance.randint(1, 3)):
            service = chance.choice(conditions)
            limit = {"Condition": {"StringEquals": {"iam:PassedToService": service}}} if service else {}
            make = deny if chance.random() < 0.3 else allow
            rows.append(make("iam:PassRole", chance.choice(resources), **limit))
        built.statements(who, "identity", *rows)
        if chance.random() < 0.4:
            built.statements(
                who, "boundary", allow(["lambda:*", "iam:PassRole"], chance.choice(["*", role("a*")]))
            )
    return built


def passable(facts: Facts) -> set[tuple[str, str]]:
    """User and role, each pair asked by itself."""
    estate = estate_of(facts)
    found = set()
    for holder in (each for each in estate.holders if each.principal.kind == "user"):
        for asset in facts.of("Role"):
            trusting = any(
                "lambda.amazonaws.com" in (statement.principal.services if statement.principal else ())
                for document in estate.resources[asset.id].documents
                for statement in document.document.statements
            )
            asked = [("iam:PassRole", asset.id)]
            asked += [(action, f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:new") for action in RUN]
            if trusting and all(_allowed(holder, action, resource) for action, resource in asked):
                found.add((holder.id, asset.id))
    return found


def _allowed(holder: Any, action: str, resource: str) -> bool:  # `Any`: the engine's holder
    request = request_for(holder, action, Target(resource, resource, ACCOUNT, resource), "")
    request.context["iam:PassedToService"] = ("lambda.amazonaws.com",)  # type: ignore[index]
    return evaluate(request, policies_for(holder, None)).effect == "allow"


def by_function(facts: Facts) -> set[tuple[str, str]]:
    """Who gets which role by a new function, for certain."""
    edges = [
        e for e in can_escalate_to.derive(facts) if e.properties["technique"] == "lambda-create-function"
    ]
    return pairs(facts, edges)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1_000_000))
def test_edges_agree_with_single_decisions(seed: int) -> None:
    facts = randomly(seed).facts()
    assert by_function(facts) == passable(facts)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1_000_000), st.sampled_from(["iam:PassRole", "lambda:*", "iam:*", "*"]), st.booleans())
def test_a_deny_more_never_gives_more(seed: int, action: str, bound: bool) -> None:
    before, built = by_function(randomly(seed).facts()), randomly(seed)
    built.statements(user("u0"), "identity", deny(action, role("a*") if bound else "*"))
    assert by_function(built.facts()) <= before
