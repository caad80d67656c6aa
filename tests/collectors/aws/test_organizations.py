"""Organisations: where accounts stand, what guards them, and what a member account cannot see."""

import msgspec

from collectors.practice.aws import Answer, AwsServer, Fault
from collectors.practice.estate import aws_organization
from collectors.practice.estate.aws_organization import ARN, ORGANIZATION, ROOT, UNIT
from tests.collectors.aws.scanning import ACCOUNT, Seen, estate, scan

TREE = (
    (f"{ARN}:organization/{ORGANIZATION}", f"{ARN}:root/{ORGANIZATION}/{ROOT}"),
    (f"{ARN}:root/{ORGANIZATION}/{ROOT}", f"{ARN}:ou/{ORGANIZATION}/{UNIT}"),
    (f"{ARN}:ou/{ORGANIZATION}/{UNIT}", f"aws://{ACCOUNT}"),
    (f"{ARN}:ou/{ORGANIZATION}/{UNIT}", "aws://444455556666"),
)


def seen(*more: Answer, faults: tuple[Fault, ...] = (), pages: int = 1000) -> Seen:
    held = estate(*aws_organization.answers([ACCOUNT, "444455556666"]), *more)
    small = {("organizations", name): pages for name in ("ListAccountsForParent", "ListPolicies")}
    with AwsServer(msgspec.structs.replace(held, faults=faults, pages=small)) as server:
        return scan(server)


def guards(found: Seen) -> set[tuple[str, str, str]]:
    layers = ("service_control", "resource_control")
    return {(each.on, each.layer, each.name) for each in found.policies if each.layer in layers}


def test_accounts_stand_below_units_and_the_root() -> None:
    found = seen()
    assert found.pairs("CONTAINS") >= set(TREE)
    assert found.assets[TREE[0][0]].get("management_account") == aws_organization.MANAGEMENT


def test_policies_hang_where_they_are_attached() -> None:
    found = guards(seen())
    root, unit = TREE[0][1], TREE[1][1]
    assert (root, "service_control", "FullAWSAccess") in found
    assert (unit, "service_control", "KeepTheAuditTrail") in found
    assert (f"aws://{ACCOUNT}", "service_control", "FullAWSAccess") in found
    assert (root, "resource_control", "EncryptedTransport") in found
    assert (root, "service_control", "KeepTheAuditTrail") not in found


def test_every_page_is_read() -> None:
    assert guards(seen(pages=1)) == guards(seen())
    assert seen(pages=1).pairs("CONTAINS") == seen().pairs("CONTAINS")


def test_a_member_account_sees_the_organisation_alone() -> None:
    found = seen(faults=(Fault("organizations", "ListRoots", "AccessDeniedException", 403, -1),))
    assert found.ids("Organization") == {TREE[0][0]}
    assert found.outcomes("aws:organizations:ListRoots") == {"denied"}
    assert not guards(found)


def test_an_account_of_its_own_is_no_gap() -> None:
    alone = Fault("organizations", "DescribeOrganization", "AWSOrganizationsNotInUseException", 400, -1)
    found = seen(faults=(alone,))
    assert found.outcomes("aws:organizations:DescribeOrganization") == {"ok"}
    assert not found.ids("Organization")


def test_a_policy_whose_text_was_not_told_still_hangs_there() -> None:
    found = seen(faults=(Fault("organizations", "DescribePolicy", "AccessDeniedException", 403, -1),))
    assert guards(found) == guards(seen())
    named = {each.name: each.evidence for each in found.policies}
    assert named["FullAWSAccess"].call == "aws:organizations:ListPolicies"


def test_a_policy_that_may_hang_anywhere_hangs_everywhere() -> None:
    found = seen(faults=(Fault("organizations", "ListTargetsForPolicy", "AccessDeniedException", 403, -1),))
    places = {on for on, layer, name in guards(found) if name == "KeepTheAuditTrail"}
    assert places == {target for _, target in TREE}
