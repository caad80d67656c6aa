"""A model file and what is in it: members of archives, what compressed data unfolds to, all within bounds.

Loaders of models are laxer than archivers: PyTorch ignores checksums, local names and the flag of encryption.
So is this, or a member that they load would not be looked at.
"""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol, cast

import msgspec

from collectors.inspect.model_format import ARCHIVES, COMPRESSED, HEAD, format_of, is_called_a_model
from collectors.inspect.model_names import printable

MOST_BYTES = 200_000_000
"""Bytes that one member may unfold to."""
IN_ALL = 800_000_000
MOST_MEMBERS = 20_000
MOST_DEPTH = 5
UNUSUAL = 0x20 | 0x40 | 0x2000
"""Flags of zip for patches, strong encryption and masked headers: strict readers refuse, lax ones do not."""


class Member(msgspec.Struct, frozen=True):
    """A file, or one inside it. `place` is empty for the file itself, else the names on the way."""

    place: str
    kind: str
    file: BinaryIO


class Gap(msgspec.Struct, frozen=True):
    """What could not be looked into, and why."""

    place: str
    reason: str


class Oddity(msgspec.Struct, frozen=True):
    """What an honest archiver does not make."""

    place: str
    rule: str


Found = Member | Gap | Oddity


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _TooMuch(Exception):
    """A member is larger than what is unfolded."""


class Bounds:
    """What may still be unfolded of one file."""

    def __init__(self) -> None:
        self._bytes, self._members = IN_ALL, MOST_MEMBERS

    def unfold(self, source: _Readable, start: bytes = b"") -> BinaryIO:
        parts, got = [start], len(start)
        while part := source.read(1 << 20):
            parts.append(part)
            got += len(part)
            if got > min(MOST_BYTES, self._bytes):
                raise _TooMuch
        self._bytes -= got
        return io.BytesIO(b"".join(parts))

    def member(self) -> bool:
        self._members -= 1
        return self._members >= 0


def members(file: BinaryIO, name: str, bounds: Bounds | None = None) -> Iterator[Found]:
    """A file, and all that is in it; `name` is its own."""
    yield from _members(file, name, "", bounds or Bounds(), 0)


def _members(file: BinaryIO, name: str, place: str, bounds: Bounds, depth: int) -> Iterator[Found]:
    kind = format_of(file, name)
    yield Member(place, kind, file)
    if kind not in COMPRESSED and kind not in ARCHIVES and not _is_also_zip(file):
        return
    if depth >= MOST_DEPTH:
        yield Gap(place, f"archives more than {MOST_DEPTH} deep are not opened")
        return
    if kind in COMPRESSED:
        yield from _compressed(file, name, place, kind, bounds, depth)
    elif kind == "tar":
        yield from _tarred(file, place, bounds, depth)
    else:
        if kind not in ARCHIVES:
            yield Oddity(place, "it is a zip archive too")
        yield from _zipped(file, place, bounds, depth)


def _is_also_zip(file: BinaryIO) -> bool:
    """Readers of zip archives begin at the end: anything may stand before."""
    file.seek(0, io.SEEK_END)
    file.seek(max(0, file.tell() - 65_557))
    tail = file.read()
    file.seek(0)
    return b"PK\x05\x06" in tail and zipfile.is_zipfile(file)


# ---- compressed ----------------------------------------------------------------------------------------


class _Zlib:
    """A zlib stream as a file; joblib writes such, in old versions behind a header of its own."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        file.seek(start)
        self._file, self._inflate = file, zlib.decompressobj()

    def read(self, size: int = -1, /) -> bytes:
        while not self._inflate.eof:
            data = self._inflate.unconsumed_tail or self._file.read(1 << 16)
            if not data:
                raise EOFError
            if out := self._inflate.decompress(data, size if size > 0 else 1 << 20):
                return out
        return b""


_OPENERS: Mapping[str, Callable[[BinaryIO], _Readable]] = {
    "gzip": lambda raw: gzip.GzipFile(fileobj=raw),
    "bzip2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
    "zlib": lambda raw: _Zlib(raw, 0),
    "joblib": lambda raw: _Zlib(raw, 2 + 19),  # joblib/numpy_pickle_compat.py: _ZFILE_PREFIX, _MAX_LEN
}


def _compressed(
    file: BinaryIO, name: str, place: str, kind: str, bounds: Bounds, depth: int
) -> Iterator[Found]:
    if kind not in _OPENERS:
        yield Gap(place, f"no reader for {kind}")
        return
    file.seek(0)
    try:
        inner = bounds.unfold(_OPENERS[kind](file))
    except _TooMuch:
        yield Gap(place, f"it unfolds to more than {MOST_BYTES:,} bytes")
    except (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError):
        if kind != "zlib":  # of two bytes alone nobody can tell that it is zlib
            yield Gap(place, f"the {kind} data is broken")
        elif _begins_as_zlib(file):
            yield Gap(place, "the zlib data is broken")
    else:
        bare = name.replace(".tgz", ".tar.gz").rpartition(".")[0] or name
        yield from _members(inner, bare, _below(place, "unfolded"), bounds, depth + 1)


def _begins_as_zlib(file: BinaryIO) -> bool:
    file.seek(0)
    try:
        return bool(zlib.decompressobj().decompress(file.read(HEAD), 1024))
    except zlib.error:
        return False


def _below(place: str, name: str) -> str:
    return f"{place}!{printable(name)}" if place else printable(name)


# ---- archives ------------------------------------------------------------------------------------------


def _zipped(file: BinaryIO, place: str, bounds: Bounds, depth: int) -> Iterator[Found]:
    from picklescan.relaxed_zipfile import RelaxedZipFile

    try:
        archive = RelaxedZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        yield Gap(place, "the zip archive is broken")
        return
    with archive:
        listed = archive.infolist()
        yield from _oddities(file, listed, place)
        for each in listed:
            if not bounds.member():
                yield Gap(place, f"it has more than {MOST_MEMBERS:,} members")
                return
            if each.is_dir() and not each.file_size:
                continue
            if each.flag_bits & 1:
                yield Gap(_below(place, each.filename), "it says that it is encrypted")
                each.flag_bits &= ~1
            opened = partial(_unzipped, archive, each)
            below = _below(place, each.filename)
            yield from _member(opened, each.filename, below, bounds, depth, says=(each.file_size, each.CRC))


def _unzipped(archive: zipfile.ZipFile, about: zipfile.ZipInfo) -> _Readable:
    return cast("_Readable", archive.open(about))


def _oddities(file: BinaryIO, listed: list[zipfile.ZipInfo], place: str) -> Iterator[Oddity]:
    names = [each.filename for each in listed]
    if len(set(names)) < len(names):
        yield Oddity(place, "two members have one name")
    if any("\0" in each.orig_filename for each in listed):
        yield Oddity(place, "a name goes on behind its end")
    if any(_leads_out(name) for name in names):
        yield Oddity(place, "a name leads out of the archive")
    if any(each.flag_bits & UNUSUAL for each in listed):
        yield Oddity(place, "a member is marked as patched or encrypted in a way that nothing reads")
    if any(_named_twice(file, each) for each in listed[:1000]):
        yield Oddity(place, "a member has two names")


def _named_twice(file: BinaryIO, about: zipfile.ZipInfo) -> bool:
    """Whether the header before a member gives another name than the directory at the end."""
    if about.header_offset < 0:
        return True
    file.seek(about.header_offset)
    header = file.read(30)
    if len(header) < 30:
        return False
    (length,) = struct.unpack("<H", header[26:28])
    name = file.read(length)
    return name not in (about.orig_filename.encode("utf-8", "replace"), _cp437(about.orig_filename))


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or name[1:2] == ":"


def _cp437(name: str) -> bytes:
    return name.encode("cp437", "replace")


def _tarred(file: BinaryIO, place: str, bounds: Bounds, depth: int) -> Iterator[Found]:
    try:
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for each in archive:
                if not bounds.member():
                    yield Gap(place, f"it has more than {MOST_MEMBERS:,} members")
                    return
                if _leads_out(each.name) or (each.linkname and _leads_out(each.linkname)):
                    yield Oddity(place, "a name leads out of the archive")
                if each.isfile():
                    inner = partial(_extracted, archive, each)
                    yield from _member(inner, each.name, _below(place, each.name), bounds, depth)
    except (tarfile.TarError, OSError, EOFError, ValueError):
        yield Gap(place, "the tar archive is broken")


def _fits(content: BinaryIO, size: int, checksum: int) -> bool:
    value, got = 0, 0
    while part := content.read(1 << 20):
        value, got = zlib.crc32(part, value), got + len(part)
    content.seek(0)
    return (got, value) == (size, checksum)


def _extracted(archive: tarfile.TarFile, about: tarfile.TarInfo) -> _Readable:
    inner = archive.extractfile(about)
    if inner is None:
        raise OSError(0, "it has no content")
    return cast("_Readable", inner)


def _member(
    opened: Callable[[], _Readable],
    name: str,
    place: str,
    bounds: Bounds,
    depth: int,
    *,
    says: tuple[int, int] | None = None,
) -> Iterator[Found]:
    """A member; of one in no known format, such as bare numbers, only the start is read."""
    try:
        content = opened()
        start = content.read(HEAD)
        if format_of(io.BytesIO(start), name) in ("unknown", "empty"):
            if start and is_called_a_model(name):
                yield Gap(place, "it is called a model and is in no format that is known")
            return
        inner = bounds.unfold(content, start)
        if says is not None and not _fits(inner, *says):
            yield Oddity(place, "its size or checksum is not as the archive says")
    except _TooMuch:
        yield Gap(place, f"it unfolds to more than {MOST_BYTES:,} bytes")
    except (zipfile.BadZipFile, OSError, RuntimeError, EOFError, lzma.LZMAError, zlib.error, ValueError):
        yield Gap(place, "it cannot be read")
    else:
        yield from _members(inner, name, place, bounds, depth + 1)
