"""CAN_WRITE: who can change what is stored in a place, or the code that runs."""

from collections.abc import Iterator

from graph.access.engine import BUILDS_ON, capability_edges
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_WRITE",
    meaning="The identity can add or replace content: objects, files, documents of a knowledge base, code.",
    needs="act",
    gives="write",
    builds_on=(
        *BUILDS_ON,
        "policy:public_access_block",
        "policy:acl",
        "Bucket.acl_enabled",
        "AccessPoint.network_origin",
    ),
    attack=("T1565.001",),
    atlas=("AML.T0020",),
    abuse="Upload an object under the prefix, or new code for the function, with the identity's credentials.",
    fix="Give write access to the pipeline's identity only; keep versions; sign what is deployed.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Worked out once per set of policies, one edge per set of resources."""
    yield from capability_edges(facts, KIND.name)
