"""Edges computed with sets agree, pair by pair, with the decision asked for each pair."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.access.aws import evaluate
from graph.access.aws.estate import estate_of
from graph.access.aws.grants import policies_for, request_for
from graph.access.aws.scope import groups_of
from graph.access.capabilities import entries
from graph.access.engine import capability_edges
from graph.facts import Facts
from graph.model import Layer
from tests.graph.access.estates import ACCOUNT, EstateBuilder, blocked, conditional, pairs, role, user

OTHER = "444455556666"
BUCKETS = ["arn:aws:s3:::alpha", "arn:aws:s3:::alpine", "arn:aws:s3:::beta"]
PREFIXES = ["arn:aws:s3:::alpha/raw/", "arn:aws:s3:::alpha/raw/2026/", "arn:aws:s3:::beta/raw/"]
PRINCIPALS = [user("ana"), user("bob"), role("etl"), role("etl", OTHER)]
RESOURCES = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::alpha*",
    "arn:aws:s3:::alpha/*",
    "arn:aws:s3:::alpha/raw/2026/*",
    "arn:aws:s3:::*/raw/*",
    "arn:aws:s3:::beta/${aws:username}/*",
    "arn:aws:iam::*:role/e*",
    role("etl"),
]
ACTIONS = ["*", "s3:*", "s3:Get*", "s3:PutObject", "sts:AssumeRole"]
NAMES = ["*", ACCOUNT, OTHER, *PRINCIPALS, "999988887777"]
CONDITIONS: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/*"}},
]


@st.composite
def statements(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Action": draw(st.sampled_from(ACTIONS)),
    }
    if kind != "trust":
        key = draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))
        found[key] = draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True))
    if kind != "identity":
        found["Principal"] = {"AWS": draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))}
    if condition := draw(st.sampled_from(CONDITIONS)):
        found["Condition"] = condition
    return found


@st.composite
def estates(draw: st.DrawFn) -> Facts:
    estate = EstateBuilder()
    for principal in PRINCIPALS:
        account = principal.split(":")[4]
        estate.asset("User" if ":user/" in principal else "Role", principal, account=account)
    for bucket in BUCKETS:
        estate.asset("Bucket", bucket, account=draw(st.sampled_from([ACCOUNT, ACCOUNT, OTHER])))
    for prefix in PREFIXES:
        estate.asset("Dataset", prefix)
    group = estate.asset("Group", f"arn:aws:iam::{ACCOUNT}:group/all")
    estate.relation("MEMBER_OF", user("ana"), group)
    roles = [role("etl"), role("etl", OTHER)]
    attached: list[tuple[Layer, str]] = [
        *(("identity", on) for on in [*PRINCIPALS, group]),
        ("boundary", user("ana")),
        *(("resource", on) for on in BUCKETS),
        *(("trust", on) for on in roles),
    ]
    for layer, on in attached:
        kind = "identity" if layer == "boundary" else layer
        for listed in draw(st.lists(st.lists(statements(kind), min_size=1, max_size=3), max_size=1)):
            estate.statements(on, layer, *listed)
    return estate.facts()


def asked_one_by_one(facts: Facts, name: str) -> dict[str, set[tuple[str, str]]]:
    """Every principal of the snapshot against every resource, by the decision alone."""
    found: dict[str, set[tuple[str, str]]] = {"allow": set(), "conditional": set(), "deny": set()}
    estate = estate_of(facts)
    for capability in entries("aws", name):
        for group in groups_of(facts, capability):
            for target in group.targets.values():
                for holder in estate.holders:
                    policy = estate.resources.get(target.policy_on)
                    effects = {
                        evaluate(
                            request_for(holder, action, target, group.region), policies_for(holder, policy)
                        ).effect
                        for (action,) in capability.alternatives()
                    }
                    best = next(e for e in ("allow", "conditional", "deny") if e in effects)
                    if holder.id != target.id:
                        found[best].add((holder.id, target.id))
    return found


@settings(max_examples=150, deadline=None)
@given(estates(), st.sampled_from(["CAN_READ", "CAN_WRITE", "CAN_ASSUME"]))
def test_sets_and_decisions_agree(facts: Facts, name: str) -> None:
    inside = set(PRINCIPALS)
    edges = [edge for edge in capability_edges(facts, name) if edge.source in inside]
    expected = asked_one_by_one(facts, name)
    assert pairs(facts, edges) == expected["allow"]
    assert conditional(facts, edges) == expected["conditional"]
    assert blocked(facts, edges) <= expected["deny"]
    assert all(edge.because for edge in edges)
