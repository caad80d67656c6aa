"""What was derived from a snapshot, as files: `results/ID/`. It can be thrown away and made again.

derived.jsonl   edges with why they hold, or what stops them     marks.jsonl   derived properties
evidence.jsonl  evidence by id, of facts and of statements       nodes.jsonl, edges.jsonl  the graph to load
derivation.json which snapshot and which version of the product they follow from
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from graph.codec import read_properties, write_properties
from graph.derive import Derivation
from graph.model import Confidence, Derived, Edge, Evidence, Graph, Mark, Node
from graph.snapshot import Snapshot, SnapshotProblem, private_folder

_Wire = dict[str, str | int | float | bool | list[str | int | float | bool]]
Line = TypeVar("Line", bound=msgspec.Struct)
Made = TypeVar("Made")
_encoder = msgspec.json.Encoder(order="deterministic")


class Origin(msgspec.Struct, frozen=True):
    """What a derivation follows from."""

    snapshot: str
    manifest_sha256: str
    tool: str


class _DerivedLine(msgspec.Struct, frozen=True):
    type: str
    source: str
    target: str
    because: tuple[tuple[str, ...], ...]
    confidence: Confidence
    conditions: tuple[str, ...]
    guards: tuple[str, ...]
    properties: _Wire


class _MarkLine(msgspec.Struct, frozen=True):
    asset: str
    value: _Wire
    because: tuple[str, ...]


class _EvidenceLine(msgspec.Struct, frozen=True):
    id: str
    evidence: Evidence


class _NodeLine(msgspec.Struct, frozen=True):
    id: str
    kind: str
    properties: _Wire


class _EdgeLine(msgspec.Struct, frozen=True):
    id: str
    type: str
    source: str
    source_kind: str
    target: str
    target_kind: str
    properties: _Wire


def write_derivation(
    folder: Path, snapshot: Snapshot, derivation: Derivation, graph: Graph, tool: str
) -> None:
    """Write what was derived; the origin last, so that its presence says that the rest is whole."""
    private_folder(folder)
    (folder / "derivation.json").unlink(missing_ok=True)
    _write(folder / "derived.jsonl", (_derived_line(edge) for edge in derivation.edges))
    _write(folder / "marks.jsonl", (_mark_line(mark) for mark in derivation.marks))
    pairs = sorted(derivation.evidence.items())
    _write(folder / "evidence.jsonl", (_EvidenceLine(i, evidence) for i, evidence in pairs))
    write_graph(folder, graph)
    _write(folder / "derivation.json", [origin_of(snapshot, tool)])


def write_graph(folder: Path, graph: Graph) -> None:
    """Write the graph that is to be loaded; `read_graph` gives it back."""
    _write(folder / "nodes.jsonl", (_node_line(node) for node in graph.nodes))
    _write(folder / "edges.jsonl", (_edge_line(edge) for edge in graph.edges))


def origin_of(snapshot: Snapshot, tool: str) -> Origin:
    data = (snapshot.folder / "manifest.json").read_bytes()
    return Origin(snapshot.id, hashlib.sha256(data).hexdigest(), tool)


def is_current(folder: Path, snapshot: Snapshot, tool: str) -> bool:
    """Whether what stands in the folder follows from this snapshot and this version of the product."""
    path = folder / "derivation.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Origin) == origin_of(snapshot, tool)
    except (OSError, msgspec.MsgspecError):
        return False


def read_graph(folder: Path) -> Graph:
    nodes = tuple(_read(folder / "nodes.jsonl", _NodeLine, _node))
    edges = tuple(_read(folder / "edges.jsonl", _EdgeLine, _edge))
    return Graph(nodes, edges)


def read_derived(folder: Path) -> Iterator[Derived]:
    """The derived edges, those that something stops included; their evidence is in `read_evidence`."""
    return _read(folder / "derived.jsonl", _DerivedLine, _derived)


def read_evidence(folder: Path) -> Mapping[str, Evidence]:
    return dict(_read(folder / "evidence.jsonl", _EvidenceLine, lambda line: (line.id, line.evidence)))


def _node(line: _NodeLine) -> Node:
    return Node(line.id, line.kind, read_properties(line.properties, kind=line.kind))


def _edge(line: _EdgeLine) -> Edge:
    properties = read_properties(line.properties, relation=line.type)
    ends = (line.source, line.source_kind, line.target, line.target_kind)
    return Edge(line.id, line.type, *ends, properties)


def _derived(line: _DerivedLine) -> Derived:
    return Derived(
        type=line.type,
        source=line.source,
        target=line.target,
        because=line.because,
        confidence=line.confidence,
        conditions=line.conditions,
        guards=line.guards,
        properties=read_properties(line.properties, relation=line.type),
    )


def _derived_line(edge: Derived) -> _DerivedLine:
    return _DerivedLine(
        edge.type,
        edge.source,
        edge.target,
        edge.because,
        edge.confidence,
        edge.conditions,
        edge.guards,
        write_properties(edge.properties),
    )


def _mark_line(mark: Mark) -> _MarkLine:
    return _MarkLine(mark.asset, write_properties({mark.property: mark.value}), mark.because)


def _node_line(node: Node) -> _NodeLine:
    return _NodeLine(node.id, node.kind, write_properties(node.properties))


def _edge_line(edge: Edge) -> _EdgeLine:
    ends = (edge.source, edge.source_kind, edge.target, edge.target_kind)
    return _EdgeLine(edge.id, edge.type, *ends, write_properties(edge.properties))


def _write(path: Path, lines: Iterable[msgspec.Struct]) -> None:
    work = path.with_name(f".{path.name}")
    with os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.writelines(_encoder.encode(line) + b"\n" for line in lines)
    work.rename(path)


def _read(path: Path, shape: type[Line], made: Callable[[Line], Made]) -> Iterator[Made]:
    if not path.is_file():
        raise SnapshotProblem(f"{path} is missing. `crownpath derive` makes it.")
    decode = msgspec.json.Decoder(shape).decode
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield made(decode(line))
            except (msgspec.MsgspecError, ValueError) as fault:
                raise SnapshotProblem(
                    f"{path}, line {number} cannot be read: {fault}. `crownpath derive` makes it again."
                ) from fault
