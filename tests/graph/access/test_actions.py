"""The table of AWS's actions, and that the script which makes it does so from the package's form."""

import gzip

import msgspec
import pytest

from graph.access.aws import actions
from graph.access.aws.actions import Table, action_of, keys_of, known, matching, patterns_of, spelled
from graph.access.aws.distil import TABLE, distil

PACKAGE = {
    "LICENSE.txt": b"MIT License",
    "package.json": b'{"name": "p", "version": "1", "updatedAt": "2026-09-26T04:46:59Z"}',
    "data/services.json": b'["s3"]',
    "data/serviceNames.json": b'{"s3": "Amazon S3"}',
    "data/rcpSupportedServices.json": b'["s3"]',
    "data/actions/s3.json": b"""{"getobject": {"name": "GetObject", "description": "long",
        "accessLevel": "Read",
        "resourceTypes": [{"name": "object", "required": true}], "conditionKeys": ["s3:authType"]}}""",
    "data/resourceTypes/s3.json": b'{"object": {"key": "object", "arn": "arn:${Partition}:s3:::${B}/${O}"}}',
}


def test_the_table_says_of_when_it_is() -> None:
    assert actions.table().date >= "2026-09"
    assert len(actions.table().services) > 400


def test_actions_are_known_in_any_case() -> None:
    assert known("S3:getobject")
    assert spelled("S3:getobject") == "s3:GetObject"


@pytest.mark.parametrize("action", ["s3:GetObjet", "nosuch:Thing", "s3", "", ":", "s3:\0", "s3:Get*"])
def test_other_actions_are_not_known_and_stay_as_given(action: str) -> None:
    assert not known(action)
    assert spelled(action) == action
    assert patterns_of(action) == keys_of(action) == ()


def test_an_action_on_resources_gives_their_patterns() -> None:
    assert "arn:*:s3:::*/*" in patterns_of("s3:GetObject")
    assert patterns_of("s3:ListBucket") == ("arn:*:s3:*:*:accesspoint/*", "arn:*:s3:::*")


@pytest.mark.parametrize("action", ["s3:ListAllMyBuckets", "iam:ListRoles", "sts:GetCallerIdentity"])
def test_some_actions_take_only_everything(action: str) -> None:
    found = action_of(action)
    assert found is not None
    assert found.only_everything
    assert patterns_of(action) == ("*",)


def test_keys_of_an_action_include_those_of_its_resources() -> None:
    assert "iam:PassedToService" in keys_of("iam:PassRole")
    assert "iam:ResourceTag/${TagKey}" in keys_of("iam:PassRole")


def test_the_ai_services_are_there() -> None:
    assert len(list(matching("bedrock-agentcore:*"))) > 200
    assert all(map(known, ("bedrock:InvokeModel", "sagemaker:CreateTrainingJob", "bedrock:InvokeAgent")))


def test_a_pattern_names_its_actions_in_order() -> None:
    assert list(matching("sts:assumerolew*")) == [
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
    ]
    assert sum(1 for _ in matching("*")) > 20_000


def test_the_script_keeps_what_is_needed_and_makes_the_same_bytes_again() -> None:
    packed = distil(PACKAGE)
    assert packed == distil(PACKAGE)
    made = msgspec.json.decode(gzip.decompress(packed), type=Table)
    assert (made.source, made.date, made.rcp_services) == ("p 1", "2026-09-26", ("s3",))
    assert b"long" not in gzip.decompress(packed)
    row = msgspec.json.decode(made.services["s3"], type=actions.Service).actions["getobject"]
    assert (row.name, row.level, row.types, row.keys) == ("GetObject", "Read", ("object",), ("s3:authType",))


def test_the_shipped_table_is_small() -> None:
    assert TABLE.stat().st_size < 600_000
