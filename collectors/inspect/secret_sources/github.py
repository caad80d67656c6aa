"""The repositories of an organisation or a person on GitHub, or on a server that speaks its API."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_sources.access import Access, private
from collectors.inspect.secret_sources.clones import Listed, read_clone
from collectors.inspect.secret_sources.github_api import Api, NotListed, NotThere, Repository
from collectors.inspect.secret_sources.github_readers import Readers, readers_of
from collectors.inspect.secret_sources.opened import Source

SCHEME = "github:"


def read_owner(name: str, access: Access, own: Path, wait: Callable[[float], None] = time.sleep) -> Source:
    """Every repository that the token can see; `name` is an owner, or `owner/repository`.

    Who can read them together is told before them, who can by name with each.
    """
    if access.github_token and not private(access.github_url):
        yield Refusal(SCHEME + name, "its token would go over the network for all to read: use https")
        return
    with Api(access, wait) as api:
        found: list[Repository] = []
        try:
            found.extend(listed(name, api))
        except NotListed as why:
            yield Refusal(SCHEME + name, str(why))
        wanted = [each for each in found if not _left_out(each, access)]
        readers = readers_of(wanted, api)
        yield from readers.groups
        for each in found:
            if left_out := _left_out(each, access):
                yield Refusal(each.clone_url, left_out)
            else:
                yield from _read(each, readers, access, own)


def _left_out(each: Repository, access: Access) -> str:
    if each.fork and not access.forks:
        return "it is a fork: --forks reads them too"
    if each.archived and not access.archived:
        return "it is archived: without --no-archived it is read"
    if urlsplit(each.clone_url).scheme not in ("https", urlsplit(access.github_url).scheme):
        return "its address is not one of HTTPS"
    return ""


def _read(each: Repository, readers: Readers, access: Access, own: Path) -> Source:
    people, unknown = readers.by_name(each)
    listed = Listed(each.read_by, each.default_branch, each.address, people, unknown)
    yield from read_clone(each.clone_url, access.github_token, access, own, listed)


def listed(name: str, api: Api) -> Iterator[Repository]:
    """The repositories as the server tells them, a page at a time. Raises `NotListed`."""
    owner, _, one = (quote(part, safe="") for part in name.partition("/"))
    if one:
        yield api.one(f"repos/{owner}/{one}", Repository)
        return
    try:
        yield from api.all(f"orgs/{owner}/repos?type=all", list[Repository])
    except NotThere:
        yield from api.all(f"users/{owner}/repos", list[Repository])
