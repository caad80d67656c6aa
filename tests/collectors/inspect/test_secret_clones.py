"""Repositories elsewhere: cloned from a real server, read, and removed; tokens go where they belong only."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_place import RepositorySeen
from collectors.inspect.secret_sources import clones, github
from collectors.inspect.secret_sources.access import Access
from collectors.inspect.secret_sources.github_api import Api, NotListed
from collectors.inspect.secrets import Result, inspect_secrets
from tests.collectors.inspect.secret_maker import (
    REDACTOR,
    Maker,
    commit,
    expected,
    git,
    hashes,
    places,
    refused,
    start,
)
from tests.collectors.inspect.servers import GitHub, GitServer, as_json, running


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test alone, where clones may lie."""
    assert str(clones.MEMORY) == "/dev/shm"
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(clones, "MEMORY", folder)
    return folder


def asked(path: str, cache: Path, access: Access | None = None) -> list[Result]:
    return list(inspect_secrets([path], REDACTOR, cache_folder=cache, access=access))


def published(root: Path, name: str, make: Maker) -> str:
    """A bare repository on the server, with a secret in its history; the id of its head."""
    work = start(root / f"{name}-work")
    commit(work, "a.py", f"key = '{make.openai()}'\n")
    git(work, "rm", "-q", "a.py")
    git(work, "commit", "-qm", "gone")
    root.joinpath("served").mkdir(exist_ok=True)
    git(root, "clone", "-q", "--bare", str(work), f"served/{name}.git")
    return git(work, "rev-parse", "HEAD")


def left(cache: Path) -> list[Path]:
    return [
        folder
        for parent in (clones.MEMORY, cache.parent / "clones")
        for folder in parent.glob(f"{clones.PREFIX}*")
        if folder.lstat().st_uid == os.getuid()
    ]


def test_a_repository_at_an_address(tmp_path: Path, cache: Path) -> None:
    make = Maker(80)
    head = published(tmp_path, "app", make)
    with running(GitServer(tmp_path / "served")) as server:
        url = f"{server.url}/app.git"
        found = asked(url, cache)
    assert found[0] == RepositorySeen(url, url, None, "main", 2, head)
    assert refused(found) == []
    assert hashes(places(found)) == expected(make.made)
    assert [each.path for each in places(found)] == [f"{url}/a.py"]
    assert left(cache) == []


def test_an_address_of_a_file_is_read_where_it_is(tmp_path: Path, cache: Path) -> None:
    make = Maker(81)
    published(tmp_path, "app", make)
    found = asked(f"file://{tmp_path}/served/app.git", cache)
    assert hashes(places(found)) == expected(make.made)


@pytest.mark.parametrize("way", ["token", "address"])
def test_a_token_goes_to_its_server_and_nowhere_else(way: str, tmp_path: Path, cache: Path) -> None:
    make = Maker(82)
    published(tmp_path, "app", make)
    server = GitServer(tmp_path / "served", token=make.some(30))
    with running(server):
        login = f"x-access-token:{server.token}@" if way == "address" else ""
        url = f"{server.url.replace('://', f'://{login}')}/app.git"
        found = asked(url, cache, Access(git_token=server.token if way == "token" else ""))
    assert hashes(places(found)) == expected(make.made)
    assert server.token not in repr(found)
    assert any(server.knows(headers) for _, headers in server.asked)


def test_without_a_token_it_is_said(tmp_path: Path, cache: Path) -> None:
    published(tmp_path, "app", Maker(83))
    with running(GitServer(tmp_path / "served", token="t" * 20)) as server:
        (found,) = asked(f"{server.url}/app.git", cache)
    assert isinstance(found, Refusal)
    assert "CROWNPATH_GIT_TOKEN" in found.reason
    assert left(cache) == []


def test_what_is_not_there_is_said(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "served").mkdir()
    with running(GitServer(tmp_path / "served")) as server:
        (found,) = asked(f"{server.url}/app.git", cache)
    assert isinstance(found, Refusal)
    assert "not there" in found.reason


def test_a_token_is_no_argument_of_a_process(tmp_path: Path, cache: Path) -> None:
    address, environment = clones._asked("https://git.clinic.test/x.git", "the-token")
    assert "the-token" not in address + json.dumps(environment)
    address, environment = clones._asked("https://bob:the-token@git.clinic.test/x.git", "")
    assert address == "https://git.clinic.test/x.git"
    assert "http.https://git.clinic.test/.extraHeader" in environment.values()
    _, unsafe = clones._asked("http://git.clinic.test/x.git", "the-token")
    assert not any("Authorization" in value for value in unsafe.values())


def test_a_repository_that_is_too_large_is_said(tmp_path: Path, cache: Path) -> None:
    work = start(tmp_path / "work")
    commit(work, "large", Maker(84).bytes(3_000_000))
    (tmp_path / "served").mkdir()
    git(tmp_path, "clone", "-q", "--bare", str(work), "served/app.git")
    with running(GitServer(tmp_path / "served")) as server:
        (found,) = asked(f"{server.url}/app.git", cache, Access(most_bytes=10_000))
    assert isinstance(found, Refusal)
    assert "larger" in found.reason
    assert left(cache) == []


def test_a_server_that_is_too_slow_is_said(tmp_path: Path, cache: Path) -> None:
    class Slow(GitServer):
        def answer(self, *asked: object) -> tuple[int, dict[str, str], bytes]:
            time.sleep(3)
            return 500, {}, b""

    with running(Slow(tmp_path)) as server:
        (found,) = asked(f"{server.url}/app.git", cache, Access(seconds=0.5))
    assert isinstance(found, Refusal)
    assert "takes more than" in found.reason
    assert left(cache) == []


def test_a_server_cannot_lead_git_astray(tmp_path: Path, cache: Path) -> None:
    """A redirect to a file of this machine, or with the token to another server."""
    make = Maker(85)
    published(tmp_path, "app", make)

    class Astray(GitServer):
        to = f"file://{tmp_path}/served/app.git"

        def answer(self, *asked: object) -> tuple[int, dict[str, str], bytes]:
            return 301, {"Location": self.to}, b""

    other = GitServer(tmp_path / "served")
    with running(Astray(tmp_path)) as server, running(other):
        assert places(asked(f"{server.url}/app.git", cache)) == []
        Astray.to = f"{other.url}/app.git/info/refs?service=git-upload-pack"
        found = asked(f"{server.url}/app.git", cache, Access(git_token="t" * 20))
    assert places(found) == []
    assert other.asked == []


KILLED = """
import sys
from pathlib import Path
from collectors.redaction import Redactor
from collectors.inspect.secret_sources import clones
from collectors.inspect.secret_sources.github_api import Api, NotListed
from collectors.inspect.secrets import Result, inspect_secrets
clones.MEMORY = Path(sys.argv[3])
redactor = Redactor(b"a key for the tests of secrets")
for each in inspect_secrets([sys.argv[1]], redactor, cache_folder=Path(sys.argv[2])):
    print("one", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_clone_does_not_stay(
    how: signal.Signals, tmp_path: Path, cache: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tmp_path, "app", Maker(86))
    with running(GitServer(tmp_path / "served")) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, f"{server.url}/app.git", str(cache), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"one\n"
        (folder,) = left(cache)
        assert folder.stat().st_mode & 0o077 == 0
        monkeypatch.setattr(clones, "YOUNG", 0.0)
        clones.sweep(cache)
        assert left(cache) == [folder]  # it is in use
        process.send_signal(how)
        process.communicate()
    if how == signal.SIGKILL:
        assert left(cache) == [folder]
        clones.sweep(cache)
    assert left(cache) == []


def served(tmp_path: Path, make: Maker, **settings: object) -> GitHub:
    server = GitHub(tmp_path / "served", **settings)  # type: ignore[arg-type]
    for name in ("app", "data", "model"):
        published(tmp_path, name, make)
        server.about[name] = {}
    return server


def of(server: GitHub, token: str = "", **settings: object) -> Access:
    return Access(github_token=token, github_url=f"{server.url}/api", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("person", [True, False])
def test_every_repository_of_an_owner_is_read(person: bool, tmp_path: Path, cache: Path) -> None:
    make = Maker(87)
    server = served(tmp_path, make, token=make.some(30), person=person)
    server.about["app"] = {"visibility": "public", "private": False}
    server.about["data"] = {"visibility": "internal"}
    with running(server):
        found = asked("github:clinic", cache, of(server, server.token))
    assert refused(found) == []
    assert hashes(places(found)) == expected(make.made)
    told = {each.url.rpartition("/")[2]: each for each in found if isinstance(each, RepositorySeen)}
    assert {name: each.visibility for name, each in told.items()} == {
        "app.git": "public",
        "data.git": "internal",
        "model.git": "private",
    }
    assert {each.default_branch for each in told.values()} == {"main"}
    assert left(cache) == []


def test_one_repository_of_an_owner(tmp_path: Path, cache: Path) -> None:
    make = Maker(88)
    server = served(tmp_path, make)
    with running(server):
        found = asked("github:clinic/data", cache, of(server))
    assert hashes(places(found)) == expected(make.made[1:2])


def test_forks_and_archived_ones_are_an_option_and_said(tmp_path: Path, cache: Path) -> None:
    make = Maker(89)
    server = served(tmp_path, make)
    server.about["app"]["fork"] = True
    server.about["data"]["archived"] = True
    with running(server):
        some = asked("github:clinic", cache, of(server, archived=False))
        every = asked("github:clinic", cache, of(server, forks=True))
    assert ["fork" in each.reason or "archived" in each.reason for each in refused(some)] == [True, True]
    assert hashes(places(some)) == expected(make.made[2:])
    assert hashes(places(every)) == expected(make.made)


def test_limits_are_waited_for(tmp_path: Path) -> None:
    server = served(tmp_path, Maker(90))
    waited: list[float] = []
    soon = str(int(time.time()) + 100)
    server.limits = [
        as_json(403, {}, Retry_After="7"),
        as_json(403, {}, X_RateLimit_Remaining="0", X_RateLimit_Reset=soon),
        as_json(502, {}),
    ]
    with running(server), Api(of(server), waited.append) as api:
        listed = list(github.listed("clinic", api))
    assert [each.full_name for each in listed] == ["clinic/app", "clinic/data", "clinic/model"]
    assert waited[0] == 7
    assert 90 < waited[1] < 110
    assert waited[2] == 4


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ([as_json(403, {}, Retry_After="9000")], "used up"),
        ([as_json(401, {})], "401"),
        ([as_json(200, {"no": "list"})], "not that of"),
        ([as_json(503, {})] * 9, "tries"),
    ],
)
def test_a_server_that_gives_no_list_is_said(
    told: list[tuple[int, dict[str, str], bytes]], word: str, tmp_path: Path
) -> None:
    server = served(tmp_path, Maker(91))
    server.limits = list(told)
    with running(server):
        (found,) = github.read_owner("clinic", of(server), tmp_path, lambda _: None)
    assert isinstance(found, Refusal)
    assert word in found.reason


def test_a_list_that_goes_on_elsewhere_is_not_followed(tmp_path: Path) -> None:
    server = served(tmp_path, Maker(92))
    server.elsewhere = "http://evil.clinic.test"
    with running(server), Api(of(server)) as api, pytest.raises(NotListed, match="another server"):
        list(github.listed("clinic", api))


def test_a_token_is_not_sent_for_all_to_read(tmp_path: Path) -> None:
    access = Access(github_token="t" * 20, github_url="http://github.clinic.test")
    (found,) = github.read_owner("clinic", access, tmp_path)
    assert isinstance(found, Refusal)
    assert "https" in found.reason
