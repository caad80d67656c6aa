"""Amazon Bedrock: the service in a region, the foundation models it offers there, guardrails."""

from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

MODELS = Call(
    "aws:bedrock:ListFoundationModels",
    lists=("AIService", "FoundationModel"),
    fills=("FoundationModel.lifecycle", "FoundationModel.publisher"),
)
LOGGING = Call(
    "aws:bedrock:GetModelInvocationLoggingConfiguration", fills=("AIService.invocation_logging", "LOGS_TO")
)
GUARDRAILS = Call("aws:bedrock:ListGuardrails", lists=("Guardrail",))
GUARDRAIL = Call(
    "aws:bedrock:GetGuardrail",
    fills=("Guardrail.prompt_attack", "Guardrail.pii_filter", "ENCRYPTED_WITH"),
)

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    models = list(source.pages(MODELS))
    if models:
        yield from _service(source, models)
    for facts in source.each(lambda row: _guardrail(source, row), source.pages(GUARDRAILS)):
        yield from facts


def _service(source: Source, models: Sequence[Answer]) -> Iterator[Fact]:
    service = f"aws://{source.account}/bedrock/{source.region}"
    logging = source.call(LOGGING)
    on = logging.get("/loggingConfig") is not None if logging.ok else None
    yield Asset(
        id=service,
        kind="AIService",
        name=f"Amazon Bedrock in {source.region}",
        listed_by=models[0].listed_by,
        properties=names.known(native_kind="bedrock", invocation_logging=on),
        evidence=logging.evidence(invocation_logging="/loggingConfig"),
    )
    yield from _log(service, logging)
    for model in models:
        arn = model.text("/modelArn") or ""
        yield Asset(
            id=arn,
            kind="FoundationModel",
            name=model.text("/modelId") or "",
            listed_by=model.listed_by,
            properties=names.known(
                native_kind="foundation_model",
                publisher=model.text("/providerName"),
                lifecycle=model.text("/modelLifecycle/status"),
                account="",  # it is nobody's own: the same in every account
            ),
            evidence=model.evidence(
                name="/modelId", publisher="/providerName", lifecycle="/modelLifecycle/status"
            ),
        )
        yield Relation("CONTAINS", service, arn, evidence=model.evidence(target="/modelArn"))


def _log(service: str, logging: Answer) -> Iterator[Fact]:
    """The bucket that prompts and answers are written to."""
    pointer = "/loggingConfig/s3Config/bucketName"
    if bucket := logging.text(pointer):
        evidence = logging.evidence(target=pointer)
        yield Relation("LOGS_TO", service, names.bucket(bucket), evidence=evidence, target_kind="Bucket")


def _guardrail(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/arn") or "")
    guardrail = own.call(GUARDRAIL, guardrailIdentifier=row.text("/id"))
    if guardrail.vanished:
        return ()
    asset = Asset(
        id=own.parent,
        kind="Guardrail",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="guardrail",
            prompt_attack=_strength(guardrail),
            pii_filter="sensitiveInformationPolicy" in guardrail.json if guardrail.ok else None,
        ),
        evidence=(
            *row.evidence(name="/name"),
            *guardrail.evidence(
                prompt_attack="/contentPolicy/filters", pii_filter="/sensitiveInformationPolicy"
            ),
        ),
    )
    if key := guardrail.text("/kmsKeyArn"):
        evidence = guardrail.evidence(target="/kmsKeyArn")
        encrypted = Relation("ENCRYPTED_WITH", own.parent, key, {}, evidence, target_kind="EncryptionKey")
        return (asset, encrypted)
    return (asset,)


def _strength(guardrail: Answer) -> str | None:
    """Input strength of the prompt-attack filter; NONE when the guardrail has no such filter."""
    if not guardrail.ok:
        return None
    for each in guardrail.items("/contentPolicy/filters"):
        if each.text("/type") == "PROMPT_ATTACK":
            return each.text("/inputStrength")
    return "NONE"
