"""Access control lists of buckets, and blocks of public access on the bucket and on its account.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

import pytest

from graph.access.ask import who_can
from graph.edges import can_admin, can_read, can_write
from graph.facts import Facts
from graph.model import ANYONE, Coverage, Derived, Json
from tests.graph.access.estates import ACCOUNT, FOREIGN, EstateBuilder, allow, pairs, role

BUCKET, PREFIX = "arn:aws:s3:::open", "arn:aws:s3:::open/train/"
WHOLE = f"aws://{ACCOUNT}"
EVERYONE: dict[str, Json] = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
SIGNED: dict[str, Json] = {
    "Type": "Group",
    "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}
STRANGER: dict[str, Json] = {"Type": "CanonicalUser", "ID": "c" * 64}
OTHERS = f"canonical:aws:{'c' * 64}"
BUCKET_BLOCK, ACCOUNT_BLOCK = "aws:s3:GetPublicAccessBlock", "aws:s3control:GetPublicAccessBlock"


def estate(**bucket: bool) -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Account", WHOLE, account=ACCOUNT)
    built.asset("Bucket", BUCKET, **{"acl_enabled": True, **bucket})
    built.asset("Dataset", PREFIX)
    built.asset("Role", role("idle"))
    return built


def granted(built: EstateBuilder, grantee: dict[str, Json], permission: str) -> EstateBuilder:
    built.policy(BUCKET, "acl", {"Grantee": grantee, "Permission": permission})
    return built


def public(built: EstateBuilder) -> EstateBuilder:
    built.statements(BUCKET, "resource", {**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": "*"})
    return built


def denied(built: EstateBuilder, call: str, parent: str) -> EstateBuilder:
    built.coverage.append(Coverage(call=call, account=ACCOUNT, parent=parent, outcome="denied"))
    return built


def of(edges: list[Derived], source: str) -> list[Derived]:
    return [edge for edge in edges if edge.source == source]


def writers(facts: Facts) -> set[tuple[str, str]]:
    return pairs(facts, can_write.derive(facts))


def test_a_list_that_lets_everyone_write_lets_strangers_write() -> None:
    found = writers(granted(estate(), EVERYONE, "WRITE").facts())
    assert {(ANYONE, BUCKET), (ANYONE, PREFIX), ("anyone:aws", BUCKET)} <= found


def test_the_edge_says_which_grant_it_is() -> None:
    built = granted(estate(), EVERYONE, "WRITE")
    (edge,) = of(list(can_write.derive(built.facts())), ANYONE)
    assert edge.because == ((built.policies[-1].evidence.id,),)


def test_a_list_never_lets_anybody_read_objects() -> None:
    facts = granted(estate(), EVERYONE, "FULL_CONTROL").facts()
    assert list(can_read.derive(facts)) == []
    assert (ANYONE, BUCKET) in pairs(facts, can_admin.derive(facts))


def test_reading_a_bucket_is_listing_it() -> None:
    facts = granted(estate(), EVERYONE, "READ").facts()
    (listing,) = who_can(facts, "s3:ListBucket", BUCKET)
    assert ANYONE in {each for group in listing.groups for each in group.principals}
    (reading,) = who_can(facts, "s3:GetObject", f"{BUCKET}/*")
    assert [group.principals for group in reading.groups] == [(f"arn:aws:iam::{ACCOUNT}:root",)]


@pytest.mark.parametrize("enabled", [True, False])
def test_an_answer_about_objects_says_that_their_own_lists_were_not_seen(*, enabled: bool) -> None:
    facts = estate(acl_enabled=enabled).facts()
    (objects,) = who_can(facts, "s3:GetObject", f"{BUCKET}/x")
    assert any("access control lists of their own" in each for each in objects.assumed) is enabled
    (itself,) = who_can(facts, "s3:ListBucket", BUCKET)
    assert not any("access control lists of their own" in each for each in itself.assumed)


def test_whoever_signs_is_not_everyone() -> None:
    found = writers(granted(estate(), SIGNED, "WRITE").facts())
    assert ("anyone:aws", BUCKET) in found
    assert (ANYONE, BUCKET) not in found


def test_another_account_by_its_canonical_id() -> None:
    assert writers(granted(estate(), STRANGER, "WRITE").facts()) == {(OTHERS, BUCKET), (OTHERS, PREFIX)}


def test_a_canonical_id_that_is_known_means_that_account() -> None:
    built = granted(estate(), STRANGER, "WRITE")
    other = built.asset("Role", role("writer", FOREIGN), account=FOREIGN)
    built.asset("Role", role("idle", FOREIGN), account=FOREIGN)
    built.statements(other, "identity", allow("s3:PutObject"))
    listing = built.evidence({"Buckets": [], "Owner": {"ID": "c" * 64}})
    built.coverage.append(Coverage(call="aws:s3:ListBuckets", account=FOREIGN, documents=(listing.document,)))
    assert writers(built.facts()) == {(other, BUCKET), (other, PREFIX)}


def test_lists_count_for_nothing_where_the_owner_is_enforced() -> None:
    facts = granted(estate(acl_enabled=False), EVERYONE, "FULL_CONTROL").facts()
    assert list(can_write.derive(facts)) == []
    assert list(can_admin.derive(facts)) == []


def test_where_nobody_knows_whether_lists_count_it_is_conditional() -> None:
    built = granted(estate(), EVERYONE, "WRITE")
    built.asset("Bucket", BUCKET)
    (edge,) = of(list(can_write.derive(built.facts())), ANYONE)
    (condition,) = edge.conditions
    assert "GetBucketOwnershipControls" in condition
    public(built)
    facts = built.facts()  # what the policy gives hangs on no list
    assert (ANYONE, PREFIX) in pairs(facts, can_read.derive(facts))


@pytest.mark.parametrize("place", [BUCKET, WHOLE])
def test_ignored_lists_are_the_guard(place: str) -> None:
    built = granted(estate(), EVERYONE, "WRITE")
    block = built.policy(place, "public_access_block", {"IgnorePublicAcls": True})
    (edge,) = of(list(can_write.derive(built.facts())), ANYONE)
    assert edge.guards == (block.evidence.id,)


@pytest.mark.parametrize("setting", ["BlockPublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"])
def test_the_other_settings_leave_lists_alone(setting: str) -> None:
    built = granted(estate(), EVERYONE, "WRITE")
    built.policy(WHOLE, "public_access_block", {setting: True})
    assert (ANYONE, BUCKET) in writers(built.facts())


def test_ignoring_public_lists_leaves_those_of_accounts() -> None:
    built = granted(estate(), STRANGER, "WRITE")
    built.policy(WHOLE, "public_access_block", {"IgnorePublicAcls": True})
    assert (OTHERS, BUCKET) in writers(built.facts())


def test_the_accounts_block_counts_as_the_buckets_does() -> None:
    built = public(estate())
    built.policy(BUCKET, "public_access_block", {"RestrictPublicBuckets": False})
    block = built.policy(WHOLE, "public_access_block", {"RestrictPublicBuckets": True})
    (edge,) = of(list(can_read.derive(built.facts())), ANYONE)
    assert edge.guards == (block.evidence.id,)


@pytest.mark.parametrize(("call", "parent"), [(BUCKET_BLOCK, BUCKET), (ACCOUNT_BLOCK, WHOLE)])
def test_a_block_that_was_not_seen_leaves_what_is_public_conditional(call: str, parent: str) -> None:
    facts = denied(public(estate()), call, parent).facts()
    (edge,) = of(list(can_read.derive(facts)), ANYONE)
    (condition,) = edge.conditions
    assert call in condition
    (answer,) = who_can(facts, "s3:GetObject", f"{PREFIX}x")
    strangers = [group for group in answer.groups if ANYONE in group.principals]
    assert [group.effect for group in strangers] == ["conditional"]
    assert condition in strangers[0].conditions


def test_a_block_that_was_not_seen_matters_to_lists_too() -> None:
    facts = denied(granted(estate(), EVERYONE, "WRITE"), ACCOUNT_BLOCK, WHOLE).facts()
    (edge,) = of(list(can_write.derive(facts)), ANYONE)
    assert ACCOUNT_BLOCK in edge.conditions[0]


def test_a_block_that_was_not_seen_is_no_matter_where_another_blocks() -> None:
    built = denied(public(estate()), BUCKET_BLOCK, BUCKET)
    built.policy(WHOLE, "public_access_block", {"RestrictPublicBuckets": True})
    (edge,) = of(list(can_read.derive(built.facts())), ANYONE)
    assert edge.guards


def test_a_block_that_was_not_seen_is_no_matter_to_the_owners_own_identities() -> None:
    built = denied(public(estate()), ACCOUNT_BLOCK, WHOLE)
    facts = built.facts()
    assert (role("idle"), BUCKET) in pairs(facts, can_read.derive(facts))
