"""CAN_REPLACE: who can put another model, or other code that runs it, in the place of one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from graph.access.engine import BUILDS_ON, capability_edges, held_or_blocked
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_REPLACE",
    meaning="The identity can overwrite the model's stored artefact or the image that runs it, or point its "
    "endpoint at another model.",
    needs="act",
    gives="write",
    builds_on=("CAN_WRITE", "STORED_IN", "USES_IMAGE", "ImageRepository.tags_fixed", *BUILDS_ON),
    attack=("T1525",),
    atlas=("AML.T0018", "AML.T0010.003"),
    abuse="Upload a changed artefact under the same name, or push an image under the same tag; the next "
    "deployment serves it.",
    fix="Let the pipeline alone write artefacts; deploy pinned versions; check a signature before loading.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Writers of the places that models are stored in, and whoever may update an endpoint."""
    yield from capability_edges(facts, KIND.name)
    writes = held_or_blocked(facts, "CAN_WRITE")
    for place in sorted(writes):
        for fixed, ways in _replaced(facts, facts.members(place)):
            models = facts.set_of(model for model, _ in ways)
            for write in writes[place]:
                yield Derived(
                    type=KIND.name,
                    source=write.source,
                    target=models,
                    because=tuple((write.id, *links) for _, links in ways),
                    confidence=write.confidence,
                    conditions=write.conditions,
                    guards=(*write.guards, *fixed),
                )


_Way = tuple[str, tuple[str, ...]]
"""A model, and the relations by which it hangs on what is written to."""


def _replaced(facts: Facts, places: Iterable[str]) -> list[tuple[tuple[str, ...], list[_Way]]]:
    """The models that hang on these places; by what keeps tags from being moved, where something does."""
    ways: dict[tuple[str, ...], list[_Way]] = defaultdict(list)
    for place in places:
        for link in facts.into(place, "STORED_IN"):
            if _is_model(facts, link.source):
                ways[()].append((link.source, (link.id,)))
        for way in _run_from(facts, place):
            ways[_fixed(facts, place)].append(way)
    return sorted(ways.items())


def _run_from(facts: Facts, repository: str) -> Iterator[_Way]:
    """The models that run a repository's images. One that is named by its digest stays what it is."""
    for held in facts.out_of(repository, "CONTAINS"):
        image = facts.asset(held.target)
        if image is None or image.kind != "ContainerImage" or image.get("digest"):
            continue
        for used in facts.into(image.id, "USES_IMAGE"):
            if _is_model(facts, used.source):
                yield used.source, (held.id, used.id)


def _fixed(facts: Facts, repository: str) -> tuple[str, ...]:
    """The evidence that the repository's tags cannot be moved."""
    asset = facts.asset(repository)
    if asset is None or asset.get("tags_fixed") is not True:
        return ()
    return tuple(piece.id for piece in asset.evidence if "tags_fixed" in piece.supports)


def _is_model(facts: Facts, identifier: str) -> bool:
    asset = facts.asset(identifier)
    return asset is not None and asset.kind == "Model"
