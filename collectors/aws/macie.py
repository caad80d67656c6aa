"""Amazon Macie: what its looks into S3 found.

A finding is evidence that sensitive data is there. That there is none is evidence of nothing: Macie looks at
samples, and only at objects it can read. So of a bucket or a folder without findings nothing is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from collectors.aws import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact, Json, Relation

FOUND = ("Bucket.detected_classes", "Bucket.scanned_at", "Dataset.detected_classes", "Dataset.scanned_at")

LIST = Call("aws:macie2:ListFindings", fills=FOUND)
GET = Call("aws:macie2:GetFindings", fills=FOUND)
BUCKETS = Call("aws:macie2:DescribeBuckets", fills=("Bucket.scanned_at",))

REGIONAL = True

WANTED: Json = {"criterion": {"category": {"eq": ["CLASSIFICATION"]}, "archived": {"eq": ["false"]}}}
"""Findings of sensitive data that nobody has put aside."""

TOGETHER = 50
"""Findings that one call tells of, at most."""

MOST_FOLDERS = 100
"""Folders of a bucket that are told apart; of more, the bucket as a whole is said to hold what they hold."""

LOOKED = ("/lastAutomatedDiscoveryTime", "/jobDetails/lastJobRunTime")


class Meanings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`macie.yaml`."""

    categories: Mapping[str, str]
    types: Mapping[str, str]


class Finding(msgspec.Struct, frozen=True):
    """One finding, and the listing's row that names it."""

    row: Answer
    about: Answer

    @property
    def bucket(self) -> str:
        return self.about.text("/resourcesAffected/s3Bucket/name") or ""

    @property
    def folder(self) -> str:
        """The folder of the object, as far as it can be told without telling more than a folder."""
        key = self.about.text("/resourcesAffected/s3Object/key") or ""
        return key[: key.rfind("/") + 1]


def collect(source: Source) -> Iterator[Fact]:
    found: dict[str, list[Finding]] = {}
    for finding in _findings(source):
        if finding.bucket and classes(finding.about) and finding.about.flag("/sample") is not True:
            found.setdefault(finding.bucket, []).append(finding)
    looked = _looked(source, sorted(found))
    for name in sorted(found):
        yield from _bucket(name, found[name], looked.get(name))


def _findings(source: Source) -> Iterator[Finding]:
    rows = [*source.pages(LIST, findingCriteria=WANTED)]
    groups = [rows[start : start + TOGETHER] for start in range(0, len(rows), TOGETHER)]
    for group in groups:
        listed = {str(row.get("")): row for row in group}
        wanted: Json = [*listed]
        for about in source.pages(GET, findingIds=wanted):
            if row := listed.get(about.text("/id") or ""):
                yield Finding(row, about)


def _looked(source: Source, wanted: Sequence[str]) -> Mapping[str, Answer]:
    """What Macie says of these buckets: when it looked into them last."""
    found: dict[str, Answer] = {}
    for start in range(0, len(wanted), TOGETHER):
        some: Json = [*wanted[start : start + TOGETHER]]
        for row in source.pages(BUCKETS, criteria={"bucketName": {"eq": some}}):
            found[row.text("/bucketName") or ""] = row
    return found


def _bucket(name: str, findings: Sequence[Finding], looked: Answer | None) -> Iterator[Fact]:
    """The bucket, and the folders in which something was found."""
    region = findings[0].about.text("/region") or ""
    bucket = names.bucket(name, region)
    folders: dict[str, list[Finding]] = {}
    for finding in findings:
        folders.setdefault(finding.folder, []).append(finding)
    if len(folders) > MOST_FOLDERS:
        folders = {"": list(findings)}
    yield _asset("Bucket", bucket, name, folders.pop("", []), findings, looked)
    for folder, within in sorted(folders.items()):
        yield _asset("Dataset", f"{bucket}/{folder}", folder, within, within, None)
        evidence = [
            one for each in within for one in each.about.evidence(target="/resourcesAffected/s3Object/key")
        ]
        yield Relation("CONTAINS", bucket, f"{bucket}/{folder}", evidence=tuple(evidence))


def _asset(
    kind: str,
    identifier: str,
    name: str,
    own: Sequence[Finding],
    every: Sequence[Finding],
    looked: Answer | None,
) -> Asset:
    """What was found in it, by `own`; when it was looked into last, by `every`."""
    held = {found for each in own for found in classes(each.about)}
    times = [each.about.text("/updatedAt") for each in every]
    times += [looked.text(pointer) for pointer in LOOKED] if looked else []
    return Asset(
        id=identifier,
        kind=kind,
        name=name,
        properties=names.known(
            service="s3",
            account=every[0].about.text("/accountId"),
            region=every[0].about.text("/region"),
            native_kind="bucket" if kind == "Bucket" else "s3_prefix",
            detected_classes=tuple(sorted(held)) or None,
            scanned_at=max((datetime.fromisoformat(time) for time in times if time), default=None),
        ),
        evidence=tuple(_evidence(own, every, looked)),
    )


def _evidence(own: Sequence[Finding], every: Sequence[Finding], looked: Answer | None) -> Iterator[Evidence]:
    for each in own:
        yield from each.row.evidence(detected_classes="")
        yield from each.about.evidence(detected_classes="/classificationDetails/result")
    for each in every:
        yield from each.row.evidence(scanned_at="")
        yield from each.about.evidence(scanned_at="/updatedAt")
    if looked:
        for pointer in LOOKED:
            if looked.text(pointer):
                yield from looked.evidence(scanned_at=pointer)


def classes(finding: Answer) -> set[str]:
    """Kinds of sensitive data that a finding speaks of."""
    told = _meanings()
    found: set[str | None] = set()
    for item in finding.items("/classificationDetails/result/sensitiveData"):
        usual = told.categories.get(item.text("/category") or "")
        types = [each.text("/type") or "" for each in item.items("/detections")]
        found |= {told.types.get(each, usual) for each in types} or {usual}
    return {each for each in found if each}


@cache
def _meanings() -> Meanings:
    text = (files("collectors.aws") / "macie.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Meanings)
