"""CAN_ADMIN: who administers an account, or can change the policy or settings of a resource in it."""

from collections.abc import Iterator

from graph.access import grants
from graph.access.engine import BUILDS_ON, capability_grants
from graph.escalation.administrators import administrators
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_ADMIN",
    meaning="The identity can change the settings or the policy of the resource; of an account: everything.",
    needs="act",
    gives=None,
    builds_on=(*BUILDS_ON, "policy:public_access_block", "policy:acl", "Bucket.acl_enabled"),
    attack=("T1098",),
    abuse="Change the settings or the policy of the resource, and with them who may use it and how.",
    fix="Keep administration to a few identities that people have to ask for; bound the others.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """One edge from an administrator to the account, none to what is in it."""
    whole = list(administrators(facts))
    sure = [grant for grant in whole if not grant.guards and not grant.conditions]
    owned = {(grant.source, account) for grant in sure for account in grant.targets}
    single = (
        grant
        for grant in capability_grants(facts, KIND.name)
        if grant.guards
        or not any((grant.source, f"aws://{facts.account_of(t)}") in owned for t in grant.targets)
    )
    yield from grants.edges(facts, KIND.name, [*whole, *single])
