"""What all object stores have in common: a prefix that is listed, objects that are read by ranges."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, cast

from collectors.inspect.places import Listed, Unreachable
from collectors.inspect.prices import prices
from collectors.inspect.ranges import Ranges

PAGE = 1_000
"""Objects of one request that lists, at most; Azure gives more."""


class Remote:
    """A prefix: the object of that name, and all below it as below a folder."""

    scheme = ""

    def __init__(self, address: str) -> None:
        self._shown, _, rest = address.partition("://")
        self._container, _, key = rest.partition("/")
        self._key = key.strip("/")
        self.price = prices()[self.scheme]
        self.lists = 0

    def files(self) -> Iterator[Listed]:
        below = f"{self._key}/" if self._key else ""
        found = False
        try:
            with told_in_a_word():
                for key, size in self._both(below):
                    found = True
                    yield Listed(f"{self._shown}://{self._container}/{key}", size)
        except OSError as error:
            raise Unreachable(f"{self._address()} cannot be listed ({error.strerror}).") from None
        if self._key and not found:
            raise Unreachable(f"{self._address()} cannot be listed (nothing is there).")

    def _both(self, below: str) -> Iterator[tuple[str, int]]:
        if self._key:
            yield from self._objects(self._key, exact=True)
        yield from self._objects(below, exact=False)

    def _objects(self, prefix: str, *, exact: bool) -> Iterator[tuple[str, int]]:
        """Names and sizes; with `exact` the one that is called so. Folders that are objects are left out."""
        raise NotImplementedError

    def _fetch(self, key: str, start: int, count: int) -> bytes:
        raise NotImplementedError

    def _range(self, key: str, start: int, count: int) -> bytes:
        with told_in_a_word():
            return self._fetch(key, start, count)

    def open(self, listed: Listed) -> BinaryIO:
        key = listed.name.removeprefix(f"{self._shown}://{self._container}/")
        file = Ranges(listed.size, partial(self._range, key))
        return cast("BinaryIO", file)

    def _address(self) -> str:
        from collectors.inspect.naming import shown

        return shown(f"{self._shown}://{self._container}/{self._key}".rstrip("/"))


@contextmanager
def told_in_a_word() -> Iterator[None]:
    """What a provider's client raises, as an `OSError` of one word: its texts hold names, and more."""
    try:
        yield
    except Unreachable:
        raise
    except Exception as error:  # noqa: BLE001 - each provider has its own family, and several have no root
        raise OSError(None, _word(error)) from None


_WORD = re.compile(r"[A-Za-z]\w{2,60}")


def _word(error: Exception) -> str:
    """The provider's code for what went wrong, else the kind of error."""
    if type(error) is OSError and error.strerror:
        return error.strerror
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    code = code or getattr(error, "error_code", "") or getattr(error, "reason", "")
    text = str(getattr(code, "value", code) or "")
    return text if _WORD.fullmatch(text) else type(error).__name__
