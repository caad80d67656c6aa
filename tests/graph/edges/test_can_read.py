"""CAN_READ in three clouds: what is granted, what is not, and what would be but for something."""

from typing import Any

import pytest

from graph.edges import can_read
from graph.facts import Facts
from graph.model import Coverage, Outcome
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
    user,
)

BUCKET = "arn:aws:s3:::records"
PREFIX = "arn:aws:s3:::records/patients/"


def estate() -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Bucket", BUCKET)
    built.asset("Dataset", PREFIX)
    built.asset("Role", role("reader"))
    return built


def test_an_allow_on_the_prefix_reads_it_and_a_part_of_the_bucket() -> None:
    built = estate()
    policy = built.statements(role("reader"), "identity", allow("s3:GetObject", f"{PREFIX}*"))
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == {(role("reader"), PREFIX), (role("reader"), BUCKET)}
    partial = {facts.members(e.target): e.properties.get("partial", False) for e in edges}
    assert partial == {(PREFIX,): False, (BUCKET,): True}
    (way,) = edges[0].because
    (evidence,) = [e for e in edges[0].evidence if e.id in way]
    assert evidence.document == policy.evidence.document
    assert evidence.pointer == "/Statement/0"


def test_writing_is_not_reading() -> None:
    built = estate()
    built.statements(role("reader"), "identity", allow("s3:PutObject", "*"))
    assert list(can_read.derive(built.facts())) == []


def test_a_deny_blocks_and_is_the_guard() -> None:
    built = estate()
    built.statements(role("reader"), "identity", allow("s3:*"), deny("s3:GetObject", f"{PREFIX}*"))
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == {(role("reader"), BUCKET)}
    assert blocked(facts, edges) == {(role("reader"), PREFIX)}
    (edge,) = [e for e in edges if e.guards]
    guard = next(e for e in edge.evidence if e.id in edge.guards)
    assert guard.pointer == "/Statement/1"


def test_two_statements_that_grant_the_same_are_two_alternatives() -> None:
    built = estate()
    built.statements(
        role("reader"), "identity", allow("s3:GetObject", f"{PREFIX}*"), allow("s3:*", f"{BUCKET}/*")
    )
    facts = built.facts()
    (edge,) = [e for e in can_read.derive(facts) if PREFIX in facts.members(e.target)]
    assert len(edge.because) == 2


def test_a_group_brings_its_policies_and_the_membership_is_part_of_the_reason() -> None:
    built = estate()
    built.asset("User", user("ana"))
    built.asset("Group", f"arn:aws:iam::{ACCOUNT}:group/staff")
    member = built.relation("MEMBER_OF", user("ana"), f"arn:aws:iam::{ACCOUNT}:group/staff")
    built.statements(f"arn:aws:iam::{ACCOUNT}:group/staff", "identity", allow("s3:GetObject"))
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == {(user("ana"), BUCKET), (user("ana"), PREFIX)}
    assert all(member.id in way for edge in edges for way in edge.because)


def test_a_boundary_blocks_and_is_the_guard() -> None:
    built = estate()
    built.statements(role("reader"), "identity", allow("s3:GetObject"))
    bound = built.statements(role("reader"), "boundary", allow("sqs:*"))
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == set()
    assert blocked(facts, edges) == {(role("reader"), BUCKET), (role("reader"), PREFIX)}
    assert {guard for edge in edges for guard in edge.guards} == {bound.evidence.id}


def test_a_condition_that_is_open_makes_it_conditional_and_names_it() -> None:
    built = estate()
    vpce = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    built.statements(role("reader"), "identity", allow("s3:GetObject", Condition=vpce))
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == set()
    assert conditional(facts, edges) == {(role("reader"), BUCKET), (role("reader"), PREFIX)}
    assert {e.conditions for e in edges} == {("aws:SourceVpce StringEquals vpce-1",)}


def test_a_deny_of_plain_http_is_met_by_whoever_uses_https() -> None:
    built = estate()
    built.statements(role("reader"), "identity", allow("s3:GetObject"))
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    built.statements(BUCKET, "resource", {**deny("s3:*"), "Principal": "*", "Condition": plain})
    facts = built.facts()
    assert pairs(facts, can_read.derive(facts)) == {(role("reader"), BUCKET), (role("reader"), PREFIX)}


def public(built: EstateBuilder, **more: object) -> None:
    built.statements(BUCKET, "resource", {**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": "*", **more})


def test_a_public_bucket_is_read_by_anyone() -> None:
    built = estate()
    public(built)
    facts = built.facts()
    found = pairs(facts, can_read.derive(facts))
    assert {("anyone:", BUCKET), ("anyone:", PREFIX), ("anyone:aws", BUCKET)} <= found


def test_the_block_of_public_access_is_the_guard() -> None:
    built = estate()
    public(built)
    block = built.policy(BUCKET, "public_access_block", {"RestrictPublicBuckets": True})
    facts = built.facts()
    edges = [e for e in can_read.derive(facts) if e.source == "anyone:"]
    assert pairs(facts, edges) == set()
    assert blocked(facts, edges) == {("anyone:", BUCKET), ("anyone:", PREFIX)}
    assert {e.guards for e in edges} == {(block.evidence.id,)}


def test_everyone_of_one_organisation_is_not_anyone() -> None:
    built = estate()
    public(built, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-example"}})
    facts = built.facts()
    assert not [e for e in can_read.derive(facts) if e.source.startswith("anyone:")]


def test_a_foreign_account_that_the_bucket_names_reads_it() -> None:
    built = estate()
    root = f"arn:aws:iam::{FOREIGN}:root"
    built.statements(
        BUCKET, "resource", {**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": {"AWS": FOREIGN}}
    )
    facts = built.facts()
    assert pairs(facts, can_read.derive(facts)) == {(root, BUCKET), (root, PREFIX)}


def test_identity_alone_does_not_cross_accounts() -> None:
    built = estate()
    built.asset("Role", role("reader", "444455556666"), account="444455556666")
    built.statements(role("reader", "444455556666"), "identity", allow("s3:*"))
    facts = built.facts()
    assert pairs(facts, can_read.derive(facts)) == set()


def test_both_sides_cross_accounts_and_are_one_reason() -> None:
    built = estate()
    outside = role("reader", "444455556666")
    built.asset("Role", outside, account="444455556666")
    built.statements(outside, "identity", allow("s3:GetObject"))
    statement = {**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": {"AWS": outside}}
    built.statements(BUCKET, "resource", statement)
    facts = built.facts()
    edges = [e for e in can_read.derive(facts) if e.source == outside]
    assert pairs(facts, edges) == {(outside, BUCKET), (outside, PREFIX)}
    assert all(len(way) == 2 for edge in edges for way in edge.because)


def test_an_unreadable_policy_leaves_it_open() -> None:
    built = estate()
    built.policy(role("reader"), "identity", {"Version": "1999-01-01", "Statement": []})
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == set()
    assert (role("reader"), PREFIX) in conditional(facts, edges)


KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/k-1"


def encrypted(*key_policy: dict[str, Any], key: str = KEY) -> EstateBuilder:
    """Records under a key, and a reader of records who has no permission for the key."""
    built = estate()
    built.asset("EncryptionKey", key)
    built.relation("ENCRYPTED_WITH", BUCKET, key)
    built.statements(role("reader"), "identity", allow("s3:GetObject"))
    if key_policy:
        built.statements(key, "resource", *key_policy)
    return built


def records(built: EstateBuilder) -> tuple[set[tuple[str, str]], ...]:
    facts = built.facts()
    edges = list(can_read.derive(facts))
    found = (pairs(facts, edges), conditional(facts, edges), blocked(facts, edges))
    return tuple({(who, on) for who, on in each if on != KEY} for each in found)


BOTH = {(role("reader"), BUCKET), (role("reader"), PREFIX)}


def test_an_encrypted_object_is_not_read_without_its_key() -> None:
    root = {**allow("kms:*"), "Principal": {"AWS": ACCOUNT}}
    assert records(encrypted(root)) == (set(), set(), set())
    built = encrypted(root)
    built.statements(role("reader"), "identity", allow("kms:Decrypt", KEY))
    assert records(built) == (BOTH, set(), set())


def test_a_key_policy_alone_lets_its_reader_decrypt_through_the_service() -> None:
    via = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
    named = {**allow("kms:Decrypt"), "Principal": {"AWS": role("reader")}}
    assert records(encrypted({**named, "Condition": via})) == (BOTH, set(), set())
    other = {"StringEquals": {"kms:ViaService": "sqs.eu-central-1.amazonaws.com"}}
    assert records(encrypted({**named, "Condition": other})) == (set(), set(), set())


def test_a_key_whose_policy_nobody_saw_leaves_it_open() -> None:
    assert records(encrypted()) == (set(), BOTH, set())
    built = encrypted()
    built.statements(role("reader"), "identity", deny("kms:Decrypt"))
    assert records(built) == (set(), set(), BOTH)


def test_a_denied_decryption_is_the_guard() -> None:
    built = encrypted({**allow("kms:*"), "Principal": {"AWS": role("reader")}})
    built.statements(role("reader"), "identity", deny("kms:Decrypt"))
    assert records(built) == (set(), set(), BOTH)


def grant(grantee: str, *operations: str, **more: Any) -> dict[str, Any]:
    return {"GrantId": "g-1", "GranteePrincipal": grantee, "Operations": list(operations), **more}


def test_a_grant_lets_its_grantee_decrypt() -> None:
    built = encrypted(allow("kms:*", Principal={"AWS": ACCOUNT}))
    built.policy(KEY, "key_grant", grant(role("reader"), "Decrypt"))
    assert records(built) == (BOTH, set(), set())


def test_a_grant_to_another_or_for_another_operation_does_not() -> None:
    for other in (grant(role("someone"), "Decrypt"), grant(role("reader"), "Encrypt")):
        built = encrypted(allow("kms:*", Principal={"AWS": ACCOUNT}))
        built.policy(KEY, "key_grant", other)
        assert records(built)[0] == set()


def test_a_grant_under_an_encryption_context_is_a_condition() -> None:
    built = encrypted(allow("kms:*", Principal={"AWS": ACCOUNT}))
    only = {"Constraints": {"EncryptionContextSubset": {"aws:s3:arn": BUCKET}}}
    built.policy(KEY, "key_grant", grant(role("reader"), "Decrypt", **only))
    assert records(built) == (set(), BOTH, set())


def test_a_grant_that_cannot_be_read_is_unknown() -> None:
    built = encrypted(allow("kms:*", Principal={"AWS": ACCOUNT}))
    built.policy(KEY, "key_grant", {"GrantId": "g-1"})
    assert records(built) == (set(), BOTH, set())


def test_a_key_that_the_provider_manages_needs_no_permission() -> None:
    built = encrypted(key=f"arn:aws:kms:eu-central-1:{ACCOUNT}:alias/aws/s3")
    assert records(built)[0] == BOTH


# Google Cloud

PROJECT = "//cloudresourcemanager.googleapis.com/projects/linden"
GCS = "//storage.googleapis.com/projects/_/buckets/scans"
SCANS = f"{GCS}/objects/ct/"


def google() -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Account", PROJECT)
    built.asset("Bucket", GCS)
    built.asset("Dataset", SCANS)
    built.relation("CONTAINS", PROJECT, GCS)
    built.relation("CONTAINS", GCS, SCANS)
    permissions = {"includedPermissions": ["storage.objects.get", "storage.objects.list"]}
    built.policy("roles/storage.objectViewer", "role_definition", permissions)
    return built


def bind(built: EstateBuilder, on: str, *members: str, **more: object) -> None:
    binding = {"role": "roles/storage.objectViewer", "members": list(members), **more}
    built.policy(on, "allow", {"bindings": [binding]})


def test_a_binding_on_the_project_is_inherited() -> None:
    built = google()
    bind(built, PROJECT, "user:ana@example.org")
    facts = built.facts()
    expected = {("google:user:ana@example.org", GCS), ("google:user:ana@example.org", SCANS)}
    assert pairs(facts, can_read.derive(facts)) == expected


def test_a_group_and_its_members_read() -> None:
    built = google()
    built.asset("User", "google:user:ana@example.org")
    built.asset("Group", "google:group:ml@example.org")
    built.relation("MEMBER_OF", "google:user:ana@example.org", "google:group:ml@example.org")
    bind(built, GCS, "group:ml@example.org")
    facts = built.facts()
    sources = {source for source, _ in pairs(facts, can_read.derive(facts))}
    assert sources == {"google:user:ana@example.org", "google:group:ml@example.org"}


def test_all_users_is_anyone_and_prevention_is_the_guard() -> None:
    built = google()
    bind(built, GCS, "allUsers", "allAuthenticatedUsers")
    facts = built.facts()
    assert {s for s, _ in pairs(facts, can_read.derive(facts))} == {"anyone:", "anyone:gcp"}
    built.policy(GCS, "public_access_block", {"publicAccessPrevention": "enforced"})
    facts = built.facts()
    assert pairs(facts, can_read.derive(facts)) == set()
    assert blocked(facts, can_read.derive(facts)) >= {("anyone:", GCS), ("anyone:", SCANS)}


def test_a_condition_of_a_binding_is_named() -> None:
    built = google()
    bind(
        built, GCS, "user:ana@example.org", condition={"title": "till June", "expression": "request.time < x"}
    )
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == set()
    assert {e.conditions for e in edges} == {("till June: request.time < x",)}


def test_a_deleted_principal_and_an_unknown_role_give_nothing() -> None:
    built = google()
    bind(built, GCS, "deleted:user:bob@example.org?uid=1")
    built.policy(GCS, "allow", {"bindings": [{"role": "roles/unseen", "members": ["user:bob@example.org"]}]})
    assert list(can_read.derive(built.facts())) == []


# Azure

SUBSCRIPTION = "/subscriptions/00000000-0000-4000-8000-00000000a1de"
STORAGE = f"{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.storage/storageaccounts/letters"
CONTAINER = f"{STORAGE}/blobservices/default/containers/in"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def azure(*, actions: list[str] = [], data: list[str] = [], not_data: list[str] = []) -> EstateBuilder:  # noqa: B006 - never changed
    built = EstateBuilder()
    built.asset("Account", SUBSCRIPTION)
    built.asset("Bucket", CONTAINER)
    permissions = {"actions": actions, "dataActions": data, "notDataActions": not_data}
    built.policy(
        "/providers/x/roledefinitions/r1", "role_definition", {"properties": {"permissions": [permissions]}}
    )
    return built


def assign(built: EstateBuilder, scope: str, **more: str) -> None:
    properties = {"principalId": "AAAA", "roleDefinitionId": "/x/roleDefinitions/R1", **more}
    built.policy(scope, "role_assignment", {"properties": properties})


def test_a_data_role_is_inherited_by_scope() -> None:
    built = azure(data=[f"{BLOBS}/read"])
    assign(built, SUBSCRIPTION)
    facts = built.facts()
    assert pairs(facts, can_read.derive(facts)) == {("entra:aaaa", CONTAINER)}


def test_a_scope_is_a_prefix_on_a_slash() -> None:
    built = azure(data=[f"{BLOBS}/read"])
    assign(built, STORAGE[:-1])
    assert list(can_read.derive(built.facts())) == []


def test_control_actions_read_no_data_and_what_is_excepted_is_not_granted() -> None:
    reader = azure(actions=["*/read"])
    assign(reader, SUBSCRIPTION)
    assert list(can_read.derive(reader.facts())) == []
    excepted = azure(data=["*"], not_data=[f"{BLOBS}/*"])
    assign(excepted, SUBSCRIPTION)
    assert list(can_read.derive(excepted.facts())) == []


def test_the_right_to_list_keys_reads_unless_keys_are_off() -> None:
    built = azure(actions=["Microsoft.Storage/storageAccounts/listKeys/action"])
    assign(built, STORAGE)
    facts = built.facts()
    assert pairs(facts, can_read.derive(facts)) == {("entra:aaaa", CONTAINER)}
    built.asset("Bucket", CONTAINER, local_auth=False)
    assert list(can_read.derive(built.facts())) == []


def test_a_deny_assignment_is_the_guard() -> None:
    built = azure(data=["*"])
    assign(built, SUBSCRIPTION)
    denial = {
        "permissions": [{"dataActions": ["*"]}],
        "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
    }
    guard = built.policy(STORAGE, "deny_assignment", {"properties": denial})
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == set()
    assert {e.guards for e in edges} == {(guard.evidence.id,)}


def test_a_condition_of_an_assignment_is_named() -> None:
    built = azure(data=["*"])
    assign(built, SUBSCRIPTION, condition="@Resource[x] StringEquals 'y'")
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert pairs(facts, edges) == set()
    assert all("@Resource" in e.conditions[0] for e in edges)


def test_an_open_container_needs_both_switches() -> None:
    for allowed, expected in ((True, {("anyone:", CONTAINER)}), (False, set())):
        built = azure()
        built.policy(CONTAINER, "acl", {"properties": {"publicAccess": "Container"}})
        built.policy(CONTAINER, "public_access_block", {"properties": {"allowBlobPublicAccess": allowed}})
        facts = built.facts()
        edges = list(can_read.derive(facts))
        assert pairs(facts, edges) == expected
        assert blocked(facts, edges) == ({("anyone:", CONTAINER)} - expected)


ORGANIZATION, ROOT = (
    f"arn:aws:organizations::999900001111:{each}" for each in ("organization/o-ours", "root/o-ours/r-1")
)
MEMBERSHIP = ("ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent")


def kept_for_the_organisation(outcome: Outcome, *, member: bool = False) -> Facts:
    """A bucket that names a foreign account, and an RCP that keeps it for the organisation."""
    built = estate()
    built.statements(
        BUCKET, "resource", {**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": {"AWS": FOREIGN}}
    )
    built.asset("Organization", ORGANIZATION, management_account="999900001111")
    built.asset("Folder", ROOT, native_kind="root")
    built.relation("CONTAINS", ORGANIZATION, ROOT)
    for account in (ACCOUNT, *((FOREIGN,) if member else ())):
        built.asset("Account", f"aws://{account}", account=account)
        built.relation("CONTAINS", ROOT, f"aws://{account}")
    ours = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"}}
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    built.statements(
        ROOT, "resource_control", everything, {**everything, "Effect": "Deny", "Condition": ours}
    )
    for call in MEMBERSHIP:
        built.coverage.append(Coverage(call=f"aws:organizations:{call}", outcome=outcome))
    return built.facts()


def test_an_account_outside_the_organisation_is_known_when_all_members_are() -> None:
    facts = kept_for_the_organisation("ok")
    edges = list(can_read.derive(facts))
    root = f"arn:aws:iam::{FOREIGN}:root"
    assert blocked(facts, edges) >= {(root, BUCKET), (root, PREFIX)}
    assert conditional(facts, edges) == pairs(facts, edges) == set()


def test_it_is_open_when_the_members_were_not_told() -> None:
    facts = kept_for_the_organisation("denied")
    root = f"arn:aws:iam::{FOREIGN}:root"
    assert conditional(facts, can_read.derive(facts)) == {(root, BUCKET), (root, PREFIX)}


def test_a_member_of_the_organisation_is_let_in() -> None:
    facts = kept_for_the_organisation("ok", member=True)
    root = f"arn:aws:iam::{FOREIGN}:root"
    assert {(root, BUCKET), (root, PREFIX)} <= pairs(facts, can_read.derive(facts))


def encrypted_secret(*statements: dict[str, Any]) -> tuple[Facts, tuple[str, str]]:
    """A secret under a key that leaves all to its account, and a role with these statements."""
    built = estate()
    secret = built.asset("Secret", f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:model-AbCdEf")
    key = built.asset("EncryptionKey", f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1", customer_managed=True)
    built.relation("ENCRYPTED_WITH", secret, key)
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    built.statements(key, "resource", {**allow("kms:*"), "Principal": root})
    built.statements(role("reader"), "identity", *statements)
    return built.facts(), (role("reader"), secret)


def test_a_secret_needs_its_key_through_the_service() -> None:
    via = {"StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}}
    read = allow("secretsmanager:GetSecretValue")
    facts, pair = encrypted_secret(read, {**allow("kms:Decrypt"), "Condition": via})
    assert pair in pairs(facts, can_read.derive(facts))


def test_a_secret_is_not_read_without_its_key() -> None:
    facts, pair = encrypted_secret(allow("secretsmanager:GetSecretValue"))
    assert pair not in pairs(facts, can_read.derive(facts))


def test_a_secret_is_not_read_with_a_key_for_another_service() -> None:
    via = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
    read = allow("secretsmanager:GetSecretValue")
    facts, pair = encrypted_secret(read, {**allow("kms:Decrypt"), "Condition": via})
    assert pair not in pairs(facts, can_read.derive(facts))


@pytest.mark.parametrize(
    ("kind", "identifier", "action", "open_to_strangers"),
    [
        ("Queue", f"arn:aws:sqs:eu-central-1:{ACCOUNT}:jobs", "sqs:ReceiveMessage", True),
        ("Secret", f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:s", "secretsmanager:*", False),
    ],
)
def test_only_some_services_answer_strangers(
    kind: str, identifier: str, action: str, open_to_strangers: bool
) -> None:
    built = estate()
    built.asset(kind, identifier)
    built.statements(identifier, "resource", {**allow(action), "Principal": "*"})
    facts = built.facts()
    found = pairs(facts, can_read.derive(facts))
    assert ("anyone:aws", identifier) in found
    assert (("anyone:", identifier) in found) is open_to_strangers
