"""Compressed and archived files, opened within bounds: their members are files like any other.

Nothing is written to disk. What goes beyond the bounds, or whose name leads out, is refused and said.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol, cast

import msgspec

from collectors.inspect.sample import Unread

MOST_BYTES = 128_000_000
"""Bytes that one file may unfold to: all members, and what is in them, together."""
MOST_RATIO = 400
"""How many times larger than itself a file may become."""
MOST_MEMBERS = 2_000
MOST_DEPTH = 3


class Refused(Exception):
    """Why something is not looked at."""


class Room:
    """Bytes that may still be unfolded of one file."""

    def __init__(self) -> None:
        self.left = MOST_BYTES

    def take(self, count: int) -> None:
        self.left -= count


class Member(msgspec.Struct, frozen=True):
    """A file in an archive: its content, or why there is none."""

    name: str
    content: BinaryIO | None
    reason: str = ""


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def unpacked(file: BinaryIO, kind: str, size: int, room: Room) -> tuple[BinaryIO, bool]:
    """What a compressed file holds, in memory, as far as there is room; and whether that is all of it."""
    opened: Mapping[str, Callable[[BinaryIO], _Readable]] = {
        "gzip": lambda raw: gzip.GzipFile(fileobj=raw),
        "bzip2": bz2.BZ2File,
        "xz": lzma.LZMAFile,
        "zstd": lambda raw: _by_arrow(raw, "zstd"),
        "lz4": lambda raw: _by_arrow(raw, "lz4"),
    }
    try:
        data, whole = _read(opened[kind](file), size, room)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise Refused(f"the {kind} data is broken ({type(error).__name__})") from None
    return io.BytesIO(data), whole


def _by_arrow(file: BinaryIO, codec: str) -> _Readable:
    import pyarrow as pa

    return cast("_Readable", pa.CompressedInputStream(pa.PythonFile(file, mode="r"), codec))


def _read(source: _Readable, size: int, room: Room) -> tuple[bytes, bool]:
    """All of it, or the first part that there is room for; refused when it grows beyond the ratio."""
    most = max(1_000_000, size * MOST_RATIO)
    parts: list[bytes] = []
    got = 0
    while part := source.read(min(1 << 20, room.left + 1)):
        got += len(part)
        if got > most:
            raise Refused(f"it unfolds to more than {most:,} bytes, {most // max(1, size):,} times its size")
        if len(part) > room.left:
            parts.append(part[: room.left])
            room.take(room.left)
            return b"".join(parts), False
        room.take(len(part))
        parts.append(part)
    return b"".join(parts), True


def members(file: BinaryIO, kind: str, room: Room) -> Iterator[Member | Unread]:
    """The files in an archive, and how many were left out where a bound is reached."""
    yield from _zipped(file, room) if kind == "zip" else _tarred(file, room)


def _zipped(file: BinaryIO, room: Room) -> Iterator[Member | Unread]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise Refused("the zip archive is broken") from None
    with archive:
        files = [each for each in archive.infolist() if not each.is_dir()]
        for number, each in enumerate(files):
            if number >= MOST_MEMBERS or room.left <= 0:
                yield Unread(f"{len(files) - number:,} of its {len(files):,} members ({_bound(room)})")
                return
            yield _unzipped(archive, each, room)


def _unzipped(archive: zipfile.ZipFile, about: zipfile.ZipInfo, room: Room) -> Member:
    if reason := _wrong(about.filename):
        return Member(about.filename, None, reason)
    try:
        with archive.open(about) as inner:
            return _member(about.filename, inner, max(about.compress_size, 1), room)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        return Member(about.filename, None, f"it cannot be read ({type(error).__name__})")


def _member(name: str, inner: _Readable, size: int, room: Room) -> Member:
    try:
        data, whole = _read(inner, size, room)
    except Refused as refused:
        return Member(name, None, str(refused))
    return Member(name, io.BytesIO(data)) if whole else Member(name, None, _bound(room))


def _tarred(file: BinaryIO, room: Room) -> Iterator[Member | Unread]:
    try:
        with tarfile.open(fileobj=file, mode="r:*") as archive:
            number = 0
            for each in archive:
                if each.isdir():
                    continue
                if number >= MOST_MEMBERS or room.left <= 0:
                    yield Unread(f"its members after the first {number:,} ({_bound(room)})")
                    return
                number += 1
                yield _untarred(archive, each, room)
    except (tarfile.TarError, OSError, EOFError, lzma.LZMAError):
        raise Refused("the tar archive is broken") from None


def _untarred(archive: tarfile.TarFile, about: tarfile.TarInfo, room: Room) -> Member:
    if reason := _wrong(about.name) or ("" if about.isfile() else "it is a link or a device"):
        return Member(about.name, None, reason)
    inner = archive.extractfile(about)
    if inner is None:
        return Member(about.name, None, "it has no content")
    return _member(about.name, inner, max(about.size, 1), room)


def _bound(room: Room) -> str:
    if room.left > 0:
        return f"more than {MOST_MEMBERS:,} are not opened"
    return f"the file unfolds to more than {MOST_BYTES:,} bytes"


def _wrong(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name[:2]:
        return "its name leads out of the archive"
    return ""
