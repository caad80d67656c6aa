"""CAN_ASSUME: who can become another identity, because that identity trusts them and they may."""

from collections.abc import Iterator

from graph.access import grants
from graph.access.aws.trust import federated_grants
from graph.access.engine import BUILDS_ON, capability_grants
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_ASSUME",
    meaning="The identity can get credentials of the other one: it is trusted, and permitted to ask.",
    needs="act",
    gives="act",
    builds_on=(*BUILDS_ON, "policy:trust"),
    attack=("T1550.001", "T1078.004"),
    atlas=("AML.T0012",),
    abuse="Ask the token service for the role's credentials and go on as that role.",
    fix="Name the one identity in the trust policy; for identity providers, the exact subject and audience.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Roles and service accounts by trust and permission, and federated subjects by trust."""
    found = [*capability_grants(facts, KIND.name), *federated_grants(facts)]
    yield from grants.edges(facts, KIND.name, found)
