"""Access points: the bucket behind each, who may use it, where requests must come from."""

import msgspec
import pytest

from collectors.practice.aws import AwsServer, Fault
from tests.collectors.aws import everything
from tests.collectors.aws.scanning import ACCOUNT, REGION, Seen, estate, scan

INNER, OUTER = (f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/{name}" for name in ("inner", "outer"))


def seen(*faults: Fault) -> Seen:
    with AwsServer(msgspec.structs.replace(estate(*everything.access_points()), faults=faults)) as server:
        return scan(server)


def test_all_pages_are_read() -> None:
    assert seen().ids("AccessPoint") == {INNER, OUTER}


def test_each_leads_to_its_bucket_and_one_is_in_a_network() -> None:
    found = seen()
    assert found.pairs("ROUTES_TO") == {(INNER, "arn:aws:s3:::old"), (OUTER, "arn:aws:s3:::old")}
    assert found.pairs("IN_NETWORK") == {(INNER, f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1")}


def test_its_policy_and_its_block() -> None:
    found = seen()
    assert {(each.on, each.layer) for each in found.policies} == {
        (INNER, "resource"),
        (INNER, "public_access_block"),
    }
    assert "arn:aws:iam::888877776666:root" in found.ids("ExternalPrincipal")
    assert found.outcomes("aws:s3control:GetAccessPointPolicy") == {"ok"}


@pytest.mark.parametrize("operation", ["GetAccessPoint", "GetAccessPointPolicy"])
def test_a_denied_call_is_recorded_and_the_point_stays(operation: str) -> None:
    found = seen(Fault("s3control", operation, "AccessDenied", 403, -1))
    assert found.outcomes(f"aws:s3control:{operation}") == {"denied"}
    assert found.ids("AccessPoint") == {INNER, OUTER}


def test_one_that_is_gone_since_it_was_listed_is_not_seen() -> None:
    found = seen(Fault("s3control", "GetAccessPoint", "NoSuchAccessPoint", 404, 1))
    assert len(found.ids("AccessPoint")) == 1
