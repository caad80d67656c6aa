"""CAN_INVOKE: who can have requests served by a model, an agent or a function."""

from collections.abc import Iterator

from graph.access.engine import BUILDS_ON, capability_edges
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_INVOKE",
    meaning="The identity can call it: what it does for a caller, not what its own identity may do.",
    needs="act",
    gives="invoke",
    builds_on=(*BUILDS_ON, "AIService.local_auth"),
    attack=("T1648",),
    atlas=("AML.T0040",),
    abuse="Send requests with the identity's credentials: questions to the model, words to the agent.",
    fix="Name the callers and the one endpoint or agent in the policy; switch keys off where roles will do.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Worked out once per set of policies, one edge per set of resources."""
    yield from capability_edges(facts, KIND.name)
