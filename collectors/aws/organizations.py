"""AWS Organizations: where accounts stand, and the guardrail policies on root, units and accounts.

Only the management account and delegated administrators may read this. Elsewhere the calls are denied, which
is recorded; access is then told as if there were no such policies, and says so.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact, Policy, Relation

ORGANIZATION = Call(
    "aws:organizations:DescribeOrganization",
    lists=("Organization",),
    fills=("Organization.management_account",),
    empty_on=("AWSOrganizationsNotInUseException",),
)
# What says where accounts stand, and which policies hang where, fills nothing that a result hangs on.
ROOTS = Call("aws:organizations:ListRoots", lists=("Folder",))
UNITS = Call("aws:organizations:ListOrganizationalUnitsForParent", lists=("Folder",))
ACCOUNTS = Call("aws:organizations:ListAccountsForParent")
POLICIES = Call("aws:organizations:ListPolicies")
POLICY = Call("aws:organizations:DescribePolicy", fills=("policy:service_control", "policy:resource_control"))
TARGETS = Call("aws:organizations:ListTargetsForPolicy")

REGIONAL = False

Guardrail = Literal["service_control", "resource_control"]
FILTERS: tuple[tuple[Guardrail, str], ...] = (
    ("service_control", "SERVICE_CONTROL_POLICY"),
    ("resource_control", "RESOURCE_CONTROL_POLICY"),
)


def collect(source: Source) -> Iterator[Fact]:
    answer = source.call(ORGANIZATION)
    organization = answer.text("/Organization/Arn")
    if not organization:
        return
    name = answer.text("/Organization/Id") or organization
    yield Asset(
        id=organization,
        kind="Organization",
        name=name,
        listed_by=answer.listed_by,
        properties={
            "native_kind": "organization",
            "management_account": answer.text("/Organization/MasterAccountId") or "",
        },
        evidence=answer.evidence(name="/Organization/Id", management_account="/Organization/MasterAccountId"),
    )
    tree: list[Fact] = []
    for root in source.pages(ROOTS):
        arn = root.text("/Arn") or ""
        tree += (_folder(root, "root"), _contains(organization, arn, "Folder", root.evidence(target="/Arn")))
        tree += _below(source, arn, root.text("/Id") or "")
    yield from tree
    if tree:
        nodes = [each.target for each in tree if isinstance(each, Relation)]
        yield from _guardrails(source, nodes)


def _folder(row: Answer, native_kind: str) -> Asset:
    return Asset(
        id=row.text("/Arn") or "",
        kind="Folder",
        name=row.text("/Name") or "",
        listed_by=row.listed_by,
        properties={"native_kind": native_kind},
        evidence=row.evidence(name="/Name"),
    )


def _below(source: Source, parent: str, identifier: str) -> Iterator[Fact]:
    """The accounts and units right below a node, and what is below these."""
    for account in source.pages(ACCOUNTS, ParentId=identifier):
        target = f"aws://{account.text('/Id')}"
        yield _contains(parent, target, "Account", account.evidence(target="/Id"))
    for unit in source.pages(UNITS, ParentId=identifier):
        arn = unit.text("/Arn") or ""
        yield _folder(unit, "organizational unit")
        yield _contains(parent, arn, "Folder", unit.evidence(target="/Arn"))
        yield from _below(source, arn, unit.text("/Id") or "")


def _contains(source: str, target: str, kind: str, evidence: tuple[Evidence, ...]) -> Relation:
    return Relation("CONTAINS", source, target, evidence=evidence, target_kind=kind)


def _guardrails(source: Source, nodes: Sequence[str]) -> Iterator[Policy]:
    """The policies where they hang. One whose text was not told has its summary as evidence, which is no
    policy, so that its effect is unknown; one of which nobody knows where it hangs may hang anywhere."""
    for layer, policy_type in FILTERS:
        for row in source.pages(POLICIES, Filter=policy_type):
            identifier = row.text("/Id") or ""
            said = source.call(POLICY, PolicyId=identifier)
            pages = list(source.answers(TARGETS, PolicyId=identifier))
            told = bool(pages and said.text("/Policy/Content"))
            evidence = (said.document("/Policy/Content") if told else row).evidence()[0]
            places = [_hangs_on(target) for page in pages for target in page.items("/Targets")]
            for place in places if pages else nodes:
                yield Policy(place, layer, row.text("/Name") or identifier, evidence)


def _hangs_on(target: Answer) -> str:
    """The id of the root, unit or account a policy is attached to."""
    if target.text("/Type") == "ACCOUNT":
        return f"aws://{target.text('/TargetId')}"
    return target.text("/Arn") or ""
