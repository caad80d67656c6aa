"""environment: prod, staging, dev or sandbox, from tags, else from a word in the name; else unknown."""

import re
from collections.abc import Iterator

from graph.facts import Facts
from graph.marks.tags import evidence_of, habits, said
from graph.model import Asset, Mark

BUILDS_ON = ("*.tags",)


def derive(facts: Facts) -> Iterator[Mark]:
    """A tag wins over a name; tags that disagree say nothing."""
    for asset in facts.assets:
        if asset.get("environment") is None and (found := _of(asset)):
            yield Mark(asset.id, "environment", found, evidence_of(asset, "tags"))


def _of(asset: Asset) -> str | None:
    tagged = set(said(asset, "environment"))
    if tagged:
        return tagged.pop() if len(tagged) == 1 else None
    words = {word: env for env, group in habits()["environment"].values.items() for word in group}
    named = {words[w] for w in re.split(r"[^a-z0-9]+", asset.name.lower()) if w in words and w != "test"}
    return named.pop() if len(named) == 1 else None
