"""exposure: public when the internet reaches an endpoint over doors that ask for nothing, or at most a key.

An endpoint that no door was seen in front of stays unknown: not every kind of door is collected.
"""

from collections.abc import Iterator

from graph.facts import Facts
from graph.model import INTERNET, Mark

BUILDS_ON = ("EXPOSES",)


def derive(facts: Facts) -> Iterator[Mark]:
    for endpoint in facts.of("Endpoint"):
        doors = [
            link
            for link in facts.into(endpoint.id, "EXPOSES")
            if link.source == INTERNET and link.properties.get("auth") in ("none", "key")
        ]
        if doors:
            yield Mark(endpoint.id, "exposure", "public", tuple(link.id for link in doors))
