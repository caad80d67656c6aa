"""AWS IAM: users, groups and roles, what their policies say, and whom their trust policies name."""

from collections.abc import Iterator, Mapping

import msgspec

from collectors.aws import names
from collectors.aws.trust import trusted
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact, Layer, Policy, Relation

DETAILS = Call(
    "aws:iam:GetAccountAuthorizationDetails",
    lists=("User", "Group", "Role", "ExternalPrincipal"),
    fills=(
        "User.tags",
        "Role.tags",
        "Role.last_used",
        "Role.instance_profiles",
        "ExternalPrincipal.subject_wildcard",
        "MEMBER_OF",
        "TRUSTS",
        "policy:identity",
        "policy:earlier_version",
        "policy:boundary",
        "policy:trust",
    ),
)

REGIONAL = False


class Shared(msgspec.Struct, frozen=True):
    """What one principal's row refers to and another page may hold: managed policies, groups by name."""

    policies: Mapping[str, Evidence]
    groups: Mapping[str, str]
    earlier: Mapping[str, tuple[Evidence, ...]]


def collect(source: Source) -> Iterator[Fact]:
    pages = list(source.answers(DETAILS))
    shared = Shared(
        policies=dict(document for page in pages for document in _managed(page)),
        groups={
            group.text("/GroupName") or "": group.text("/Arn") or ""
            for page in pages
            for group in page.items("/GroupDetailList")
        },
        earlier=dict(documents for page in pages for documents in _earlier(page)),
    )
    for page in pages:
        for user in page.items("/UserDetailList"):
            yield from _user(user, shared)
        for group in page.items("/GroupDetailList"):
            yield _principal(group, "Group", "GroupName")
            yield from _policies(group, "GroupPolicyList", shared)
        for role in page.items("/RoleDetailList"):
            yield from _role(role, shared)


def _managed(page: Answer) -> Iterator[tuple[str, Evidence]]:
    """The version in force of each managed policy that somebody has, by the policy's ARN."""
    for policy in page.items("/Policies"):
        for version in policy.items("/PolicyVersionList"):
            if version.flag("/IsDefaultVersion") and version.get("/Document"):
                yield policy.text("/Arn") or "", version.document("/Document").evidence()[0]


def _earlier(page: Answer) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    """The versions of each managed policy that are not in force, by the policy's ARN."""
    for policy in page.items("/Policies"):
        yield (
            policy.text("/Arn") or "",
            tuple(
                version.document("/Document").evidence()[0]
                for version in policy.items("/PolicyVersionList")
                if not version.flag("/IsDefaultVersion") and version.get("/Document")
            ),
        )


def _user(user: Answer, shared: Shared) -> Iterator[Fact]:
    asset = _principal(user, "User", "UserName")
    yield asset
    groups = user.get("/GroupList")
    for index, name in enumerate(groups if isinstance(groups, list) else []):
        if group := shared.groups.get(str(name)):
            evidence = user.evidence(target=f"/GroupList/{index}")
            yield Relation("MEMBER_OF", asset.id, group, evidence=evidence, target_kind="Group")
    yield from _policies(user, "UserPolicyList", shared)


def _role(role: Answer, shared: Shared) -> Iterator[Fact]:
    asset = _principal(role, "Role", "RoleName")
    yield asset
    yield from _policies(role, "RolePolicyList", shared)
    if role.get("/AssumeRolePolicyDocument"):
        trust = role.document("/AssumeRolePolicyDocument")
        yield Policy(asset.id, "trust", "trust policy", trust.evidence()[0])
        yield from trusted(asset.id, trust)


def _principal(row: Answer, kind: str, name: str) -> Asset:
    last_used = row.text("/RoleLastUsed/LastUsedDate")
    return Asset(
        id=row.text("/Arn") or "",
        kind=kind,
        name=row.text(f"/{name}") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind=kind.lower(),
            tags=names.tags(row, "/Tags") if kind != "Group" else None,  # groups have none
            last_used=last_used,
            instance_profiles=_instance_profiles(row) if kind == "Role" else None,
        ),
        evidence=row.evidence(
            name=f"/{name}",
            **({"instance_profiles": "/InstanceProfileList"} if kind == "Role" else {}),
            **({"tags": "/Tags"} if row.get("/Tags") else {}),
            **({"last_used": "/RoleLastUsed/LastUsedDate"} if last_used else {}),
        ),
    )


def _instance_profiles(role: Answer) -> tuple[str, ...]:
    return tuple(profile.text("/Arn") or "" for profile in role.items("/InstanceProfileList"))


def _policies(row: Answer, inline: str, shared: Shared) -> Iterator[Fact]:
    """Inline, attached and boundary policies of a user, group or role."""
    principal = row.text("/Arn") or ""
    for policy in row.items(f"/{inline}"):
        document = policy.document("/PolicyDocument")
        yield Policy(principal, "identity", policy.text("/PolicyName") or "", document.evidence()[0])
    for policy in row.items("/AttachedManagedPolicies"):
        arn = policy.text("/PolicyArn") or ""
        yield from _attached(principal, "identity", policy.at("/PolicyArn"), shared)
        for evidence in shared.earlier.get(arn, ()):
            yield Policy(principal, "earlier_version", arn, evidence)
    boundary = row.at("/PermissionsBoundary/PermissionsBoundaryArn")
    yield from _attached(principal, "boundary", boundary, shared)


def _attached(principal: str, layer: Layer, named: Answer, shared: Shared) -> Iterator[Policy]:
    """A managed policy. One whose text the answer does not hold is known by its name alone: its evidence is
    the attachment, so that its effect is unknown and not absent."""
    if arn := named.text(""):
        evidence = shared.policies.get(arn) or named.evidence()[0]
        yield Policy(principal, layer, arn, evidence)
