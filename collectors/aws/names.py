"""AWS's names for things, made into the ids of the graph: ARNs, and what S3 addresses point at."""

import re
from collections.abc import Iterator

from collectors.source import Answer
from graph.model import Asset, Fact, Relation, Value

UNSAFE = re.compile(r"(?i)\.(pkl|pickle|joblib|pt|pth|bin|ckpt|h5|keras|tar\.gz|tgz|tar)$")
"""Artefacts whose loading can run code: pickles, and archives from which SageMaker runs code/inference.py.

https://docs.aws.amazon.com/sagemaker/latest/dg/adapt-inference-container.html
"""

SAFE = re.compile(r"(?i)\.(safetensors|onnx|gguf|xgb|ubj)$")

OBJECT = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,15}(\.(gz|bz2|zst|snappy))?$")
"""A last path segment that is the name of one object and not of a folder."""

PROFILE = re.compile(r"^(us|us-gov|eu|apac|au|ca|jp|global)\.(?=[a-z0-9-]+\.)")
"""The geography in front of a model id that makes it an inference profile's."""


def arn(service: str, region: str, account: str, resource: str) -> str:
    """An ARN in the partition that the region belongs to."""
    return f"arn:{partition(region)}:{service}:{region}:{account}:{resource}"


def partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def account_of(name: str) -> str:
    """The account in an ARN; empty when there is none."""
    parts = name.split(":")
    return parts[4] if len(parts) > 5 else ""


def unqualified(function: str) -> str:
    """The ARN of a Lambda function without version or alias."""
    return ":".join(function.split(":")[:7])


def key_arn(key: str | None, region: str, account: str) -> str | None:
    """The ARN of a KMS key that an answer names by ARN, id or alias."""
    if not key or key.startswith("arn:"):
        return key
    return arn("kms", region, account, key if key.startswith("alias/") else f"key/{key}")


def foundation_model(name: str, region: str) -> str | None:
    """The ARN of a foundation model from its id, its ARN, or an inference profile of it."""
    if name.startswith("arn:"):
        resource = name.split(":", 5)[5]
        if resource.startswith("foundation-model/"):
            return name
        if not resource.startswith("inference-profile/"):
            return None
        name = resource.removeprefix("inference-profile/")
    return f"arn:{partition(region)}:bedrock:{region}::foundation-model/{PROFILE.sub('', name)}"


def bucket(name: str, region: str = "") -> str:
    return f"arn:{partition(region)}:s3:::{name}"


def place(address: str, region: str, *, prefix: bool = False) -> str | None:
    """The id of what an S3 address points at: an object, or a prefix with one trailing slash.

    AWS does not say which of the two it is; unless `prefix` does, what looks like a file is an object.
    """
    if not address.startswith("s3://"):
        return None
    name, _, key = address.removeprefix("s3://").partition("/")
    key = key.rstrip("/")
    if not prefix and OBJECT.search(key.rpartition("/")[2]):
        return f"{bucket(name, region)}/{key}"
    return f"{bucket(name, region)}/{key}/" if key else f"{bucket(name, region)}/"


def dataset(answer: Answer, pointer: str, name: str | None) -> Iterator[Fact]:
    """The Dataset that an S3 address in an answer names, and the bucket it lies in."""
    if name is not None:
        yield from _located("Dataset", answer, pointer, name, {"native_kind": "s3_prefix"})


def artefact(answer: Answer, pointer: str, name: str | None) -> Iterator[Fact]:
    """The ModelFile (or, for a prefix, the Dataset) that a model is stored in, and its bucket."""
    if name is None:
        return
    if name.endswith("/"):
        yield from dataset(answer, pointer, name)
        return
    unsafe = True if UNSAFE.search(name) else False if SAFE.search(name) else None
    risk = {} if unsafe is None else {"unsafe_format": unsafe}
    yield from _located("ModelFile", answer, pointer, name, {"native_kind": "s3_object", **risk})


def _located(
    kind: str, answer: Answer, pointer: str, name: str, properties: dict[str, str | bool]
) -> Iterator[Fact]:
    parent, _, key = name.partition("/")
    yield Asset(
        id=name,
        kind=kind,
        name=key or parent.rpartition(":")[2],
        listed_by=answer.listed_by,
        properties={"service": "s3", **properties},
        evidence=answer.evidence(**dict.fromkeys(properties, pointer)),
    )
    yield Relation("CONTAINS", parent, name, evidence=answer.evidence(target=pointer))


def image(answer: Answer, pointer: str) -> Iterator[Fact]:
    """The container image that an answer names; use `image_id` for relations to it."""
    address = answer.text(pointer)
    if not address:
        return
    named, _, digest = address.partition("@")
    last = named.rpartition("/")[2]
    repository = image_repository(address)
    yield Asset(
        id=image_id(address),
        kind="ContainerImage",
        name=named,
        listed_by=answer.listed_by,
        properties={
            "service": "ecr" if repository else "registry",
            "native_kind": "image",
            "public_registry": repository is None,
            **({"tag": last.partition(":")[2]} if ":" in last else {}),
            **({"digest": digest} if digest else {}),
        },
        evidence=answer.evidence(tag=pointer, digest=pointer, public_registry=pointer),
    )
    if repository:
        yield Relation("CONTAINS", repository, image_id(address), evidence=answer.evidence(target=pointer))


PRIVATE_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<name>[^:@]+)"
)
"""An image in a private registry: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html"""


def image_repository(address: str) -> str | None:
    """The ARN of the repository that an image's address is in; None outside AWS's private registries."""
    found = PRIVATE_IMAGE.match(address)
    return arn("ecr", found["region"], found["account"], f"repository/{found['name']}") if found else None


def image_id(address: str) -> str:
    return f"oci://{address}"


def tags(answer: Answer, pointer: str) -> tuple[str, ...] | None:
    """`key=value` for each tag, whether AWS sends a list of pairs or an object; None when not known."""
    given = answer.get(pointer)
    if isinstance(given, dict):
        return tuple(sorted(f"{key}={value}" for key, value in given.items()))
    if not isinstance(given, list):
        return None if not answer.ok else ()
    rows = [{str(key).lower(): value for key, value in row.items()} for row in given if isinstance(row, dict)]
    pairs = [(row.get("key"), row.get("value")) for row in rows]
    return tuple(sorted(f"{key}={value}" for key, value in pairs))


def known(**properties: Value | None) -> dict[str, Value]:
    """The properties that have a value: what is not known is left out."""
    return {name: value for name, value in properties.items() if value is not None}
