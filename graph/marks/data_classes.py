"""data_classes: kinds of sensitive data, from tags and estate.yaml, carried along containment and lineage.

A bucket's classes hold for its prefixes; a dataset's for the jobs trained on it, the models they produced,
their fine-tuned descendants and endpoints; for the knowledge bases that index it and the agents that
answer from them. What an asset is declared to hold itself wins over what it would inherit.
"""

from collections import defaultdict, deque
from collections.abc import Iterator

from graph.facts import Facts
from graph.marks.tags import evidence_of, said
from graph.model import Mark

BUILDS_ON = (
    "*.tags",
    "CONTAINS",
    "TRAINED_ON",
    "PRODUCED",
    "SERVES",
    "INDEXES",
    "RETRIEVES_FROM",
    "DERIVED_FROM",
)
DOWNSTREAM = ("CONTAINS", "PRODUCED")
"""Relations along which the target takes over the source's classes."""
UPSTREAM = ("TRAINED_ON", "SERVES", "INDEXES", "RETRIEVES_FROM", "DERIVED_FROM")
"""Relations along which the source takes over the target's classes."""


def derive(facts: Facts) -> Iterator[Mark]:
    classes: dict[str, set[str]] = defaultdict(set)
    because: dict[str, set[str]] = defaultdict(set)
    todo: deque[str] = deque()
    for asset in (*facts.of("Data"), *facts.of("AI")):
        own = asset.get("data_classes")
        found = set(map(str, own)) if isinstance(own, tuple) else set(said(asset, "data_classes"))
        if found:
            classes[asset.id] |= found
            because[asset.id] |= set(evidence_of(asset, "data_classes" if own else "tags"))
            todo.append(asset.id)
    while todo:
        here = todo.popleft()
        for heir, link in _heirs(facts, here):
            taker = facts.asset(heir)
            if taker is None or isinstance(taker.get("data_classes"), tuple):
                continue
            if not classes[here] <= classes[heir]:
                classes[heir] |= classes[here]
                todo.append(heir)
            because[heir].add(link)
    for identifier in sorted(key for key, found in classes.items() if found):
        reasons = tuple(sorted(because[identifier]))
        yield Mark(identifier, "data_classes", tuple(sorted(classes[identifier])), reasons)


def _heirs(facts: Facts, identifier: str) -> Iterator[tuple[str, str]]:
    """Who takes over the classes of an asset, and by which relation."""
    asset = facts.asset(identifier)
    for kind in DOWNSTREAM:
        if kind == "CONTAINS" and asset is not None and asset.kind not in ("Bucket", "Dataset", "Database"):
            continue
        for link in facts.out_of(identifier, kind):
            yield link.target, link.id
    for kind in UPSTREAM:
        for link in facts.into(identifier, kind):
            yield link.source, link.id
