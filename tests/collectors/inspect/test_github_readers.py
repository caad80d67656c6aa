"""Who can read repositories on GitHub, asked of a server that speaks its API."""

from collections.abc import Iterator

import pytest

from collectors.inspect.secret_place import GroupSeen, Reader
from collectors.inspect.secret_sources import github
from collectors.inspect.secret_sources.access import Access
from collectors.inspect.secret_sources.github_api import Api, Repository
from collectors.inspect.secret_sources.github_readers import Readers, readers_of
from tests.collectors.inspect.servers import GitHub, as_json, running

HOST = "https://github.clinic.test"
READS, WRITES = {"pull": True, "push": False}, {"pull": True, "push": True}


def people(*names: str) -> list[object]:
    return [{"login": name, "id": number} for number, name in enumerate(names)]


def given(name: str, role: str = "read", **permissions: bool) -> dict[str, object]:
    return {"login": name, "role_name": role, "permissions": {**READS, **permissions}}


def of_team(*names: str, pull: bool = True) -> list[object]:
    return [{"full_name": f"clinic/{name}", "permissions": {"pull": pull}} for name in names]


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """An organisation with a public, an internal and two private repositories, a team, and a guest."""
    made = GitHub(tmp_path_factory.mktemp("served"))
    for name, visibility in (
        ("app", "public"),
        ("data", "private"),
        ("model", "internal"),
        ("tools", "private"),
    ):
        made.about[name] = {
            "visibility": visibility,
            "private": visibility != "public",
            "html_url": f"{HOST}/clinic/{name}",
        }
    made.organization = {"default_repository_permission": "none"}
    made.lists = {
        "orgs/clinic/members": people("ada", "ben", "cleo"),
        "orgs/clinic/members?role=admin": people("ada"),
        "orgs/clinic/teams": [{"name": "Imaging", "slug": "imaging"}],
        "orgs/clinic/teams/imaging/members": people("ben"),
        "orgs/clinic/teams/imaging/repos": of_team("data", "app"),
        "repos/clinic/data/collaborators?affiliation=direct": [
            given("cleo", "maintain"),
            given("guest"),
            given("left", pull=False),
        ],
        "repos/clinic/model/collaborators?affiliation=direct": [],
        "repos/clinic/tools/collaborators?affiliation=direct": [],
    }
    with running(made):
        yield made


def asked(server: GitHub, name: str = "clinic") -> tuple[dict[str, Repository], Readers, Api]:
    api = Api(Access(github_url=f"{server.url}/api"), lambda _: None)
    found = list(github.listed(name, api))
    return {each.full_name: each for each in found}, readers_of(found, api), api


def groups(readers: Readers) -> dict[str, GroupSeen]:
    return {each.name: each for each in readers.groups}


def test_a_team_its_members_and_what_it_reads(server: GitHub) -> None:
    _, readers, _ = asked(server)
    team = groups(readers)["Imaging"]
    assert team == GroupSeen(
        f"{HOST}/orgs/clinic/teams/imaging",
        "Imaging",
        "team",
        (f"{HOST}/ben",),
        (f"{HOST}/clinic/data",),
    )


def test_owners_read_everything_that_is_not_public(server: GitHub) -> None:
    _, readers, _ = asked(server)
    owners = groups(readers)["owners of clinic"]
    assert owners.members == (f"{HOST}/ada",)
    assert owners.reads == tuple(f"{HOST}/clinic/{name}" for name in ("data", "model", "tools"))


@pytest.mark.parametrize(
    ("base", "reads", "unknown"),
    [("read", 3, False), ("write", 3, False), ("none", 0, False), (None, 0, True)],
)
def test_the_base_permission_of_members(base: str | None, reads: int, unknown: bool, server: GitHub) -> None:
    server.organization["default_repository_permission"] = base
    repositories, readers, _ = asked(server)
    everyone = groups(readers)["members of clinic"]
    assert everyone.members == tuple(f"{HOST}/{name}" for name in ("ada", "ben", "cleo"))
    assert len(everyone.reads) == reads
    _, why = readers.by_name(repositories["clinic/tools"])
    assert ("base permission" in "".join(why)) is unknown


def test_what_is_internal_is_read_by_the_enterprise_of_which_only_one_organisation_is_known(
    server: GitHub,
) -> None:
    _, readers, _ = asked(server)
    enterprise = groups(readers)["members of the enterprise of clinic"]
    assert enterprise.reads == (f"{HOST}/clinic/model",)
    assert enterprise.members == (groups(readers)["members of clinic"].group,)
    assert "other organisations" in enterprise.unknown


def test_people_by_name_and_who_of_them_is_a_guest(server: GitHub) -> None:
    repositories, readers, _ = asked(server)
    found, unknown = readers.by_name(repositories["clinic/data"])
    assert found == (Reader(f"{HOST}/cleo", "maintain", False), Reader(f"{HOST}/guest", "read", True))
    assert unknown == ()


def test_everyone_reads_what_is_public_so_nobody_is_asked(server: GitHub) -> None:
    repositories, readers, _ = asked(server)
    server.asked.clear()
    assert readers.by_name(repositories["clinic/app"]) == ((), ())
    assert server.asked == []
    assert not [each for each in readers.groups if f"{HOST}/clinic/app" in each.reads]


@pytest.mark.parametrize(
    ("path", "answer", "word"),
    [
        ("orgs/clinic/teams", as_json(403, {}), "the teams of clinic"),
        ("orgs/clinic/teams/imaging/repos", as_json(404, {}), "what the team Imaging reads"),
        ("orgs/clinic", as_json(403, {}), "the base permission of clinic"),
        ("repos/clinic/data/collaborators", as_json(403, {}), "by name is not told"),
        ("repos/clinic/data/collaborators", as_json(200, {"not": "a list"}), "not that of GitHub"),
    ],
)
def test_what_is_denied_is_said_of_the_repository(
    path: str, answer: tuple[int, dict[str, str], bytes], word: str, server: GitHub
) -> None:
    server.denied[path] = answer
    repositories, readers, _ = asked(server)
    _, unknown = readers.by_name(repositories["clinic/data"])
    assert word in "; ".join(unknown)


@pytest.mark.parametrize("status", [302, 403])
def test_members_that_are_hidden_are_said_and_nobody_is_taken_for_a_guest(
    status: int, server: GitHub
) -> None:
    hidden = as_json(status, {}, Location=f"{server.url}/api/orgs/clinic/public_members")
    server.denied = {"orgs/clinic/members": hidden, "orgs/clinic/members?role=admin": hidden}
    repositories, readers, _ = asked(server)
    everyone = groups(readers)["members of clinic"]
    assert everyone.members == ()
    assert str(status) in everyone.unknown
    found, _ = readers.by_name(repositories["clinic/data"])
    assert [each.outside for each in found] == [None, None]


def test_a_person_has_no_organisation_to_ask(server: GitHub) -> None:
    server.person = True
    server.lists["repos/clinic/data/collaborators"] = [given("clinic", "admin"), given("guest")]
    repositories, readers, _ = asked(server)
    assert list(readers.groups) == []
    found, unknown = readers.by_name(repositories["clinic/data"])
    assert found == (Reader(f"{HOST}/clinic", "admin", None), Reader(f"{HOST}/guest", "read", None))
    assert unknown == ()
    assert not [path for path, _ in server.asked if "members" in path or "teams" in path]


def test_a_server_that_does_not_say_who_owns_a_repository(server: GitHub) -> None:
    server.about["data"]["owner"] = None
    repositories, readers, _ = asked(server, "clinic/data")
    _, unknown = readers.by_name(repositories["clinic/data"])
    assert "who owns it" in unknown[0]


def test_one_repository_alone_does_not_tell_of_the_others(server: GitHub) -> None:
    _, readers, _ = asked(server, "clinic/data")
    assert {url for each in readers.groups for url in each.reads} == {f"{HOST}/clinic/data"}
