"""Vertex AI: what trains models, on which data, as whom, and what comes out of it."""

from collections.abc import Iterator
from datetime import datetime

from collectors.gcp import names, workers
from collectors.gcp.locations import dataset, identity, key
from collectors.gcp.readings import evidence, known, labels
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

CUSTOM = Call(
    "gcp:aiplatform:ListCustomJobs",
    lists=("TrainingJob", "Dataset", "ContainerImage"),
    fills=(
        "TrainingJob.tags",
        "TrainingJob.started_at",
        "TrainingJob.status",
        "TRAINED_ON",
        "PRODUCED",
        "CONTAINS",
        "RUNS_AS",
        "USES_IMAGE",
        "IN_NETWORK",
        "ENCRYPTED_WITH",
    ),
)
PIPELINES = Call(
    "gcp:aiplatform:ListTrainingPipelines",
    lists=("TrainingJob", "Dataset", "ContainerImage"),
    fills=CUSTOM.fills,
)
TUNING = Call(
    "gcp:aiplatform:ListTuningJobs",
    lists=("TrainingJob", "Dataset"),
    fills=(
        "TrainingJob.tags",
        "TrainingJob.started_at",
        "TrainingJob.status",
        "TRAINED_ON",
        "EVALUATED_ON",
        "PRODUCED",
        "DERIVED_FROM",
        "CONTAINS",
        "RUNS_AS",
        "ENCRYPTED_WITH",
    ),
)

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    location = f"projects/{source.account}/locations/{source.region}"
    for row in source.pages(CUSTOM, parent=location):
        own, job = _named(source, row)
        yield from _job(row, job, own, "custom_job")
        yield from workers.facts(row.at("/jobSpec"), job, own)
    for row in source.pages(PIPELINES, parent=location):
        own, job = _named(source, row)
        yield from _job(row, job, own, "training_pipeline")
        yield from workers.facts(row.at("/trainingTaskInputs"), job, own)
        yield from _pipeline(row, job, own)
    for row in source.pages(TUNING, parent=location):
        own, job = _named(source, row)
        yield from _job(row, job, own, "tuning_job")
        yield from _tuning(row, job, own)


def _named(source: Source, row: Answer) -> tuple[names.Project, str]:
    own = names.Project.of(source.account, row)
    return own, own.vertex(row.text("/name") or "")


def _job(row: Answer, job: str, own: names.Project, native_kind: str) -> Iterator[Fact]:
    display = "/displayName" if row.text("/displayName") else "/tunedModelDisplayName"
    yield Asset(
        id=job,
        kind="TrainingJob",
        name=row.text(display) or "",
        listed_by=row.listed_by,
        properties=known(
            native_kind=native_kind,
            tags=labels(row),
            started_at=_time(row.text("/startTime")),
            status=_status(row.text("/state")),
        ),
        evidence=evidence(row, name=display, tags="/labels", started_at="/startTime", status="/state"),
    )
    yield from key(row, "/encryptionSpec/kmsKeyName", job, own)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _status(state: str | None) -> str | None:
    """`succeeded` from JOB_STATE_SUCCEEDED or PIPELINE_STATE_SUCCEEDED."""
    return state.rpartition("_STATE_")[2].lower() if state else None


def _pipeline(row: Answer, job: str, own: names.Project) -> Iterator[Fact]:
    """The registered data of a training pipeline, where it is laid out, and the model that came out."""
    pointer = "/inputDataConfig/datasetId"
    if registered := row.text(pointer):
        location = (row.text("/name") or "").partition("/trainingPipelines/")[0]
        yield Relation(
            "TRAINED_ON",
            job,
            own.vertex(f"{location}/datasets/{registered}"),
            evidence=row.evidence(target=pointer),
            target_kind="Dataset",
        )
    yield from workers.trained_on(row, "/inputDataConfig/gcsDestination/outputUriPrefix", job)
    yield from _model(row, "/modelToUpload/name", job, own)


def _tuning(row: Answer, job: str, own: names.Project) -> Iterator[Fact]:
    yield from identity(row, "/serviceAccount", job, own)
    yield from workers.trained_on(row, "/supervisedTuningSpec/trainingDatasetUri", job)
    yield from _model(row, "/tunedModel/model", job, own)
    if not (tuned := row.text("/tunedModel/model")):
        return
    model = own.vertex(tuned)
    if base := row.text("/baseModel"):
        yield Relation(
            "DERIVED_FROM",
            model,
            names.foundation_model(base),
            evidence=row.evidence(target="/baseModel"),
            target_kind="FoundationModel",
        )
    pointer = "/supervisedTuningSpec/validationDatasetUri"
    if judged := names.place(row.text(pointer)):
        yield from dataset(row, pointer, judged)
        yield Relation("EVALUATED_ON", model, judged, evidence=row.evidence(target=pointer))


def _model(row: Answer, pointer: str, job: str, own: names.Project) -> Iterator[Relation]:
    if model := row.text(pointer):
        yield Relation(
            "PRODUCED",
            job,
            own.vertex(model),
            evidence=row.evidence(target=pointer),
            target_kind="Model",
        )
