"""What an answer points at outside itself: storage, images, keys, networks, identities."""

from collections.abc import Iterator

from collectors.gcp import names
from collectors.source import Answer
from graph.model import Asset, Fact, Relation


def dataset(answer: Answer, pointer: str, place: str | None) -> Iterator[Fact]:
    """The Dataset in Cloud Storage that an answer names at a pointer, and the bucket it lies in."""
    if place is None:
        return
    bucket, _, key = place.partition("/objects/")
    name = bucket.rpartition("/")[2]
    yield Asset(
        id=place,
        kind="Dataset",
        name=f"{name}/{key}",
        listed_by=answer.listed_by,
        properties={"service": "storage", "native_kind": "prefix" if place.endswith("/") else "object"},
        evidence=answer.evidence(name=pointer),
    )
    yield Relation("CONTAINS", bucket, place, evidence=answer.evidence(target=pointer))


def image(answer: Answer, pointer: str, user: str) -> Iterator[Fact]:
    """The container image at a pointer, and that `user` runs it."""
    address = answer.text(pointer)
    if not address:
        return
    named, _, digest = address.partition("@")
    tag = named.rpartition("/")[2].partition(":")[2]
    ours = "-docker.pkg.dev/" in address or "gcr.io/" in address
    yield Asset(
        id=f"oci://{address}",
        kind="ContainerImage",
        name=named,
        listed_by=answer.listed_by,
        properties={
            "service": "artifactregistry" if ours else "registry",
            "native_kind": "image",
            **({"tag": tag} if tag else {}),
            **({"digest": digest} if digest else {}),
        },
        evidence=answer.evidence(name=pointer, tag=pointer, digest=pointer),
    )
    yield Relation("USES_IMAGE", user, f"oci://{address}", evidence=answer.evidence(target=pointer))


def key(answer: Answer, pointer: str, user: str, own: names.Project) -> Iterator[Relation]:
    """That `user` is encrypted with the customer's key at a pointer."""
    if name := answer.text(pointer):
        yield Relation(
            "ENCRYPTED_WITH",
            user,
            own.key(name),
            evidence=answer.evidence(target=pointer),
            target_kind="EncryptionKey",
        )


def network(answer: Answer, pointer: str, user: str, own: names.Project) -> Iterator[Relation]:
    """That `user` sits in the network at a pointer."""
    if name := answer.text(pointer):
        yield Relation(
            "IN_NETWORK",
            user,
            own.compute(name),
            evidence=answer.evidence(target=pointer),
            target_kind="Network",
        )


def identity(answer: Answer, pointer: str, user: str, own: names.Project) -> Iterator[Relation]:
    """That `user` runs as the service account at a pointer."""
    if email := answer.text(pointer):
        yield Relation(
            "RUNS_AS",
            user,
            names.service_account(email, own),
            evidence=answer.evidence(target=pointer),
            target_kind="ServiceIdentity",
        )
