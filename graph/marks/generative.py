"""generative: agents, and endpoints that serve a foundation model, write text. Others stay unknown."""

from collections.abc import Iterator

from graph.facts import Facts
from graph.model import Mark

BUILDS_ON = ("SERVES", "Agent.name")


def derive(facts: Facts) -> Iterator[Mark]:
    for agent in facts.of("Agent"):
        yield Mark(agent.id, "generative", value=True)
    for endpoint in facts.of("Endpoint"):
        served = facts.out_of(endpoint.id, "SERVES")
        because = tuple(link.id for link in served if _is_foundation(facts, link.target))
        if because:
            yield Mark(endpoint.id, "generative", value=True, because=because)


def _is_foundation(facts: Facts, identifier: str) -> bool:
    asset = facts.asset(identifier)
    return asset is not None and asset.kind == "FoundationModel"
