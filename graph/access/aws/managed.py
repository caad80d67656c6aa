"""AWS-managed policies as they were on the shipped copy's date, for dumps that name them without their text.

Made by `graph.access.aws.distil_managed`. What a snapshot itself holds always counts before this. The
policies: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

import gzip
from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec

from graph.model import Json

OF_AWS = ":iam::aws:policy/"
"""What the ARN of a policy that AWS manages holds, in every partition."""


class Copy(msgspec.Struct, frozen=True):
    """The shipped copy: where it comes from, of when it is, and documents by path and name."""

    source: str
    date: str
    documents: Mapping[str, msgspec.Raw]


@cache
def copy() -> Copy:
    """The shipped copy, read when the first unknown policy is met."""
    packed = resources.files("graph.access.aws").joinpath("managed.json.gz").read_bytes()
    return msgspec.json.decode(gzip.decompress(packed), type=Copy)


def document(arn: str) -> Json:
    """The document of an AWS-managed policy; None when the copy does not have it."""
    _, found, name = arn.partition(OF_AWS)
    raw = copy().documents.get(name) if found else None
    if raw is None:
        return None
    parsed: Json = msgspec.json.decode(raw)
    return parsed
