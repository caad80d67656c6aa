"""Amazon ECS: clusters, services, and the task definitions they run, each as its task role."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from collectors.aws import names, things
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Json, Relation

CLUSTERS = Call("aws:ecs:ListClusters", lists=("Cluster",))
SERVICES = Call("aws:ecs:ListServices", lists=("Workload",))
SERVICE = Call("aws:ecs:DescribeServices", fills=("RUNS_AS", "USES_IMAGE", "IN_NETWORK"))
DEFINITIONS = Call("aws:ecs:ListTaskDefinitions", lists=("Workload",))
DEFINITION = Call(
    "aws:ecs:DescribeTaskDefinition",
    lists=("ContainerImage",),
    fills=(
        "RUNS_AS",
        "USES_IMAGE",
        "ContainerImage.tag",
        "ContainerImage.digest",
        "ContainerImage.public_registry",
    ),
)

ROLE = things.ROLE

REGIONAL = True

AT_ONCE = 10
"""Services that one call describes."""


def collect(source: Source) -> Iterator[Fact]:
    clusters = [(row.text("") or "", row) for row in source.pages(CLUSTERS)]
    yield from (_listed(arn, row, "Cluster", "ecs_cluster") for arn, row in clusters)
    services = [found for arn, _ in clusters for found in _services(source, arn)]
    used = {arn for service in services for arn in service.definitions}
    definitions = _definitions(source, used)
    for service in services:
        yield service.asset
        yield from service.networks
        yield from _as_tasks(service, definitions)
    for definition in definitions.values():
        yield from definition.facts


class _Service(msgspec.Struct, frozen=True):
    """A service, its networks, and the task definitions in use, each with the part that names it."""

    asset: Asset
    networks: Sequence[Relation] = ()
    definitions: Mapping[str, Answer] = {}


class _Definition(msgspec.Struct, frozen=True):
    """A task definition: the facts it is known by, and the role and images that its tasks have."""

    facts: Sequence[Fact]
    links: Sequence[Relation]


def _listed(arn: str, row: Answer, kind: str, native_kind: str) -> Asset:
    """Lists give ARNs only; the name is their end."""
    return Asset(
        id=arn,
        kind=kind,
        name=arn.rpartition("/")[2],
        listed_by=row.listed_by,
        properties={"native_kind": native_kind},
        evidence=row.evidence(name=""),
    )


def _services(source: Source, cluster: str) -> Iterator[_Service]:
    own = source.within(cluster)
    rows = {row.text("") or "": row for row in own.pages(SERVICES, cluster=cluster)}
    arns = list(rows)
    for start in range(0, len(arns), AT_ONCE):
        asked: list[Json] = [*arns[start : start + AT_ONCE]]
        answer = own.call(SERVICE, cluster=cluster, services=asked)
        told = {each.text("/serviceArn"): each for each in answer.items("/services")}
        gone = {each.text("/arn") for each in answer.items("/failures") if each.text("/reason") == "MISSING"}
        for arn in arns[start : start + AT_ONCE]:
            service = told.get(arn, answer.at("/-"))
            if arn not in gone and not _ended(service):
                yield _service(source.within(arn), rows[arn], service)


def _ended(service: Answer) -> bool:
    """Whether a service is deleted; tasks of one that is being deleted may still run.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
    """
    tasks = (service.number("/runningCount") or 0) + (service.number("/pendingCount") or 0)
    status = service.text("/status")
    return status == "INACTIVE" or (status == "DRAINING" and tasks == 0)


def _service(own: Source, row: Answer, service: Answer) -> _Service:
    subnets = "/networkConfiguration/awsvpcConfiguration/subnets"
    parts = [(part.text("/taskDefinition"), part) for part in _parts(service)]
    return _Service(
        _listed(own.parent, row, "Workload", "ecs_service"),
        [network for _, part in parts for network in things.in_subnets(own, part, subnets)],
        {arn: part for arn, part in reversed(parts) if arn},  # the whole is named before its parts
    )


def _parts(service: Answer) -> Iterator[Answer]:
    """What a service says of its tasks: as a whole, for each deployment that has some, for each task set.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
    """
    yield service
    yield from (each for each in service.items("/deployments") if each.text("/status") != "INACTIVE")
    yield from service.items("/taskSets")


def _as_tasks(service: _Service, definitions: Mapping[str, _Definition]) -> Iterator[Relation]:
    """A service runs as the task roles of its definitions, and their images."""
    for arn, part in service.definitions.items():
        for link in definitions[arn].links:
            evidence = (*part.evidence(target="/taskDefinition"), *link.evidence)
            yield msgspec.structs.replace(link, source=service.asset.id, evidence=evidence)


def _definitions(source: Source, used: set[str]) -> Mapping[str, _Definition]:
    """The newest active revision of each family, and those that services use, deregistered ones too."""
    wanted: dict[str, Answer | None] = dict.fromkeys(sorted(used))
    families: set[str] = set()
    for row in source.pages(DEFINITIONS, status="ACTIVE", sort="DESC"):
        arn = row.text("") or ""
        family = arn.rpartition(":")[0]
        if family not in families or arn in used:
            wanted[arn] = row
        families.add(family)
    return dict(source.each(lambda pair: _definition(source, *pair), wanted.items()))


def _definition(source: Source, arn: str, row: Answer | None) -> tuple[str, _Definition]:
    """Without a row it was not listed as active: it is what services run, and nothing to run anew.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
    """
    own = source.within(arn)
    answer = own.call(DEFINITION, taskDefinition=arn)
    images: list[Fact] = []
    links = list(things.runs_as(own, answer, "/taskDefinition/taskRoleArn"))
    for container in answer.items("/taskDefinition/containerDefinitions"):
        images += names.image(container, "/image")
        links += things.uses_image(own, container, "/image")
    if row is None:
        return arn, _Definition(images, links)
    listed = things.configured(_listed(arn, row, "Workload", "ecs_task_definition"), answer)
    return arn, _Definition((listed, *images, *links), links)
