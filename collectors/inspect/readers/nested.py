"""Nested values as columns by their JSON paths, keys that are data among them.

A path names what all rows share: `$.messages[*].content`. The keys of a map (an object whose keys are data:
very many, or such as addresses and numbers) are a column of their own, `$.users.*~` (`~` as in JSONPath
Plus), and its members share the path `$.users.*`. A text that is itself JSON, base64 of a text, or the
payload of a captured request is opened, and its path goes on: `$.captureData.endpointInput.data.age`.
"""

import base64
import binascii
import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from collectors.inspect.sample import ColumnSample, Sample, Unread, ValueType
from collectors.inspect.sampling import Sampler

DEPTH = 24
"""Levels below which nothing is looked at."""
LONGEST = 20_000
"""Characters of a value that are looked at."""
VALUES = 20_000
"""Values of one path that are looked at."""
WIDE = 100
"""Keys of an object, over all rows, beyond which it is a map."""
PAYLOAD = 1_000_000
"""Characters of a text that is opened."""

DATA_KEY = re.compile(r".@|\d{4}|^\+?\(?\d|^[A-Z]{1,3}\d|.{65}", re.DOTALL)
"""Keys that are more likely somebody's data than a name that a programmer gave."""
BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
BYTES = 1_000
"""Characters of base64 from which on what is no text counts as bytes that nobody looked at."""

_Values = list[tuple[int, object]]
"""Values of one path, each with the number of its row."""


def columns(
    rows: Sequence[object],
    path: str,
    sampler: Sampler,
    count: int | None = None,
    groups: Sequence[int] | None = None,
) -> Iterator[Sample | Unread]:
    """The leaves of these rows, chosen from `count` (None: nobody counted), by path; `groups` says for each
    row which group it was drawn with."""
    tree = _Tree(sampler, len(rows), count)
    yield from tree.walk([*zip(groups or range(len(rows)), rows, strict=True)], path, 0)
    yield from tree.unread()


def names(keys: Iterable[str], place: str) -> Iterator[Sample]:
    """The names of columns as a column, where one of them may be data."""
    given = [*keys]
    if any(DATA_KEY.search(each) for each in given):
        yield ColumnSample(place, "text", given, len(given))


class _Tree:
    """Rows being walked; what of them was left out is counted."""

    def __init__(self, sampler: Sampler, rows: int, count: int | None) -> None:
        self._sampler, self._rows, self._count = sampler, rows, count
        self._deep = self._cut = self._bytes = 0

    def walk(self, values: _Values, path: str, depth: int) -> Iterator[Sample]:
        if depth > DEPTH:
            self._deep += len(values)
            return
        leaves: _Values = []
        objects: list[tuple[int, Mapping[object, object]]] = []
        members: _Values = []
        for row, value in values:
            opened = self._opened(value)
            if isinstance(opened, Mapping):
                objects.append((row, opened))
            elif isinstance(opened, list | tuple):
                members.extend((row, each) for each in opened)
            else:
                leaves.append((row, opened))
        if leaves:
            yield self._leaf(leaves, path)
        if members:
            yield from self.walk(members, f"{path}[*]", depth + 1)
        if objects:
            yield from self._members(objects, path, depth)

    def _members(
        self, objects: Sequence[tuple[int, Mapping[object, object]]], path: str, depth: int
    ) -> Iterator[Sample]:
        by_key: dict[str, _Values] = {}
        for row, each in objects:
            for key, value in _payload(each).items():
                by_key.setdefault(str(key), []).append((row, value))
        data = sum(DATA_KEY.search(key) is not None for key in by_key)
        if data or len(by_key) > WIDE:
            seen: _Values = [(row, key) for key, values in by_key.items() for row, _ in values]
            yield self._leaf(seen, f"{path}.*~")
        if len(by_key) > WIDE or 2 * data >= len(by_key) > 0:
            together = [each for values in by_key.values() for each in values]
            yield from self.walk(together, f"{path}.*", depth + 1)
            return
        for key in sorted(by_key):
            yield from self.walk(by_key[key], f"{path}.{key}", depth + 1)

    def _leaf(self, values: _Values, path: str) -> ColumnSample:
        contributing = len({row for row, _ in values})
        total: int | None = len(values)
        groups = None
        if self._count is None:
            total = None
            groups = (contributing, 0) if contributing < len(values) else None
        elif self._count > self._rows:
            total = round(len(values) * self._count / self._rows)
            of = round(contributing * self._count / self._rows)
            groups = (contributing, of) if contributing < len(values) else None
        if len(values) > VALUES:
            values = self._sampler.some(values, VALUES)
        texts = [self._text(value) for _, value in values]
        return ColumnSample(path, _type([value for _, value in values]), texts, total, groups)

    def _text(self, value: object) -> str | None:
        if value is None:
            return None
        if isinstance(value, bytes):
            text = text_of_bytes(value)
            self._bytes += text is None
            return text
        text = value if isinstance(value, str) else str(value)
        self._cut += len(text) > LONGEST
        return text[:LONGEST]

    def _opened(self, value: object) -> object:
        """What a text really is; itself where it is only text."""
        if not isinstance(value, str) or len(value) > PAYLOAD:
            return value
        text = value
        if len(value) % 4 == 0 and BASE64.fullmatch(value):
            decoded = _decoded(value)
            if decoded is None:
                self._bytes += len(value) >= BYTES
                return value
            text = decoded
        return _parsed(text)

    def unread(self) -> Iterator[Unread]:
        if self._deep:
            yield Unread(f"{self._deep:,} values more than {DEPTH} levels deep")
        if self._cut:
            yield Unread(f"{self._cut:,} values after their first {LONGEST:,} characters")
        if self._bytes:
            yield Unread(f"{self._bytes:,} values of bytes")


def _parsed(text: str) -> object:
    """An object or a list, where a text is such; else the text."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _decoded(value: str) -> str | None:
    try:
        return text_of_bytes(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return None


def text_of_bytes(data: bytes) -> str | None:
    """Bytes that are text; None where they are something else."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(each.isprintable() or each in "\r\n\t" for each in text) else None


def _payload(value: Mapping[object, object]) -> Mapping[object, object]:
    """An object; where it is a captured request or answer, with its payload in columns.

    SageMaker's data capture: `{"observedContentType": "text/csv", "data": "34,ana", "encoding": "CSV"}`, with
    `BASE64` for what the endpoint was not told to be text.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """
    data, encoding = value.get("data"), value.get("encoding")
    if not isinstance(data, str) or encoding not in ("CSV", "BASE64") or len(data) > PAYLOAD:
        return value
    text = data if encoding == "CSV" else _decoded(data)
    if text is None:
        return {**value, "data": _raw(data)}
    if encoding == "CSV" or "csv" in str(value.get("observedContentType", "")).lower():
        return {**value, "data": _of_csv(text)}
    return {**value, "data": text}


def _raw(data: str) -> object:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return data


def _of_csv(text: str) -> object:
    try:
        rows = [*csv.reader(text.splitlines())]
    except csv.Error:
        return text
    return [{f"column {number}": each for number, each in enumerate(row, 1)} for row in rows]


def _type(values: Sequence[object]) -> ValueType:
    kinds = Counter(type(value) for value in values if value is not None)
    if kinds.keys() == {bool}:
        return "boolean"
    if kinds.keys() == {int}:
        return "integer"
    if kinds and kinds.keys() <= {int, float}:
        return "float"
    return "text" if kinds else "unknown"
