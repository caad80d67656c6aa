"""JSON, JSON Lines and Avro: nested values as columns by their JSON paths; chat formats are such, too."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from collectors.inspect.sample import ColumnSample, Sample, ValueType
from collectors.inspect.sampling import Sampler

ROWS = 2_000
MOST_BYTES = 64_000_000
"""Bytes of one JSON text that are read."""
DEPTH = 24
"""Levels below which nothing is looked at."""
LONGEST = 20_000


class TooLarge(Exception):
    """A text that cannot be looked at in part."""


def json_text(file: BinaryIO, sampler: Sampler) -> Iterator[Sample]:
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise TooLarge(f"a JSON text of more than {MOST_BYTES:,} bytes")
    value = json.loads(data)
    rows = value if isinstance(value, list) else [value]
    chosen = sampler.some(rows, ROWS)
    yield from columns(chosen, "$", len(rows))


def json_lines(file: BinaryIO, sampler: Sampler) -> Iterator[Sample]:
    """Lines are chosen evenly of what is read; a line that is no JSON is left out."""
    kept, seen = sampler.reservoir(_lines(file), ROWS)
    yield from columns([*_parsed(kept)], "$", seen if not file.read(1) else None)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of the first part of a file that hold anything."""
    read = 0
    for line in iter(lambda: file.readline(MOST_BYTES), b""):
        read += len(line)
        if read > MOST_BYTES:
            return
        if line.strip():
            yield line


def _parsed(lines: Iterable[bytes]) -> Iterator[object]:
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def avro(file: BinaryIO, sampler: Sampler) -> Iterator[Sample]:
    import fastavro

    rows = [row for row, _ in zip(fastavro.reader(file), range(10 * ROWS), strict=False)]
    yield from columns(sampler.some(rows, ROWS), "$")


def columns(rows: Sequence[object], path: str, count: int | None = None) -> Iterator[Sample]:
    """The leaves of nested values, by path; members of lists share one path."""
    leaves: dict[str, list[object]] = {}
    for row in rows:
        for place, value in _leaves(row, path, 0):
            leaves.setdefault(place, []).append(value)
    for place in sorted(leaves):
        values = leaves[place]
        texts = [None if value is None else _text(value) for value in values]
        yield ColumnSample(place, _type(values), texts, count)


def _leaves(value: object, path: str, depth: int) -> Iterator[tuple[str, object]]:
    if depth > DEPTH:
        return
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _leaves(member, f"{path}.{key}", depth + 1)
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member, f"{path}[*]", depth + 1)
    else:
        yield path, value


def _text(value: object) -> str:
    return (value if isinstance(value, str) else str(value))[:LONGEST]


def _type(values: Sequence[object]) -> ValueType:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    if kinds and kinds <= {int, float}:
        return "float"
    return "text" if kinds else "unknown"
