"""Amazon SageMaker endpoints: every production and shadow variant, and what they record."""

from collections.abc import Iterator, Mapping, Sequence

from collectors.aws import names
from collectors.aws.sagemaker_models import Model, tags
from collectors.aws.sagemaker_training import runs
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call("aws:sagemaker:ListEndpoints", lists=("Endpoint",))
DESCRIBE = Call("aws:sagemaker:DescribeEndpoint", fills=("Endpoint.instances",))
CONFIG = Call(
    "aws:sagemaker:DescribeEndpointConfig",
    lists=("Dataset",),
    fills=("Endpoint.invocation_logging", "SERVES", "RUNS_AS", "IN_NETWORK", "ENCRYPTED_WITH", "LOGS_TO"),
)

VARIANTS = ("/ProductionVariants", "/ShadowProductionVariants")


def endpoints(source: Source, models: Mapping[str, Model]) -> Iterator[Sequence[Fact]]:
    """The facts of each endpoint; `models` are those of the region, by name."""
    yield from source.each(lambda row: _endpoint(source, row, models), source.pages(LIST))


def _endpoint(source: Source, row: Answer, models: Mapping[str, Model]) -> Sequence[Fact]:
    own = source.within(row.text("/EndpointArn") or "")
    endpoint = own.call(DESCRIBE, EndpointName=row.text("/EndpointName"))
    if endpoint.vanished:
        return ()
    name = endpoint.text("/EndpointConfigName") or row.text("/EndpointName")
    config = own.call(CONFIG, EndpointConfigName=name)
    return (
        _asset(own, row, endpoint, config),
        *_variants(own, config, models),
        *runs(own.parent, config, "/ExecutionRoleArn", source),
        *_key(own, config),
        *_capture(own, config),
    )


def _asset(own: Source, row: Answer, endpoint: Answer, config: Answer) -> Asset:
    labels, given = tags(own, own.parent)
    capture = "/DataCaptureConfig/EnableCapture"
    counts = [variant.number("/CurrentInstanceCount") for variant in endpoint.items("/ProductionVariants")]
    known = [count for count in counts if count is not None]
    return Asset(
        id=own.parent,
        kind="Endpoint",
        name=row.text("/EndpointName") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="endpoint",
            tags=given,
            instances=sum(known) if known else None,
            invocation_logging=bool(config.flag(capture)) if config.ok else None,
        ),
        evidence=(
            *row.evidence(name="/EndpointName"),
            *endpoint.evidence(instances="/ProductionVariants"),
            *config.evidence(invocation_logging=capture),
            *labels,
        ),
    )


def _variants(own: Source, config: Answer, models: Mapping[str, Model]) -> Iterator[Relation]:
    """What the endpoint serves, and the role that its model's containers run with."""
    for variant in (variant for pointer in VARIANTS for variant in config.items(pointer)):
        name = variant.text("/ModelName")
        if name is None:
            continue  # an endpoint of inference components names its models elsewhere
        model = models.get(name)
        arn = model.arn if model else names.arn("sagemaker", own.region, own.account, f"model/{name.lower()}")
        evidence = variant.evidence(target="/ModelName")
        yield Relation("SERVES", own.parent, arn, evidence=evidence, target_kind="Model")
        role = model.answer.text("/ExecutionRoleArn") if model and model.answer else None
        if model and model.answer and role:
            evidence = (*evidence, *model.answer.evidence(target="/ExecutionRoleArn"))
            yield Relation("RUNS_AS", own.parent, role, evidence=evidence, target_kind="Role")


def _key(own: Source, config: Answer) -> Iterator[Relation]:
    if key := names.key_arn(config.text("/KmsKeyId"), own.region, own.account):
        evidence = config.evidence(target="/KmsKeyId")
        yield Relation("ENCRYPTED_WITH", own.parent, key, evidence=evidence, target_kind="EncryptionKey")


def _capture(own: Source, config: Answer) -> Iterator[Fact]:
    """Requests and answers that the endpoint writes to a bucket."""
    pointer = "/DataCaptureConfig/DestinationS3Uri"
    place = names.place(config.text(pointer) or "", own.region)
    if place and config.flag("/DataCaptureConfig/EnableCapture"):
        yield from names.dataset(config, pointer, place)
        yield Relation("LOGS_TO", own.parent, place, evidence=config.evidence(target=pointer))
