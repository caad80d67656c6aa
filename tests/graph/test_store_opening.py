"""How a store is opened: addresses, passwords, and what is said when it cannot be."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import store as stores
from graph.embedded import EmbeddedStore
from graph.load import load
from graph.model import Delta, Graph, Node
from graph.neo4j import Neo4jStore
from graph.store import (
    NoGraphYet,
    Prompt,
    StoreBusy,
    StoreDamaged,
    StoreUnavailable,
    TargetInvalid,
    WrongPassword,
    ensure_published,
    open_store,
)
from tests.conftest import started_neo4j
from tests.graph.hospital import hospital
from tests.neo4j_local.launcher import Neo4jServer

WORD = "open-" + "sesame-1"
ONE = Graph((Node("b", "Bucket", {"name": "b"}),), ())


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (stores.USER, stores.PASSWORD, stores.PASSWORD_FILE, stores.DATABASE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Neo4jServer]:
    """A Neo4j that asks for a password."""
    with started_neo4j(WORD) as server:
        yield server


@pytest.mark.parametrize(
    "target", ["graph.kgl", "http://127.0.0.1", "bolt:127.0.0.1", "embedded:", "", "neo5j://x", "bolt+x://y"]
)
def test_what_is_no_store_is_said_with_what_would_be(target: str) -> None:
    with pytest.raises(TargetInvalid, match="embedded:"):
        open_store(target)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "neo4j+s", "bolt+ssc"])
def test_the_addresses_of_neo4j_open_without_contact(scheme: str) -> None:
    store = open_store(f"{scheme}://graph.example:7687")
    assert isinstance(store, Neo4jStore)
    store.close()


@pytest.mark.parametrize(
    "target", [f"bolt://neo4j:{WORD}@graph.example", f"neo4j+s://:{WORD}@graph.example:7687"]
)
def test_a_password_in_the_address_is_refused_and_not_repeated(target: str) -> None:
    with pytest.raises(TargetInvalid, match="CROWNPATH_STORE_PASSWORD") as refusal:
        open_store(target)
    assert WORD not in str(refusal.value)


def test_before_the_first_load_there_is_no_graph(embedded_store: EmbeddedStore) -> None:
    with pytest.raises(NoGraphYet, match="crownpath load"):
        embedded_store.read("RETURN 1 AS x", {}, timeout_s=1, max_rows=1)
    assert embedded_store.publication() is None
    assert embedded_store.version() == ""
    with pytest.raises(NoGraphYet):
        ensure_published(embedded_store)


def test_after_a_load_the_time_and_version_are_known(embedded_store: EmbeddedStore) -> None:
    version = load(embedded_store, ONE).version
    publication = ensure_published(embedded_store)
    assert publication.version == version
    assert publication.published_at is not None
    assert publication.published_at.tzinfo is not None


def test_only_the_owner_may_read_the_file(embedded_store: EmbeddedStore) -> None:
    load(embedded_store, ONE)
    assert embedded_store.path.stat().st_mode & 0o077 == 0


def test_a_reader_sees_the_next_load(embedded_store: EmbeddedStore) -> None:
    load(embedded_store, ONE)
    reader = EmbeddedStore(embedded_store.path)
    cypher = "MATCH (b:Bucket) RETURN count(b) AS n"
    assert reader.read(cypher, {}, timeout_s=5, max_rows=1).rows == ((1,),)
    first = reader.version()
    load(embedded_store, hospital())
    assert reader.read(cypher, {}, timeout_s=5, max_rows=1).rows == ((2,),)
    assert reader.version() != first


@pytest.mark.parametrize("content", [b"", b"not a graph", b"\0" * 4096])
def test_a_damaged_file_is_named(embedded_store: EmbeddedStore, content: bytes) -> None:
    embedded_store.path.write_bytes(content)
    with pytest.raises(StoreDamaged, match=r"graph\.kgl.*crownpath load"):
        embedded_store.read("RETURN 1 AS x", {}, timeout_s=1, max_rows=1)


def test_flipped_bytes_are_noticed(embedded_store: EmbeddedStore) -> None:
    load(embedded_store, hospital())
    whole = embedded_store.path.read_bytes()
    for place in range(len(whole) // 2, len(whole), max(1, len(whole) // 20)):
        embedded_store.path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            rows = EmbeddedStore(embedded_store.path).read(
                "MATCH (f:Foothold) RETURN f.id AS id ORDER BY id", {}, timeout_s=1, max_rows=9
            )
        except StoreDamaged:
            continue
        assert len(rows.rows) == 5


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable, match="file"):
        load(EmbeddedStore(tmp_path / "file" / "graph.kgl"), ONE)


def test_a_second_writer_is_refused_with_the_name_of_the_first(embedded_store: EmbeddedStore) -> None:
    load(embedded_store, ONE)
    with _holding(embedded_store.path) as holder:
        with pytest.raises(StoreBusy, match=f"process {holder.pid}"):
            load(embedded_store, hospital())
        rows = embedded_store.read("MATCH (b:Bucket) RETURN b.id AS id", {}, timeout_s=5, max_rows=5).rows
        assert rows == (("b",),)
        holder.send_signal(signal.SIGKILL)
        holder.wait(30)
    assert load(embedded_store, hospital()).changed


def test_two_loads_at_once_do_not_mix(embedded_store: EmbeddedStore) -> None:
    load(embedded_store, ONE)
    other = EmbeddedStore(embedded_store.path)
    list(other.published())
    load(embedded_store, hospital())
    with pytest.raises(StoreBusy, match="in the meantime"):
        other.apply(Delta())


def test_nobody_at_the_address_is_said_soon() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match=f"127.0.0.1:{port}"):
        _version(f"bolt://127.0.0.1:{port}")
    assert time.monotonic() - started < 15


def test_the_password_comes_from_the_environment(
    guarded: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(stores.PASSWORD, WORD)
    assert _version(guarded.uri) == ""


def test_the_password_comes_from_a_file(
    guarded: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "word").write_text(WORD + "\n")
    monkeypatch.setenv(stores.PASSWORD_FILE, str(tmp_path / "word"))
    assert _version(guarded.uri) == ""


def test_a_password_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(stores.PASSWORD_FILE, "/nowhere/word")
    with pytest.raises(WrongPassword, match="/nowhere/word"):
        open_store("bolt://127.0.0.1:7687")


def test_the_password_comes_from_a_prompt(guarded: Neo4jServer) -> None:
    asked = []

    def prompt(target: str) -> str:
        asked.append(target)
        return WORD

    assert _version(guarded.uri, prompt=prompt) == ""
    assert asked == [guarded.uri]


@pytest.mark.parametrize(
    ("password", "complaint"), [("wrong-" + "word", "do not match"), (None, "none was given")]
)
def test_a_wrong_password_is_said_with_what_to_set(
    guarded: Neo4jServer, password: str | None, complaint: str
) -> None:
    with pytest.raises(WrongPassword, match=f"{complaint}.*CROWNPATH_STORE_PASSWORD") as refusal:
        _version(guarded.uri, password=password)
    assert password is None or password not in str(refusal.value)


def _version(target: str, password: str | None = None, prompt: Prompt | None = None) -> str:
    with contextlib.closing(open_store(target, password=password, prompt=prompt)) as store:
        return store.version()


class _holding:  # noqa: N801 - reads as a sentence where it is used
    """Another process in the middle of a load into a file."""

    def __init__(self, path: Path) -> None:
        code = """
            import sys, time
            from pathlib import Path
            from graph.embedded import EmbeddedStore
            with EmbeddedStore(Path(sys.argv[1]))._writing():
                print("held", flush=True)
                time.sleep(60)
        """
        command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
        folder = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder, env=dict(os.environ))

    def __enter__(self) -> "subprocess.Popen[bytes]":
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"held\n"
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
