"""exposure: public when the internet reaches an endpoint over doors that ask for nothing, or at most a key.

An endpoint that no door was seen in front of stays unknown: not every kind of door is collected.
"""

from collections.abc import Iterator

from graph.facts import Facts
from graph.model import Mark
from graph.ways import is_open, ways_to

BUILDS_ON = ("EXPOSES",)


def derive(facts: Facts) -> Iterator[Mark]:
    for endpoint in facts.of("Endpoint"):
        doors = [
            way
            for way in ways_to(facts, endpoint.id)
            if is_open(way) and all(link.type == "EXPOSES" for link in way)
        ]
        if doors:
            because = tuple(dict.fromkeys(link.id for way in doors for link in way))
            yield Mark(endpoint.id, "exposure", "public", because)
