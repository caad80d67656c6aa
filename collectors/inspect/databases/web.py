"""What readers of databases with an HTTP interface share: keys go encrypted or to this machine, to the host
that they are for; redirects are not followed; an answer has its bounds; errors are told in words.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from collectors.inspect.databases import Closed
from collectors.inspect.secret_sources.access import private

if TYPE_CHECKING:
    import requests

MOST_BYTES = 64_000_000
"""Bytes of one answer."""
SECONDS = 60
TRIES = 3
PAUSE = 0.5
"""Seconds before a request that came at a bad time is made again; then twice as many."""
BUSY = (429, 502, 503, 504)

Sign = Callable[[str, str, bytes], Mapping[str, str]]
"""The headers that say who asks, for a method, an address and a body."""
Answer = TypeVar("Answer")


class Refused(Closed):
    """A request that was answered with an error."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


class Web:
    """One host. `service` is what it is called in sentences, `reasons` are sentences by status."""

    def __init__(self, base: str, service: str, sign: Sign, reasons: Mapping[int, str]) -> None:
        import requests

        if not private(base):
            raise Closed(f"{service} is asked by https, and by http on this machine only")
        self._base, self._service, self._sign, self._reasons = base.rstrip("/"), service, sign, reasons
        self._session = requests.Session()
        self._session.auth = _nobody
        self._session.trust_env = base.startswith("https:")  # else a proxy could read along
        self.requests = self.bytes = 0

    def ask(
        self,
        kind: type[Answer],
        path: str,
        query: Mapping[str, str | Sequence[str]] | None = None,
        body: object = None,
        *,
        method: str = "GET",
    ) -> Answer:
        """What is answered, as its type. Raises `Refused` for errors, `Closed` for what is no such answer."""
        url = f"{self._base}{path}{'?' + urlencode(query, doseq=True) if query else ''}"
        data = b"" if body is None else msgspec.json.encode(body)
        answered = self._answered(method, url, data)
        try:
            return msgspec.json.decode(answered, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Closed(f"what answers there does not speak as {self._service} does") from None

    def _answered(self, method: str, url: str, data: bytes) -> bytes:
        import requests

        for number in range(TRIES):
            if number:
                time.sleep(PAUSE * 2 ** (number - 1))
            try:
                status, body = self._once(method, url, data)
            except (requests.RequestException, OSError, ValueError) as error:
                raise Closed(f"{self._service} cannot be asked ({type(error).__name__})") from None
            if status not in BUSY:
                break
        if 300 <= status < 400:
            raise Refused(f"{self._service} sends on to another address, which is not followed", status)
        if status != 200:
            raise Refused(
                self._reasons.get(status, f"{self._service} answered with an error ({status})"), status
            )
        return body

    def _once(self, method: str, url: str, data: bytes) -> tuple[int, bytes]:
        headers = {"User-Agent": "crownpath", "Accept": "application/json", **self._sign(method, url, data)}
        if data:
            headers["Content-Type"] = "application/json"
        with self._session.request(
            method,
            url,
            data=data or None,
            headers=headers,
            stream=True,
            timeout=SECONDS,
            allow_redirects=False,
        ) as answer:
            self.requests += 1
            body = bytes(answer.raw.read(MOST_BYTES + 1, decode_content=True))
            self.bytes += len(body)
        if len(body) > MOST_BYTES:
            raise Closed(f"an answer of {self._service} is larger than {MOST_BYTES:,} bytes")
        return answer.status_code, body


def base_of(host: str) -> str:
    """Where a host is asked: by https, this machine by http."""
    local = urlsplit(f"//{host}").hostname in ("localhost", "127.0.0.1", "::1")
    return f"{'http' if local else 'https'}://{host}"


def host_of(address: str, form: str) -> tuple[str, str]:
    """Host with port, and what stands behind it. Raises `Closed` with the form an address should have."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise Closed(form) from None
    rest = parts.path.strip("/")
    if not parts.hostname or parts.username is not None or "/" in rest or parts.query or parts.fragment:
        raise Closed(form)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{name}:{port}" if port else name, rest


def in_path(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


def _nobody(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
    """The library would look for credentials of this machine."""
    return request
