"""Where files are: on this machine, in an object store or a registry of models by its address; and how much
may be read."""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from collectors.inspect.prices import FREE, Price, prices
from collectors.inspect.provenance import Provenance
from collectors.inspect.ranges import Ranges

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SCHEMES = ("s3://", "gs://", "gcs://", "abfs://", "abfss://", "mlflow://", "hf://", "oci://")


class Listed(msgspec.Struct, frozen=True, order=True):
    """A file: its name, as its store has it, how large it is, why it is not opened; what a registry says of
    where it comes from, and the digest by which those who load it know it."""

    name: str
    size: int = 0
    reason: str = ""
    said: tuple[Provenance, ...] = ()
    digest: str = ""


MOST_READ = 130_000_000
"""Bytes that are read of one file at most: an Avro file's blocks, twice, to find and to read them."""
CHUNK, SMALL = 1 << 20, 4 << 20
"""Bytes that are asked for at once, and of a file that is asked for whole."""
MOST_KEPT = 2_000_000_000
"""Bytes of a file that is kept in memory because its server gives it as a whole only."""


def most_of(file: Listed) -> tuple[int, int]:
    """Bytes and requests that reading a file takes at most; a reader stops at its sample."""
    if file.reason:
        return 0, 0
    read = min(file.size, MOST_READ)
    return read, 1 if file.size <= SMALL else read // CHUNK + 4


class Unreachable(Exception):
    """A place that cannot be listed, in a sentence."""


class Spent(Exception):
    """The budget is used up."""


class Budget:
    """Bytes, requests and dollars that may be spent in all (None: any), and what was."""

    def __init__(
        self, most: int | None = None, *, requests: int | None = None, dollars: float | None = None
    ) -> None:
        self._most, self._most_requests, self._most_dollars = most, requests, dollars
        self.bytes = 0
        self.requests = 0
        self.dollars = 0.0

    def allows(self, count: int, price: float = 0.0) -> int:
        """How many of these bytes may still be read by one request; raises `Spent` when none."""
        if self._most_requests is not None and self.requests >= self._most_requests:
            raise Spent(f"the budget of {self._most_requests:,} requests is used up")
        if price and self._most_dollars is not None and self.dollars + price > self._most_dollars:
            raise Spent(f"the budget of ${self._most_dollars:,.6g} is used up")
        if self._most is None:
            return count
        if self.bytes >= self._most:
            raise Spent(f"the budget of {self._most:,} bytes is used up")
        return min(count, self._most - self.bytes)

    def read(self, count: int, price: float = 0.0) -> None:
        self.bytes += count
        self.requests += 1
        self.dollars += price

    def listed(self, requests: int, price: float) -> None:
        """Requests that listed: they had to be made, whatever is left."""
        self.requests += requests
        self.dollars += requests * price


class Store(Protocol):
    """Files that can be listed and opened."""

    @property
    def price(self) -> Price:
        """What a request costs."""

    @property
    def lists(self) -> int:
        """Requests that were made for lists."""

    def files(self) -> Iterator[Listed]: ...

    def open(self, listed: Listed) -> BinaryIO: ...


class Local:
    """A file, or all files below a folder; links are not followed."""

    price = FREE
    lists = 0

    def __init__(self, path: Path) -> None:
        self._path = path

    def files(self) -> Iterator[Listed]:
        waiting = [self._path]
        while waiting:
            path = waiting.pop()
            try:
                about = path.lstat()
                if stat.S_ISDIR(about.st_mode):
                    waiting.extend(sorted(path.iterdir(), reverse=True))
                elif stat.S_ISREG(about.st_mode):
                    yield Listed(str(path), about.st_size)
                else:
                    yield Listed(str(path), reason="it is a link or a device")
            except OSError as error:
                reason = f"it cannot be opened ({error.strerror or type(error).__name__})"
                yield Listed(str(path), reason=reason)

    def open(self, listed: Listed) -> BinaryIO:
        """Raises `OSError`; a pipe that took a file's place since it was listed is not waited for."""
        descriptor = os.open(listed.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        return os.fdopen(descriptor, "rb", buffering=0)


def store_of(address: str) -> Store:
    """The store of an address. Raises `Unreachable` where there are no credentials or no such place."""
    if not address.startswith(SCHEMES):
        return Local(Path(address))
    from collectors.inspect.stores import remote

    return remote(address)


class _Metered(io.RawIOBase):
    """A file whose reading is counted."""

    def __init__(self, inner: BinaryIO, budget: Budget, price: float) -> None:
        super().__init__()
        self._inner, self._budget, self._price = inner, budget, price

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._inner.seekable()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        data = self._inner.read(self._budget.allows(len(view), self._price))
        self._budget.read(len(data), self._price)
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Spooled(Ranges):
    """A file that comes from its start only, kept in memory as far as it was asked for."""

    def __init__(self, inner: io.RawIOBase, size: int) -> None:
        super().__init__(size, self._part)
        if size > MOST_KEPT:
            raise OSError(0, f"more than {MOST_KEPT:,} bytes are not fetched where there are no ranges")
        self._inner, self._got = inner, 0
        self._kept = os.fdopen(os.memfd_create("fetched"), "w+b")

    def _part(self, start: int, count: int) -> bytes:
        self._kept.seek(self._got)
        while self._got < start + count and (part := self._inner.read(CHUNK)):
            self._kept.write(part)
            self._got += len(part)
        self._kept.seek(start)
        return self._kept.read(count)

    def close(self) -> None:
        self._kept.close()
        self._inner.close()
        super().close()


def opened(store: Store, listed: Listed, budget: Budget) -> io.RawIOBase:
    """A file to read, counted; the last bytes that fit into the budget are read, and no more.

    What a registry lists may lie in an object store, and costs what it costs there.
    """
    price = prices().get(listed.name.partition("://")[0], store.price).read
    budget.allows(1, price)
    metered = _Metered(store.open(listed), budget, price)
    return metered if metered.seekable() else _Spooled(metered, listed.size)
