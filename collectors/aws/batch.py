"""AWS Batch: job definitions, each as the roles of all its parts, and the queues that jobs are handed to."""

from collections.abc import Iterator

from collectors.aws import names, things
from collectors.source import Answer, Source
from graph.model import Call, Fact

DEFINITIONS = Call(
    "aws:batch:DescribeJobDefinitions",
    lists=("Workload", "ContainerImage"),
    fills=(
        "Workload.tags",
        "RUNS_AS",
        "USES_IMAGE",
        "ContainerImage.tag",
        "ContainerImage.digest",
        "ContainerImage.public_registry",
    ),
)
QUEUES = Call("aws:batch:DescribeJobQueues", lists=("Workload",), fills=("Workload.tags",))

REGIONAL = True

ROLES = ("/jobRoleArn", "/taskRoleArn")
"""Of a container, and of a task. The execution role beside them is for Batch itself, which fetches images
and secrets with it: code in the container does not get it.

https://docs.aws.amazon.com/batch/latest/userguide/execution-IAM-role.html
"""


def collect(source: Source) -> Iterator[Fact]:
    for row in _submittable(source.pages(DEFINITIONS, status="ACTIVE")):
        own = source.within(row.text("/jobDefinitionArn") or "")
        yield things.thing(own, row, "Workload", "batch_job_definition", "/jobDefinitionName", tags="/tags")
        for part in _parts(row):
            yield from _runs(own, part)
    for row in source.pages(QUEUES):
        own = source.within(row.text("/jobQueueArn") or "")
        yield things.thing(own, row, "Workload", "batch_job_queue", "/jobQueueName", tags="/tags")


def _parts(row: Answer) -> Iterator[Answer]:
    """What has a role of its own: a container, a task of ECS, a pod of EKS; of every range of nodes.

    A pod's role is what its service account gets in whichever cluster the job is sent to.
    https://docs.aws.amazon.com/batch/latest/APIReference/API_NodeRangeProperty.html
    """
    for place in (row, *row.items("/nodeProperties/nodeRangeProperties")):
        yield place.at("/containerProperties")
        yield place.at("/container")
        yield from place.items("/ecsProperties/taskProperties")
        yield place.at("/eksProperties/podProperties")


def _runs(own: Source, part: Answer) -> Iterator[Fact]:
    """The role of a part, and the images of the containers in it."""
    for pointer in ROLES:
        yield from things.runs_as(own, part, pointer)
    for container in (part, *part.items("/initContainers"), *part.items("/containers")):
        yield from names.image(container, "/image")
        yield from things.uses_image(own, container, "/image")


def _submittable(rows: Iterator[Answer]) -> Iterator[Answer]:
    """Of each name the newest revision, which a job gets that names none, and with each further role the
    newest that has it: a job may name any active revision.
    """
    by_name: dict[str, list[Answer]] = {}
    for row in rows:
        by_name.setdefault(row.text("/jobDefinitionName") or "", []).append(row)
    for revisions in by_name.values():
        newest, *older = sorted(revisions, key=lambda each: each.number("/revision") or 0, reverse=True)
        yield newest
        roles = _roles(newest)
        for row in older:
            if further := _roles(row) - roles:
                yield row
                roles |= further


def _roles(row: Answer) -> set[str]:
    return {role for part in _parts(row) for pointer in ROLES if (role := part.text(pointer))}
