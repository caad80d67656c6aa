"""Vertex AI: endpoints, every model deployed on them, whom they run as, and how they are reached."""

from collections.abc import Iterator

from collectors.gcp import names
from collectors.gcp.locations import identity, key, network
from collectors.gcp.readings import evidence, known, labels
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call(
    "gcp:aiplatform:ListEndpoints",
    lists=("Endpoint",),
    fills=(
        "Endpoint.tags",
        "Endpoint.public_network_access",
        "Endpoint.invocation_logging",
        "Endpoint.drift_monitor",
        "Endpoint.instances",
        "Endpoint.routing",
        "SERVES",
        "RUNS_AS",
        "IN_NETWORK",
        "LOGS_TO",
        "ENCRYPTED_WITH",
    ),
)

REGIONAL = True

PRIVATE_SERVICE_CONNECT = "/privateServiceConnectConfig/enablePrivateServiceConnect"
LOGGING = "/predictRequestResponseLoggingConfig"


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(LIST, parent=f"projects/{source.account}/locations/{source.region}"):
        own = names.Project.of(source.account, row)
        endpoint = own.vertex(row.text("/name") or "")
        yield _endpoint(row, endpoint)
        yield from network(row, "/network", endpoint, own)
        yield from key(row, "/encryptionSpec/kmsKeyName", endpoint, own)
        yield from _logs(row, endpoint)
        for deployed in row.items("/deployedModels"):
            yield from _deployed(deployed, endpoint, own)


def _endpoint(row: Answer, endpoint: str) -> Asset:
    return Asset(
        id=endpoint,
        kind="Endpoint",
        name=row.text("/displayName") or "",
        listed_by=row.listed_by,
        properties=known(
            native_kind="dedicated_endpoint" if row.flag("/dedicatedEndpointEnabled") else "endpoint",
            tags=labels(row),
            public_network_access=not _private(row),
            invocation_logging=bool(row.flag(f"{LOGGING}/enabled")),
            drift_monitor=row.text("/modelDeploymentMonitoringJob") is not None,
            instances=_instances(row),
            routing="regional",
        ),
        evidence=evidence(
            row,
            name="/displayName",
            native_kind="/dedicatedEndpointEnabled",
            tags="/labels",
            public_network_access="/network" if row.text("/network") else PRIVATE_SERVICE_CONNECT,
            invocation_logging=LOGGING,
            drift_monitor="/modelDeploymentMonitoringJob",
            instances="/deployedModels",
            routing="/name",
        ),
    )


def _private(row: Answer) -> bool:
    """Whether only a peered network or Private Service Connect leads to it; others answer to the internet.

    https://cloud.google.com/vertex-ai/docs/predictions/choose-endpoint-type
    """
    return bool(
        row.text("/network") or row.flag(PRIVATE_SERVICE_CONNECT) or row.flag("/enablePrivateServiceConnect")
    )


def _instances(row: Answer) -> int | None:
    """The machines that always run, over all deployed models; None when none says."""
    counts = [
        deployed.number(f"/{kind}/minReplicaCount")
        for deployed in row.items("/deployedModels")
        for kind in ("dedicatedResources", "automaticResources")
    ]
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def _deployed(deployed: Answer, endpoint: str, own: names.Project) -> Iterator[Fact]:
    if model := deployed.text("/model"):
        proof = deployed.evidence(target="/model")
        if "/publishers/" in model or model.startswith("publishers/"):
            public = names.foundation_model(model[model.index("publishers/") :])
            yield Relation("SERVES", endpoint, public, evidence=proof, target_kind="FoundationModel")
        else:
            yield Relation("SERVES", endpoint, own.vertex(model), evidence=proof, target_kind="Model")
    yield from identity(deployed, "/serviceAccount", endpoint, own)


def _logs(row: Answer, endpoint: str) -> Iterator[Relation]:
    pointer = f"{LOGGING}/bigqueryDestination/outputUri"
    if (store := names.bigquery(row.text(pointer))) and row.flag(f"{LOGGING}/enabled"):
        yield Relation(
            "LOGS_TO", endpoint, store, evidence=row.evidence(target=pointer), target_kind="Dataset"
        )
