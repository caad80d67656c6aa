"""What may be stored: strings, finite numbers, booleans, UTC times and lists of one of these.

One store refuses what the other takes silently, so both ask here first.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from graph.model import Scalar, Value

RESERVED = frozenset({"id", "labels", "title", "type"})
"""Names that a stored record or an answer already uses for something else."""

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class ValueRefused(Exception):
    """A property's value cannot be stored the same way everywhere."""


def checked(properties: Mapping[str, Value], owner: str) -> dict[str, Value]:
    """The properties of `owner` with times in UTC; a value that no store could hold is an error."""
    result: dict[str, Value] = {}
    for name, value in properties.items():
        if name in RESERVED:
            raise ValueRefused(f"{owner}: a property may not be called {name!r}; choose another name.")
        try:
            result[name] = _list(value) if isinstance(value, tuple) else _scalar(value)
        except ValueError as problem:
            raise ValueRefused(f"{owner}: property {name!r} {problem}") from None
    return result


def _list(values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    if len({type(value) for value in values}) > 1:
        raise ValueError("is a list of several types; a list holds values of one type.")
    return tuple(_scalar(value) for value in values)


def _scalar(value: Scalar) -> Scalar:
    kind = type(value)
    if kind is str:
        _text(value)
    elif kind is int:
        if not _SMALLEST <= value <= _LARGEST:  # type: ignore[operator] # an int, see above
            raise ValueError("is a number beyond 64 bits; store it as text.")
    elif kind is float:
        if not math.isfinite(value):  # type: ignore[arg-type] # a float, see above
            raise ValueError(f"is {value}, not a finite number; leave it out when it is not known.")
    elif isinstance(value, datetime):
        return _utc(value)
    elif kind is not bool:
        raise ValueError(
            f"is a {kind.__name__}; only text, numbers, booleans, times and lists of one of these "
            "can be stored."
        )
    return value


def _text(value: Scalar) -> None:
    text = str(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as broken:
            raise ValueError(f"holds half a character (position {broken.start}), not valid text.") from None


def _utc(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ValueError("is a time without a time zone; give it one (times are kept in UTC).")
    plain = value.tzinfo is UTC and not value.fold
    return value if plain else value.astimezone(UTC).replace(fold=0)


def same(left: Mapping[str, Value], right: Mapping[str, Value]) -> bool:
    """Whether two records hold the same values of the same types (1, 1.0 and true are three values)."""
    return left == right and all(_same_type(value, right[name]) for name, value in left.items())


def _same_type(left: Value, right: Value) -> bool:
    if isinstance(left, tuple) and isinstance(right, tuple):
        return not left or type(left[0]) is type(right[0])
    return type(left) is type(right)
