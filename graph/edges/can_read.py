"""CAN_READ: who can read what is stored in a place, or what a knowledge base gives out."""

from collections.abc import Iterator

from graph.access.engine import BUILDS_ON, capability_edges
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_READ",
    meaning="The identity can read the content: objects, files, answers of a knowledge base, code.",
    needs="act",
    gives="read",
    builds_on=(
        *BUILDS_ON,
        "ENCRYPTED_WITH",
        "policy:public_access_block",
        "policy:acl",
        "policy:readers",
        "AccessPoint.network_origin",
    ),
    attack=("T1530",),
    atlas=("AML.T0035",),
    abuse="Download the objects or clone the code with its credentials, or without any where anyone may.",
    fix="Name the prefix or repository and who reads it; deny everyone else; block public access.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Worked out once per set of policies, one edge per set of resources."""
    yield from capability_edges(facts, KIND.name)
