"""The embedded store: one file, no server. A load writes a new file and renames it over the old one.

Readers have the old file or the new one, nothing in between. One process writes at a time.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import kglite

from graph import ontology
from graph.changes import Row, mark_row, statements, upsert_nodes
from graph.cypher import objection
from graph.embedded_answers import Answer, stored
from graph.embedded_bulk import build
from graph.model import Delta, Edge, Graph, Node, Params, Rows
from graph.store import (
    MARK,
    NoGraphYet,
    Progress,
    Publication,
    QueryInvalid,
    QueryTimeout,
    QueryTooLarge,
    Schema,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
    WriteRefused,
)

BATCH = 5_000
LARGEST_DELTA = 5_000
"""A change to a hub looks through the hub's relations; beyond this, writing the file anew is faster."""

NO_TITLE = " SET n.title = null"
"""The engine copies a node's name into a title of its own, which would show among its properties."""

kglite.set_query_warning_policy("silent")  # unknown names are our linter's to report


class EmbeddedStore:
    """A graph in one file. Threads may share it; other processes may read while one loads."""

    largest_delta = LARGEST_DELTA

    def __init__(self, path: Path) -> None:
        self.path = path
        self.target = f"embedded:{path}"
        self._lock = threading.Lock()
        self._open: tuple[tuple[int, ...], _Reader] | None = None
        self._base: str | None = None

    def read(self, cypher: str, params: Params, *, timeout_s: float, max_rows: int) -> Rows:
        """The answer to one reading statement; at most `max_rows` of it."""
        if why := objection(cypher):
            raise WriteRefused(f"This statement is not run, because {why}. Queries only read.")
        return self._reader().read(cypher, params, timeout_s, max_rows)

    def apply(self, delta: Delta, progress: Progress | None = None) -> None:
        """Changes a loaded copy of the graph and renames it into place."""
        with self._writing():
            copy = self._copy()
            done = 0
            for cypher, rows in statements(delta, BATCH, after_node=NO_TITLE):
                _run(copy, cypher, rows)
                done += len(rows)
                if progress:
                    progress(done, len(delta))
            self._publish(copy)

    def replace(self, graph: Graph, progress: Progress | None = None) -> None:
        """Builds a new file through the engine's bulk path and renames it into place."""
        with self._writing():
            self._publish(build(graph, progress))

    def published(self) -> Iterator[Node | Edge]:
        """Everything that is in the file, nodes first; nothing before the first load."""
        self._base = self.version()
        if self._base:
            yield from self._reader().everything()

    def schema(self) -> Schema:
        """The engine keys every kind by id on its own; there is nothing to make."""
        return Schema(unique=tuple(sorted(ontology.KINDS)))

    def publication(self) -> Publication | None:
        """What was loaded last; None before the first load."""
        try:
            rows = (
                self._reader().read(f"MATCH (s:Snapshot {{id: '{MARK}'}}) RETURN s AS mark", {}, 5.0, 1).rows
            )
        except NoGraphYet:
            return None
        mark = rows[0][0] if rows else None
        if not isinstance(mark, dict):
            raise StoreDamaged(f"{self.path} is a graph of something else. Choose another path.")
        at = mark.get("published_at")
        return Publication(str(mark["version"]), "published", at if isinstance(at, datetime) else None)

    def version(self) -> str:
        """Changes whenever the content does; empty before the first load."""
        publication = self.publication()
        return publication.version if publication else ""

    def close(self) -> None:
        """Lets go of the open file."""
        with self._lock:
            self._open = None

    def _reader(self) -> "_Reader":
        """The file that is in place now, opened once."""
        with self._lock:
            try:
                facts = self.path.stat()
            except FileNotFoundError:
                self._open = None
                raise NoGraphYet(
                    f"There is no graph at {self.path} yet. Run `crownpath load` first."
                ) from None
            except OSError as problem:
                raise StoreUnavailable(f"{self.path} cannot be opened: {problem.strerror}.") from problem
            seen = (facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_size)
            if self._open is None or self._open[0] != seen:
                self._open = seen, _Reader(self.path)
            return self._open[1]

    def _copy(self) -> kglite.KnowledgeGraph:
        if not self.path.exists():
            return kglite.KnowledgeGraph()
        with _translated(self.path):
            return kglite.load(str(self.path), verify="eager", columns="memory", topology="memory")

    def _publish(self, graph: kglite.KnowledgeGraph) -> None:
        """Marks, saves beside, flushes, renames: whoever looks sees the old graph or the new one."""
        version = uuid4().hex
        _run(graph, upsert_nodes("Snapshot") + NO_TITLE, [mark_row("published", version, datetime.now(UTC))])
        fresh = self.path.with_name(self.path.name + ".loading")
        with _translated(self.path):
            graph.save(str(fresh), fsync=True)
        fresh.chmod(0o600)
        fresh.replace(self.path)
        _flush(self.path.parent)
        self._base = version

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Holds the lock file; refuses when someone writes now, or wrote since the difference was made."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(self.path.name + ".lock").open("a+", encoding="ascii")
        except OSError as problem:
            raise StoreUnavailable(f"{self.path} cannot be written: {problem.strerror}.") from problem
        with lock:
            _hold(lock.fileno(), self.path, Path(lock.name))
            if self._base is not None and self.version() != self._base:
                raise StoreBusy(
                    f"{self.path} was loaded by someone else in the meantime. Run the load again."
                )
            yield


class _Reader:
    """One version of the file, opened."""

    def __init__(self, path: Path) -> None:
        with _translated(path):
            self._session = kglite.open_session(str(path), verify="eager")

    def read(self, cypher: str, params: Params, timeout_s: float, max_rows: int) -> Rows:
        cursor = self._cursor()
        with _translated_query(timeout_s):
            view = _view(
                cursor.cypher(
                    cypher,
                    params=dict(params),
                    timeout_ms=max(1, round(timeout_s * 1000)),
                    row_limit=max_rows,
                    hide_structural_keys=True,
                )
            )
            raw = view.to_list()
        total = (view.diagnostics or {}).get("total_rows") or len(raw)
        answer = Answer(raw, self._asset_ids)
        columns = tuple(view.columns)
        rows = tuple(tuple(answer.cell(row[column]) for column in columns) for row in raw)
        return Rows(columns, rows, truncated=total > len(raw))

    def everything(self) -> Iterator[Node | Edge]:
        """All nodes, then all relations, except the mark."""
        cursor = self._cursor()
        held: dict[int, tuple[str, str]] = {}
        for kind in sorted(set(cursor.node_types) & set(ontology.KINDS)):
            for found in _view(cursor.cypher(f"MATCH (n:{kind}) RETURN n AS n", timeout_ms=0)).column("n"):
                properties = stored(found["properties"])
                key = str(properties.pop("id"))
                if key == MARK:
                    continue
                held[found["id"]] = (key, kind)
                yield Node(key, kind, properties)
        for relation in sorted({each["type"] for each in cursor.relationship_types()}):
            answer = cursor.cypher(f"MATCH ()-[r:{relation}]->() RETURN r AS r", timeout_ms=0)
            for found in _view(answer).column("r"):
                properties = stored(found["properties"])
                source, target = held[found["start"]], held[found["end"]]
                yield Edge(str(properties.pop("id")), relation, *source, *target, properties)

    def _cursor(self) -> kglite.KnowledgeGraph:
        """A handle of its own for each reader; what it would change it would change for itself alone."""
        cursor = self._session.cursor()
        cursor.read_only(enabled=True)
        return cursor

    def _asset_ids(self, places: set[int]) -> dict[int, str]:
        """The ids of the nodes that relations of an answer start and end at."""
        rows = self._session.cypher(
            "UNWIND $places AS place MATCH (n) WHERE elementId(n) = place RETURN place, n.id AS id",
            params={"places": [str(place) for place in places]},
        )
        return {int(row["place"]): row["id"] for row in rows.to_list()}


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """The engine's errors about its file, as ours."""
    try:
        yield
    except kglite.FileError as problem:
        raise NoGraphYet(f"There is no graph at {path} yet. Run `crownpath load` first.") from problem
    except (kglite.FileFormatError, ValueError) as problem:
        raise StoreDamaged(
            f"{path} is damaged or not a graph ({problem}). Move it away and run `crownpath load`: "
            "the graph is rebuilt from the snapshot."
        ) from problem
    except (kglite.FileIoError, OSError) as problem:
        raise StoreUnavailable(f"{path} cannot be read or written: {problem}.") from problem


@contextlib.contextmanager
def _translated_query(timeout_s: float) -> Iterator[None]:
    """The engine's errors about a statement, as ours."""
    try:
        yield
    except kglite.CypherTimeoutError as problem:
        raise QueryTimeout(f"The statement did not end within {timeout_s:g} s and was stopped.") from problem
    except kglite.ReadOnlyError as problem:
        raise WriteRefused("This statement is not run, because it writes. Queries only read.") from problem
    except kglite.KgError as problem:
        if "max_work_units" in str(problem):
            raise QueryTooLarge(f"The statement needs too much memory: {problem}") from problem
        raise QueryInvalid(f"The store does not understand the statement: {problem}") from problem
    except (TypeError, ValueError, OverflowError, RecursionError) as problem:
        raise QueryInvalid(f"A parameter of the statement cannot be used: {problem}") from problem


def _view(answer: object) -> kglite.ResultView:
    """The engine answers texts and frames only when asked for them."""
    if not isinstance(answer, kglite.ResultView):
        raise TypeError(f"the engine answered {type(answer).__name__}")
    return answer


def _run(graph: kglite.KnowledgeGraph, cypher: str, rows: list[Row]) -> None:
    try:
        graph.cypher(cypher, params={"rows": rows}, timeout_ms=0)
    except kglite.KgError as problem:
        raise StoreError(f"The embedded store refused a change: {problem}") from problem


def _hold(handle: int, path: Path, lock: Path) -> None:
    """Locks for as long as the handle is open; the system lets go when the process ends, however it ends."""
    import fcntl  # POSIX: only writing needs it

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = lock.read_text(encoding="ascii").strip() or "unknown"
        raise StoreBusy(
            f"{path} is being loaded by process {holder}. Wait for it to end, or stop it, and load again."
        ) from None
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())


def _flush(folder: Path) -> None:
    """Makes the rename itself survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
