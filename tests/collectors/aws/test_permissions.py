"""The least that a scan may do: complete, read-only, and what the page says."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

from collectors.aws import client, scopes
from collectors.aws.permissions import READ_VERBS, page, permissions, policy
from collectors.scan import calls_of, modules

PAGE = Path(__file__).parents[3] / "docs" / "permissions" / "aws.md"


def declared() -> set[str]:
    return {call.id for module in (client, scopes, *modules("aws")) for call in calls_of(module)}


def test_every_call_has_its_permission_and_no_other_is_asked_for() -> None:
    assert set(permissions()) == declared()


def test_every_permission_only_reads() -> None:
    for action in permissions().values():
        service, _, verb = action.partition(":")
        assert service
        assert verb.startswith(READ_VERBS), action


def test_no_permission_reads_content() -> None:
    content = {"s3:GetObject", "lambda:GetFunction", "secretsmanager:GetSecretValue", "ssm:GetParameter"}
    assert not content & set(permissions().values())


def test_the_policy_allows_just_these_actions() -> None:
    statements = json.loads(policy())["Statement"]
    allowed = [action for statement in statements for action in statement["Action"]]
    assert sorted(allowed) == sorted(set(permissions().values()))
    assert {statement["Effect"] for statement in statements} == {"Allow"}


def test_the_keys_of_apis_are_not_among_what_may_be_read() -> None:
    (statement,) = [s for s in json.loads(policy())["Statement"] if "apigateway:GET" in s["Action"]]
    for path in ("/apikeys", "/apikeys/k", "/usageplans/p/keys", "/usageplans/p/keys/k"):
        arn = f"arn:aws:apigateway:eu-central-1::{path}"
        assert not any(fnmatchcase(arn, pattern) for pattern in statement["Resource"]), path


def test_the_page_is_fresh() -> None:
    """`python -m collectors.aws.permissions > docs/permissions/aws.md` makes it."""
    assert PAGE.read_text("utf-8") == page()
