"""crown_jewel: sensitive data that AI learns or answers from, and models made of it; estate.yaml adds."""

from collections.abc import Iterator

from graph.facts import Facts
from graph.model import Mark

BUILDS_ON = ("TRAINED_ON", "INDEXES", "SERVES", "*.data_classes")


def derive(facts: Facts) -> Iterator[Mark]:
    for asset in (*facts.of("Data"), *facts.of("Model")):
        used = [link for kind in ("TRAINED_ON", "INDEXES") for link in facts.into(asset.id, kind)]
        used += facts.into(asset.id, "SERVES")
        classes = facts.value(asset.id, "data_classes")
        if used and isinstance(classes, tuple) and classes and asset.get("crown_jewel") is None:
            verb = "is served" if asset.kind == "Model" else "feeds AI"
            why = f"holds {' and '.join(map(str, classes))} data and {verb}"
            because = tuple(link.id for link in used)
            yield Mark(asset.id, "crown_jewel", value=True, because=because)
            yield Mark(asset.id, "crown_jewel_why", why, because)
