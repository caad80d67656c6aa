"""Capabilities of every principal over every resource, in all clouds: the one way from policies to edges."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from graph.access import azure, gcp, grants, repositories
from graph.access.aws import grants as aws
from graph.access.aws.through import point_grants
from graph.access.grants import Grant
from graph.facts import Facts
from graph.model import Derived

BUILDS_ON = (
    "MEMBER_OF",
    "CONTAINS",
    "policy:identity",
    "policy:boundary",
    "policy:resource",
    "policy:key_grant",
    "policy:allow",
    "policy:role_definition",
    "policy:role_assignment",
    "policy:deny_assignment",
)
"""The relations and layers of policies that every capability is worked out from."""


def capability_edges(facts: Facts, name: str) -> Iterator[Derived]:
    """The edges of a capability (`CAN_READ`, ...): one per principal, set of resources and reserve."""
    yield from grants.edges(facts, name, capability_grants(facts, name))


def capability_grants(facts: Facts, name: str) -> Iterator[Grant]:
    """The same before it becomes edges: who holds the capability over which resources, and why."""
    yield from aws.grants(facts, name)
    yield from point_grants(facts, name)
    yield from gcp.grants(facts, name)
    yield from azure.grants(facts, name)
    yield from repositories.grants(facts, name)


def held_or_blocked(facts: Facts, name: str) -> Mapping[str, list[Derived]]:
    """The edges of a kind by what they end on, those that something stops among them."""
    found: dict[str, list[Derived]] = defaultdict(list)
    for target, edges in facts.by_set(name):
        found[target].extend(edges)
    for edge in facts.blocked(name):
        found[edge.target].append(edge)
    return found
