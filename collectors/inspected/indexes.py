"""Which vector index of the graph an address of a database means: both name the same store in other words.

Knowledge bases name their stores by ARN or by host, with the index or the namespace behind it; inspections
are asked for hosts and names. What both must have in common is compared: of a domain its name, of a
collection its id, and their regions; of an index of Pinecone or S3 Vectors its name.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from collectors.inspect.databases.pinecone import DEFAULT

Key = tuple[str, str, str, str]

_ADDRESSES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "aoss": re.compile(r"opensearch://(\w+)\.([\w-]+)\.aoss\.amazonaws\.com(?::443)?/([^/]+)"),
        "es": re.compile(
            r"opensearch://(?:search|vpc)-([a-z0-9-]+)-[a-z0-9]+\.(?:aos\.)?([a-z0-9-]+)"
            r"\.(?:es\.amazonaws\.com|on\.aws)(?::443)?/([^/]+)"
        ),
        "pinecone": re.compile(r"pinecone://([a-z0-9-]+)()/(.+)"),
        "s3vectors": re.compile(r"s3vectors://([^/]+)()/([^/]+)"),
    }
)
_ASSETS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "aoss": re.compile(
            r"arn:aws[\w-]*:aoss:(?P<region>[\w-]+):\d*:collection/(?P<store>[^/]+)/(?P<index>.+)"
        ),
        "es": re.compile(r"arn:aws[\w-]*:es:(?P<region>[\w-]+):\d*:domain/(?P<store>[^/]+)/(?P<index>.+)"),
        "pinecone": re.compile(
            r"(?:https://)?(?P<store>[a-z0-9-]+)-[a-z0-9]+(?P<region>)\.svc\.[\w.-]+\.pinecone\.io"
            r"(?:/(?P<index>.+))?"
        ),
        "s3vectors": re.compile(
            r"arn:aws[\w-]*:s3vectors:[\w-]+(?P<region>):\d*:bucket/(?P<store>[^/]+)/index/(?P<index>.+)"
        ),
    }
)


def of_address(address: str) -> Key | None:
    """What an address of one index says of it; None for what is none."""
    for kind, pattern in _ADDRESSES.items():
        if found := pattern.fullmatch(address):
            index = "" if kind == "pinecone" and found[3] == DEFAULT else found[3]
            return kind, found[1], found[2], index
    return None


def of_asset(identifier: str) -> Key | None:
    """What the id of a vector index says of it."""
    for kind, pattern in _ASSETS.items():
        if found := pattern.fullmatch(identifier):
            index = found["index"] or ""
            return kind, found["store"], found["region"], "" if index == DEFAULT else index
    return None
