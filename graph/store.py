"""The port to a graph store, what can go wrong with one, and how one is opened.

    store = open_store("embedded:graph.kgl")           # no server
    store = open_store("bolt://127.0.0.1:7687")        # Neo4j; user and password from the environment
    rows = store.read("MATCH (b:Bucket) RETURN b.id AS id ORDER BY id", {}, timeout_s=5, max_rows=1000)

In answers a node is `{"id", "kind", "labels", ...properties}`, a relation `{"id", "type", "source", "target",
...properties}`, a path `{"nodes": [...], "relations": [...]}`; times are aware and in UTC, dates and times of
day are ISO texts, durations `{"months", "days", "seconds"}`.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

import msgspec

from graph.model import Delta, Edge, Graph, Node, Params, Rows

USER = "CROWNPATH_STORE_USER"
PASSWORD = "CROWNPATH_STORE_PASSWORD"  # noqa: S105 - the name of a variable
PASSWORD_FILE = "CROWNPATH_STORE_PASSWORD_FILE"  # noqa: S105 - the name of a variable
DATABASE = "CROWNPATH_STORE_DATABASE"

BOLT_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
MARK = "publication:"
"""Id of the `Snapshot` node that stores keep themselves: what is published, and is a load under way?"""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of changes stored and the number there are."""

Prompt: TypeAlias = Callable[[str], str]
"""Asks a person for the password of the store it is given."""


class StoreError(Exception):
    """Something about the graph store; the text says what to do next."""


class TargetInvalid(StoreError):
    """The address of the store is not one."""


class StoreUnavailable(StoreError):
    """Nobody answers, or no longer."""


class WrongPassword(StoreError):
    """The store knows neither this user nor this password, or asks for one."""


class StoreDamaged(StoreError):
    """The embedded store's file is not whole."""


class StoreBusy(StoreError):
    """Somebody else is loading."""


class NoGraphYet(StoreError):
    """Nothing has been loaded so far."""


class StoreLoading(StoreError):
    """A load is under way or was interrupted: what is there is neither the old graph nor the new one."""


class WriteRefused(StoreError):
    """A statement of a reader does more than read."""


class QueryInvalid(StoreError):
    """The store does not understand the statement."""


class QueryTimeout(StoreError):
    """The statement took longer than it was given."""


class QueryTooLarge(StoreError):
    """The statement needs more memory than it was given."""


class Publication(msgspec.Struct, frozen=True):
    """What is in a store: which load it came from, when that ended, and whether it is whole."""

    version: str
    state: Literal["published", "loading"]
    published_at: datetime | None = None


class Schema(msgspec.Struct, frozen=True):
    """What a store enforces and looks up fast: kinds whose id is unique, and (label, property) indexes."""

    unique: tuple[str, ...]
    indexes: tuple[tuple[str, str], ...] = ()


class GraphStore(Protocol):
    """What the rest of the product knows of a graph store."""

    target: str
    largest_delta: int
    """A difference beyond this many changes is stored faster by `replace`."""

    def read(self, cypher: str, params: Params, *, timeout_s: float, max_rows: int) -> Rows:
        """The answer to one reading statement; at most `max_rows` of it."""

    def apply(self, delta: Delta, progress: Progress | None = None) -> None:
        """Upserts, then removes: all or nothing, or marked as loading until it is whole."""

    def replace(self, graph: Graph, progress: Progress | None = None) -> None:
        """Makes the store hold exactly this graph."""

    def published(self) -> Iterator[Node | Edge]:
        """Everything that is in the store, nodes first. What nobody could have loaded has an empty id."""

    def schema(self) -> Schema:
        """What the ontology asks for is there; makes it where it is not."""

    def publication(self) -> Publication | None:
        """What was loaded last; None before the first load."""

    def version(self) -> str:
        """Changes whenever the content does; empty before the first load. Part of every cache key."""

    def close(self) -> None:
        """Gives back connections and files."""


def open_store(target: str, *, password: str | None = None, prompt: Prompt | None = None) -> GraphStore:
    """The store at `embedded:PATH`, `bolt://`, `neo4j://` or `neo4j+s://`.

    The password is `password`, else the environment's, else that in the file the environment names, else
    what `prompt` answers. Nothing is contacted before the first call.
    """
    scheme, _, rest = target.partition(":")
    if scheme == "embedded":
        if not rest:
            raise TargetInvalid("embedded: needs the path of a file, such as embedded:graph.kgl.")
        from graph.embedded import EmbeddedStore  # the engine is loaded by those who use it

        return EmbeddedStore(Path(rest).expanduser())
    if scheme in BOLT_SCHEMES and rest.startswith("//"):
        refuse_password_in(target)
        from graph.neo4j import Neo4jStore  # the driver is loaded by those who use it

        return Neo4jStore(
            target,
            user=os.environ.get(USER) or "neo4j",
            password=password or _password(target, prompt),
            database=os.environ.get(DATABASE) or None,
        )
    raise TargetInvalid(
        f"{_without_credentials(target)!r} is not a graph store. Use embedded:PATH, bolt://HOST:7687, "
        "neo4j://HOST:7687 or neo4j+s://HOST:7687."
    )


def refuse_password_in(target: str) -> None:
    """An address with a user or password in it ends up in shell histories and logs."""
    if urlsplit(target).username is not None or "@" in urlsplit(target).netloc:
        raise TargetInvalid(
            f"Leave user and password out of the store's address ({_without_credentials(target)}): "
            f"it shows in process lists and logs. Set {USER} and {PASSWORD}, or {PASSWORD_FILE}."
        )


def _without_credentials(target: str) -> str:
    head, mark, tail = target.rpartition("@")
    return f"{head.partition('//')[0]}//{tail}" if mark else target


def _password(target: str, prompt: Prompt | None) -> str | None:
    if given := os.environ.get(PASSWORD):
        return given
    if named := os.environ.get(PASSWORD_FILE):
        try:
            return Path(named).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise WrongPassword(
                f"{PASSWORD_FILE} names {named}, which cannot be read ({problem.strerror}). "
                f"Correct the path, or set {PASSWORD}."
            ) from problem
    return prompt(target) if prompt else None


def ensure_published(store: GraphStore) -> Publication:
    """What is published; an error when nothing was loaded yet or a load is under way or was interrupted."""
    publication = store.publication()
    if publication is None:
        raise NoGraphYet(f"There is no graph in {store.target} yet. Run `crownpath load` first.")
    if publication.state == "loading":
        raise StoreLoading(
            f"A load into {store.target} is under way or was interrupted, so its graph is not whole. "
            "Wait for it to end, or run `crownpath load` again, which finishes it."
        )
    return publication
