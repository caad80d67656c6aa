"""data_classes: kinds of sensitive data, from tags and estate.yaml, carried along containment and lineage.

A bucket's classes hold for its prefixes, and it holds what its prefixes hold; a dataset's hold for the jobs
trained on it, the models they produced, their fine-tuned descendants and endpoints; for the knowledge bases
that index it and the agents that answer from them. What an asset is declared to hold itself wins over what
it would inherit.
"""

from collections import defaultdict, deque
from collections.abc import Iterator

from graph.facts import Facts
from graph.lineage import CONTAINERS, TO_SOURCE, TO_TARGET
from graph.marks.tags import evidence_of, said
from graph.model import Mark

BUILDS_ON = ("*.tags", "CONTAINS", *TO_TARGET, *TO_SOURCE)


def derive(facts: Facts) -> Iterator[Mark]:
    """What an asset holds itself goes on to its contents; what one content holds not to the others."""
    classes: dict[tuple[str, bool], set[str]] = defaultdict(set)
    because: dict[str, set[str]] = defaultdict(set)
    todo: deque[tuple[str, bool]] = deque()
    for asset in (*facts.of("Data"), *facts.of("AI")):
        own = asset.get("data_classes")
        found = set(map(str, own)) if isinstance(own, tuple) else set(said(asset, "data_classes"))
        if found:
            classes[asset.id, False] |= found
            because[asset.id] |= set(evidence_of(asset, "data_classes" if own else "tags"))
            todo.append((asset.id, False))
    while todo:
        here = todo.popleft()
        for heir, link in _heirs(facts, *here):
            taker = facts.asset(heir[0])
            if taker is None or isinstance(taker.get("data_classes"), tuple):
                continue
            if classes[here] <= classes[heir[0], False] and heir[1]:
                continue  # the container said so itself, and its contents took it over from there
            if not classes[here] <= classes[heir]:
                classes[heir] |= classes[here]
                todo.append(heir)
            because[heir[0]].add(link)
    for identifier in sorted({asset for (asset, _), found in classes.items() if found}):
        found = classes[identifier, False] | classes[identifier, True]
        yield Mark(identifier, "data_classes", tuple(sorted(found)), tuple(sorted(because[identifier])))


def _heirs(facts: Facts, identifier: str, contained: bool) -> Iterator[tuple[tuple[str, bool], str]]:  # noqa: FBT001
    """Who takes over the classes of an asset, whether as a container, and by which relation."""
    asset = facts.asset(identifier)
    if not contained and asset is not None and asset.kind in CONTAINERS:
        yield from (((link.target, False), link.id) for link in facts.out_of(identifier, "CONTAINS"))
    for link in facts.into(identifier, "CONTAINS"):
        container = facts.asset(link.source)
        if container is not None and container.kind in CONTAINERS:
            yield (container.id, True), link.id
    for kind in TO_TARGET:
        yield from (((link.target, False), link.id) for link in facts.out_of(identifier, kind))
    for kind in TO_SOURCE:
        yield from (((link.source, False), link.id) for link in facts.into(identifier, kind))
