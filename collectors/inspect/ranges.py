"""A file of which somebody gives any range of bytes: in an object store, or in another process."""

import io
from collections.abc import Callable

Fetch = Callable[[int, int], bytes]
"""So many bytes (the second) from an offset (the first)."""


class Ranges(io.RawIOBase):
    """A file of so many bytes, fetched as they are read."""

    def __init__(self, size: int, fetch: Fetch) -> None:
        super().__init__()
        self._size, self._fetch, self._place = size, fetch, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]  # any buffer
        count = min(len(buffer), max(0, self._size - self._place))
        if count == 0:
            return 0
        data = self._fetch(self._place, count)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._place = max(0, (0, self._place, self._size)[whence] + offset)
        return self._place

    def tell(self) -> int:
        return self._place
