"""Attack paths as a picture: assets as marks, steps as lines, the chosen path straight and thick."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec

from app.canvas.picture import Item, Link, Picture, in_columns
from app.reading import View
from app.text import called, plural
from graph.model import Derived
from graph.ontology import RELATIONS
from queries.results import PathStep, Result


class Hop(msgspec.Struct, frozen=True):
    """From one asset to another, with the steps that lead there and those within the asset they reach."""

    source: str
    target: str
    steps: tuple[PathStep, ...]
    guards: tuple[str, ...] = ()
    """Ids of the evidence that stops it; with any, nobody gets over this hop."""

    @property
    def id(self) -> str:
        return f"{self.source}>{self.target}"

    @property
    def text(self) -> str:
        """The relations behind the hop, each once, in order."""
        return " ".join(dict.fromkeys(step.type for step in self.steps if step.type in RELATIONS))


class Drawn(msgspec.Struct, frozen=True):
    """A picture and what its marks and lines stand for."""

    picture: Picture
    hops: Mapping[str, Hop]


def assets_of(path: Result) -> list[str]:
    """The assets of a path in order, each once in a row, however many states are held there."""
    ids = [node.id for node in path.nodes]
    return [each for index, each in enumerate(ids) if index == 0 or ids[index - 1] != each]


def hops_of(path: Result) -> list[Hop]:
    """The moves from asset to asset."""
    hops: list[Hop] = []
    for index, (here, there) in enumerate(pairwise(path.nodes)):
        steps = path.steps[index : index + 1]
        if here.id != there.id:
            hops.append(Hop(here.id, there.id, steps))
        elif hops:
            hops[-1] = msgspec.structs.replace(hops[-1], steps=hops[-1].steps + steps)
    return hops


def holds(path: Result, asset: str) -> tuple[str, ...]:
    """What an attacker holds on an asset of the path, in the order it is gained."""
    return tuple(dict.fromkeys(node.state for node in path.nodes if node.id == asset and node.state))


def draw_paths(
    view: View, chosen: Result, others: Sequence[Result] = (), blocked: Sequence[Derived] = ()
) -> Drawn:
    """The chosen path on one line, the others where they leave it and come back, and what is blocked."""
    items: dict[str, Item] = {}
    hops: dict[str, Hop] = {}
    spine = assets_of(chosen)
    for path in (chosen, *others):
        for node in path.nodes:
            drawn = items.get(node.id)
            items[node.id] = Item(
                id=node.id,
                kind=node.kind,
                name=called(node.name, node.id),
                holds=drawn.holds if drawn else ", ".join(holds(path, node.id)),
                jewel=node.id in view.jewels,
                chosen=node.id in spine,
                missing=view.properties(node.id).get("missing") is True,
            )
        for hop in hops_of(path):
            hops.setdefault(hop.id, hop)
    for edge in blocked:
        hop = _stopped(edge)
        if edge.target in items and hop.id not in hops:
            items.setdefault(edge.source, _outsider(view, edge.source))
            hops[hop.id] = hop
    on_path = {hop.id for hop in hops_of(chosen)}
    links = [_link(hop, chosen=hop.id in on_path) for hop in hops.values()]
    label = f"Attack path: {chosen.title}, from {items[spine[0]].name} to {items[spine[-1]].name}"
    return Drawn(in_columns(label, list(items.values()), links, spine), hops)


def _stopped(edge: Derived) -> Hop:
    step = PathStep(edge.id, edge.type, edge.source, edge.target, edge.confidence, because=edge.because)
    return Hop(edge.source, edge.target, (step,), edge.guards)


def _outsider(view: View, identifier: str) -> Item:
    """An asset that is on no path, with what is known of it."""
    asset, properties = view.assets.get(identifier), view.properties(identifier)
    return Item(
        id=identifier,
        kind=asset.kind if asset else str(properties.get("kind", "ExternalPrincipal")),
        name=called(asset.name if asset else str(properties.get("name", "")), identifier),
        jewel=identifier in view.jewels,
    )


def _link(hop: Hop, *, chosen: bool) -> Link:
    real = [step for step in hop.steps if step.type in RELATIONS]
    if hop.guards:
        note = f"stopped by {plural(len(hop.guards), 'guard')}"
        return Link(id=hop.id, source=hop.source, target=hop.target, text=hop.text, blocked=True, note=note)
    notes: list[str] = [step.confidence for step in real if step.confidence != "confirmed"]
    if any(step.conditional for step in real):
        notes.append("depends on conditions")
    return Link(
        id=hop.id,
        source=hop.source,
        target=hop.target,
        text=hop.text,
        derived=any(RELATIONS[step.type].derived for step in real),
        chosen=chosen,
        note=", ".join(dict.fromkeys(notes)),
    )
