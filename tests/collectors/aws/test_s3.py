"""Buckets: access control lists, object ownership, the account's block of public access."""

import msgspec
import pytest
from botocore.awsrequest import AWSRequest

from collectors.aws.client import _address_itself
from collectors.practice.aws import Answer, AwsServer, Fault
from graph.model import Json
from tests.collectors.aws import everything
from tests.collectors.aws.scanning import ACCOUNT, Seen, estate, scan

OLD = "arn:aws:s3:::old"
OTHERS = f"canonical:aws:{'b' * 64}"
WHOLE = f"aws://{ACCOUNT}"


def seen(*faults: Fault, answers: tuple[Answer, ...] | None = None) -> Seen:
    given = everything.account() if answers is None else answers
    with AwsServer(msgspec.structs.replace(estate(*given), faults=faults)) as server:
        return scan(server)


def policies(found: Seen) -> list[tuple[str, str]]:
    return sorted((each.on, each.layer) for each in found.policies)


def test_grants_to_others_than_the_owner_are_kept() -> None:
    found = seen()
    assert policies(found) == [(OLD, "acl"), (OLD, "acl"), (WHOLE, "public_access_block")]
    assert found.ids("ExternalPrincipal") == {OTHERS}
    assert found.assets[OTHERS].get("account") == ""
    assert {each.evidence.pointer for each in found.policies if each.layer == "acl"} == {
        "/Grants/1",
        "/Grants/2",
    }


def test_lists_count_where_no_ownership_was_set() -> None:
    assert seen().assets[OLD].get("acl_enabled") is True


def test_an_enforced_owner_makes_lists_void_and_nobody_asks_for_them() -> None:
    rules: dict[str, Json] = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    owned = Answer("s3", "GetBucketOwnershipControls", ACCOUNT, "", {"Bucket": "old"}, rules)
    others = tuple(each for each in everything.account() if each.operation != "GetBucketOwnershipControls")
    found = seen(answers=(owned, *others))
    assert found.assets[OLD].get("acl_enabled") is False
    assert found.outcomes("aws:s3:GetBucketAcl") == set()
    assert policies(found) == [(WHOLE, "public_access_block")]


def test_without_the_ownership_the_list_is_read_and_whether_it_counts_is_unknown() -> None:
    found = seen(Fault("s3", "GetBucketOwnershipControls", "AccessDenied", 403, -1))
    assert found.assets[OLD].get("acl_enabled") is None
    assert (OLD, "acl") in policies(found)
    assert found.outcomes("aws:s3:GetBucketOwnershipControls") == {"denied"}


@pytest.mark.parametrize(
    ("service", "operation"), [("s3", "GetBucketAcl"), ("s3control", "GetPublicAccessBlock")]
)
def test_a_denied_call_is_recorded_and_the_bucket_stays(service: str, operation: str) -> None:
    found = seen(Fault(service, operation, "AccessDenied", 403, -1))
    assert found.outcomes(f"aws:{service}:{operation}") == {"denied"}
    assert OLD in found.assets


def test_an_account_without_a_block_has_none() -> None:
    none = "NoSuchPublicAccessBlockConfiguration"
    found = seen(Fault("s3control", "GetPublicAccessBlock", none, 404, -1))
    assert found.outcomes("aws:s3control:GetPublicAccessBlock") == {"ok"}
    assert (WHOLE, "public_access_block") not in policies(found)


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        (f"{ACCOUNT}.127.0.0.1:5000", "127.0.0.1:5000"),
        (f"{ACCOUNT}.moto:5000", "moto:5000"),
        (f"{ACCOUNT}.s3-control.eu-west-1.amazonaws.com", f"{ACCOUNT}.s3-control.eu-west-1.amazonaws.com"),
        (f"{ACCOUNT}.s3-control.cn-north-1.amazonaws.com.cn",) * 2,
    ],
)
def test_only_servers_that_are_not_amazons_are_asked_without_the_accounts_name(host: str, asked: str) -> None:
    headers = {"x-amz-account-id": ACCOUNT}
    request = AWSRequest("GET", f"http://{host}/v20180820/configuration/publicAccessBlock", headers)
    _address_itself(request)
    assert request.url == f"http://{asked}/v20180820/configuration/publicAccessBlock"
