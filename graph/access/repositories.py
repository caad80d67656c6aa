"""Code hosts: whom a repository is given to, by name or through a team or an organisation; they only add up.

https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
"""

from collections import defaultdict
from collections.abc import Iterator

from graph.access.grants import Grant
from graph.access.members import Members
from graph.facts import Facts
from graph.model import Evidence

CAPABILITY = "CAN_READ"
"""What is known of roles is that each of them reads."""
ACTION = "contents:read"


def grants(facts: Facts, name: str) -> Iterator[Grant]:
    """Everyone whom a repository was given to, and whoever is in a group among them."""
    if name != CAPABILITY:
        return
    members = Members(facts)
    statements: dict[str, Evidence] = {}
    given: dict[tuple[str, str], list[str]] = defaultdict(list)
    for policy in facts.policies_of("readers"):
        statements[policy.evidence.id] = policy.evidence
        given[policy.name, policy.evidence.id].append(policy.on)
    for (reader, statement), repositories in sorted(given.items()):
        evidence, targets = statements[statement], tuple(sorted(repositories))
        for principal, memberships in members.of(reader):
            yield Grant(
                source=principal,
                targets=targets,
                because=((*memberships, evidence.id),),
                evidence=(evidence,),
                actions=(ACTION,),
                apart=True,
            )
