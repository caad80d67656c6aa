"""neomodel classes made from the ontology: they install constraints and serve typed look-ups.

Families are parent classes, so that a kind's class has exactly the labels the loader writes. neomodel keeps
one connection for the whole process and takes half a second to import: only `graph.neo4j` imports this, when
it is needed.
"""

import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import neo4j
from neomodel import (
    ArrayProperty,
    BooleanProperty,
    DateTimeNeo4jFormatProperty,
    FloatProperty,
    IntegerProperty,
    StringProperty,
    StructuredNode,
    db,
    get_config,
)

from graph import ontology

_connecting = threading.Lock()


@cache
def classes() -> Mapping[str, type[StructuredNode]]:
    """Kind or family to its class. The id is called `uid` there, because neomodel keeps `id` for itself."""
    families = {
        family: type(family, (StructuredNode,), {"uid": StringProperty(db_property="id", index=True)})
        for family in ontology.FAMILIES
    }
    kinds = {kind: type(kind, (families[family],), _members(kind)) for kind, family in ontology.KINDS.items()}
    return {**families, **kinds}


def _members(kind: str) -> dict[str, object]:
    declared = {
        name: _property(each.type) for name, each in ontology.properties_of(kind).items() if name != "id"
    }
    return {**declared, "uid": StringProperty(db_property="id", unique_index=True, required=True)}


def _property(kind: ontology.ValueType) -> object:
    match kind:
        case "string":
            return StringProperty()
        case "integer":
            return IntegerProperty()
        case "float":
            return FloatProperty()
        case "boolean":
            return BooleanProperty()
        case "time":
            return DateTimeNeo4jFormatProperty()
        case "strings":
            return ArrayProperty(StringProperty())


def install(driver: neo4j.Driver, database: str | None, labels: set[str]) -> None:
    """Makes the constraint or index of each of these kinds and families."""
    with _connected(driver, database):
        for label in sorted(labels):
            db.install_labels(classes()[label], stdout=io.StringIO())


def find(driver: neo4j.Driver, database: str | None, kind: str, key: str) -> StructuredNode | None:
    """The node of this kind and id, as an object of the kind's class."""
    with _connected(driver, database):
        found = classes()[kind].nodes.get_or_none(uid=key)
    return found if isinstance(found, StructuredNode) else None


@contextmanager
def _connected(driver: neo4j.Driver, database: str | None) -> Iterator[None]:
    """neomodel has one connection for all threads: whoever needs it has it alone."""
    with _connecting:
        if database:
            get_config().database_name = database
        db.set_connection(driver=driver)
        yield
