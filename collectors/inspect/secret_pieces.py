"""Files cut into pieces that fit into memory; what is packed is unpacked there. Nothing is written to disk.

Two pieces overlap, and each owns half of what both hold: a secret on the border is whole in one of them, and
is told by it alone.
"""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO, Protocol

import msgspec

from collectors.inspect.readers import archives
from collectors.inspect.sample import Refusal, Unread

PIECE = 8 << 20
OVERLAP = 128 << 10
"""Bytes that two pieces share; half of it is more than any key in any form is long."""
MOST_PACKED = 256_000_000
"""Bytes of a packed file that is not on disk and must be held to be opened."""
MOST_READ = 8_000_000_000
"""Bytes of one file."""

_PACKED: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
)
_CLOSED: tuple[tuple[bytes, str], ...] = (
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"MSCF\x00\x00\x00\x00", "cabinet"),
    (b"\x1f\x9d", "compress"),
    (b"%PDF-", "PDF"),
    (b"PAR1", "Parquet"),
    (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"),
    (b"ARROW1\x00\x00", "Arrow"),
)
POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins whose content Git LFS keeps elsewhere."""
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


File = BinaryIO | io.RawIOBase
"""A file on disk or in memory, or a stream that is read once."""


class Readable(Protocol):
    """What bytes are read from, in order."""

    def read(self, size: int, /) -> bytes: ...


class Piece(msgspec.Struct, frozen=True):
    """A part of a file, as UTF-8 where it is text. `line` lines came before; what begins between the offsets
    `owns` and `until` is told of this piece. `whole` when it is all of the file. Never shown."""

    path: str
    data: bytes
    line: int
    owns: int
    until: int
    whole: bool

    def __repr__(self) -> str:
        return f"Piece({len(self.data)} bytes)"


def pieces(
    path: str, file: File, depth: int = 0, room: archives.Room | None = None
) -> Iterator[Piece | Refusal]:
    """The pieces of a file, or of all files in it when it is packed; and what of it could not be read.

    `room` is what the file that this one is in may still unfold to.
    """
    first = read(file, PIECE)
    kind = packing(first)
    if closed := next((name for magic, name in _CLOSED if first.startswith(magic)), ""):
        yield Refusal(path, f"what is packed in it is not read (it is a {closed} file)")
    if first.startswith(POINTER):
        yield Refusal(path, "its content is kept by Git LFS, and read only where that has it on this machine")
    if not kind:
        yield from _cut(path, first, file)
    elif depth >= archives.MOST_DEPTH:
        yield Refusal(path, f"archives more than {archives.MOST_DEPTH} deep are not opened")
    else:
        yield from _unpacked(path, first, file, kind, depth, room or archives.Room())


def packing(head: bytes) -> str:
    """How a file is packed, by its first bytes; empty when it is not."""
    if head[257:262] == b"ustar":
        return "tar"
    return next((kind for magic, kind in _PACKED if head.startswith(magic)), "")


def read(file: Readable, size: int) -> bytes:
    """So many bytes, fewer at the end only."""
    parts: list[bytes] = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unpacked(
    path: str, first: bytes, file: File, kind: str, depth: int, room: archives.Room
) -> Iterator[Piece | Refusal]:
    told = 0
    try:
        body, size = _held(first, file)
        for member in _members(body, kind, size, room):
            if isinstance(member, Unread):
                yield Refusal(path, f"not looked at: {member.what}")
                continue
            told += 1
            within = f"{path}!{member.name}" if member.name else path
            if member.content is None:
                yield Refusal(within, member.reason)
            else:
                yield from pieces(within, member.content, depth + 1, room)
    except archives.Refused as refused:
        yield Refusal(path, str(refused))
        if not told:
            yield from _cut(path, first, io.BytesIO())


def _members(body: BinaryIO, kind: str, size: int, room: archives.Room) -> Iterator[archives.Member | Unread]:
    if kind in ("zip", "tar"):
        yield from archives.members(body, kind, room)
        return
    content, whole = archives.unpacked(body, kind, size, room)
    yield archives.Member("", content)
    if not whole:
        yield Unread(f"what comes after its first {archives.MOST_BYTES:,} bytes unfolded")


def _held(first: bytes, file: File) -> tuple[BinaryIO, int]:
    """A packed file from its beginning, and its size: in memory unless it is on disk."""
    if not isinstance(file, io.RawIOBase) and file.seekable():
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        return file, size
    rest = read(file, MOST_PACKED - len(first))
    if len(first) + len(rest) >= MOST_PACKED:
        raise archives.Refused(f"it is packed and larger than {MOST_PACKED:,} bytes")
    return io.BytesIO(first + rest), len(first) + len(rest)


def _cut(path: str, first: bytes, file: Readable) -> Iterator[Piece | Refusal]:
    if encoding := next((name for mark, name in _MARKS if first.startswith(mark)), ""):
        yield from _decoded(path, first, file, encoding)
        return
    yield from _overlapping(path, first, file)


def _overlapping(path: str, data: bytes, file: Readable) -> Iterator[Piece | Refusal]:
    line = owns = 0
    done = len(data)
    while more := read(file, PIECE) if done >= PIECE else b"":
        if done > MOST_READ:
            yield Refusal(path, f"only its first {done:,} bytes were read")
            break
        yield Piece(path, data, line, owns, len(data) - OVERLAP // 2, whole=False)
        line += data.count(b"\n", 0, len(data) - OVERLAP)
        data, owns, done = data[-OVERLAP:] + more, OVERLAP // 2, done + len(more)
    if data:
        yield Piece(path, data, line, owns, len(data), whole=done == len(data))


def _decoded(path: str, first: bytes, file: Readable, encoding: str) -> Iterator[Piece | Refusal]:
    """A text of two or four bytes a character, as UTF-8."""
    if len(first) < PIECE:
        data = first.decode(encoding, "replace").encode()
        yield Piece(path, data, 0, 0, len(data), whole=True)
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = _Text(decoder, first, file)
    yield from _overlapping(path, read(text, PIECE), text)


class _Text:
    """A stream of UTF-8 made of a stream in another encoding."""

    def __init__(self, decoder: codecs.IncrementalDecoder, first: bytes, file: Readable) -> None:
        self._decoder, self._file = decoder, file
        self._ready = decoder.decode(first).encode()

    def read(self, size: int, /) -> bytes:
        while not self._ready and (raw := self._file.read(PIECE)):
            self._ready = self._decoder.decode(raw).encode()
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken
