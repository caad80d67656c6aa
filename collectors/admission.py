"""What may enter the record: every fact is checked against the ontology before it is kept.

A collector that names an unknown kind, relation or property is wrong, and is told so by name; it is never
silently dropped.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

import msgspec

from collectors.source import Source
from graph import ontology
from graph.model import Asset, Fact, Policy, Relation, Value

Given = Value | list[str] | None


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
            return fact


def _asset(asset: Asset, collector: str, source: Source, service: str) -> Asset:
    if asset.kind not in ontology.KINDS:
        raise NotInOntology(f"{collector}: unknown kind {asset.kind!r} of {asset.id}; see graph/ontology.py")
    known = ontology.properties_of(asset.kind)
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
    if relation.target_kind and relation.target_kind not in ontology.KINDS:
        raise NotInOntology(f"{collector}: unknown kind {relation.target_kind!r} for {relation.target}")
    known = ontology.relation_properties(relation.type)
    given = _properties(relation.properties, known, f"{collector}: {relation.type} from {relation.source}")
    return msgspec.structs.replace(relation, properties=given)


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
    if not isinstance(value, _python_type(declared)) or (declared == "integer" and isinstance(value, bool)):
        raise NotInOntology(f"{where} is a {type(given).__name__}; the ontology declares a {declared}")
    return value


def _time(value: Value, where: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as fault:
            raise NotInOntology(f"{where} is not a time: {value!r}") from fault
    if not isinstance(value, datetime):
        raise NotInOntology(f"{where} is not a time: {value!r}")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


@cache
def _python_type(declared: str) -> type:
    return {
        "string": str,
        "integer": int,
        "float": float,
        "boolean": bool,
        "time": datetime,
        "strings": tuple,
    }[declared]
