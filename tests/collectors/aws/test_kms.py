"""Keys: who may use them by policy and by grant, and what a denied call leaves unknown."""

import msgspec
import pytest

from collectors.practice.aws import AwsServer, Fault
from graph.model import Json
from tests.collectors.aws import everything
from tests.collectors.aws.everything import KEY_ARN
from tests.collectors.aws.scanning import Seen, estate, scan


def seen(*faults: Fault) -> Seen:
    with AwsServer(msgspec.structs.replace(estate(*everything.key()), faults=faults)) as server:
        return scan(server)


def test_a_key_and_what_is_said_of_it() -> None:
    key = seen().assets[KEY_ARN]
    assert (key.kind, key.name) == ("EncryptionKey", "records")
    assert key.get("customer_managed") is True
    assert key.get("rotation") is True
    assert key.get("tags") == ("team=data",)


def test_its_policy_and_its_grants() -> None:
    found = seen()
    assert {(each.on, each.layer) for each in found.policies} == {
        (KEY_ARN, "resource"),
        (KEY_ARN, "key_grant"),
    }
    assert "arn:aws:iam::888877776666:root" in found.ids("ExternalPrincipal")


def test_all_keys_of_several_pages_are_seen() -> None:
    arns = [f"{KEY_ARN[:-1]}{number}" for number in range(5)]
    rows: list[Json] = [{"KeyArn": each, "KeyId": each.rpartition("/")[2]} for each in arns]
    listed = estate(everything.here("kms", "ListKeys", {"Keys": rows}))
    with AwsServer(msgspec.structs.replace(listed, pages={("kms", "ListKeys"): 2})) as server:
        found = scan(server)
    assert found.ids("EncryptionKey") == set(arns)
    assert max(each.pages for each in found.coverage if each.call == "aws:kms:ListKeys") == 3


@pytest.mark.parametrize("operation", ["GetKeyPolicy", "ListGrants", "GetKeyRotationStatus", "DescribeKey"])
def test_a_denied_call_is_recorded_and_the_key_stays(operation: str) -> None:
    found = seen(Fault("kms", operation, "AccessDeniedException", 403, -1))
    assert found.outcomes(f"aws:kms:{operation}") == {"denied"}
    assert KEY_ARN in found.assets
