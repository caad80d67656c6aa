"""Headers of model files, read within bounds: safetensors, GGUF, and the wire format of protocol buffers.

Only what stands before the numbers is read, so a file of many gigabytes costs what its header does.
"""

import json
import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

MOST_HEADER = 100_000_000
"""Bytes of a safetensors header: its own limit (https://github.com/huggingface/safetensors)."""
MOST_VALUES = 2_000_000
MOST_STRING = 1 << 24
MOST_DEPTH = 24


class Malformed(Exception):
    """A header that is none, in words that quote nothing."""


# ---- safetensors ---------------------------------------------------------------------------------------


class Tensors(msgspec.Struct, frozen=True):
    """What a safetensors header says: its `__metadata__`, and what is wrong with its layout."""

    metadata: dict[str, str]
    problems: tuple[str, ...]


class _Tensor(msgspec.Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def safetensors(file: BinaryIO, size: int) -> Tensors:
    """Read the header; every tensor must lie inside the file, without overlaps and without holes."""
    file.seek(0)
    start = file.read(8)
    if len(start) < 8:
        raise Malformed("the header is cut off")
    (length,) = struct.unpack("<Q", start)
    if length > MOST_HEADER:
        raise Malformed(f"its header is larger than {MOST_HEADER:,} bytes")
    text = file.read(length)
    if len(text) < length:
        raise Malformed("the header is cut off")
    try:
        parsed = msgspec.json.decode(text, type=dict[str, dict[str, object]])
        metadata = msgspec.convert(parsed.pop("__metadata__", {}), dict[str, str])
        tensors = msgspec.convert(list(parsed.values()), list[_Tensor])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise Malformed("the header is not as the format wants it") from None
    return Tensors(metadata, tuple(_wrong(tensors, size - 8 - length)))


def _wrong(tensors: list[_Tensor], room: int) -> Iterator[str]:
    end = 0
    for each in sorted(tensors, key=lambda one: one.data_offsets):
        if each.data_offsets[0] != end or each.data_offsets[1] < end:
            yield "its tensors overlap or leave holes"
            return
        end = each.data_offsets[1]
    if end > room:
        yield "its tensors reach beyond its end"
    elif end < room:
        yield "bytes that are no tensor stand at its end"


# ---- GGUF ----------------------------------------------------------------------------------------------

_FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


def gguf(file: BinaryIO) -> Iterator[tuple[str, list[str]]]:
    """The strings of GGUF metadata by key (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)."""
    file.seek(0)
    magic, version = _take(file, 4), _number(file, "I")
    if magic != b"GGUF" or version not in (2, 3):
        raise Malformed("it is no GGUF of version 2 or 3 in little-endian order")
    _, pairs = _number(file, "Q"), _number(file, "Q")
    budget = [MOST_VALUES]
    for _ in range(pairs):
        key = _text(file)
        yield key, list(_value(file, _number(file, "I"), budget, 0))


def _value(file: BinaryIO, kind: int, budget: list[int], depth: int) -> Iterator[str]:
    budget[0] -= 1
    if budget[0] < 0 or depth > MOST_DEPTH:
        raise Malformed(f"it has more than {MOST_VALUES:,} values")
    if kind == _STRING:
        yield _text(file)
    elif kind == _ARRAY:
        member, count = _number(file, "I"), _number(file, "Q")
        if member in _FIXED:
            file.seek(min(count, 1 << 40) * struct.calcsize(f"<{_FIXED[member]}"), 1)
            return
        for _ in range(count):
            yield from _value(file, member, budget, depth + 1)
    elif kind in _FIXED:
        _number(file, _FIXED[kind])
    else:
        raise Malformed("a value of no known type")


def _text(file: BinaryIO) -> str:
    length = _number(file, "Q")
    if length > MOST_STRING:
        raise Malformed(f"a string of more than {MOST_STRING:,} bytes")
    return _take(file, length).decode("utf-8", "replace")


def _number(file: BinaryIO, code: str) -> int:
    (value,) = struct.unpack(f"<{code}", _take(file, struct.calcsize(f"<{code}")))
    return int(value) if value == value else 0


def _take(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise Malformed("the header is cut off")
    return data


# ---- protocol buffers ----------------------------------------------------------------------------------

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field of a message (https://protobuf.dev/programming-guides/encoding/)."""
    at, size = 0, len(data)
    while at < size:
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise Malformed("a field without a number")
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        length = {_FIXED64: 8, _FIXED32: 4}.get(kind, 0)
        if kind == _BYTES:
            length, at = _varint(data, at)
        elif not length:
            raise Malformed("a field of no known kind")
        if at + length > size:
            raise Malformed("a field reaches beyond its message")
        yield number, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
    raise Malformed("a number without an end")


def inner(data: memoryview, *path: int) -> Iterator[memoryview]:
    """The messages or strings at a path of field numbers."""
    if not path:
        yield data
        return
    for number, value in fields(data):
        if number == path[0] and isinstance(value, memoryview):
            yield from inner(value, *path[1:])


def text_of(data: memoryview) -> str:
    return bytes(data[:MOST_STRING]).decode("utf-8", "replace")


def json_of(data: bytes) -> object:
    """A JSON text; None where it is none."""
    try:
        parsed: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return parsed
