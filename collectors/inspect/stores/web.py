"""What registries have in common: a server that is asked over HTTP, and strangers who chose what it answers.

Credentials go to the host that they are for, encrypted or to this machine, and nowhere else. An answer may
not lead to another host where nobody expects it, has a size that was agreed on, and does not change midway.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast
from urllib.parse import urljoin, urlsplit

import msgspec

from collectors.inspect.places import Listed
from collectors.inspect.ranges import Ranges

if TYPE_CHECKING:
    import requests
    from _typeshed import WriteableBuffer

LOCAL = ("localhost", "127.0.0.1", "::1")
HOST = re.compile(r"(?:[A-Za-z0-9](?:[\w.\-]{0,250}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,45}\])(?::\d{1,5})?")
SECONDS = (15, 120)
"""To connect, and between two pieces of an answer."""
MOST_ANSWER = 64_000_000
"""Bytes of one answer that is a list."""
FIRST = 1 << 16
"""Bytes that are asked for when a file is opened: enough to see what it is."""
HOPS = 5
REDIRECTS = (301, 302, 303, 307, 308)

Kind = TypeVar("Kind")


def is_local(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOCAL


def is_private(url: str) -> bool:
    """Whether nobody on the way can read along."""
    return urlsplit(url).scheme == "https" or is_local(url)


def base_of(host: str) -> str:
    """The address of a server: encrypted, but on this machine."""
    return f"http://{host}" if is_local(f"http://{host}") else f"https://{host}"


def below(folder: str, name: str) -> str:
    """A file's or folder's path below a folder. Raises `OSError` for a name that leads elsewhere."""
    path = PurePosixPath(name)
    odd = any(not each.isprintable() or each == "\\" for each in name)
    if not name or odd or path.is_absolute() or {"..", "."} & {*name.split("/")} or "//" in name:
        raise OSError(0, "its name leads out of its folder, or is none")
    return f"{folder}/{name.rstrip('/')}" if folder else name.rstrip("/")


class Web:
    """One server. `authorization` is a header's value: it goes to this server alone, and only if private."""

    def __init__(self, base: str, authorization: str = "") -> None:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        self.base, self.asked = base.rstrip("/"), 0
        self._authorization = authorization if is_private(base) else ""
        self._session = requests.Session()
        self._session.auth = self._authorised
        self._session.headers["Accept-Encoding"] = "identity"
        patient = Retry(
            total=3,
            redirect=0,
            backoff_factor=0.5,
            status_forcelist=(429, 502, 503, 504),
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=patient))

    def _authorised(self, request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        """Ours or none: the library would look for credentials of this machine."""
        if self._authorization and _origin(request.url or "") == _origin(self.base):
            request.headers["Authorization"] = self._authorization
        return request

    def json(self, path: str, kind: type[Kind], parameters: Mapping[str, str] | None = None) -> Kind:
        """An answer by its type; see `answer`."""
        return self.answer(path, kind, parameters)[0]

    def answer(
        self, path: str, kind: type[Kind], parameters: Mapping[str, str] | None = None
    ) -> tuple[Kind, "requests.Response"]:
        """An answer by its type, with its headers. Raises `OSError` in words that are ours."""
        self.asked += 1
        with self._get(path, parameters=parameters) as response:
            data = bytes(response.raw.read(MOST_ANSWER + 1))
        if len(data) > MOST_ANSWER:
            raise OSError(0, f"it answers more than {MOST_ANSWER:,} bytes")
        try:
            return msgspec.json.decode(data, type=kind), response
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise OSError(0, "its answer is not as its interface wants it") from None

    def file(self, path: str, size: int, *, elsewhere: bool = False) -> BinaryIO:
        """A file of a size that was told: by ranges, else as it comes, which then cannot be sought in.

        With `elsewhere` the server may send us to others, as those do whose files lie in many places.
        """
        if size == 0:
            return cast("BinaryIO", io.BytesIO())
        response = self._opened(path, f"bytes=0-{min(FIRST, size) - 1}", elsewhere=elsewhere)
        if response.status_code == 200:
            _is_as_large(response.headers.get("Content-Length"), size)
            return cast("BinaryIO", Flowing(response, size))
        with response:
            ranged = _Ranged(self, path, size, response, elsewhere=elsewhere)
        return cast("BinaryIO", Ranges(size, ranged.fetch))

    @contextmanager
    def _get(
        self,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        wanted: str = "",
        elsewhere: bool = False,
    ) -> Iterator["requests.Response"]:
        with self._opened(path, wanted, parameters=parameters, elsewhere=elsewhere) as response:
            yield response

    def _opened(
        self,
        path: str,
        wanted: str = "",
        *,
        parameters: Mapping[str, str] | None = None,
        elsewhere: bool = False,
    ) -> "requests.Response":
        import requests

        url = path if path.startswith(f"{self.base}/") else f"{self.base}/{path.lstrip('/')}"
        headers = {"Range": wanted} if wanted else {}
        get = partial(self._session.get, headers=headers, stream=True, timeout=SECONDS, allow_redirects=False)
        try:
            response = get(url, params=parameters)
            for _ in range(HOPS):
                if response.status_code not in REDIRECTS:
                    break
                response.close()
                url = self._next(url, response.headers.get("Location", ""), elsewhere=elsewhere)
                response = get(url)
        except requests.RequestException as error:
            raise OSError(0, f"it cannot be asked: {type(error).__name__}") from None
        if response.status_code not in (200, 206):
            response.close()
            raise OSError(0, _SAID.get(response.status_code, f"it answers {response.status_code}"))
        if response.headers.get("Content-Encoding", "identity") != "identity":
            response.close()
            raise OSError(0, "it answers in another encoding than was asked for")
        return response

    def _next(self, url: str, location: str, *, elsewhere: bool) -> str:
        """Where an answer sends us, if we go there."""
        try:
            to = urljoin(url, location)
            parts = urlsplit(to)
            same = _origin(to) == _origin(url)
        except ValueError:
            raise OSError(0, "it sends us to an address that is none") from None
        if not location or parts.username or parts.password:
            raise OSError(0, "it sends us to an address that is none")
        if not same and not elsewhere:
            raise OSError(0, "it sends us to another server")
        secure = parts.scheme == "https" or (parts.scheme == "http" and is_local(to) and is_local(self.base))
        if not secure or (is_local(to) and not is_local(self.base)):
            raise OSError(0, "it sends us to a server that is not safe")
        return to


_SAID = {
    401: "it wants credentials, or others",
    403: "it does not allow it",
    404: "it is not there, or not to be seen with these credentials",
    **dict.fromkeys(REDIRECTS, "it sends us round in circles"),
}


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def _is_as_large(told: str | None, size: int) -> None:
    if told is not None and told != str(size):
        raise OSError(0, "it is not as large as it was listed")


class _Ranged:
    """Ranges of one file, the first of which is there; all of one state of it."""

    def __init__(
        self, web: Web, path: str, size: int, first: "requests.Response", *, elsewhere: bool
    ) -> None:
        self._web, self._path, self._size, self._elsewhere = web, path, size, elsewhere
        self._tag = first.headers.get("ETag", "")
        self._first = self._part(first, 0, min(FIRST, size))

    def fetch(self, start: int, count: int) -> bytes:
        if start + count <= len(self._first):
            return self._first[start : start + count]
        wanted = f"bytes={start}-{start + count - 1}"
        with self._web._get(self._path, wanted=wanted, elsewhere=self._elsewhere) as response:
            if response.headers.get("ETag", "") != self._tag:
                raise OSError(0, "it changed while it was read")
            return self._part(response, start, count)

    def _part(self, response: "requests.Response", start: int, count: int) -> bytes:
        found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status_code != 206 or found is None or found[1] != str(start):
            raise OSError(0, "it answers another part than was asked for")
        _is_as_large(found[3], self._size)
        data = _some(response, count)
        if len(data) < count:
            raise OSError(0, "it is shorter than it was listed")
        return data


def _some(response: "requests.Response", count: int) -> bytes:
    """So many bytes of an answer, or as many as there are."""
    import urllib3

    parts: list[bytes] = []
    try:
        while count > 0 and (part := response.raw.read(min(count, 1 << 20))):
            parts.append(part)
            count -= len(part)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise OSError(0, f"it broke off: {type(error).__name__}") from None
    return b"".join(parts)


class Flowing(io.RawIOBase):
    """A file that a server gives as a whole only, of a size that was told; read once, from its start."""

    def __init__(self, response: "requests.Response", size: int) -> None:
        super().__init__()
        self._response, self._left = response, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        data = _some(self._response, min(len(view), self._left))
        view[: len(data)] = data
        self._left -= len(data)
        if not data and self._left:
            raise OSError(0, "it is shorter than it was listed")
        if not self._left and data and _some(self._response, 1):
            raise OSError(0, "it is longer than it was listed")
        return len(data)

    def close(self) -> None:
        self._response.close()
        super().close()


def refused(name: str, reason: str) -> Listed:
    """Something of a registry that is not opened, under a name that can be shown."""
    from collectors.inspect.model_names import printable

    return Listed(printable(name), reason=reason)
