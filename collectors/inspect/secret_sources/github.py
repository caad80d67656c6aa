"""The repositories of an organisation or a person on GitHub, or on a server that speaks its API."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_place import Visibility
from collectors.inspect.secret_sources.access import Access, private
from collectors.inspect.secret_sources.clones import Listed, read_clone
from collectors.inspect.secret_sources.opened import Source

if TYPE_CHECKING:
    import requests

Kind = TypeVar("Kind")
SCHEME = "github:"
VERSION = "2022-11-28"
TRIES = 5
LONGEST = 900.0
"""Seconds to wait for a limit to end; a longer wait is said instead."""


class NotListed(Exception):
    """Why the repositories are not known."""


class _Repository(msgspec.Struct, frozen=True):
    """One repository of the answer (https://docs.github.com/en/rest/repos/repos)."""

    full_name: str
    clone_url: str
    private: bool = True
    visibility: Visibility | None = None
    archived: bool = False
    fork: bool = False
    default_branch: str | None = None


def read_owner(name: str, access: Access, own: Path, wait: Callable[[float], None] = time.sleep) -> Source:
    """Every repository that the token can see; `name` is an owner, or `owner/repository`."""
    if access.github_token and not private(access.github_url):
        yield Refusal(SCHEME + name, "its token would go over the network for all to read: use https")
        return
    try:
        for each in _listed(name, access, wait):
            yield from _read(each, access, own)
    except NotListed as reason:
        yield Refusal(SCHEME + name, str(reason))


def _read(each: _Repository, access: Access, own: Path) -> Source:
    if each.fork and not access.forks:
        yield Refusal(each.clone_url, "it is a fork: --forks reads them too")
    elif each.archived and not access.archived:
        yield Refusal(each.clone_url, "it is archived: without --no-archived it is read")
    elif urlsplit(each.clone_url).scheme not in ("https", urlsplit(access.github_url).scheme):
        yield Refusal(each.full_name, "its address is not one of HTTPS")
    else:
        visibility = each.visibility or ("private" if each.private else "public")
        listed = Listed(visibility, each.default_branch)
        yield from read_clone(each.clone_url, access.github_token, access, own, listed)


def _listed(name: str, access: Access, wait: Callable[[float], None]) -> Iterator[_Repository]:
    import requests

    base = access.github_url.rstrip("/")
    owner, _, one = name.partition("/")
    with requests.Session() as session:
        session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION})
        session.auth = _authorised(access.github_token)
        if one:
            answer = _answer(session, f"{base}/repos/{quote(owner, safe='')}/{quote(one, safe='')}", wait)
            if answer is not None:
                yield _decoded(answer, _Repository)
            return
        url = f"{base}/orgs/{quote(owner, safe='')}/repos?per_page=100&type=all"
        answer = _answer(session, url, wait, or_none=True)
        if answer is None:
            answer = _answer(session, f"{base}/users/{quote(owner, safe='')}/repos?per_page=100", wait)
        while answer is not None:
            yield from _decoded(answer, list[_Repository])
            following = answer.links.get("next", {}).get("url", "")
            if following and urlsplit(following)[:2] != urlsplit(base)[:2]:
                raise NotListed("the list goes on at another server, which is not asked")
            answer = _answer(session, following, wait) if following else None


def _authorised(token: str) -> "Callable[[requests.PreparedRequest], requests.PreparedRequest]":
    """Sets the token itself, so that no other credentials of this machine are sent instead."""

    def add(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        return request

    return add


def _answer(
    session: "requests.Session", url: str, wait: Callable[[float], None], *, or_none: bool = False
) -> "requests.Response | None":
    """The answer to a question; None for 404 when that may be. Waits where the server says so."""
    import requests

    for attempt in range(TRIES):
        try:
            answer = session.get(url, timeout=60, allow_redirects=False)
        except requests.RequestException as error:
            raise NotListed(f"the server cannot be asked ({type(error).__name__})") from None
        if answer.status_code == 200:
            return answer
        if answer.status_code == 404 and or_none:
            return None
        seconds = _pause(answer, attempt)
        if seconds is None:
            raise NotListed(f"the server answers {answer.status_code}: see to its address and GITHUB_TOKEN")
        if seconds > LONGEST:
            raise NotListed(f"the limit of requests is used up for {seconds:,.0f} s")
        wait(seconds)
    raise NotListed(f"the server has not answered in {TRIES} tries")


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
