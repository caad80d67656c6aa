"""Access points: the point and the bucket behind it must both permit a request.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
"""

from typing import Any

import pytest

from graph.access.ask import who_can
from graph.access.aws.through import point_grants
from graph.access.explain import explain
from graph.access.grants import edges
from graph.facts import Facts
from graph.model import ANYONE, Coverage, Derived
from tests.graph.access.estates import ACCOUNT, FOREIGN, EstateBuilder, allow, pairs, role

BUCKET, PREFIX, OTHER = "arn:aws:s3:::data", "arn:aws:s3:::data/jane/", "arn:aws:s3:::data/rest/"
POINT = f"arn:aws:s3:eu-central-1:{ACCOUNT}:accesspoint/research"
DELEGATED = {"StringEquals": {"s3:DataAccessPointAccount": ACCOUNT}}


def estate(*, network: bool = False) -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Account", f"aws://{ACCOUNT}", account=ACCOUNT)
    built.asset("Bucket", BUCKET, acl_enabled=False)
    built.asset("Dataset", PREFIX)
    built.asset("Dataset", OTHER)
    built.asset("AccessPoint", POINT)
    built.relation("ROUTES_TO", POINT, BUCKET)
    if network:
        built.relation("IN_NETWORK", POINT, f"arn:aws:ec2:eu-central-1:{ACCOUNT}:vpc/vpc-1")
    built.asset("Role", role("jane"))
    return built


def at_point(built: EstateBuilder, principal: Any, inside: str = "*") -> None:
    named = {**allow("s3:GetObject", f"{POINT}/object/{inside}"), "Principal": principal}
    built.statements(POINT, "resource", named)


def at_bucket(built: EstateBuilder, principal: Any, **more: Any) -> None:
    named = {**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": principal, **more}
    built.statements(BUCKET, "resource", named)


def read(facts: Facts) -> list[Derived]:
    return list(edges(facts, "CAN_READ", point_grants(facts, "CAN_READ")))


def jane() -> dict[str, str]:
    return {"AWS": role("jane")}


def test_a_point_that_the_bucket_leaves_it_to() -> None:
    built = estate()
    at_point(built, jane(), "jane/*")
    at_bucket(built, "*", Condition=DELEGATED)
    facts = built.facts()
    found = read(facts)
    assert (role("jane"), PREFIX) in pairs(facts, found)
    assert (role("jane"), OTHER) not in pairs(facts, found)
    assert all(edge.source == role("jane") for edge in found)


def test_the_edge_names_the_statement_of_each() -> None:
    built = estate()
    at_point(built, jane(), "jane/*")
    at_bucket(built, "*", Condition=DELEGATED)
    calls = {piece.document for edge in read(built.facts()) for piece in edge.evidence}
    assert calls == {policy.evidence.document for policy in built.policies}


def test_a_point_alone_gives_nothing() -> None:
    built = estate()
    at_point(built, jane())
    assert read(built.facts()) == []


def test_a_bucket_alone_gives_nothing_through_the_point() -> None:
    built = estate()
    at_bucket(built, jane())
    assert read(built.facts()) == []


def test_the_bucket_may_name_the_same_principal() -> None:
    built = estate()
    at_point(built, jane())
    at_bucket(built, jane())
    facts = built.facts()
    assert (role("jane"), PREFIX) in pairs(facts, read(facts))


def test_an_identity_that_may_use_both_needs_no_policy_of_theirs() -> None:
    built = estate()
    built.statements(role("jane"), "identity", allow("s3:GetObject"))
    facts = built.facts()
    assert (role("jane"), BUCKET) in pairs(facts, read(facts))


def test_an_identity_that_may_use_the_point_only_gets_nothing() -> None:
    built = estate()
    built.statements(role("jane"), "identity", allow("s3:GetObject", f"{POINT}/object/*"))
    assert read(built.facts()) == []


def test_what_lies_there_encrypted_takes_the_key_as_well() -> None:
    key = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/k"
    built = estate()
    built.relation("ENCRYPTED_WITH", BUCKET, built.asset("EncryptionKey", key, customer_managed=True))
    built.statements(
        key, "resource", {**allow("kms:*"), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    )
    at_point(built, jane())
    at_bucket(built, jane())
    assert read(built.facts()) == []
    built.statements(role("jane"), "identity", allow("kms:Decrypt", key))
    facts = built.facts()
    assert (role("jane"), PREFIX) in pairs(facts, read(facts))


def test_leaving_it_to_another_account_does_not_open_this_point() -> None:
    built = estate()
    at_point(built, jane())
    at_bucket(built, "*", Condition={"StringEquals": {"s3:DataAccessPointAccount": FOREIGN}})
    assert read(built.facts()) == []


def test_a_point_in_a_network_serves_requests_from_there_only() -> None:
    built = estate(network=True)
    at_point(built, jane())
    at_bucket(built, jane())
    assert {edge.conditions for edge in read(built.facts())} == {("aws:SourceVpc StringEquals vpc-1",)}


def test_a_point_for_everyone_is_shut_by_its_own_block() -> None:
    built = estate()
    at_point(built, "*")
    at_bucket(built, "*", Condition=DELEGATED)
    facts = built.facts()
    assert (ANYONE, BUCKET) in pairs(facts, read(facts))
    block = built.policy(POINT, "public_access_block", {"RestrictPublicBuckets": True})
    shut = [edge for edge in read(built.facts()) if edge.source == ANYONE]
    assert {edge.guards for edge in shut} == {(block.evidence.id,)}


def test_a_bucket_whose_policy_was_not_seen_leaves_it_conditional() -> None:
    built = estate()
    at_point(built, jane())
    failed = Coverage(call="aws:s3:GetBucketPolicy", account=ACCOUNT, parent=BUCKET, outcome="denied")
    built.coverage.append(failed)
    found = read(built.facts())
    assert found
    assert all("GetBucketPolicy failed" in edge.conditions[0] for edge in found)


def test_a_stranger_whose_own_side_may_not_name_the_bucket_is_conditional() -> None:
    built = estate()
    other = built.asset("Role", role("partner", FOREIGN), account=FOREIGN)
    at_point(built, {"AWS": other})
    at_bucket(built, "*", Condition=DELEGATED)
    built.statements(other, "identity", allow("s3:GetObject", f"{POINT}/object/*"))
    found = [edge for edge in read(built.facts()) if edge.source == other]
    assert found
    assert all(edge.conditions for edge in found)


@pytest.mark.parametrize(("delegated", "effect"), [(True, "allow"), (False, "deny")])
def test_a_question_about_an_object_at_a_point_asks_both(*, delegated: bool, effect: str) -> None:
    built = estate()
    at_point(built, jane())
    if delegated:
        at_bucket(built, "*", Condition=DELEGATED)
    facts = built.facts()
    asked = f"{POINT}/object/jane/1"
    assert explain(facts, role("jane"), "s3:GetObject", asked).effect == effect
    (answer,) = who_can(facts, "s3:GetObject", asked)
    named = {each for group in answer.groups for each in group.principals}
    assert (role("jane") in named) is delegated


def test_a_question_about_a_point_that_nobody_saw_is_conditional() -> None:
    built = estate()
    unseen = f"arn:aws:s3:eu-central-1:{ACCOUNT}:accesspoint/other/object/x"
    built.statements(role("jane"), "identity", allow("s3:GetObject"))
    assert explain(built.facts(), role("jane"), "s3:GetObject", unseen).effect == "conditional"
