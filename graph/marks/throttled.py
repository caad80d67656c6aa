"""throttled: whether every way from the internet to an endpoint has a limit on how often it may be asked.

A limit anywhere on a way is one; a limit on one way does not count where another goes around it. No way that
was seen, or one of which it is not known: the mark stays unknown.
"""

from collections.abc import Iterator

from graph.facts import Facts, Link
from graph.model import INTERNET, Mark
from graph.ways import Way, is_open, is_shut, ways_to

BUILDS_ON = ("EXPOSES", "CALLS_MODEL", "ApiGateway.throttled")


def derive(facts: Facts) -> Iterator[Mark]:
    for endpoint in facts.of("Endpoint"):
        ways = [way for way in ways_to(facts, endpoint.id) if not is_shut(way)]
        endless = [way for way in ways if is_open(way) and _limited(facts, way) is False]
        if endless:
            yield Mark(endpoint.id, "throttled", value=False, because=_ids(endless))
        elif ways and all(_limited(facts, way) for way in ways):
            yield Mark(endpoint.id, "throttled", value=True, because=_ids(ways))


def _limited(facts: Facts, way: Way) -> bool | None:
    """True: somewhere there is a limit. False: at each door on the way there is none."""
    said = [_limit(facts, link) for link in way if link.source != INTERNET]
    if True in said:
        return True
    return False if said and None not in said else None


def _limit(facts: Facts, link: Link) -> bool | None:
    """What a door says of what goes this way, or of all that goes through. Code may have its own limit."""
    if link.type != "EXPOSES":
        return None
    own = link.properties.get("throttled")
    told = own if own is not None else facts.value(link.source, "throttled")
    return told if isinstance(told, bool) else None


def _ids(ways: list[Way]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(link.id for way in ways for link in way))
