"""Turns what the Neo4j driver answers into what `graph.store` promises."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time

from neo4j.exceptions import Neo4jError
from neo4j.graph import Node, Path, Relationship
from neo4j.time import Date, DateTime, Duration, Time

from graph import ontology
from graph.model import Cell, Scalar, Value
from graph.store import (
    QueryInvalid,
    QueryTimeout,
    QueryTooLarge,
    StoreError,
    StoreUnavailable,
    WriteRefused,
    WrongPassword,
)

Find = Callable[[set[str]], dict[str, str]]
"""The ids of nodes by their element ids."""


class Answer:
    """One answer; relations name their ends by element id, so the ids of these are fetched once.

    A node or relation that stands in many rows is worked out once and shared by them.
    """

    def __init__(self, rows: Iterable[Iterable[object]], find: Find) -> None:
        ends = {end for row in rows for value in row for end in _ends(value)}
        self._ids = find(ends) if ends else {}
        self._met: dict[Node | Relationship, dict[str, Cell]] = {}

    def cell(self, value: object) -> Cell:
        """One value: a node, a relation, a path, a map, a list or a scalar."""
        if isinstance(value, Node | Relationship):
            if value not in self._met:
                self._met[value] = self._record(value)
            return dict(self._met[value])
        if isinstance(value, Path):
            nodes = [self.cell(each) for each in value.nodes]
            return {"nodes": nodes, "relations": [self.cell(each) for each in value.relationships]}
        if isinstance(value, Mapping):
            return {str(name): self.cell(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.cell(each) for each in value]
        return _scalar(value)

    def _record(self, value: Node | Relationship) -> dict[str, Cell]:
        own = {name: self.cell(each) for name, each in value.items()}
        if isinstance(value, Node):
            return {**own, "labels": list(_labels(value.labels))}
        source, target = (self._ids[end] for end in _ends(value))
        return {**own, "type": value.type, "source": source, "target": target}


def stored(properties: Mapping[str, object]) -> dict[str, Value]:
    """The properties of a record as they were loaded."""
    return {name: _value(value) for name, value in properties.items()}


def kind_of(labels: Iterable[str]) -> str | None:
    """The label that is a kind."""
    return next((label for label in sorted(labels) if label in ontology.KINDS), None)


def _labels(labels: Iterable[str]) -> Iterator[str]:
    """The kind first; Neo4j itself knows no order."""
    kind = kind_of(labels)
    if kind:
        yield kind
    yield from sorted(set(labels) - {kind})


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(_stored_scalar(each) for each in value)
    return _stored_scalar(value)


def _stored_scalar(value: object) -> Scalar:
    """What only others write (bytes, points) becomes text, so that it differs and is written anew."""
    if isinstance(value, DateTime | datetime):
        return _utc(value)
    return value if isinstance(value, str | int | float) else repr(value)


def _scalar(value: object) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, DateTime | datetime):
        return _utc(value)
    if isinstance(value, Duration):
        parts = {"months": value.months, "days": value.days, "seconds": value.seconds}
        return {**parts, **({"nanoseconds": value.nanoseconds} if value.nanoseconds else {})}
    if isinstance(value, Date | date):
        return value.isoformat() if isinstance(value, date) else value.to_native().isoformat()
    if isinstance(value, Time | time):
        return value.isoformat() if isinstance(value, time) else value.to_native().isoformat()
    return str(value)


def _utc(value: DateTime | datetime) -> datetime:
    native = value if isinstance(value, datetime) else value.to_native()
    return native.replace(tzinfo=UTC) if native.tzinfo is None else native.astimezone(UTC)


def _ends(value: object) -> Iterator[str]:
    """The element ids of the ends of every relation in a value."""
    if isinstance(value, Relationship):
        if value.start_node is not None and value.end_node is not None:
            yield from (value.start_node.element_id, value.end_node.element_id)
    elif isinstance(value, Path):
        for relation in value.relationships:
            yield from _ends(relation)
    elif isinstance(value, Node):
        return
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _ends(each)
    elif isinstance(value, list):
        for each in value:
            yield from _ends(each)


_FAMILIES: tuple[tuple[str, type[StoreError], str], ...] = (
    ("TransactionTimedOut", QueryTimeout, "The statement did not end within its time and was stopped"),
    ("Transaction.Terminated", QueryTimeout, "The statement was stopped"),
    ("OutOfMemory", QueryTooLarge, "The statement needs too much memory"),
    ("Statement.AccessMode", WriteRefused, "This statement is not run, because it writes. Queries only read"),
    ("Neo.ClientError.Security", WrongPassword, "Neo4j does not allow this user to do that"),
    ("Neo.ClientError.Database", StoreUnavailable, "Neo4j does not serve this database"),
    ("Neo.ClientError.Statement", QueryInvalid, "The store does not understand the statement"),
    ("Neo.TransientError", StoreUnavailable, "Neo4j cannot do that now; try again"),
)
"""Part of Neo4j's own code, our class, and what it means."""


def translation(problem: Neo4jError, timeout_s: float | None) -> StoreError:
    """What the database objects to, as an error of ours."""
    code = problem.code or ""
    for part, error, sentence in _FAMILIES:
        if part in code:
            limit = f" ({timeout_s:g} s)" if error is QueryTimeout and timeout_s else ""
            return error(f"{sentence}{limit}: {problem.message}")
    return StoreError(f"Neo4j refused: {problem.message} ({code})")
