"""Facts as JSON lines and back: sorted keys, sorted tuples, so that the same facts give the same bytes.

Times are written as ISO 8601 in UTC and read back by the type the ontology gives the property.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache

import msgspec

from graph import ontology
from graph.model import Asset, Coverage, Evidence, Listing, Policy, Relation, Shard, Value

_Wire = str | int | float | bool | list[str | int | float | bool]
_encoder = msgspec.json.Encoder(order="deterministic")


class _AssetLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    kind: str
    name: str = ""
    listed_by: tuple[Listing, ...] = ()
    properties: dict[str, _Wire] = msgspec.field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


class _RelationLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    type: str
    source: str
    target: str
    properties: dict[str, _Wire] = msgspec.field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    target_kind: str = ""


class _ShardFile(msgspec.Struct, frozen=True):
    unit: str
    assets: tuple[_AssetLine, ...]
    relations: tuple[_RelationLine, ...]
    policies: tuple[Policy, ...]
    coverage: tuple[Coverage, ...]
    documents: dict[str, msgspec.Raw]


def encode(fact: Asset | Relation | Policy | Coverage) -> bytes:
    """One line, without the line break."""
    match fact:
        case Asset():
            return _encoder.encode(_asset_line(fact))
        case Relation():
            return _encoder.encode(_relation_line(fact))
        case _:
            return _encoder.encode(fact)


def decode_asset(line: bytes) -> Asset:
    return _asset(_asset_decoder.decode(line))


def decode_relation(line: bytes) -> Relation:
    return _relation(_relation_decoder.decode(line))


decode_policy: Callable[[bytes], Policy] = msgspec.json.Decoder(Policy).decode
decode_coverage: Callable[[bytes], Coverage] = msgspec.json.Decoder(Coverage).decode
_asset_decoder = msgspec.json.Decoder(_AssetLine)
_relation_decoder = msgspec.json.Decoder(_RelationLine)
_shard_decoder = msgspec.json.Decoder(_ShardFile)


def encode_shard(shard: Shard) -> bytes:
    return _encoder.encode(
        _ShardFile(
            shard.unit,
            tuple(_asset_line(a) for a in shard.assets),
            tuple(_relation_line(r) for r in shard.relations),
            shard.policies,
            shard.coverage,
            {digest: msgspec.Raw(data) for digest, data in shard.documents.items()},
        )
    )


def decode_shard(data: bytes) -> Shard:
    file = _shard_decoder.decode(data)
    return Shard(
        unit=file.unit,
        assets=tuple(_asset(line) for line in file.assets),
        relations=tuple(_relation(line) for line in file.relations),
        policies=file.policies,
        coverage=file.coverage,
        documents={digest: bytes(raw) for digest, raw in file.documents.items()},
    )


def write_properties(properties: Mapping[str, Value]) -> dict[str, _Wire]:
    """Properties as JSON holds them."""
    return _out(properties)


def read_properties(properties: dict[str, _Wire], *, kind: str = "", relation: str = "") -> dict[str, Value]:
    """Properties of a node of `kind` or of a `relation`, with their times and lists."""
    return _in(properties, _kind_times(kind) if kind else _relation_times(relation))


def iso(moment: datetime) -> str:
    """A time as it is written: UTC, to the microsecond only when there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _asset_line(a: Asset) -> _AssetLine:
    return _AssetLine(
        a.id, a.kind, a.name, tuple(sorted(a.listed_by)), _out(a.properties), _sorted(a.evidence)
    )


def _relation_line(r: Relation) -> _RelationLine:
    return _RelationLine(r.type, r.source, r.target, _out(r.properties), _sorted(r.evidence), r.target_kind)


def _asset(line: _AssetLine) -> Asset:
    return Asset(
        id=line.id,
        kind=line.kind,
        name=line.name,
        listed_by=line.listed_by,
        properties=_in(line.properties, _kind_times(line.kind)),
        evidence=line.evidence,
    )


def _relation(line: _RelationLine) -> Relation:
    properties = _in(line.properties, _relation_times(line.type))
    return Relation(line.type, line.source, line.target, properties, line.evidence, line.target_kind)


def _sorted(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    if len(evidence) < 2:
        return evidence
    return tuple(sorted(set(evidence), key=lambda e: (e.call, e.document, e.pointer, e.supports)))


def _out(properties: Mapping[str, Value]) -> dict[str, _Wire]:
    return {name: _wire(value) for name, value in properties.items()}


def _wire(value: Value) -> _Wire:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple):
        return [iso(member) if isinstance(member, datetime) else member for member in value]
    return value


def _in(properties: dict[str, _Wire], times: frozenset[str]) -> dict[str, Value]:
    read: dict[str, Value] = {}
    for name, value in properties.items():
        if isinstance(value, list):
            read[name] = tuple(value)
        elif name in times and isinstance(value, str):
            read[name] = datetime.fromisoformat(value)
        else:
            read[name] = value
    return read


@cache
def _kind_times(kind: str) -> frozenset[str]:
    if kind not in ontology.KINDS:
        raise ValueError(f"unknown kind {kind!r}")
    return frozenset(n for n, p in ontology.properties_of(kind).items() if p.type == "time")


@cache
def _relation_times(relation: str) -> frozenset[str]:
    if relation not in ontology.RELATIONS:
        raise ValueError(f"unknown relation {relation!r}")
    return frozenset(n for n, p in ontology.relation_properties(relation).items() if p.type == "time")
