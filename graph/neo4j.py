"""The Neo4j store: Community and Enterprise 5.26 LTS and later, Aura, clusters through `neo4j://`.

A difference of up to 50,000 changes is one transaction. A larger one marks the graph as loading, upserts,
removes and publishes; until it is whole it holds every old and every new node.
"""

import contextlib
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import neo4j
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    Neo4jError,
)

from graph import ontology
from graph.changes import statements
from graph.cypher import objection
from graph.load import difference
from graph.model import Delta, Edge, Graph, Node, Params, Rows
from graph.neo4j_answers import Answer, kind_of, stored, translation
from graph.neo4j_writes import Tally, at_once, claim, part, publish, text
from graph.store import (
    MARK,
    PASSWORD,
    PASSWORD_FILE,
    USER,
    Progress,
    Publication,
    Schema,
    StoreUnavailable,
    TargetInvalid,
    WriteRefused,
    WrongPassword,
)

if TYPE_CHECKING:
    from neomodel import StructuredNode

logging.getLogger("neo4j").addHandler(logging.NullHandler())  # what goes wrong is raised, and said once

BATCH = 5_000
ONE_TRANSACTION = 50_000
"""Half a million changes in one transaction exhaust a heap of 2 GB."""

CONNECT_S = 5.0
RETRY_S = 5.0


class Plan(msgspec.Struct, frozen=True):
    """How Neo4j would run a statement: its operators with their parents, and `r` for reading only."""

    operators: tuple[str, ...]
    parents: tuple[str, ...]
    query_type: str

    def parents_of(self, operator: str) -> tuple[str, ...]:
        """The operators directly above each occurrence of one; the topmost has an empty parent."""
        pairs = zip(self.operators, self.parents, strict=True)
        return tuple(parent for name, parent in pairs if name == operator)


class Neo4jStore:
    """A graph in a Neo4j database. Threads may share it."""

    largest_delta = 2**63 - 1

    def __init__(
        self, target: str, *, user: str = "neo4j", password: str | None = None, database: str | None = None
    ) -> None:
        self.target = target
        self._user = user
        self._password_given = bool(password)
        self._database = database
        self._schema: Schema | None = None
        self._schema_lock = threading.Lock()
        self._base: str | None = None
        try:
            self._driver = neo4j.GraphDatabase.driver(
                target,
                auth=(user, password) if password else None,
                connection_timeout=CONNECT_S,
                connection_acquisition_timeout=CONNECT_S * 2,
                max_transaction_retry_time=RETRY_S,
                notifications_min_severity="OFF",
                user_agent="crownpath",
            )
        except (ConfigurationError, ValueError) as problem:
            raise TargetInvalid(f"{target} is not an address of Neo4j: {problem}") from problem

    def read(self, cypher: str, params: Params, *, timeout_s: float, max_rows: int) -> Rows:
        """The answer to one reading statement; at most `max_rows` of it. Never retried."""
        if why := objection(cypher):
            raise WriteRefused(f"This statement is not run, because {why}. Queries only read.")
        query = neo4j.Query(text(cypher), timeout=timeout_s)
        with self._translated(timeout_s), self._session(neo4j.READ_ACCESS) as session:
            result = session.run(query, _parameters(params))
            columns = tuple(result.keys())
            raw = [record.values() for record in result.fetch(max_rows + 1)]
            result.consume()
            answer = Answer(raw, lambda places: _asset_ids(session, places))
            rows = tuple(tuple(answer.cell(value) for value in row) for row in raw[:max_rows])
        return Rows(columns, rows, truncated=len(raw) > max_rows)

    def apply(self, delta: Delta, progress: Progress | None = None) -> None:
        """All in one transaction, or, for a large difference, marked as loading until it is whole."""
        version = uuid4().hex
        done = Tally(len(delta), progress)
        batches = statements(delta, BATCH)
        with self._translated(None, done), self._session(neo4j.WRITE_ACCESS) as session:
            if len(delta) <= ONE_TRANSACTION:
                session.execute_write(at_once, list(batches), self._base, version)
                done.add(len(delta))
            else:
                session.execute_write(claim, self._base, version)
                for batch in batches:
                    session.execute_write(part, batch, version)
                    done.add(len(batch[1]))
                session.execute_write(publish, version)
        self._base = version

    def replace(self, graph: Graph, progress: Progress | None = None) -> None:
        """Works out the difference and applies it, so that nothing is ever missing in between."""
        self.schema()
        self.apply(difference(self.published(), graph).delta, progress)

    def published(self) -> Iterator[Node | Edge]:
        """Everything of our kinds that is in the database, nodes first."""
        publication = self.publication()
        self._base = publication.version if publication else ""
        with self._translated(None), self._session(neo4j.READ_ACCESS) as session:
            labels_met = {label for (label,) in session.run("CALL db.labels()")}
            types_met = {name for (name,) in session.run("CALL db.relationshipTypes()")}
            for kind in sorted(labels_met & set(ontology.KINDS)):
                query = f"MATCH (n:{kind}) RETURN labels(n) AS labels, properties(n) AS properties"
                for labels, properties in session.run(text(query)):
                    if properties.get("id") != MARK:
                        yield _node(kind, labels, properties)
            for relation in sorted(types_met & set(ontology.RELATIONS)):
                query = (
                    f"MATCH (a)-[r:{relation}]->(b) RETURN labels(a) AS al, a.id AS a, "
                    "labels(b) AS bl, b.id AS b, properties(r) AS properties"
                )
                for source_labels, source, target_labels, target, properties in session.run(text(query)):
                    source_kind, target_kind = kind_of(source_labels), kind_of(target_labels)
                    if source_kind and target_kind:
                        own = stored(properties)
                        key = str(own.pop("id", ""))
                        ends = (str(source or ""), source_kind, str(target or ""), target_kind)
                        yield Edge(key, relation, *ends, own)

    def schema(self) -> Schema:
        """A unique id for every kind, an index on the id for every family; made through neomodel."""
        with self._schema_lock:
            if self._schema is None:
                self._schema = self._ensure_schema()
            return self._schema

    def publication(self) -> Publication | None:
        """What was loaded last; None before the first load."""
        query = f"MATCH (s:Snapshot {{id: '{MARK}'}}) RETURN s.version, s.state, s.published_at"
        rows = self.read(query, {}, timeout_s=30.0, max_rows=1).rows
        if not rows:
            return None
        version, state, at = rows[0]
        return Publication(
            str(version),
            "published" if state == "published" else "loading",
            at if isinstance(at, datetime) else None,
        )

    def version(self) -> str:
        """Changes whenever the content does, and while a load is under way; empty before the first load."""
        publication = self.publication()
        if publication is None:
            return ""
        return publication.version + ("" if publication.state == "published" else "+loading")

    def explain(self, cypher: str, params: Params | None = None) -> Plan:
        """The plan of a statement, without running it."""
        with self._translated(None), self._session(neo4j.READ_ACCESS) as session:
            summary = session.run(text("EXPLAIN " + cypher), _parameters(params or {})).consume()
        pairs = list(_operators(summary.plan or {}, ""))
        return Plan(
            tuple(name for name, _ in pairs), tuple(parent for _, parent in pairs), summary.query_type or ""
        )

    def lookup(self, kind: str, key: str) -> "StructuredNode | None":
        """One node by kind and id, as an object of the neomodel class of its kind."""
        from graph.neo4j_classes import find  # half a second to import: by those who use it

        with self._translated(None):
            return find(self._driver, self._database, kind, key)

    def close(self) -> None:
        """Closes the connections."""
        self._driver.close()

    def _session(self, mode: str) -> neo4j.Session:
        return self._driver.session(
            database=self._database,
            default_access_mode=mode,
            bookmark_manager=self._driver.execute_query_bookmark_manager,  # a reader sees our last load
        )

    def _ensure_schema(self) -> Schema:
        wanted = set(ontology.KINDS) | set(ontology.FAMILIES)
        missing = wanted - self._keyed()
        if missing:
            from graph.neo4j_classes import (
                install,
            )  # half a second to import: only where something is missing

            with self._translated(None):
                install(self._driver, self._database, missing)
                with self._session(neo4j.WRITE_ACCESS) as session:
                    session.run("CALL db.awaitIndexes(600)").consume()
        keyed = self._keyed()
        families = tuple((family, "id") for family in sorted(keyed & set(ontology.FAMILIES)))
        return Schema(tuple(sorted(keyed & set(ontology.KINDS))), families)

    def _keyed(self) -> set[str]:
        """Labels with a fast look-up by id: unique for kinds."""
        query = (
            "SHOW INDEXES YIELD type, entityType, labelsOrTypes, properties, owningConstraint "
            "WHERE entityType = 'NODE' AND type = 'RANGE' AND properties = ['id'] "
            "RETURN labelsOrTypes[0] AS label, owningConstraint IS NOT NULL AS unique"
        )
        with self._translated(None), self._session(neo4j.READ_ACCESS) as session:
            found = list(session.run(text(query)))
        return {label for label, unique in found if unique or label in ontology.FAMILIES}

    @contextlib.contextmanager
    def _translated(self, timeout_s: float | None, done: "Tally | None" = None) -> Iterator[None]:
        """The driver's errors, as ours."""
        try:
            yield
        except AuthError as problem:
            why = (
                "user and password do not match"
                if self._password_given
                else "it asks for a password and none was given"
            )
            raise WrongPassword(
                f"{self.target} does not let user {self._user!r} in: {why}. "
                f"Set {USER} and {PASSWORD} (or {PASSWORD_FILE})."
            ) from problem
        except Neo4jError as problem:
            raise translation(problem, timeout_s) from problem
        except (DriverError, OSError) as problem:
            raise StoreUnavailable(self._lost(problem, done)) from problem

    def _lost(self, problem: Exception, done: "Tally | None") -> str:
        if done is None:
            return f"Nobody answers at {self.target}. Does Neo4j run there, is the address right? ({problem})"
        return (
            f"The connection to {self.target} was lost while loading: {done.stored} of {done.total} changes "
            "are stored, and nothing that was there is lost. Run the load again, which goes on from there. "
            f"({problem})"
        )


def _node(kind: str, labels: Iterable[str], properties: Mapping[str, object]) -> Node:
    own = stored(properties)
    key = str(own.pop("id", ""))
    if ontology.KINDS[kind] not in labels:
        own["kind"] = ""  # differs from what is to be, and so is written again
    return Node(key, kind, own)


def _asset_ids(session: neo4j.Session, places: set[str]) -> dict[str, str]:
    """The ids of the nodes that relations of an answer start and end at."""
    query = "MATCH (n) WHERE elementId(n) IN $places RETURN elementId(n) AS place, n.id AS id"
    return {place: str(key) for place, key in session.run(query, {"places": sorted(places)})}


def _operators(plan: Mapping[str, object], parent: str) -> Iterator[tuple[str, str]]:
    """Each operator of a plan with the one above it; the names come as `NodeIndexSeek@neo4j`."""
    name = str(plan.get("operatorType", "")).partition("@")[0]
    yield name, parent
    children = plan.get("children")
    for child in children if isinstance(children, list) else ():
        yield from _operators(child, name)


def _parameters(params: Params) -> dict[str, object]:
    return dict(params)
