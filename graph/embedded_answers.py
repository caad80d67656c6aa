"""Turns what the embedded engine answers into what `graph.store` promises."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time

from graph.model import Cell, Scalar, Value

Find = Callable[[set[int]], dict[int, str]]
"""The ids of nodes by their places in the engine."""

_NODE = {"id", "labels", "properties"}
_RELATION = {"id", "start", "end", "type", "properties"}
_PATH = {"nodes", "relationships"}
_SYNTHETIC = ("title", "type")
_PLAIN = (str, int, float)


class Answer:
    """One answer; relations name their ends by place, so the ids of these are fetched once.

    A node or relation that stands in many rows is worked out once and shared by them.
    """

    def __init__(self, rows: Iterable[Mapping[str, object]], find: Find) -> None:
        places = {place for row in rows for place in _ends(row)}
        self._ids = find(places) if places else {}
        self._met: dict[tuple[bool, object], dict[str, Cell]] = {}

    def cell(self, value: object) -> Cell:
        """One value: maps may be nodes, relations and paths."""
        if isinstance(value, dict):
            return self._map(value)
        if isinstance(value, list):
            return [self.cell(each) for each in value]
        return _scalar(value)

    def _map(self, value: Mapping[str, object]) -> Cell:
        keys = value.keys()
        if keys in (_NODE, _RELATION):
            key = (keys == _NODE, value["id"])
            if key not in self._met:
                self._met[key] = self._record(value)
            return dict(self._met[key])
        if keys == _PATH:
            return {"nodes": self.cell(value["nodes"]), "relations": self.cell(value["relationships"])}
        return {name: self.cell(each) for name, each in value.items()}

    def _record(self, value: Mapping[str, object]) -> dict[str, Cell]:
        """A node or a relation."""
        if value.keys() == _NODE:
            return {**self._properties(value), "labels": self.cell(value["labels"])}
        ends = {"source": self._ids[_place(value["start"])], "target": self._ids[_place(value["end"])]}
        return {**self._properties(value), "type": str(value["type"]), **ends}

    def _properties(self, value: Mapping[str, object]) -> dict[str, Cell]:
        properties = value["properties"]
        if not isinstance(properties, dict):
            raise TypeError(f"the engine answered {type(properties).__name__} for properties")
        return {name: self.cell(each) for name, each in properties.items() if name not in _SYNTHETIC}


def stored(properties: Mapping[str, object]) -> dict[str, Value]:
    """The properties of a record as they were loaded."""
    return {
        name: value if isinstance(value, _PLAIN) else _value(value)
        for name, value in properties.items()
        if name not in _SYNTHETIC
    }


def _value(value: object) -> Value:
    if isinstance(value, list):
        texts = tuple(value)
        return texts if set(map(type, texts)) == {str} else tuple(map(_stored_scalar, texts))
    return _stored_scalar(value)


def _stored_scalar(value: object) -> Scalar:
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, _PLAIN):
        return value
    raise TypeError(f"a {type(value).__name__} was stored as a property")


def _scalar(value: object) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _utc(value: datetime) -> datetime:
    """A time the engine kept without its zone is in UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _ends(value: object) -> Iterator[int]:
    """The places of the ends of every relation in a value."""
    if isinstance(value, list):
        for each in value:
            yield from _ends(each)
    elif isinstance(value, dict):
        if value.keys() == _RELATION:
            yield from (_place(value["start"]), _place(value["end"]))
        elif value.keys() != _NODE:
            for each in value.values():
                yield from _ends(each)


def _place(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"the engine answered {type(value).__name__} for a place")
    return value
