"""From the paths a rule returns to paths over assets: footholds become states, sets and repeats fall away.

A piece that runs over STEP relations stands for its two ends: of several shortest ways the first by id is
taken, so that every store tells the same path.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import msgspec

from graph import ontology
from graph.attack import EFFECTIVE, STRUCTURAL, amounts_to
from graph.model import Cell, Confidence, EdgeKind, State
from queries.estate import Estate, Row, Step, text, texts
from queries.results import Effective, PathNode, PathStep

LEARNS = frozenset({"TRAINED_ON", "INDEXES"})
"""Relations that, walked from the data on, take effect when the job or the index runs again."""


class Piece(msgspec.Struct, frozen=True):
    """One path as the store gave it: ids of nodes, relations between them, kinds by id."""

    nodes: tuple[str, ...]
    relations: tuple[Row, ...]
    kinds: Mapping[str, str]

    @property
    def of_steps(self) -> bool:
        return bool(self.relations) and all(relation["type"] == "STEP" for relation in self.relations)


class Track(msgspec.Struct, frozen=True):
    """A whole path over assets: nodes, the edge behind each step, and the ids of those walked backwards."""

    nodes: tuple[PathNode, ...] = ()
    steps: tuple[PathStep, ...] = ()
    backwards: frozenset[str] = frozenset()


def pieces_of(cell: Cell) -> tuple[Piece, ...]:
    """The pieces of a rule's `path`: one path or a list of paths, each going on where the last one ended.

    A list inside the list is one piece that was asked for in parts. A path may be written from its end, which
    is how the stores find few identities fast: where a CAN_* edge or COVERS is walked against its direction,
    the path is turned round.
    """
    if isinstance(cell, list):
        return tuple(
            _joined([_piece(part) for part in each]) if isinstance(each, list) else _piece(each)
            for each in cell
            if each
        )
    return (_piece(cell),) if cell else ()


def _piece(cell: Cell) -> Piece:
    if not isinstance(cell, dict):
        raise TypeError(f"a rule's path is {type(cell).__name__}, not a path")
    nodes = [node for node in _list(cell.get("nodes")) if isinstance(node, dict)]
    relations = [relation for relation in _list(cell.get("relations")) if isinstance(relation, dict)]
    ids = tuple(text(node["id"]) for node in nodes)
    kinds = {text(node["id"]): text(node["kind"]) for node in nodes}
    against = (
        text(relation["type"]).startswith(("CAN_", "COVERS")) and relation["source"] != start
        for start, relation in zip(ids, relations, strict=False)
    )
    if any(against):
        return Piece(ids[::-1], tuple(relations[::-1]), kinds)
    return Piece(ids, tuple(relations), kinds)


def _joined(parts: Sequence[Piece]) -> Piece:
    """One piece of several, the end of each the start of the next."""
    nodes = parts[0].nodes + tuple(node for part in parts[1:] for node in part.nodes[1:])
    kinds = {identifier: kind for part in parts for identifier, kind in part.kinds.items()}
    return Piece(nodes, tuple(relation for part in parts for relation in part.relations), kinds)


def _list(cell: Cell) -> list[Cell]:
    return cell if isinstance(cell, list) else []


def rank(pieces: Sequence[Piece]) -> tuple[int, tuple[str, ...]]:
    """The order among several ways: the shortest first, ties by ids; of a run of steps its ends count."""
    ids: list[str] = []
    for piece in pieces:
        ids += (piece.nodes[0], piece.nodes[-1]) if piece.of_steps else piece.nodes
        if not piece.of_steps:
            ids += (f"{relation['type']} {relation['id']}" for relation in piece.relations)
    return sum(len(piece.relations) for piece in pieces), tuple(ids)


def ways(estate: Estate, pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces with every run of steps replaced by the first of its shortest ways."""
    return tuple(_first_way(estate, piece) if piece.of_steps else piece for piece in pieces)


def _first_way(estate: Estate, piece: Piece) -> Piece:
    """From the end backwards, each time the first of the steps that are one nearer to the start."""
    away = estate.distances(piece.nodes[0])
    here = piece.nodes[-1]
    if away.get(here) != len(piece.relations):
        return piece  # not a shortest way: the rule asked for this very one
    steps: list[Step] = []
    while away[here]:
        nearer = away[here] - 1
        steps.append(next(s for s in estate.leading_to[here] if away.get(s.source) == nearer))
        here = steps[-1].source
    steps.reverse()
    nodes = (piece.nodes[0], *(step.target for step in steps))
    found = estate.relations("STEP", [step.id for step in steps])
    return Piece(nodes, tuple(found[step.id] for step in steps), dict.fromkeys(nodes, "Foothold"))


class Tracer:
    """Turns pieces into tracks, with the states and the edges behind the steps looked up."""

    def __init__(self, estate: Estate, edge_kinds: Mapping[str, EdgeKind]) -> None:
        self._estate = estate
        self._gives = _states(edge_kinds)

    def track(self, pieces: Sequence[Piece]) -> Track:
        """One path over assets, from its entry to its end."""
        nodes: list[PathNode] = []
        steps: list[PathStep] = []
        pending: PathStep | None = None
        backwards = frozenset(
            text(relation["id"])
            for piece in pieces
            for start, relation in zip(piece.nodes, piece.relations, strict=False)
            if relation["source"] != start
        )
        for arrived, node in self._walk(pieces):
            pending = pending or arrived
            if node is None:
                continue
            if nodes and nodes[-1].id == node.id:
                nodes[-1] = node if node.state else nodes[-1]
                pending = None
                continue
            if nodes and pending is not None:
                nodes[-1] = self._before(nodes[-1], pending)
                node = self._after(node, pending)
                steps.append(msgspec.structs.replace(pending, source=nodes[-1].id, target=node.id))
            nodes.append(node)
            pending = None
        return Track(tuple(nodes), tuple(steps), backwards)

    def _walk(self, pieces: Sequence[Piece]) -> Iterator[tuple[PathStep | None, PathNode | None]]:
        """Each node with the step that leads to it; None for a set."""
        for piece in pieces:
            held = self._estate.footholds(n for n in piece.nodes if piece.kinds[n] == "Foothold")
            for i, identifier in enumerate(piece.nodes):
                step = None
                if i:
                    forwards = piece.relations[i - 1]["source"] == piece.nodes[i - 1]
                    step = _step(piece.relations[i - 1], forwards=forwards)
                asset, state = held.get(identifier, (identifier, ""))
                yield step, self._node(asset, cast("State | None", state or None))

    def _node(self, identifier: str, state: State | None) -> PathNode | None:
        asset = self._estate.assets.get(identifier)
        return PathNode(asset.id, asset.kind, asset.name or asset.id, state) if asset else None

    def _before(self, node: PathNode, step: PathStep) -> PathNode:
        needs = self._gives.get(step.type, (None, None))[0]
        return node if node.state or needs is None else msgspec.structs.replace(node, state=needs)

    def _after(self, node: PathNode, step: PathStep) -> PathNode:
        gives = self._gives.get(step.type, (None, None))[1]
        if node.state or gives is None:
            return node
        return msgspec.structs.replace(node, state=amounts_to(gives, node.kind))


def _states(edge_kinds: Mapping[str, EdgeKind]) -> Mapping[str, tuple[State | None, State | None]]:
    """What is held before and after an edge, for paths over assets."""
    states: dict[str, tuple[State | None, State | None]] = {
        passage.relation: (passage.needs, passage.gives)
        for passage in STRUCTURAL
        if passage.relation == "RUNS_AS" or (passage.relation == "STORED_IN" and passage.backwards)
    }
    return states | {kind.name: (kind.needs, kind.gives) for kind in edge_kinds.values()}


def _step(relation: Row, *, forwards: bool) -> PathStep:
    kind, identifier = text(relation["type"]), text(relation["id"])
    effective: Effective = EFFECTIVE.get(kind, "now")
    if kind in LEARNS and not forwards:
        effective = "next_run"
    if kind == "STEP":
        kind, _, identifier = text(relation["by"]).partition(" ")
        effective = cast("Effective", text(relation.get("effective")) or "now")
    conditions = texts(relation.get("conditions"))
    return PathStep(
        id=identifier or text(relation["id"]),
        type=kind,
        source="",
        target="",
        confidence=cast("Confidence", text(relation.get("confidence")) or "confirmed"),
        conditional=bool(conditions) or relation.get("conditional") is True,
        conditions=conditions,
        effective=effective,
    )


def proved(estate: Estate, builds_on: Mapping[str, Sequence[str]], tracks: Sequence[Track]) -> list[Track]:
    """The tracks with the reasons and the evidence of every step, looked up for all of them at once."""
    wanted: dict[str, set[str]] = {}
    for track in tracks:
        for step in track.steps:
            wanted.setdefault(step.type, set()).add(step.id)
    proof = _proof(estate, builds_on, wanted)
    return [
        Track(track.nodes, tuple(_with_proof(step, proof) for step in track.steps), track.backwards)
        for track in tracks
    ]


def _with_proof(step: PathStep, proof: Mapping[str, Row]) -> PathStep:
    edge = proof.get(step.id, {})
    because = tuple(tuple(each.split()) for each in texts(edge.get("because")))
    return msgspec.structs.replace(step, because=because, evidence=_evidence(step.id, proof, frozenset()))


def _evidence(identifier: str, proof: Mapping[str, Row], above: frozenset[str]) -> tuple[str, ...]:
    """The ids of all evidence behind an edge: its own, and that of the facts it was worked out from."""
    edge = proof.get(identifier, {})
    found = set(texts(edge.get("evidence")))
    for reason in (each for alternative in texts(edge.get("because")) for each in alternative.split()):
        if reason.startswith("e:"):
            found.add(reason)
        elif reason not in above:
            found.update(_evidence(reason, proof, above | {identifier}))
    return tuple(sorted(found))


def _proof(
    estate: Estate, builds_on: Mapping[str, Sequence[str]], wanted: Mapping[str, set[str]]
) -> dict[str, Row]:
    """The edges by id, and round by round the edges that they were worked out from."""
    proof: dict[str, Row] = {}
    while wanted := {kind: ids - proof.keys() for kind, ids in wanted.items() if ids - proof.keys()}:
        deeper: dict[str, set[str]] = {}
        for kind, ids in sorted(wanted.items()):
            found = estate.relations(kind, ids) if kind in ontology.RELATIONS else {}
            proof |= found
            reasons = {r for edge in found.values() for a in texts(edge.get("because")) for r in a.split()}
            for below in builds_on.get(kind, ()):
                if below in ontology.RELATIONS:
                    deeper.setdefault(below, set()).update(r for r in reasons if r.startswith("r:"))
        wanted = {kind: ids - proof.keys() for kind, ids in deeper.items()}
    return proof
