"""ECS services: every role that one of their tasks may run as, and none that is gone."""

from typing import Any

import msgspec
import pytest

from collectors.practice.aws import Answer, AwsServer, Fault
from graph.model import Json
from tests.collectors.aws.compute import ECS_CLUSTER, ECS_SERVICE, PUBLIC_IMAGE, SUBNETS, arn
from tests.collectors.aws.everything import ROLE, here
from tests.collectors.aws.scanning import ACCOUNT, REGION, Seen, estate, scan

NEW, OLD, OTHER = (arn("ecs", f"task-definition/{name}") for name in ("web:3", "web:1", "canary:1"))
STRONG, THIRD = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("strong", "third"))
ROLES = {NEW: ROLE, OLD: STRONG, OTHER: THIRD}
INSIDE: Json = {"awsvpcConfiguration": {"subnets": SUBNETS}}
SUBNET = f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-1"


def described(definition: str, role: str | None = None, status: str = "ACTIVE") -> Answer:
    container: Json = {"name": "web", "image": f"{PUBLIC_IMAGE[:-1]}{definition[-1]}"}
    task: dict[str, Json] = {
        "taskDefinitionArn": definition,
        "taskRoleArn": role or ROLES[definition],
        "status": status,
        "containerDefinitions": [container],
    }
    return here("ecs", "DescribeTaskDefinition", {"taskDefinition": task}, {"taskDefinition": definition})


def answers(service: dict[str, Any] | None, active: tuple[str, ...] = (NEW, OTHER)) -> tuple[Answer, ...]:
    """One cluster that lists one service; the first revision of `web` is deregistered."""
    told: list[Json] = [] if service is None else [{"serviceArn": ECS_SERVICE, "status": "ACTIVE", **service}]
    failures: list[Json] = [{"arn": ECS_SERVICE, "reason": "MISSING"}] if service is None else []
    about: dict[str, Json] = {"services": told, "failures": failures}
    return (
        here("ecs", "ListClusters", {"clusterArns": [ECS_CLUSTER]}),
        here("ecs", "ListServices", {"serviceArns": [ECS_SERVICE]}, {"cluster": ECS_CLUSTER}),
        here("ecs", "DescribeServices", about, {"cluster": ECS_CLUSTER}),
        here("ecs", "ListTaskDefinitions", {"taskDefinitionArns": [*active]}),
        *(described(each, status="ACTIVE" if each in active else "INACTIVE") for each in ROLES),
    )


def seen(service: dict[str, Any] | None, *faults: Fault) -> Seen:
    with AwsServer(msgspec.structs.replace(estate(*answers(service)), faults=faults)) as server:
        return scan(server)


def roles(found: Seen) -> set[str]:
    return {role for source, role in found.pairs("RUNS_AS") if source == ECS_SERVICE}


def running(definition: str, status: str) -> dict[str, Json]:
    return {"status": status, "taskDefinition": definition}


def test_a_service_on_a_deregistered_revision_has_its_role_and_its_image() -> None:
    """Services go on running it: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html"""
    found = seen({"taskDefinition": OLD})
    assert roles(found) == {STRONG}
    assert (ECS_SERVICE, f"oci://{PUBLIC_IMAGE[:-1]}1") in found.pairs("USES_IMAGE")


def test_nobody_can_start_a_deregistered_revision_so_it_is_no_thing_of_its_own() -> None:
    found = seen({"taskDefinition": OLD})
    assert found.ids("Workload") == {ECS_SERVICE, NEW, OTHER}
    assert OLD not in {source for kind in ("RUNS_AS", "USES_IMAGE") for source, _ in found.pairs(kind)}


def test_during_a_rollout_tasks_of_both_definitions_run() -> None:
    deployments = [running(NEW, "PRIMARY"), running(OLD, "ACTIVE")]
    assert roles(seen({"taskDefinition": NEW, "deployments": deployments})) == {ROLE, STRONG}


def test_a_deployment_that_was_replaced_runs_nothing() -> None:
    deployments = [running(NEW, "PRIMARY"), running(OLD, "INACTIVE")]
    assert roles(seen({"taskDefinition": NEW, "deployments": deployments})) == {ROLE}


@pytest.mark.parametrize("primary", [None, NEW])
def test_task_sets_have_definitions_and_networks_of_their_own(primary: str | None) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-external.html"""
    sets = [{**running(OLD, "ACTIVE"), "networkConfiguration": INSIDE}, running(OTHER, "DRAINING")]
    told = {"taskDefinition": primary} if primary else {}
    found = seen({**told, "deploymentController": {"type": "EXTERNAL"}, "taskSets": sets})
    assert roles(found) == {STRONG, THIRD} | ({ROLE} if primary else set())
    assert (ECS_SERVICE, SUBNET) in found.pairs("IN_NETWORK")


@pytest.mark.parametrize(
    "service",
    [
        None,
        {"status": "INACTIVE", "taskDefinition": NEW},
        {"status": "DRAINING", "taskDefinition": NEW, "runningCount": 0, "pendingCount": 0},
    ],
    ids=["missing", "inactive", "drained"],
)
def test_a_deleted_service_is_not_shown(service: dict[str, Any] | None) -> None:
    found = seen(service)
    assert ECS_SERVICE not in found.assets
    assert ECS_SERVICE not in {each.source for each in found.relations}
    assert found.outcomes("aws:ecs:DescribeServices") == {"ok"}


@pytest.mark.parametrize("count", ["runningCount", "pendingCount"])
def test_a_deleted_service_stays_while_its_tasks_run(count: str) -> None:
    assert roles(seen({"status": "DRAINING", "taskDefinition": NEW, count: 1})) == {ROLE}


def test_a_cluster_that_is_gone_since_it_was_listed_has_no_services() -> None:
    found = seen({"taskDefinition": NEW}, Fault("ecs", "ListServices", "ClusterNotFoundException", 400, -1))
    assert found.outcomes("aws:ecs:ListServices") == {"vanished"}


def test_services_have_their_roles_when_definitions_may_not_be_listed() -> None:
    denied = Fault("ecs", "ListTaskDefinitions", "AccessDeniedException", 403, -1)
    found = seen({"taskDefinition": NEW, "deployments": [running(OLD, "ACTIVE")]}, denied)
    assert roles(found) == {ROLE, STRONG}
    assert found.ids("Workload") == {ECS_SERVICE}


def test_a_role_by_its_short_name_is_asked_for() -> None:
    names: dict[str, Json] = {"Path": "/team/", "RoleName": "strong", "RoleId": "AROA0000000000000001"}
    path = f"arn:aws:iam::{ACCOUNT}:role/team/strong"
    about: dict[str, Json] = {**names, "Arn": path, "CreateDate": "2026-01-01T00:00:00Z"}
    known = (*answers({"taskDefinition": NEW})[:-3], described(NEW, "strong"), described(OTHER))
    asked = here("iam", "GetRole", {"Role": about}, {"RoleName": "strong"})
    with AwsServer(estate(*known, asked)) as server:
        found = scan(server)
    assert {(ECS_SERVICE, path), (NEW, path)} <= found.pairs("RUNS_AS")
