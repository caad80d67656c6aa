"""Linden Health's extracts: who reads them, and what stops the same next to it (organisation, key, cap)."""

from collections.abc import Mapping

from collectors.practice.estate.aws_area import Area
from collectors.practice.estate.aws_parts import Account, Statement, allow, policy
from graph.model import Json

PHI: Mapping[str, str] = {"data-class": "phi", "env": "prod", "owner": "extracts@linden.example"}
REGISTRY, UNIVERSITY = "666655554444", "555544443333"
"""Accounts of others that bucket policies let read."""

FROZEN = "linden-insurer-claims"
OURS_ONLY = "linden-rare-diseases"
"""Buckets that policies of the organisation speak of."""


def plant(prod: Account, area: Area, training: str) -> None:
    """Pairs of extracts; models are trained on each, and of each pair one is guarded."""
    _organisation_denies(prod)
    _organisation_keeps(prod)
    _key_decides(prod)
    _boundary_caps(prod)
    for number, (bucket, prefix) in enumerate(_EXTRACTS.items()):
        channels = {"train": f"s3://{bucket}/{prefix}/"}
        area.job(f"extract-trial-{number}", training, channels, output="s3://linden-model-artifacts/trials")


_EXTRACTS = {
    "linden-pharmacy-claims": "2026",
    FROZEN: "2026",
    "linden-cancer-registry": "cases",
    OURS_ONLY: "cases",
    "linden-ward-notes": "notes",
    "linden-psychiatry-notes": "notes",
    "linden-triage-calls": "calls",
    "linden-crisis-calls": "calls",
}


def _reader(prod: Account, name: str, bucket: str, *more: Statement, boundary: str | None = None) -> None:
    read = allow(["s3:GetObject", "s3:ListBucket"], [bucket, f"{bucket}/*"])
    prod.user(name, {"read-extract": policy(read, *more)}, boundary=boundary, path="/analysts/")


def _organisation_denies(prod: Account) -> None:
    """Two analysts of claims; a policy of the organisation lets nobody read those of the insurers."""
    for name, bucket in (("ida.roth", "linden-pharmacy-claims"), ("noah.frank", FROZEN)):
        _reader(prod, name, prod.bucket(bucket, tags=PHI))


def _organisation_keeps(prod: Account) -> None:
    """Two partners that bucket policies let read; one bucket the organisation keeps for its own."""
    for bucket, partner in (("linden-cancer-registry", REGISTRY), (OURS_ONLY, UNIVERSITY)):
        whom: dict[str, Json] = {"AWS": f"arn:aws:iam::{partner}:root"}
        read = allow(["s3:GetObject"], [f"arn:aws:s3:::{bucket}/*"], Principal=whom)
        prod.bucket(bucket, statements=[read], tags=PHI)


def _key_decides(prod: Account) -> None:
    """Two analysts who may decrypt with every key as far as they go; one key names others only."""
    keeper = prod.user("key.keeper", path="/security/")
    for number, (name, bucket, only) in enumerate(
        (("paul.weiss", "linden-ward-notes", ""), ("emma.koch", "linden-psychiatry-notes", keeper))
    ):
        key = f"arn:aws:kms:eu-central-1:{prod.number}:key/00000000-0000-4000-8000-0000000000a{number}"
        prod.key(key, f"Key of {bucket}", only=only)
        _reader(prod, name, prod.bucket(bucket, tags=PHI, key=key), allow(["kms:Decrypt"], ["*"]))


def _boundary_caps(prod: Account) -> None:
    """Two analysts of calls; one has a boundary that holds nothing of S3."""
    boundary = prod.managed("NotebooksOnly", policy(allow(["sagemaker:*", "logs:*"], ["*"])))
    for name, bucket, cap in (
        ("lea.simon", "linden-triage-calls", None),
        ("finn.maurer", "linden-crisis-calls", boundary),
    ):
        _reader(prod, name, prod.bucket(bucket, tags=PHI), boundary=cap)
