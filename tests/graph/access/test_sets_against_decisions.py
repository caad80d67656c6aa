"""Edges computed with sets agree, pair by pair, with the decision asked for each pair."""

import os
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

EXAMPLES = int(os.environ.get("CROWNPATH_TEST_EXAMPLES", "150"))
"""More of them are worth a wait after a change of how grants are worked out."""

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
    {"ArnNotLike": {"aws:PrincipalArn": user("ana")}},
    {"StringEquals": {"aws:PrincipalTag/team": "ml"}},
    {"StringNotEquals": {"aws:PrincipalOrgID": "o-clinic"}},
    {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-clinic"}},
]
TOP = "arn:aws:organizations::999900001111:"
ORGANIZATION, ROOT, UNIT = (
    f"{TOP}{each}" for each in ("organization/o-clinic", "root/o-clinic/r-1", "ou/o-clinic/ou-1")
)
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@st.composite
def statements(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Action": draw(st.sampled_from(ACTIONS)),
    }
    if kind != "trust":
        key = draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))
        found[key] = draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True))
    if kind == "resource_control":
        found |= {"Principal": "*", "Effect": "Deny"}
    elif kind not in ("identity", "service_control"):
        found["Principal"] = {"AWS": draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))}
    if condition := draw(st.sampled_from(CONDITIONS)):
        found["Condition"] = condition
    return found


@st.composite
def estates(draw: st.DrawFn) -> Facts:
    estate = EstateBuilder()
    for principal in PRINCIPALS:
        account = principal.split(":")[4]
        tags = {"tags": draw(st.sampled_from([("team=ml",), ("team=ops",)]))}
        estate.asset("User" if ":user/" in principal else "Role", principal, account=account, **tags)
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
    if draw(st.booleans()):
        _organisation(draw, estate)
    return estate.facts()


def _organisation(draw: st.DrawFn, estate: EstateBuilder) -> None:
    """Root, a unit with one account, another account below the root; SCPs and RCPs on any of them."""
    management = draw(st.sampled_from(["999900001111", OTHER]))
    estate.asset("Organization", ORGANIZATION, management_account=management)
    estate.asset("Folder", ROOT, native_kind="root")
    estate.asset("Folder", UNIT, native_kind="organizational unit")
    accounts = [estate.asset("Account", f"aws://{account}", account=account) for account in (ACCOUNT, OTHER)]
    for above, below in ((ORGANIZATION, ROOT), (ROOT, UNIT), (UNIT, accounts[0]), (ROOT, accounts[1])):
        estate.relation("CONTAINS", above, below)
    for node in (ROOT, UNIT, *accounts):
        own = draw(st.lists(statements("service_control"), max_size=1))
        estate.statements(
            node, "service_control", *draw(st.sampled_from([[EVERYTHING], [EVERYTHING], own])), *own
        )
        for listed in draw(st.lists(statements("resource_control"), max_size=1)):
            estate.statements(node, "resource_control", listed)


def asked_one_by_one(facts: Facts, name: str) -> dict[str, set[tuple[str, str]]]:
    """Every principal of the snapshot against every resource, by the decision alone."""
    found: dict[str, set[tuple[str, str]]] = {"allow": set(), "conditional": set(), "deny": set()}
    estate = estate_of(facts)
    for capability in entries("aws", name):
        for group in groups_of(facts, capability):
            for target in group.targets.values():
                for holder in estate.holders:
                    policy = estate.policy_on(target.policy_on, target.owner)
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


@settings(max_examples=EXAMPLES, deadline=None)
@given(estates(), st.sampled_from(["CAN_READ", "CAN_WRITE", "CAN_ASSUME"]))
def test_sets_and_decisions_agree(facts: Facts, name: str) -> None:
    inside = set(PRINCIPALS)
    edges = [edge for edge in capability_edges(facts, name) if edge.source in inside]
    expected = asked_one_by_one(facts, name)
    assert pairs(facts, edges) == expected["allow"]
    assert conditional(facts, edges) == expected["conditional"]
    assert blocked(facts, edges) <= expected["deny"]
    assert all(edge.because for edge in edges)
