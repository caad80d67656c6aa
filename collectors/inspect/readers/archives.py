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
from typing import BinaryIO, Protocol

MOST_BYTES = 128_000_000
"""Bytes that one file may unfold to, all members together."""
MOST_RATIO = 400
"""How many times larger than itself a file may become."""
MOST_MEMBERS = 2_000
MOST_DEPTH = 3


class Refused(Exception):
    """Why something is not looked at."""


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def unpacked(file: BinaryIO, kind: str, size: int) -> BinaryIO:
    """What a compressed file holds, in memory."""
    opened: Mapping[str, Callable[[BinaryIO], _Readable]] = {
        "gzip": lambda raw: gzip.GzipFile(fileobj=raw),
        "bzip2": bz2.BZ2File,
        "xz": lzma.LZMAFile,
    }
    try:
        return io.BytesIO(_read(opened[kind](file), size))
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise Refused(f"the {kind} data is broken ({type(error).__name__})") from None


def _read(source: _Readable, size: int) -> bytes:
    """All of it, but no more than the bounds allow."""
    most = min(MOST_BYTES, max(1_000_000, size * MOST_RATIO))
    parts: list[bytes] = []
    got = 0
    while part := source.read(1 << 20):
        got += len(part)
        if got > most:
            raise Refused(f"it unfolds to more than {most:,} bytes, {most // max(1, size):,} times its size")
        parts.append(part)
    return b"".join(parts)


def members(file: BinaryIO, kind: str) -> Iterator[tuple[str, BinaryIO | None, str]]:
    """The files in an archive: name, content, and why there is none."""
    yield from _zipped(file) if kind == "zip" else _tarred(file)


def _zipped(file: BinaryIO) -> Iterator[tuple[str, BinaryIO | None, str]]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise Refused("the zip archive is broken") from None
    with archive:
        for number, each in enumerate(archive.infolist()):
            if number >= MOST_MEMBERS:
                raise Refused(f"it has more than {MOST_MEMBERS:,} members")
            if each.is_dir():
                continue
            if reason := _wrong(each.filename):
                yield each.filename, None, reason
                continue
            try:
                with archive.open(each) as inner:
                    yield each.filename, io.BytesIO(_read(inner, max(each.compress_size, 1))), ""
            except Refused as refused:
                yield each.filename, None, str(refused)
            except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
                yield each.filename, None, f"it cannot be read ({type(error).__name__})"


def _tarred(file: BinaryIO) -> Iterator[tuple[str, BinaryIO | None, str]]:
    try:
        with tarfile.open(fileobj=file, mode="r:*") as archive:
            for number, each in enumerate(archive):
                if number >= MOST_MEMBERS:
                    raise Refused(f"it has more than {MOST_MEMBERS:,} members")
                if each.isdir():
                    continue
                reason = _wrong(each.name) or ("" if each.isfile() else "it is a link or a device")
                inner = None if reason else archive.extractfile(each)
                if inner is None:
                    yield each.name, None, reason or "it has no content"
                    continue
                try:
                    yield each.name, io.BytesIO(_read(inner, max(each.size, 1))), ""
                except Refused as refused:
                    yield each.name, None, str(refused)
    except (tarfile.TarError, OSError, EOFError, lzma.LZMAError):
        raise Refused("the tar archive is broken") from None


def _wrong(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name[:2]:
        return "its name leads out of the archive"
    return ""
