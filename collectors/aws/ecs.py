"""Amazon ECS: clusters, services, and the task definitions they run, each as its task role."""

from collections.abc import Iterator, Sequence

import msgspec

from collectors.aws import names, things
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Json, Relation

CLUSTERS = Call("aws:ecs:ListClusters", lists=("Cluster",))
SERVICES = Call("aws:ecs:ListServices", lists=("Workload",))
SERVICE = Call("aws:ecs:DescribeServices", fills=("RUNS_AS", "IN_NETWORK"))
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

REGIONAL = True

AT_ONCE = 10
"""Services that one call describes."""


def collect(source: Source) -> Iterator[Fact]:
    clusters = [(row.text("") or "", row) for row in source.pages(CLUSTERS)]
    yield from (_listed(arn, row, "Cluster", "ecs_cluster") for arn, row in clusters)
    services = [found for arn, _ in clusters for found in _services(source, arn)]
    used = {service.text("/taskDefinition"): service for service, _ in services}
    definitions = _definitions(source, {arn for arn in used if arn})
    for service, facts in services:
        yield from facts
        yield from _as_task(service, definitions)
    for definition in definitions.values():
        yield from definition.facts


class _Definition(msgspec.Struct, frozen=True):
    """A task definition: the facts it is known by, and what describes it."""

    facts: Sequence[Fact]
    answer: Answer


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


def _services(source: Source, cluster: str) -> Iterator[tuple[Answer, Sequence[Fact]]]:
    own = source.within(cluster)
    rows = {row.text("") or "": row for row in own.pages(SERVICES, cluster=cluster)}
    arns = list(rows)
    for start in range(0, len(arns), AT_ONCE):
        asked: list[Json] = [*arns[start : start + AT_ONCE]]
        answer = own.call(SERVICE, cluster=cluster, services=asked)
        told = {each.text("/serviceArn"): each for each in answer.items("/services")}
        for arn in arns[start : start + AT_ONCE]:
            asset = _listed(arn, rows[arn], "Workload", "ecs_service")
            service = told.get(arn)
            if service is None:  # denied, or gone since
                yield answer.at("/-"), (asset,)
                continue
            subnets = "/networkConfiguration/awsvpcConfiguration/subnets"
            yield service, (asset, *things.in_subnets(source.within(arn), service, subnets))


def _as_task(service: Answer, definitions: dict[str, _Definition]) -> Iterator[Relation]:
    """A service runs as the task role of its definition."""
    definition = definitions.get(service.text("/taskDefinition") or "")
    if definition and (role := definition.answer.text("/taskDefinition/taskRoleArn")):
        evidence = (
            *service.evidence(target="/taskDefinition"),
            *definition.answer.evidence(target="/taskDefinition/taskRoleArn"),
        )
        arn = service.text("/serviceArn") or ""
        yield Relation("RUNS_AS", arn, role, evidence=evidence, target_kind="Role")


def _definitions(source: Source, used: set[str]) -> dict[str, _Definition]:
    """The newest active revision of each family, and those that services use."""
    wanted: dict[str, Answer] = {}
    families: set[str] = set()
    for row in source.pages(DEFINITIONS, status="ACTIVE", sort="DESC"):
        arn = row.text("") or ""
        family = arn.rpartition(":")[0]
        if family not in families or arn in used:
            wanted[arn] = row
        families.add(family)
    return dict(source.each(lambda pair: _definition(source, *pair), wanted.items()))


def _definition(source: Source, arn: str, row: Answer) -> tuple[str, _Definition]:
    own = source.within(arn)
    answer = own.call(DEFINITION, taskDefinition=arn)
    facts: list[Fact] = [_listed(arn, row, "Workload", "ecs_task_definition")]
    facts += things.runs_as(own, answer, "/taskDefinition/taskRoleArn")
    for container in answer.items("/taskDefinition/containerDefinitions"):
        facts += names.image(container, "/image")
        facts += things.uses_image(own, container, "/image")
    return arn, _Definition(facts, answer)
