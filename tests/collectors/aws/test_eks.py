"""EKS: pods act as the role whose credentials they get, and an association that is gone gives none."""

import pytest

from collectors.practice.aws import Answer, AwsServer, Fault
from graph.model import Json
from tests.collectors.aws.compute import EKS_CLUSTER, POD
from tests.collectors.aws.everything import ROLE, here
from tests.collectors.aws.scanning import ACCOUNT, Seen, estate, scan

TARGET, ABROAD = f"arn:aws:iam::{ACCOUNT}:role/target", "arn:aws:iam::999988887777:role/target"
NAMES: dict[str, Json] = {"clusterName": "k", "namespace": "default", "serviceAccount": "trainer"}


def answers(**association: Json) -> tuple[Answer, ...]:
    row: dict[str, Json] = {**NAMES, "associationArn": POD, "associationId": "a-1"}
    return (
        here("eks", "ListClusters", {"clusters": ["k"]}),
        here("eks", "DescribeCluster", {"cluster": {"name": "k"}}, {"name": "k"}),
        here("eks", "ListPodIdentityAssociations", {"associations": [row]}),
        here("eks", "DescribePodIdentityAssociation", {"association": {**row, **association}}),
    )


def seen(*faults: Fault, **association: Json) -> Seen:
    held = answers(**association)
    with AwsServer(estate(*held)) as server:
        for fault in faults:
            server.plant(fault)
        return scan(server)


def test_a_pod_acts_as_the_role_of_its_association() -> None:
    assert seen(roleArn=ROLE).pairs("RUNS_AS") == {(POD, ROLE)}


@pytest.mark.parametrize("target", [TARGET, ABROAD])
def test_a_pod_gets_the_credentials_of_the_target_role_only(target: str) -> None:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_PodIdentityAssociation.html"""
    found = seen(roleArn=ROLE, targetRoleArn=target)
    assert found.pairs("RUNS_AS") == {(POD, target)}
    (runs,) = [each for each in found.relations if each.type == "RUNS_AS"]
    assert {each.pointer for each in runs.evidence} == {"/association/targetRoleArn"}


def test_an_association_that_is_gone_since_it_was_listed_is_not_shown() -> None:
    gone = Fault("eks", "DescribePodIdentityAssociation", "ResourceNotFoundException", 404, -1)
    found = seen(gone, roleArn=ROLE)
    assert POD not in found.assets
    assert EKS_CLUSTER in found.assets
    assert found.outcomes("aws:eks:DescribePodIdentityAssociation") == {"vanished"}


def test_every_association_is_described() -> None:
    """Several at once, each with its own role."""
    rows: list[Json] = [
        {**NAMES, "associationArn": f"{POD}{n}", "associationId": f"a-{n}"} for n in range(12)
    ]
    told = [
        here(
            "eks",
            "DescribePodIdentityAssociation",
            {"association": {**NAMES, "associationArn": f"{POD}{n}", "roleArn": f"{ROLE}{n}"}},
            {"associationId": f"a-{n}"},
        )
        for n in range(12)
    ]
    held = (*answers()[:2], here("eks", "ListPodIdentityAssociations", {"associations": rows}), *told)
    with AwsServer(estate(*held)) as server:
        assert scan(server).pairs("RUNS_AS") == {(f"{POD}{n}", f"{ROLE}{n}") for n in range(12)}
