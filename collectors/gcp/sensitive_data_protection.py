"""Sensitive Data Protection: what its discovery found in Cloud Storage and BigQuery.

A profile that names a type of data is evidence that it is there. One that names none is evidence of nothing:
profiles are made of samples. Profiles are kept where the data is and are not told across locations, so each
location is asked. Those that an organization had made are the organization's to tell: `scopes` asks for them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from collectors.gcp import names
from collectors.gcp.calls import LOCATIONS
from collectors.gcp.readings import known
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact

OFF = ("SERVICE_DISABLED",)

TABLES = Call(
    "gcp:dlp:ListTableDataProfiles",
    fills=("Dataset.detected_classes", "Dataset.scanned_at"),
    empty_on=OFF,
)
FILE_STORES = Call(
    "gcp:dlp:ListFileStoreDataProfiles",
    fills=("Bucket.detected_classes", "Bucket.scanned_at"),
    empty_on=OFF,
)

REGIONAL = False

PLACES: tuple[str, ...] = (
    *("global", "asia", "eu", "europe", "us"),
    *("asia-south2", "asia-southeast3", "europe-north2", "europe-west10", "northamerica-south1"),
    *LOCATIONS,
)
"""Regions and multi-regions: https://cloud.google.com/sensitive-data-protection/docs/locations"""

TYPES = ("/predictedInfoTypes", "/otherInfoTypes", "/fileStoreInfoTypeSummaries")


def collect(source: Source) -> Iterator[Fact]:
    yield from profiles(source, f"projects/{source.account}")


def profiles(source: Source, parent: str) -> Iterator[Fact]:
    """What the profiles of a project or an organization say of buckets and datasets."""
    found: dict[tuple[str, str], list[Answer]] = {}
    for rows in source.each(lambda place: _rows(source, f"{parent}/locations/{place}"), PLACES):
        for row in rows:
            held = _holder(row)
            if held and classes(row):
                found.setdefault(held, []).append(row)
    for (kind, identifier), about in sorted(found.items()):
        yield _asset(kind, identifier, about)


def _rows(source: Source, parent: str) -> Sequence[Answer]:
    return [*source.pages(TABLES, parent=parent), *source.pages(FILE_STORES, parent=parent)]


def _holder(row: Answer) -> tuple[str, str] | None:
    """Kind and id of what a profile is about: a bucket, or the dataset that a table is in."""
    path = row.text("/fileStorePath") or ""
    if path.startswith("gs://"):
        return "Bucket", names.bucket(path.removeprefix("gs://").rstrip("/"))
    resource = row.text("/fullResource") or ""
    project, dataset = row.text("/datasetProjectId"), row.text("/datasetId")
    if resource.startswith("//bigquery.googleapis.com/") and project and dataset:
        return "Dataset", f"//bigquery.googleapis.com/projects/{project}/datasets/{dataset}"
    return None


def _asset(kind: str, identifier: str, about: Sequence[Answer]) -> Asset:
    """The bucket, or the dataset with what all of its tables hold."""
    bucket = kind == "Bucket"
    times = [row.text("/profileLastGenerated") for row in about]
    region = about[0].text("/fileStoreLocation" if bucket else "/datasetLocation")
    return Asset(
        id=identifier,
        kind=kind,
        name=identifier.rpartition("/")[2],
        properties=known(
            service="storage" if bucket else "bigquery",
            native_kind="bucket" if bucket else "dataset",
            account=about[0].text("/projectId" if bucket else "/datasetProjectId"),
            region=region.lower() if region else None,
            detected_classes=tuple(sorted(set().union(*(classes(row) for row in about)))),
            scanned_at=max((datetime.fromisoformat(time) for time in times if time), default=None),
        ),
        evidence=tuple(one for row in about for one in _evidence(row)),
    )


def _evidence(row: Answer) -> Iterator[Evidence]:
    for pointer in TYPES:
        if row.get(pointer):
            yield from row.evidence(detected_classes=pointer)
    if row.text("/profileLastGenerated"):
        yield from row.evidence(scanned_at="/profileLastGenerated")


def classes(row: Answer) -> set[str]:
    """Kinds of sensitive data that a profile names."""
    found = [summary for pointer in TYPES for summary in row.items(pointer)]
    counted = [each for each in found if each.flag("/excludedFromAnalysis") is not True]
    return {kind for each in counted if (kind := _kind(each.text("/infoType/name") or ""))}


def _kind(name: str) -> str | None:
    return next((kind for kind, pattern in _patterns().items() if pattern.fullmatch(name)), None)


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    text = (files("collectors.gcp") / "sensitive_data_protection.yaml").read_text("utf-8")
    given = msgspec.convert(yaml.safe_load(text), dict[str, tuple[str, ...]])
    return {kind: re.compile("|".join(f"(?:{each})" for each in each_of)) for kind, each_of in given.items()}
