"""The organisation that Linden Health's accounts are in: a root, a unit, what guards them."""

import json
from collections.abc import Iterator, Mapping, Sequence

from collectors.practice.aws import Answer
from collectors.practice.estate import aws_guarded
from collectors.practice.estate.aws_parts import policy
from graph.model import Json

MANAGEMENT = "999900001111"
ARN = f"arn:aws:organizations::{MANAGEMENT}"
ORGANIZATION, ROOT, UNIT = "o-lindenhealth", "r-lind", "ou-lind-clinical"

_FULL: Mapping[str, Json] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_FOR_ALL: Mapping[str, Json] = {**_FULL, "Principal": "*"}
_KEEP_LOGS: Mapping[str, Json] = {
    "Sid": "KeepTheAuditTrail",
    "Effect": "Deny",
    "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"],
    "Resource": "*",
}
_ENCRYPTED_TRANSPORT: Mapping[str, Json] = {
    "Sid": "EncryptedTransport",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
_FROZEN_EXTRACT: Mapping[str, Json] = {
    "Sid": "ClaimsAreFrozen",
    "Effect": "Deny",
    "Action": "s3:GetObject",
    "Resource": f"arn:aws:s3:::{aws_guarded.FROZEN}/*",
    "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ClaimsAuditor"}},
}
_OURS_ONLY: Mapping[str, Json] = {
    "Sid": "RareDiseasesStayOurs",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": f"arn:aws:s3:::{aws_guarded.OURS_ONLY}/*",
    "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
}
_POLICIES: Sequence[tuple[str, str, str, Mapping[str, Json], Sequence[str]]] = (
    ("p-FullAWSAccess", "FullAWSAccess", "SERVICE_CONTROL_POLICY", _FULL, (ROOT, UNIT, "accounts")),
    ("p-keeplogs", "KeepTheAuditTrail", "SERVICE_CONTROL_POLICY", _KEEP_LOGS, (UNIT,)),
    (
        "p-RCPFullAWSAccess",
        "RCPFullAWSAccess",
        "RESOURCE_CONTROL_POLICY",
        {**_FULL, "Principal": "*"},
        (ROOT,),
    ),
    ("p-transport", "EncryptedTransport", "RESOURCE_CONTROL_POLICY", _ENCRYPTED_TRANSPORT, (ROOT,)),
    ("p-claims", "ClaimsAreFrozen", "SERVICE_CONTROL_POLICY", _FROZEN_EXTRACT, (UNIT,)),
    ("p-oursonly", "RareDiseasesStayOurs", "RESOURCE_CONTROL_POLICY", _OURS_ONLY, (UNIT,)),
)
"""Id, name, type, statement, and what it is attached to."""


def answers(accounts: Sequence[str]) -> Iterator[Answer]:
    """What each of the accounts, all delegated administrators, is told of the organisation."""
    for account in accounts:
        for operation, parameters, response in _told(accounts):
            yield Answer("organizations", operation, account, "", parameters, response)


def _told(accounts: Sequence[str]) -> Iterator[tuple[str, dict[str, Json], dict[str, Json]]]:
    yield (
        "DescribeOrganization",
        {},
        {
            "Organization": {
                "Id": ORGANIZATION,
                "Arn": f"{ARN}:organization/{ORGANIZATION}",
                "MasterAccountId": MANAGEMENT,
                "FeatureSet": "ALL",
            }
        },
    )
    yield "ListRoots", {}, {"Roots": [_node("root", ROOT, "Root")]}
    unit, nothing = _node("ou", UNIT, "Clinical"), list[Json]()
    yield "ListOrganizationalUnitsForParent", {"ParentId": ROOT}, {"OrganizationalUnits": [unit]}
    yield "ListOrganizationalUnitsForParent", {"ParentId": UNIT}, {"OrganizationalUnits": nothing}
    members: list[Json] = [{"Id": each, "Arn": _account(each), "Name": each} for each in accounts]
    yield "ListAccountsForParent", {"ParentId": ROOT}, {"Accounts": nothing}
    yield "ListAccountsForParent", {"ParentId": UNIT}, {"Accounts": members}
    for kind in dict.fromkeys(each[2] for each in _POLICIES):
        rows: list[Json] = [_summary(*each[:3]) for each in _POLICIES if each[2] == kind]
        yield "ListPolicies", {"Filter": kind}, {"Policies": rows}
    for identifier, name, kind, statement, places in _POLICIES:
        content = json.dumps(policy(statement))
        about: Json = {"PolicySummary": _summary(identifier, name, kind), "Content": content}
        yield "DescribePolicy", {"PolicyId": identifier}, {"Policy": about}
        targets = [target for place in places for target in _targets(place, accounts)]
        yield "ListTargetsForPolicy", {"PolicyId": identifier}, {"Targets": targets}


def _node(kind: str, identifier: str, name: str) -> dict[str, Json]:
    return {"Id": identifier, "Arn": f"{ARN}:{kind}/{ORGANIZATION}/{identifier}", "Name": name}


def _account(account: str) -> str:
    return f"{ARN}:account/{ORGANIZATION}/{account}"


def _summary(identifier: str, name: str, kind: str) -> dict[str, Json]:
    return {"Id": identifier, "Name": name, "Type": kind, "AwsManaged": name.endswith("FullAWSAccess")}


def _targets(place: str, accounts: Sequence[str]) -> Iterator[Json]:
    if place == "accounts":
        for account in accounts:
            yield {"TargetId": account, "Arn": _account(account), "Name": account, "Type": "ACCOUNT"}
    else:
        kind, name = ("root", "ROOT") if place == ROOT else ("ou", "ORGANIZATIONAL_UNIT")
        arn = _node(kind, place, place)["Arn"]
        yield {"TargetId": place, "Arn": arn, "Name": place, "Type": name}
