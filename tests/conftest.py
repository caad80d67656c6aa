"""Fixtures for everyone: the graph stores, with a real Neo4j.

`store` runs a test on both stores. Without Java and Maven, and without CROWNPATH_TEST_NEO4J_URI, the tests
that need Neo4j are skipped and say so; with CI=true that is a failure.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import neo4j
import pytest

from graph.embedded import EmbeddedStore
from graph.neo4j import Neo4jStore
from graph.store import GraphStore
from tests.neo4j_local.launcher import Neo4jMissing, Neo4jServer

URI = "CROWNPATH_TEST_NEO4J_URI"
PASSWORD = "CROWNPATH_TEST_NEO4J_PASSWORD"

OpenEmpty = Callable[[str], AbstractContextManager[GraphStore]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses Neo4j carries the mark, so that `-m 'not neo4j'` leaves it out."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        chosen = getattr(getattr(item, "callspec", None), "params", {}).values()
        if "neo4j_uri" in names or "neo4j_store" in names or any(each == "neo4j" for each in chosen):
            item.add_marker(pytest.mark.neo4j)


@pytest.fixture(scope="session")
def neo4j_uri() -> Iterator[str]:
    """The address of a Neo4j whose content tests may wipe."""
    if given := os.environ.get(URI):
        yield given
        return
    with started_neo4j() as server:
        yield server.uri


@contextlib.contextmanager
def started_neo4j(password: str = "") -> Iterator[Neo4jServer]:
    """A server of one's own; skips where there can be none, except in CI, where nothing may be skipped."""
    server = Neo4jServer(password=password)
    try:
        server.start()
    except Neo4jMissing as reason:
        server.close()
        if os.environ.get("CI") == "true":
            pytest.fail(f"needs a real Neo4j, but {reason}", pytrace=False)
        pytest.skip(f"needs a real Neo4j, but {reason}; or name one in {URI}")
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def open_empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OpenEmpty:
    """Opens `embedded` or `neo4j` with nothing in it, for fixtures that live longer than a test."""

    @contextlib.contextmanager
    def opened(name: str) -> Iterator[GraphStore]:
        if name == "embedded":
            embedded = EmbeddedStore(tmp_path_factory.mktemp("store") / "graph.kgl")
            with contextlib.closing(embedded):
                yield embedded
            return
        uri: str = request.getfixturevalue("neo4j_uri")
        password = os.environ.get(PASSWORD)
        with neo4j.GraphDatabase.driver(uri, auth=("neo4j", password) if password else None) as driver:
            driver.execute_query("MATCH (n) DETACH DELETE n")
        with contextlib.closing(Neo4jStore(uri, password=password)) as store:
            store.schema()
            yield store

    return opened


@pytest.fixture
def neo4j_store(open_empty: OpenEmpty, neo4j_uri: str) -> Iterator[Neo4jStore]:
    """A Neo4j with our schema and nothing in it."""
    with open_empty("neo4j") as store:
        assert isinstance(store, Neo4jStore)
        yield store


@pytest.fixture
def embedded_store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """An embedded store whose file is not there yet."""
    with contextlib.closing(EmbeddedStore(tmp_path / "graph.kgl")) as store:
        yield store


@pytest.fixture(params=["embedded", "neo4j"])
def store(request: pytest.FixtureRequest) -> GraphStore:
    """Each store, empty."""
    chosen: GraphStore = request.getfixturevalue(f"{request.param}_store")
    return chosen
