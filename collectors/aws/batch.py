"""AWS Batch: job definitions, each as its job role, and the queues that jobs are handed to."""

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

CONTAINERS = "/containerProperties"


def collect(source: Source) -> Iterator[Fact]:
    for row in _newest(source.pages(DEFINITIONS, status="ACTIVE")):
        own = source.within(row.text("/jobDefinitionArn") or "")
        yield things.thing(own, row, "Workload", "batch_job_definition", "/jobDefinitionName", tags="/tags")
        yield from things.runs_as(own, row, f"{CONTAINERS}/jobRoleArn")
        yield from names.image(row, f"{CONTAINERS}/image")
        yield from things.uses_image(own, row, f"{CONTAINERS}/image")
    for row in source.pages(QUEUES):
        own = source.within(row.text("/jobQueueArn") or "")
        yield things.thing(own, row, "Workload", "batch_job_queue", "/jobQueueName", tags="/tags")


def _newest(rows: Iterator[Answer]) -> Iterator[Answer]:
    """Of each name the newest revision: what a job gets that names no revision."""
    newest: dict[str, Answer] = {}
    for row in rows:
        name = row.text("/jobDefinitionName") or ""
        known = newest.get(name)
        if known is None or (row.number("/revision") or 0) > (known.number("/revision") or 0):
            newest[name] = row
    yield from newest.values()
