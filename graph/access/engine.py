"""Capabilities of every principal over every resource, in all clouds: the one way from policies to edges."""

from collections.abc import Iterator

from graph.access import grants
from graph.access.aws import grants as aws
from graph.facts import Facts
from graph.model import Derived


def capability_edges(facts: Facts, name: str) -> Iterator[Derived]:
    """The edges of a capability (`CAN_READ`, ...): one per principal, set of resources and reserve."""
    yield from grants.edges(facts, name, _all(facts, name))


def _all(facts: Facts, name: str) -> Iterator[grants.Grant]:
    yield from aws.grants(facts, name)
