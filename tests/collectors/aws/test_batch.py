"""Batch: whatever shape a job has, the roles and images of all its parts are seen."""

from typing import Any

import pytest

from collectors.practice.aws import AwsServer
from graph.model import Json
from tests.collectors.aws.compute import PUBLIC_IMAGE, arn
from tests.collectors.aws.everything import ROLE, here
from tests.collectors.aws.scanning import ACCOUNT, Seen, estate, scan

STRONG, PULLER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("strong", "puller"))
OTHER_IMAGE = "docker.io/library/python:3"


def definition(name: str, properties: dict[str, Json], revision: int = 1) -> dict[str, Json]:
    which = arn("batch", f"job-definition/{name}:{revision}")
    kind = "multinode" if "nodeProperties" in properties else "container"
    row: dict[str, Json] = {"jobDefinitionName": name, "jobDefinitionArn": which, "revision": revision}
    return {**row, "type": kind, **properties}


def seen(*definitions: dict[str, Json]) -> Seen:
    listed = here("batch", "DescribeJobDefinitions", {"jobDefinitions": [*definitions]})
    with AwsServer(estate(listed, here("batch", "DescribeJobQueues", {"jobQueues": []}))) as server:
        return scan(server)


def container(role: str, image: str = PUBLIC_IMAGE) -> dict[str, Json]:
    return {"image": image, "jobRoleArn": role, "executionRoleArn": PULLER}


def tasks(role: str, *images: str) -> dict[str, Json]:
    run: list[Json] = [{"name": f"c{n}", "image": image} for n, image in enumerate(images)]
    task: Json = {"taskRoleArn": role, "executionRoleArn": PULLER, "containers": run}
    return {"taskProperties": [task]}


def pods(*images: str) -> dict[str, Json]:
    run: list[Json] = [{"name": f"c{n}", "image": image} for n, image in enumerate(images)]
    return {"podProperties": {"initContainers": run[:1], "containers": run[1:]}}


def nodes(*ranges: dict[str, Any]) -> dict[str, Json]:
    every: list[Json] = [{"targetNodes": f"{n}:{n}", **each} for n, each in enumerate(ranges)]
    return {"numNodes": len(ranges), "mainNode": 0, "nodeRangeProperties": every}


SHAPES: list[tuple[str, dict[str, Json], set[str], set[str]]] = [
    ("one container", {"containerProperties": container(ROLE)}, {ROLE}, {PUBLIC_IMAGE}),
    (
        "tasks of ECS",
        {"ecsProperties": tasks(STRONG, PUBLIC_IMAGE, OTHER_IMAGE)},
        {STRONG},
        {PUBLIC_IMAGE, OTHER_IMAGE},
    ),
    ("pods of EKS", {"eksProperties": pods(PUBLIC_IMAGE, OTHER_IMAGE)}, set(), {PUBLIC_IMAGE, OTHER_IMAGE}),
    (
        "containers on several nodes",
        {"nodeProperties": nodes({"container": container(ROLE)}, {"container": container(STRONG)})},
        {ROLE, STRONG},
        {PUBLIC_IMAGE},
    ),
    (
        "tasks and pods on several nodes",
        {
            "nodeProperties": nodes(
                {"ecsProperties": tasks(STRONG, OTHER_IMAGE)},
                {"eksProperties": pods(PUBLIC_IMAGE, PUBLIC_IMAGE)},
            )
        },
        {STRONG},
        {PUBLIC_IMAGE, OTHER_IMAGE},
    ),
]


@pytest.mark.parametrize(
    ("properties", "roles", "images"), [row[1:] for row in SHAPES], ids=[r[0] for r in SHAPES]
)
def test_every_part_of_a_job_has_its_role_and_its_image(
    properties: dict[str, Json], roles: set[str], images: set[str]
) -> None:
    found, job = seen(definition("train", properties)), arn("batch", "job-definition/train:1")
    assert found.pairs("RUNS_AS") == {(job, role) for role in roles}
    assert found.pairs("USES_IMAGE") == {(job, f"oci://{image}") for image in images}
    assert found.ids("ContainerImage") == {f"oci://{image}" for image in images}


def test_an_earlier_revision_that_runs_as_somebody_else_is_seen_too() -> None:
    """A job may name any active revision."""
    rows = [definition("train", {"containerProperties": container(role)}, n) for n, role in REVISIONS]
    found = seen(*rows)
    train = [arn("batch", f"job-definition/train:{n}") for n, _ in REVISIONS]
    assert found.pairs("RUNS_AS") == {(train[1], STRONG), (train[2], ROLE)}
    assert found.ids("Workload") == {train[1], train[2]}


REVISIONS = ((3, ROLE), (12, STRONG), (13, ROLE))
