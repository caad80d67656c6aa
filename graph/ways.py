"""Ways from the internet to an asset: over doors (EXPOSES), and over code behind a door that calls it."""

from collections.abc import Iterator

from graph.facts import Facts, Link
from graph.model import INTERNET, Derived

LONGEST = 6
"""Hops that are followed. Doors behind doors behind doors are seldom more."""

WEAK = ("none", "key")
"""What tells a stranger nothing but whether he has the key, which is in every copy of the app."""

Way = tuple[Link, ...]


def ways_to(facts: Facts, asset: str) -> Iterator[Way]:
    """Every way to it, from the internet on, none twice over the same place."""
    todo: list[tuple[str, Way]] = [(asset, ())]
    while todo:
        here, way = todo.pop()
        visited = {here, *(link.target for link in way)}
        for link in (*facts.into(here, "EXPOSES"), *facts.into(here, "CALLS_MODEL")):
            if link.source == INTERNET:
                yield (link, *way)
            elif link.source not in visited and len(way) + 1 < LONGEST:
                todo.append((link.source, (link, *way)))


def is_open(way: Way) -> bool:
    """Every door asks for nothing, or at most for a key, and nothing else is left open."""
    return all(
        link.type != "EXPOSES"
        or (link.properties.get("auth") in WEAK and not (isinstance(link, Derived) and link.conditions))
        for link in way
    )


def is_shut(way: Way) -> bool:
    """Some door asks who is there."""
    doors = [link for link in way if link.type == "EXPOSES"]
    return any(link.properties.get("auth") not in (*WEAK, "unknown", None) for link in doors)
