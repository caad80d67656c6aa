"""What may be stored: strings, finite numbers, booleans, UTC times and lists of one of these.

One store refuses what the other takes silently, so both ask here first.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from graph.model import Scalar, Value

RESERVED = frozenset({"id", "labels", "title", "type"})
"""Names that a stored record or an answer already uses for something else."""

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class ValueRefused(Exception):
    """A property's value cannot be stored the same way everywhere."""


def checked(properties: Mapping[str, Value], *owner: str) -> Mapping[str, Value]:
    """The properties with times in UTC; a value that no store could hold is an error that names the owner."""
    if not RESERVED.isdisjoint(properties):
        name = min(RESERVED.intersection(properties))
        raise ValueRefused(f"{' '.join(owner)}: a property may not be called {name!r}; choose another name.")
    changed: dict[str, Value] = {}
    for name, value in properties.items():
        # nearly all values are fine as they are, and there are millions of them
        fine = _FINE.get(type(value))
        if fine is None or not fine(value):
            changed[name] = _corrected(name, value, " ".join(owner))
    return {**properties, **changed} if changed else properties


def _corrected(name: str, value: Value, owner: str) -> Value:
    try:
        return _list(value) if isinstance(value, tuple) else _scalar(value)
    except ValueError as problem:
        raise ValueRefused(f"{owner}: property {name!r} {problem}") from None


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


def _plain_texts(values: tuple[Scalar, ...]) -> bool:
    try:
        return "".join(values).isascii()  # type: ignore[arg-type] # what is no text fails, and is looked at closely
    except TypeError:
        return False


_FINE: Mapping[type, Callable[..., bool]] = {
    str: str.isascii,
    bool: lambda _: True,
    int: lambda value: _SMALLEST <= value <= _LARGEST,
    float: math.isfinite,
    datetime: lambda value: value.tzinfo is UTC and not value.fold,
    tuple: _plain_texts,
}
"""Quick looks that are enough for nearly every value; those that fail are looked at closely."""


def same(left: Mapping[str, Value], right: Mapping[str, Value]) -> bool:
    """Whether two records hold the same values of the same types (1, 1.0 and true are three values)."""
    return left == right and all(_same_type(value, right[name]) for name, value in left.items())


def _same_type(left: Value, right: Value) -> bool:
    if isinstance(left, tuple) and isinstance(right, tuple):
        return not left or type(left[0]) is type(right[0])
    return type(left) is type(right)
