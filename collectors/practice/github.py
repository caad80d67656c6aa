"""A server that speaks GitHub's API for one organisation, and gives out its repositories to real Git.

Nothing is denied and nothing is limited: it has the repositories of the practice estate, and who reads them.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import msgspec

from collectors.practice.repository import Tree, write_repository
from graph.model import Json

HOST = "https://github.com"
"""Where people would find the organisation."""


class Team(msgspec.Struct, frozen=True):
    name: str
    members: tuple[str, ...]
    repositories: tuple[str, ...]


class Code(msgspec.Struct, frozen=True):
    """A repository: its commits (message and all files), oldest first, and whom it was given to by name."""

    name: str
    commits: tuple[tuple[str, Tree], ...]
    public: bool = False
    people: Mapping[str, str] = {}
    """Roles by login."""


class Organization(msgspec.Struct, frozen=True):
    """`base` is the permission that every member has; the others are logins."""

    login: str
    base: str
    members: tuple[str, ...]
    owners: tuple[str, ...]
    teams: tuple[Team, ...]
    repositories: tuple[Code, ...]


class GitHubServer:
    """`with GitHubServer(organization, folder) as server:`; repositories are written below the folder."""

    def __init__(self, organization: Organization, folder: Path) -> None:
        self._organization, self._folder = organization, folder

    @property
    def url(self) -> str:
        """The address of its API."""
        return f"{self._base}/api/v3"

    def __enter__(self) -> Self:
        for code in self._organization.repositories:
            address = f"{HOST}/{self._organization.login}/{code.name}.git"
            write_repository(self._folder / code.name, code.commits, address)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._base = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> bytes | None:
        """What is there; None for nothing."""
        asked = urlsplit(path)
        place = asked.path.strip("/").split("/")
        if place[:2] != ["api", "v3"]:
            return self._file(place)
        found = self._api(place[2:], parse_qs(asked.query))
        return None if found is None else json.dumps(found).encode()

    def _file(self, place: Sequence[str]) -> bytes | None:
        """A file of a repository, as Git's plain protocol asks for it."""
        code = next(
            (each for each in self._organization.repositories if place[1:2] == [f"{each.name}.git"]), None
        )
        if code is None or ".." in place:
            return None
        file = self._folder.joinpath(code.name, ".git", *place[2:])
        return file.read_bytes() if file.is_file() else None

    def _api(self, place: Sequence[str], query: Mapping[str, Sequence[str]]) -> Json:
        told = self._organization
        codes = {each.name: each for each in told.repositories}
        match list(place):
            case ["orgs", told.login]:
                return {"login": told.login, "default_repository_permission": told.base}
            case ["orgs", told.login, "repos"]:
                return [self._repository(each) for each in told.repositories]
            case ["orgs", told.login, "members"]:
                return _people(told.owners if query.get("role") == ["admin"] else told.members)
            case ["orgs", told.login, "teams"]:
                return [{"name": each.name, "slug": _slug(each)} for each in told.teams]
            case ["orgs", told.login, "teams", slug, of]:
                return self._team(slug, of)
            case ["repos", told.login, name] if name in codes:
                return self._repository(codes[name])
            case ["repos", told.login, name, "collaborators"] if name in codes:
                people = codes[name].people.items()
                return [
                    {"login": who, "role_name": role, "permissions": {"pull": True}} for who, role in people
                ]
            case _:
                return None

    def _team(self, slug: str, of: str) -> Json:
        team = next((each for each in self._organization.teams if _slug(each) == slug), None)
        if team is None or of not in ("members", "repos"):
            return None
        if of == "members":
            return _people(team.members)
        login = self._organization.login
        return [{"full_name": f"{login}/{name}", "permissions": {"pull": True}} for name in team.repositories]

    def _repository(self, code: Code) -> Json:
        login = self._organization.login
        return {
            "full_name": f"{login}/{code.name}",
            "html_url": f"{HOST}/{login}/{code.name}",
            "clone_url": f"{self._base}/{login}/{code.name}.git",
            "private": not code.public,
            "visibility": "public" if code.public else "private",
            "default_branch": "main",
            "owner": {"login": login, "type": "Organization"},
        }


def _people(logins: Sequence[str]) -> Json:
    return [{"login": login} for login in logins]


def _slug(team: Team) -> str:
    return team.name.lower().replace(" ", "-")


def _handler(server: GitHubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = server.answer(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Nobody reads it."""

    return Handler
