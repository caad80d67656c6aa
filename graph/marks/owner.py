"""owner: who answers for an asset, as its tags say; estate.yaml decides."""

from collections.abc import Iterator

from graph.facts import Facts
from graph.marks.tags import evidence_of, said
from graph.model import Mark

BUILDS_ON = ("*.tags",)


def derive(facts: Facts) -> Iterator[Mark]:
    for asset in facts.assets:
        for owner in said(asset, "owner"):
            yield Mark(asset.id, "owner", owner, evidence_of(asset, "tags"))
            break
