"""Vertex AI: models, where their artefacts lie, and what they came from."""

from collections.abc import Iterator

from collectors.gcp import names
from collectors.gcp.locations import dataset, image, key
from collectors.gcp.readings import evidence, labels
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call(
    "gcp:aiplatform:ListModels",
    lists=("Model", "Dataset", "ContainerImage"),
    fills=("Model.tags", "STORED_IN", "CONTAINS", "PRODUCED", "DERIVED_FROM", "USES_IMAGE", "ENCRYPTED_WITH"),
)

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(LIST, parent=f"projects/{source.account}/locations/{source.region}"):
        own = names.Project.of(source.account, row)
        model = own.vertex(row.text("/name") or "")
        yield Asset(
            id=model,
            kind="Model",
            name=row.text("/displayName") or "",
            listed_by=row.listed_by,
            properties={"native_kind": "model", "tags": labels(row)},
            evidence=evidence(row, name="/displayName", tags="/labels"),
        )
        if artefacts := names.folder(row.text("/artifactUri")):
            yield from dataset(row, "/artifactUri", artefacts)
            yield Relation("STORED_IN", model, artefacts, evidence=row.evidence(target="/artifactUri"))
        yield from image(row, "/containerSpec/imageUri", model)
        yield from key(row, "/encryptionSpec/kmsKeyName", model, own)
        yield from _origins(row, model, own)


def _origins(row: Answer, model: str, own: names.Project) -> Iterator[Relation]:
    """The training that made it, the model it is a copy of, the public model it was built on."""
    if pipeline := row.text("/trainingPipeline"):
        proof = row.evidence(source="/trainingPipeline")
        yield Relation("PRODUCED", own.vertex(pipeline), model, evidence=proof)
    original = "/originalModelInfo/model"
    if copied := row.text(original):
        proof = row.evidence(target=original)
        yield Relation("DERIVED_FROM", model, own.vertex(copied), evidence=proof, target_kind="Model")
    garden = "/baseModelSource/modelGardenSource/publicModelName"
    if public := row.text(garden):
        yield Relation(
            "DERIVED_FROM",
            model,
            names.foundation_model(public),
            evidence=row.evidence(target=garden),
            target_kind="FoundationModel",
        )
