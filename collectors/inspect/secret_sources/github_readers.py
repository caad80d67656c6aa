"""Who can read repositories on GitHub: teams, members and owners of an organisation, and people by name.

Everyone reads what is public, so nobody is asked about that. Deploy keys, apps and the tokens of workflows
are not people and are not told.

https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

import msgspec

from collectors.inspect.secret_place import GroupSeen, Reader, Why
from collectors.inspect.secret_sources.github_api import Api, NotListed, Repository

NOTHING = "none"
"""The base permission that lets members read nothing."""


class _Organization(msgspec.Struct, frozen=True):
    """Its base permission is told to its owners only."""

    login: str
    default_repository_permission: str | None = None


class _Account(msgspec.Struct, frozen=True):
    login: str


class _Permissions(msgspec.Struct, frozen=True):
    pull: bool = False


class _Collaborator(msgspec.Struct, frozen=True):
    """`role_name` is the highest role of all that a person has there."""

    login: str
    role_name: str = ""
    permissions: _Permissions = _Permissions()


class _Team(msgspec.Struct, frozen=True):
    name: str
    slug: str


class _OfTeam(msgspec.Struct, frozen=True):
    full_name: str
    permissions: _Permissions = _Permissions()


class Readers:
    """Who reads the repositories of one owner: `groups` together, `by_name` for each repository."""

    def __init__(
        self, api: Api, groups: Sequence[GroupSeen], members: frozenset[str] | None, unknown: tuple[str, ...]
    ) -> None:
        self._api, self.groups, self._members, self._unknown = api, groups, members, unknown

    def by_name(self, repository: Repository) -> tuple[tuple[Reader, ...], tuple[str, ...]]:
        """The people who were given it, and why not everybody who reads it is known."""
        if repository.read_by == "public":
            return (), ()
        try:
            found = tuple(self._given(repository))
        except NotListed as reason:
            return (), (*self._unknown, f"who was given it by name is not told: {reason}")
        return found, self._unknown

    def _given(self, repository: Repository) -> Iterator[Reader]:
        path = f"repos/{quote(repository.full_name)}/collaborators"
        query = "?affiliation=direct" if _is_organization(repository) else ""
        for each in self._api.all(f"{path}{query}", list[_Collaborator]):
            if each.permissions.pull:
                account = _account(repository, each.login)
                outside = None if self._members is None else account not in self._members
                yield Reader(account, each.role_name, outside if _is_organization(repository) else None)


def readers_of(repositories: Sequence[Repository], api: Api) -> Readers:
    """Asks the owner of these repositories, all of one, who reads them together."""
    closed = [each for each in repositories if each.read_by != "public"]
    if not closed:
        return Readers(api, (), None, ())
    if closed[0].owner is None:
        return Readers(api, (), None, ("the server does not say who owns it",))
    if not _is_organization(closed[0]):
        return Readers(api, (), None, ())
    return _Asking(closed, api).told()


class _Asking:
    """The questions to one organisation; one that is not answered leaves a sentence and the others go on."""

    def __init__(self, closed: Sequence[Repository], api: Api) -> None:
        self._closed, self._api = closed, api
        self._name = closed[0].owner.login if closed[0].owner else ""
        self._path = f"orgs/{quote(self._name, safe='')}"
        self._page = f"{_host(closed[0])}/orgs/{self._name}"
        self._every = tuple(each.address for each in closed)
        self._unknown: list[str] = []

    def told(self) -> Readers:
        members = self._people("members", "its members are not all told")
        owners = self._people("members?role=admin", "its owners are not all told")
        everyone = self._group(
            "people", f"members of {self._name}", "base permission", members, self._by_base()
        )
        name = f"owners of {self._name}"
        page = "people?query=role:owner"
        groups = [
            everyone,
            self._group(page, name, "owners of the organisation", owners, self._every),
            *self._internal(everyone.group),
            *self._teams(),
        ]
        known = None if isinstance(members, str) else frozenset(members)
        return Readers(self._api, groups, known, tuple(self._unknown))

    def _group(
        self, page: str, name: str, why: Why, members: tuple[str, ...] | str, reads: tuple[str, ...]
    ) -> GroupSeen:
        unknown = members if isinstance(members, str) else ""
        return GroupSeen(f"{self._page}/{page}", name, why, () if unknown else tuple(members), reads, unknown)

    def _people(self, path: str, unknown: str) -> tuple[str, ...] | str:
        """The accounts of a list, or why they are not known. An outsider is led to the public members only,
        by a redirect that is not followed."""
        try:
            rows = self._api.all(f"{self._path}/{path}", list[_Account])
            return tuple(sorted(_account(self._closed[0], each.login) for each in rows))
        except NotListed as reason:
            return f"{unknown}: {reason}"

    def _by_base(self) -> tuple[str, ...]:
        """What every member reads, by the organisation's base permission."""
        try:
            base = self._api.one(self._path, _Organization).default_repository_permission
        except NotListed as reason:
            self._unknown.append(f"the base permission of {self._name} is not told: {reason}")
            return ()
        if base is None:
            self._unknown.append(f"the base permission of {self._name} is told to its owners only")
        return () if base in (None, NOTHING) else self._every

    def _internal(self, everyone: str) -> Iterator[GroupSeen]:
        """Internal repositories are read by the members of all organisations of the enterprise."""
        if reads := tuple(each.address for each in self._closed if each.read_by == "internal"):
            name = f"members of the enterprise of {self._name}"
            group = self._group("enterprise", name, "internal visibility", (everyone,), reads)
            said = "the members of its other organisations are not told"
            yield msgspec.structs.replace(group, unknown=said)

    def _teams(self) -> Iterator[GroupSeen]:
        try:
            teams = list(self._api.all(f"{self._path}/teams", list[_Team]))
        except NotListed as reason:
            self._unknown.append(f"the teams of {self._name} are not told: {reason}")
            return
        for team in teams:
            path = f"teams/{quote(team.slug, safe='')}"
            members = self._people(f"{path}/members", f"the members of {team.name} are not all told")
            reads = self._reads_of(team, path)
            yield self._group(path, team.name, "team", members, reads)

    def _reads_of(self, team: _Team, path: str) -> tuple[str, ...]:
        addresses = {each.full_name.lower(): each.address for each in self._closed}
        try:
            rows = list(self._api.all(f"{self._path}/{path}/repos", list[_OfTeam]))
        except NotListed as reason:
            self._unknown.append(f"what the team {team.name} reads is not told: {reason}")
            return ()
        read = {each.full_name.lower() for each in rows if each.permissions.pull}
        return tuple(address for name, address in addresses.items() if name in read)


def _is_organization(repository: Repository) -> bool:
    return repository.owner is not None and repository.owner.type == "Organization"


def _account(repository: Repository, login: str) -> str:
    """Where a person's account is found, on the server of a repository."""
    return f"{_host(repository)}/{login}"


def _host(repository: Repository) -> str:
    parts = urlsplit(repository.address)
    return f"https://{parts.netloc.rpartition('@')[2].lower()}"
