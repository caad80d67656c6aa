"""What may enter the record: every fact is checked against the ontology before it is kept.

A collector that names an unknown kind, relation or property is wrong, and is told so by name; it is never
silently dropped.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import get_args

import msgspec

from collectors.source import Source
from graph import ontology
from graph.model import Asset, Fact, Layer, Policy, Relation, Value

Given = Value | list[str] | None
OWN_FIELDS = frozenset({"id", "kind", "name", "listed_by", "evidence"})
"""Names of `graph.ontology` that are fields of an asset, not entries of its properties."""
LAYERS = frozenset(get_args(Layer))


class NotInOntology(Exception):
    """A collector yielded something the schema doesn't know; the message names the collector."""


def admit(fact: Fact, collector: str, source: Source, service: str) -> Fact:
    """The fact, checked, with the unit's provider, account, region and service where it has none."""
    match fact:
        case Asset():
            return _asset(fact, collector, source, service)
        case Relation():
            return _relation(fact, collector)
        case Policy():
            return _policy(fact, collector)


def _asset(asset: Asset, collector: str, source: Source, service: str) -> Asset:
    if asset.kind not in ontology.KINDS:
        raise NotInOntology(f"{collector}: unknown kind {asset.kind!r} of {asset.id}; see graph/ontology.py")
    _require_text(collector, asset.kind, id=asset.id)
    if not isinstance(asset.name, str):
        raise NotInOntology(f"{collector}: the name of {asset.kind} {asset.id} is not a text")
    known = {n: p for n, p in ontology.properties_of(asset.kind).items() if n not in OWN_FIELDS}
    stamp: dict[str, Value] = {"provider": source.provider, "service": service}
    if source.account:
        stamp["account"] = source.account
    if source.region:
        stamp["region"] = source.region
    given = _properties(asset.properties, known, f"{collector}: {asset.kind} {asset.id}")
    return msgspec.structs.replace(asset, properties={**stamp, **given})


def _relation(relation: Relation, collector: str) -> Relation:
    if relation.type not in ontology.RELATIONS:
        raise NotInOntology(
            f"{collector}: unknown relation {relation.type!r} from {relation.source}; see graph/ontology.py"
        )
    _require_text(collector, relation.type, source=relation.source, target=relation.target)
    if relation.target_kind and relation.target_kind not in ontology.KINDS:
        raise NotInOntology(f"{collector}: unknown kind {relation.target_kind!r} for {relation.target}")
    known = ontology.relation_properties(relation.type)
    given = _properties(relation.properties, known, f"{collector}: {relation.type} from {relation.source}")
    return msgspec.structs.replace(relation, properties=given)


def _policy(policy: Policy, collector: str) -> Policy:
    if policy.layer not in LAYERS:
        raise NotInOntology(f"{collector}: unknown policy layer {policy.layer!r} on {policy.on}")
    _require_text(collector, "policy", on=policy.on)
    return policy


def _require_text(collector: str, what: str, **fields: str) -> None:
    """Refuse what has no id, or one that is not a text: nothing could be joined to it."""
    for name, value in fields.items():
        if not isinstance(value, str) or not value:
            raise NotInOntology(f"{collector}: a {what} has {value!r} as its {name}")


def check_ends(relation: Relation, kinds: Mapping[str, str], collector: str) -> None:
    """Refuse a relation whose ends, as far as the same unit listed them, its kind may not join."""
    source = kinds.get(relation.source)
    target = kinds.get(relation.target) or relation.target_kind
    if source and target and not ontology.may_join(relation.type, source, target):
        raise NotInOntology(
            f"{collector}: {relation.type} may not lead from a {source} ({relation.source}) "
            f"to a {target} ({relation.target}); see graph/ontology.py"
        )


def _properties(
    properties: Mapping[str, Given], known: Mapping[str, ontology.Property], where: str
) -> dict[str, Value]:
    admitted: dict[str, Value] = {}
    for name, given in properties.items():
        if name not in known:
            raise NotInOntology(f"{where}: unknown property {name!r}; see graph/ontology.py")
        if given is not None:
            admitted[name] = _value(given, known[name].type, f"{where}: {name}")
    return admitted


def _value(given: Value | list[str], declared: str, where: str) -> Value:
    value: Value = tuple(given) if isinstance(given, list) else given
    if declared == "time":
        value = _time(value, where)
    elif declared == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not _is_a(value, declared):
        raise NotInOntology(f"{where} is a {type(given).__name__}; the ontology declares a {declared}")
    return value


def _is_a(value: Value, declared: str) -> bool:
    """Whether a value is what the ontology declares, and JSON can hold it."""
    match value:
        case bool():
            return declared == "boolean"
        case int():
            return declared == "integer" and abs(value) < 2**63
        case float():
            return declared == "float" and isfinite(value)
        case tuple():
            return declared == "strings" and all(isinstance(member, str) for member in value)
        case str():
            return declared == "string"
        case _:
            return declared == "time"


def _time(value: Value, where: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as fault:
            raise NotInOntology(f"{where} is not a time: {value!r}") from fault
    if not isinstance(value, datetime):
        raise NotInOntology(f"{where} is not a time: {value!r}")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
