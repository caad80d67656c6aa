"""Asking GitHub's REST API, or a server that speaks it: pages, limits, and who asks.

https://docs.github.com/en/rest/using-the-rest-api
"""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urlsplit

import msgspec

from collectors.inspect.secret_place import Visibility
from collectors.inspect.secret_sources.access import Access

if TYPE_CHECKING:
    import requests

Kind = TypeVar("Kind")
VERSION = "2022-11-28"
TRIES = 5
LONGEST = 900.0
"""Seconds to wait for a limit to end; a longer wait is said instead."""


class Owner(msgspec.Struct, frozen=True):
    login: str
    type: str = ""
    """`Organization` or `User`."""


class Repository(msgspec.Struct, frozen=True):
    """A repository, as the server tells of it (https://docs.github.com/en/rest/repos/repos)."""

    full_name: str
    clone_url: str
    html_url: str = ""
    private: bool = True
    visibility: Visibility | None = None
    archived: bool = False
    fork: bool = False
    default_branch: str | None = None
    owner: Owner | None = None

    @property
    def read_by(self) -> Visibility:
        return self.visibility or ("private" if self.private else "public")

    @property
    def address(self) -> str:
        """Where people find it: the same whichever way it is fetched."""
        return self.html_url or self.clone_url


class NotListed(Exception):
    """Why something is not known, for the person who reads it."""


class NotThere(NotListed):
    """The server says that there is none, or none that this token may see."""


class Api:
    """A session with a server: `with Api(access) as api: api.one("orgs/clinic", Organization)`."""

    def __init__(self, access: Access, wait: Callable[[float], None] = time.sleep) -> None:
        import requests

        self._base, self._wait = access.github_url.rstrip("/"), wait
        self._session = requests.Session()
        self._session.headers.update(
            {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
        )
        self._session.auth = _authorised(access.github_token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self._session.close()

    def one(self, path: str, kind: type[Kind]) -> Kind:
        """One answer. Raises `NotListed`, and `NotThere` for a 404."""
        return _decoded(self._answer(f"{self._base}/{path}"), kind)

    def all(self, path: str, kind: type[list[Kind]]) -> Iterator[Kind]:
        """The rows of all pages of a list: `api.all(path, list[Repository])`.

        Raises `NotListed`, and `NotThere` for a 404.
        """
        url = f"{self._base}/{path}{'&' if '?' in path else '?'}per_page=100"
        while url:
            answer = self._answer(url)
            yield from _decoded(answer, kind)
            url = answer.links.get("next", {}).get("url", "")
            if url and urlsplit(url)[:2] != urlsplit(self._base)[:2]:
                raise NotListed("the list goes on at another server, which is not asked")

    def _answer(self, url: str) -> "requests.Response":
        """Waits where the server says so."""
        import requests

        for attempt in range(TRIES):
            try:
                answer = self._session.get(url, timeout=60, allow_redirects=False)
            except requests.RequestException as error:
                raise NotListed(f"the server cannot be asked ({type(error).__name__})") from None
            if answer.status_code == 200:
                return answer
            seconds = _pause(answer, attempt)
            if seconds is None:
                kind = NotThere if answer.status_code == 404 else NotListed
                raise kind(f"the server answers {answer.status_code}: see to its address and GITHUB_TOKEN")
            if seconds > LONGEST:
                raise NotListed(f"the limit of requests is used up for {seconds:,.0f} s")
            self._wait(seconds)
        raise NotListed(f"the server has not answered in {TRIES} tries")


def _authorised(token: str) -> "Callable[[requests.PreparedRequest], requests.PreparedRequest]":
    """Sets the token itself, so that no other credentials of this machine are sent instead."""

    def add(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        return request

    return add


def _pause(answer: "requests.Response", attempt: int) -> float | None:
    """Seconds until it is worth asking again; None when it is not.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if answer.status_code >= 500:
        return 2.0**attempt
    if answer.status_code not in (403, 429):
        return None
    after = answer.headers.get("Retry-After", "")
    if after.isdigit():
        return float(after)
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if answer.headers.get("X-RateLimit-Remaining") == "0" and reset.isdigit():
        return max(1.0, float(reset) - time.time() + 1)
    return 60.0 if answer.status_code == 429 else None


def _decoded(answer: "requests.Response", kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.MsgspecError:
        raise NotListed("the server's answer is not that of GitHub's API") from None
