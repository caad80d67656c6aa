"""A load that is cut off loses nothing, says so, and is finished by the next one."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import neo4j as neo4j_module
from graph.embedded import EmbeddedStore
from graph.load import load
from graph.model import Graph, Node
from graph.neo4j import Neo4jStore
from graph.store import StoreBusy, StoreLoading, StoreUnavailable, ensure_published
from tests.conftest import started_neo4j
from tests.neo4j_local.launcher import Neo4jServer

COUNT = 300
OLD = Graph(tuple(Node(f"old{number:04}", "Dataset", {"name": "old"}) for number in range(COUNT)), ())
NEW = Graph(
    tuple(
        sorted(
            [
                *(Node(f"new{number:04}", "Bucket", {"name": "new"}) for number in range(COUNT)),
                *(Node(f"old{number:04}", "Dataset", {"name": "new"}) for number in range(COUNT // 2)),
            ],
            key=lambda node: node.id,
        )
    ),
    (),
)
"""Half of the old nodes change, half are gone, and as many new ones come."""


@pytest.fixture(scope="module")
def server() -> Iterator[Neo4jServer]:
    """A Neo4j of our own: it is killed."""
    with started_neo4j() as started:
        yield started


@pytest.fixture
def lost_store(server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neo4jStore]:
    """A store that loads in many small transactions."""
    monkeypatch.setattr(neo4j_module, "ONE_TRANSACTION", 50)
    monkeypatch.setattr(neo4j_module, "BATCH", 40)
    store = Neo4jStore(server.uri)
    load(store, OLD)
    yield store
    store.close()


@pytest.mark.neo4j
def test_a_store_that_is_lost_during_a_load_keeps_all_and_is_finished_later(
    server: Neo4jServer, lost_store: Neo4jStore
) -> None:
    before = lost_store.version()

    def pull_the_plug(done: int, total: int) -> None:
        if done >= total // 3:
            server.kill()

    with pytest.raises(StoreUnavailable, match=r"was lost while loading: \d+ of 600 changes") as lost:
        load(lost_store, NEW, progress=pull_the_plug)
    assert "Run the load again" in str(lost.value)
    server.start()
    with pytest.raises(StoreLoading, match="crownpath load"):
        ensure_published(lost_store)
    assert lost_store.version() not in ("", before)
    there = _ids(lost_store)
    assert {node.id for node in OLD.nodes} <= there, "every old node is still there"
    assert there & {node.id for node in NEW.nodes} - {node.id for node in OLD.nodes}, "and some new ones"

    report = load(lost_store, NEW)
    assert 0 < report.nodes.added < COUNT, "it went on from where it was"
    assert _ids(lost_store) == {node.id for node in NEW.nodes}
    assert ensure_published(lost_store).state == "published"
    assert not load(lost_store, NEW).changed


@pytest.mark.neo4j
def test_a_load_that_is_cut_off_before_it_publishes_is_only_published_by_the_next(
    lost_store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(neo4j_module, "publish", _fail)
        with pytest.raises(KeyboardInterrupt):
            load(lost_store, NEW)
    assert _ids(lost_store) == {node.id for node in NEW.nodes}
    with pytest.raises(StoreLoading):
        ensure_published(lost_store)
    assert not load(lost_store, NEW).changed
    assert ensure_published(lost_store).state == "published"


@pytest.mark.neo4j
def test_a_small_load_is_all_or_nothing(lost_store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_module, "ONE_TRANSACTION", 50_000)
    before = lost_store.version()
    with monkeypatch.context() as broken:
        broken.setattr("graph.neo4j_writes.publish", _fail)
        with pytest.raises(KeyboardInterrupt):
            load(lost_store, NEW)
    assert lost_store.version() == before
    assert _ids(lost_store) == {node.id for node in OLD.nodes}


@pytest.mark.neo4j
def test_of_two_large_loads_the_overtaken_one_stops(server: Neo4jServer, lost_store: Neo4jStore) -> None:
    def overtake(done: int, total: int) -> None:
        if done < total:
            other = Neo4jStore(server.uri)
            load(other, OLD)
            other.close()

    with pytest.raises(StoreBusy, match="Run the load again"):
        load(lost_store, NEW, progress=overtake)
    assert _ids(lost_store) == {node.id for node in OLD.nodes}
    assert ensure_published(lost_store).state == "published"


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_killed_load_into_a_file_leaves_the_old_graph_or_the_new_one(
    tmp_path: Path, seconds: float
) -> None:
    path = tmp_path / "graph.kgl"
    store = EmbeddedStore(path)
    load(store, OLD)
    code = """
        import sys
        from pathlib import Path
        from graph.embedded import EmbeddedStore
        from graph.load import load
        from tests.graph.test_load_interrupted import NEW
        print("ready", flush=True)
        for _ in range(1000):
            load(EmbeddedStore(Path(sys.argv[1])), NEW)
            EmbeddedStore(Path(sys.argv[1])).replace(NEW)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    folder = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder, env=dict(os.environ)) as loading:
        assert loading.stdout is not None
        loading.stdout.readline()
        time.sleep(seconds)
        loading.send_signal(signal.SIGKILL)
    there = _ids(store)
    assert there in ({node.id for node in OLD.nodes}, {node.id for node in NEW.nodes})
    load(store, NEW)
    assert _ids(EmbeddedStore(path)) == {node.id for node in NEW.nodes}


def test_a_file_that_cannot_be_saved_leaves_the_old_graph(tmp_path: Path) -> None:
    path = tmp_path / "graph.kgl"
    store = EmbeddedStore(path)
    load(store, OLD)
    (tmp_path / "graph.kgl.loading").mkdir()
    (tmp_path / "graph.kgl.loading" / "in the way").touch()
    with pytest.raises(StoreUnavailable, match=r"graph\.kgl"):
        load(store, NEW)
    assert _ids(store) == {node.id for node in OLD.nodes}


def _ids(store: Neo4jStore | EmbeddedStore) -> set[str]:
    return {record.id for record in store.published()}


def _fail(*_: object) -> None:
    raise KeyboardInterrupt
