"""leaked: a credential that lies open somewhere."""

from collections.abc import Iterator

from graph.facts import Facts
from graph.model import Mark

BUILDS_ON = ("LEAKS",)


def derive(facts: Facts) -> Iterator[Mark]:
    for credential in facts.of("Credential"):
        if open_at := facts.into(credential.id, "LEAKS"):
            yield Mark(credential.id, "leaked", value=True, because=tuple(link.id for link in open_at))
