"""Vertex AI: registered datasets, and where in Cloud Storage and BigQuery their data lies."""

from collections.abc import Iterator

from collectors.gcp import names
from collectors.gcp.locations import dataset, key
from collectors.gcp.readings import evidence, labels
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call(
    "gcp:aiplatform:ListDatasets",
    lists=("Dataset",),
    fills=("Dataset.tags", "DERIVED_FROM", "CONTAINS", "ENCRYPTED_WITH"),
)

REGIONAL = True

FILES = "/metadata/inputConfig/gcsSource/uri"
TABLE = "/metadata/inputConfig/bigquerySource/uri"
BUCKET = "/metadata/gcsBucket"


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(LIST, parent=f"projects/{source.account}/locations/{source.region}"):
        own = names.Project.of(source.account, row)
        registered = own.vertex(row.text("/name") or "")
        yield Asset(
            id=registered,
            kind="Dataset",
            name=row.text("/displayName") or "",
            listed_by=row.listed_by,
            properties={"native_kind": "dataset", "tags": labels(row)},
            evidence=evidence(row, name="/displayName", tags="/labels"),
        )
        yield from key(row, "/encryptionSpec/kmsKeyName", registered, own)
        for pointer, place in _places(row):
            if place.startswith(names.BUCKETS):
                yield from dataset(row, pointer, place)
            proof = row.evidence(target=pointer)
            yield Relation("DERIVED_FROM", registered, place, evidence=proof, target_kind="Dataset")


def _places(row: Answer) -> Iterator[tuple[str, str]]:
    """Pointer and id of each place that the dataset was made from.

    Tabular datasets name their files; image, text and video datasets only the bucket that holds them.
    https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.datasets
    """
    files = row.get(FILES)
    if isinstance(files, list):
        for index in range(len(files)):
            if place := names.place(row.text(f"{FILES}/{index}")):
                yield f"{FILES}/{index}", place
    if place := names.place(f"gs://{row.text(BUCKET)}") if row.text(BUCKET) else None:
        yield BUCKET, place
    if place := names.bigquery(row.text(TABLE)):
        yield TABLE, place
