"""data_class: public, internal, confidential or regulated, as tags say; the strictest of several."""

from collections.abc import Iterator

from graph.facts import Facts
from graph.marks.tags import evidence_of, said
from graph.model import Mark

BUILDS_ON = ("*.tags",)
STRICTEST_FIRST = ("regulated", "confidential", "internal", "public")


def derive(facts: Facts) -> Iterator[Mark]:
    for asset in (*facts.of("Data"), *facts.of("AI")):
        found = set(said(asset, "data_class"))
        for level in STRICTEST_FIRST:
            if level in found:
                yield Mark(asset.id, "data_class", level, evidence_of(asset, "tags"))
                break
