"""Amazon SageMaker models: all their containers, where the weights lie, as whom they run."""

from collections.abc import Iterator, Sequence

import msgspec

from collectors.aws import names
from collectors.aws.sagemaker_training import runs
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact, Relation

LIST = Call("aws:sagemaker:ListModels", lists=("Model",))
DESCRIBE = Call(
    "aws:sagemaker:DescribeModel",
    lists=("ModelFile", "Dataset", "ContainerImage"),
    fills=(
        "ContainerImage.tag",
        "ContainerImage.digest",
        "ContainerImage.public_registry",
        "ModelFile.unsafe_format",
        "Model.network_isolation",
        "RUNS_AS",
        "IN_NETWORK",
        "USES_IMAGE",
        "STORED_IN",
        "REGISTERED_IN",
        "PRODUCED",
    ),
)
TAGS = Call("aws:sagemaker:ListTags", fills=("Model.tags", "Endpoint.tags", "Notebook.tags"))

WEIGHTS = ("/ModelDataUrl", "/ModelDataSource/S3DataSource/S3Uri")
"""Where a container says where its weights lie; only one of them is given."""


class Model(msgspec.Struct, frozen=True):
    """A described model: its facts, its name in the region, and where its weights lie with the evidence."""

    arn: str
    name: str
    facts: Sequence[Fact]
    weights: Sequence[tuple[str, Answer, str]] = ()
    answer: Answer | None = None


def models(source: Source) -> Iterator[Model]:
    yield from source.each(lambda row: _model(source, row), source.pages(LIST))


def _model(source: Source, row: Answer) -> Model:
    arn, name = row.text("/ModelArn") or "", row.text("/ModelName") or ""
    own = source.within(arn)
    model = own.call(DESCRIBE, ModelName=name)
    if model.vanished:
        return Model(arn, name, ())
    containers = [*([model.at("/PrimaryContainer")] if model.get("/PrimaryContainer") else [])]
    containers += model.items("/Containers")
    weights = [found for container in containers for found in _weights(container, source.region)]
    facts: list[Fact] = [_asset(row, model, own), *runs(arn, model, "/ExecutionRoleArn", source)]
    for container in containers:
        facts += _container(arn, container)
    for place, answer, pointer in weights:
        facts += names.artefact(answer, pointer, place)
        facts.append(Relation("STORED_IN", arn, place, evidence=answer.evidence(target=pointer)))
    return Model(arn, name, facts, weights, model)


def _asset(row: Answer, model: Answer, own: Source) -> Asset:
    labels, given = tags(own, own.parent)
    return Asset(
        id=own.parent,
        kind="Model",
        name=row.text("/ModelName") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="model", tags=given, network_isolation=model.flag("/EnableNetworkIsolation")
        ),
        evidence=(
            *row.evidence(name="/ModelName"),
            *model.evidence(network_isolation="/EnableNetworkIsolation"),
            *labels,
        ),
    )


def tags(own: Source, arn: str) -> tuple[Sequence[Evidence], tuple[str, ...] | None]:
    """The tags of a SageMaker resource, over all pages, and the evidence for them; None when not known."""
    pages = list(own.answers(TAGS, ResourceArn=arn))
    if not pages:
        return (), None
    given = tuple(sorted(tag for page in pages for tag in names.tags(page, "/Tags") or ()))
    return tuple(evidence for page in pages for evidence in page.evidence(tags="/Tags")), given


def _weights(container: Answer, region: str) -> Iterator[tuple[str, Answer, str]]:
    several = container.text("/Mode") == "MultiModel"  # the address is a prefix of many archives
    for pointer in WEIGHTS:
        place = names.place(container.text(pointer) or "", region, prefix=several)
        if place:
            yield place, container, pointer
    for extra in container.items("/AdditionalModelDataSources"):
        if place := names.place(extra.text("/S3DataSource/S3Uri") or "", region):
            yield place, extra, "/S3DataSource/S3Uri"


def _container(arn: str, container: Answer) -> Iterator[Fact]:
    if address := container.text("/Image"):
        yield from names.image(container, "/Image")
        evidence = container.evidence(target="/Image")
        yield Relation("USES_IMAGE", arn, names.image_id(address), evidence=evidence)
    package = container.text("/ModelPackageName") or ""
    if ":model-package/" in package:  # .../model-package/GROUP/VERSION, or an old one without a group
        group, _, version = package.replace(":model-package/", ":model-package-group/").rpartition("/")
        evidence = container.evidence(target="/ModelPackageName")
        if version.isdecimal():
            yield Relation(
                "REGISTERED_IN", arn, group, {"version": version}, evidence, target_kind="ModelRegistry"
            )
