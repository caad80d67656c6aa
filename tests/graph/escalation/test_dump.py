"""From a real shape of account dump to who can become administrator: through the command, no credentials."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import crownpath
from tests.graph.access.estates import ACCOUNT, allow, trust

ALL = [allow("*")]


def document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def user(name: str, statements: list[dict[str, Any]], *attached: str) -> dict[str, Any]:
    return {
        "UserName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document(statements)}],
        "GroupList": [],
        "AttachedManagedPolicies": [{"PolicyName": each, "PolicyArn": arn(each)} for each in attached],
        "Tags": [],
    }


def role(name: str, *profiles: str) -> dict[str, Any]:
    return {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": document([trust({"Service": "ec2.amazonaws.com"})]),
        "InstanceProfileList": [{"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/{p}"} for p in profiles],
        "RolePolicyList": [{"PolicyName": "all", "PolicyDocument": document(ALL)}],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }


def arn(policy: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/{policy}"


def policy(name: str, now: list[dict[str, Any]], before: list[dict[str, Any]]) -> dict[str, Any]:
    versions = [("v2", True, now), ("v1", False, before)]
    return {
        "PolicyName": name,
        "Arn": arn(name),
        "DefaultVersionId": "v2",
        "PolicyVersionList": [
            {"VersionId": version, "IsDefaultVersion": default, "Document": document(statements)}
            for version, default, statements in versions
        ],
    }


RUN = ["iam:PassRole", "ec2:RunInstances"]
ROLL_BACK = [allow("iam:SetDefaultPolicyVersion")]
DUMP = {
    "UserDetailList": [
        user("launcher", [allow(RUN)]),
        user("starter", [allow("ec2:RunInstances")]),
        user("rewinder", ROLL_BACK, "was-wide"),
        user("rewinder-in-vain", ROLL_BACK, "was-narrow"),
    ],
    "GroupDetailList": [],
    "RoleDetailList": [role("strong", "strong"), role("without-profile")],
    "Policies": [
        policy("was-wide", [allow("s3:ListAllMyBuckets")], ALL),
        policy("was-narrow", [allow("s3:ListAllMyBuckets")], [allow("s3:GetObject")]),
    ],
}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What `crownpath access admins` says of each principal, by name."""
    folder: Path = tmp_path_factory.mktemp("dump")
    (folder / f"{ACCOUNT}.json").write_text(json.dumps(DUMP), "utf-8")
    scanned = crownpath("scan", "aws", "--replay", folder, "--out", "one", "--home", folder / "home")
    assert scanned.returncode == 0, scanned.stderr
    told = crownpath("access", "admins", "--json", "--home", folder / "home")
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    return {row["id"].rpartition("/")[2]: row for row in rows}


def test_a_role_goes_on_an_instance_by_its_profile(standing: dict[str, dict[str, Any]]) -> None:
    launcher = standing["launcher"]
    assert launcher["admin"] == "can_become"
    assert launcher["direct"] == [f"arn:aws:iam::{ACCOUNT}:role/strong"]
    assert launcher["why"][0]["technique"] == "ec2-run-instances"
    assert standing["starter"]["admin"] == "no"


def test_an_earlier_version_counts_when_it_allowed_more(standing: dict[str, dict[str, Any]]) -> None:
    assert standing["rewinder"]["why"][0]["technique"] == "iam-set-default-policy-version"
    assert standing["rewinder-in-vain"]["admin"] == "no"


def test_administrators_are(standing: dict[str, dict[str, Any]]) -> None:
    assert {name for name, row in standing.items() if row["admin"] == "is"} == {"strong", "without-profile"}
