"""Where files are: on this machine, or in an object store by its address; and how much of them may be read.

`s3://bucket/prefix`, `gs://bucket/prefix` and `abfss://container@account/prefix` are opened by Arrow's own
file systems, with the credentials and settings of the environment (AWS_ENDPOINT_URL, AWS_REGION ...). Only
what a reader asks for is fetched.
"""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

import msgspec

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

SCHEMES = ("s3://", "gs://", "gcs://", "abfs://", "abfss://")
CHUNK = 1 << 20
"""Bytes of one request."""


class Listed(msgspec.Struct, frozen=True, order=True):
    """A file: its name for people, how large it is, and why it is not opened."""

    name: str
    size: int = 0
    reason: str = ""


class Unreachable(Exception):
    """A place that cannot be listed, in a sentence."""


class Spent(Exception):
    """The budget is used up."""


class Budget:
    """Bytes that may be read in all; what was read, and in how many requests."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self.bytes = 0
        self.requests = 0

    def allows(self, count: int) -> int:
        """How many of these bytes may still be read; raises `Spent` when none."""
        if self._most is None:
            return count
        if self.bytes >= self._most:
            raise Spent(f"the budget of {self._most:,} bytes is used up")
        return min(count, self._most - self.bytes)

    def read(self, count: int) -> None:
        self.bytes += count
        self.requests += 1


class Store(Protocol):
    """Files that can be listed and opened."""

    def files(self) -> Iterator[Listed]: ...

    def open(self, listed: Listed) -> BinaryIO: ...


class Local:
    """A file, or all files below a folder; links are not followed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def files(self) -> Iterator[Listed]:
        yield from _below(self._path)

    def open(self, listed: Listed) -> BinaryIO:
        return Path(listed.name).open("rb", buffering=0)


def _below(path: Path) -> Iterator[Listed]:
    try:
        about = path.lstat()
        if stat.S_ISDIR(about.st_mode):
            for member in path.iterdir():
                yield from _below(member)
        elif stat.S_ISREG(about.st_mode):
            yield Listed(str(path), about.st_size)
        else:
            yield Listed(str(path), reason="it is a link or a device")
    except OSError as error:
        yield Listed(str(path), reason=f"it cannot be opened ({error.strerror or type(error).__name__})")


class Remote:
    """A prefix of an object store."""

    def __init__(self, address: str) -> None:
        scheme, _, rest = address.partition("://")
        self._scheme, self._root = f"{scheme}://", rest.rstrip("/")
        self._system = _system(scheme, rest)

    def files(self) -> Iterator[Listed]:
        from pyarrow.fs import FileSelector, FileType

        try:
            (root,) = self._system.get_file_info([self._root])
            selected = FileSelector(self._root, recursive=True)
            found = [root] if root.type == FileType.File else self._system.get_file_info(selected)
        except OSError as error:
            where = f"{self._scheme}{self._root}"
            raise Unreachable(f"{where} cannot be listed ({_short(error)}).") from None
        for each in found:
            if each.type == FileType.File:
                yield Listed(f"{self._scheme}{each.path}", each.size or 0)

    def open(self, listed: Listed) -> BinaryIO:
        return cast("BinaryIO", self._system.open_input_file(listed.name.removeprefix(self._scheme)))


def _system(scheme: str, rest: str) -> "FileSystem":
    from pyarrow import fs

    if scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
        override = {"endpoint_override": endpoint} if endpoint else {}
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return fs.S3FileSystem(**override, **({"region": region} if region else {}))
    if scheme in ("gs", "gcs"):
        return fs.GcsFileSystem()
    return fs.FileSystem.from_uri(f"{scheme}://{rest}")[0]


def _short(error: OSError) -> str:
    """What a store's error says first; the rest may hold addresses and keys."""
    return str(error).partition(":")[0][:80] or type(error).__name__


def store_of(address: str) -> Store:
    return Remote(address) if address.startswith(SCHEMES) else Local(Path(address))


class _Metered(io.RawIOBase):
    """A file whose reading is counted."""

    def __init__(self, inner: BinaryIO, budget: Budget) -> None:
        super().__init__()
        self._inner, self._budget = inner, budget

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]  # any buffer
        data = self._inner.read(self._budget.allows(len(buffer)))
        self._budget.read(len(data))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def close(self) -> None:
        self._inner.close()
        super().close()


def opened(store: Store, listed: Listed, budget: Budget) -> BinaryIO:
    """A file to read, counted; the last bytes that fit into the budget are read, and no more."""
    return io.BufferedReader(_Metered(store.open(listed), budget), CHUNK)
