"""Repositories of images: who may use them, whether tags stay, and which images are theirs."""

import msgspec
import pytest

from collectors.aws import names
from collectors.practice.aws import AwsServer, Fault
from tests.collectors.aws import everything
from tests.collectors.aws.everything import KEY_ARN, SAGEMAKER, here
from tests.collectors.aws.scanning import ACCOUNT, REGION, Seen, estate, scan

SERVING, MIXED = (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/ml/{name}" for name in ("serving", "mixed"))


def seen(*faults: Fault, page: int = 100) -> Seen:
    held = msgspec.structs.replace(
        estate(*everything.repositories()), faults=faults, pages={("ecr", "DescribeRepositories"): page}
    )
    with AwsServer(held) as server:
        return scan(server)


@pytest.mark.parametrize("page", [1, 100])
def test_each_is_seen_with_its_policy_and_its_key(page: int) -> None:
    found = seen(page=page)
    assert found.ids("ImageRepository") == {SERVING, MIXED}
    assert [(each.on, each.layer) for each in found.policies] == [(SERVING, "resource")]
    assert found.pairs("ENCRYPTED_WITH") == {(SERVING, KEY_ARN), (MIXED, KEY_ARN)}
    assert "arn:aws:iam::888877776666:root" in found.ids("ExternalPrincipal")
    assert found.assets[SERVING].get("tags") == ("team=ml",)


def test_tags_that_are_fixed_but_for_some_are_not_known_to_be() -> None:
    found = seen()
    assert found.assets[SERVING].get("tags_fixed") is True
    assert found.assets[MIXED].get("tags_fixed") is None


@pytest.mark.parametrize("operation", ["GetRepositoryPolicy", "ListTagsForResource"])
def test_a_denied_call_is_recorded_and_the_repository_stays(operation: str) -> None:
    found = seen(Fault("ecr", operation, "AccessDeniedException", 403, -1))
    assert found.outcomes(f"aws:ecr:{operation}") == {"denied"}
    assert found.ids("ImageRepository") == {SERVING, MIXED}


def test_one_that_is_gone_since_it_was_listed_is_not_seen() -> None:
    found = seen(Fault("ecr", "GetRepositoryPolicy", "RepositoryNotFoundException", 400, -1))
    assert found.ids("ImageRepository") == set()
    assert found.outcomes("aws:ecr:GetRepositoryPolicy") == {"vanished"}


def test_an_image_that_a_model_runs_is_in_its_repository() -> None:
    address = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/ml/serving:1.4"
    row = {"ModelName": "m", "ModelArn": f"{SAGEMAKER}:model/m", "CreationTime": everything.AT}
    model = (
        here("sagemaker", "ListModels", {"Models": [{**row}]}),
        here("sagemaker", "DescribeModel", {**row, "PrimaryContainer": {"Image": address}}),
    )
    with AwsServer(estate(*model)) as server:
        assert (SERVING, f"oci://{address}") in scan(server).pairs("CONTAINS")


@pytest.mark.parametrize(
    ("address", "repository"),
    [
        ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/a/b@sha256:0", "aws-cn:ecr:cn-north-1"),
        ("111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a/b", "aws-us-gov:ecr:us-gov-west-1"),
        ("111122223333.dkr-ecr.eu-west-1.on.aws/a/b:1", "aws:ecr:eu-west-1"),
    ],
)
def test_the_repository_in_an_images_address(address: str, repository: str) -> None:
    assert names.image_repository(address) == f"arn:{repository}:111122223333:repository/a/b"


@pytest.mark.parametrize("address", ["public.ecr.aws/linden/serving:1.4", "docker.io/library/python:3"])
def test_other_registries_have_none(address: str) -> None:
    assert names.image_repository(address) is None
