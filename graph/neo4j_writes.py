"""What a load does to Neo4j, transaction by transaction.

The graph carries a mark, a `Snapshot` node with a version. Whoever loads puts their version on it first and
looks for it in each transaction, so that of two loads at once the one that was overtaken notices.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import LiteralString

import neo4j

from graph.changes import Row, Statement, mark_row, upsert_nodes
from graph.store import MARK, Progress, StoreBusy


class Tally:
    """How many changes are stored, told to whoever watches."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.stored = 0
        self.total = total
        self._progress = progress

    def add(self, count: int) -> None:
        """Tells that so many more are stored."""
        self.stored += count
        if self._progress:
            self._progress(self.stored, self.total)


def at_once(
    transaction: neo4j.ManagedTransaction, batches: Iterable[Statement], base: str | None, version: str
) -> None:
    """A whole load in one transaction."""
    claim(transaction, base, version)
    for cypher, rows in batches:
        transaction.run(text(cypher), {"rows": rows}).consume()
    publish(transaction, version)


def claim(transaction: neo4j.ManagedTransaction, base: str | None, version: str) -> None:
    """Marks the graph as ours to change; an error when someone else changed it since the difference was made.

    Writing before reading takes the lock. A repeated attempt finds our own version.
    """
    query = "MERGE (s:Snapshot {id: $mark}) SET s.kind = 'Snapshot' RETURN coalesce(s.version, '') AS held"
    record = transaction.run(query, {"mark": MARK}).single(strict=True)
    if base is not None and record["held"] not in (base, version):
        raise StoreBusy("Someone else loaded into this database in the meantime. Run the load again.")
    _mark(transaction, mark_row("loading", version, datetime.now(UTC)))


def part(transaction: neo4j.ManagedTransaction, batch: Statement, version: str) -> None:
    """One batch of a large load, as long as the graph is still ours."""
    _hold(transaction, version)
    cypher, rows = batch
    transaction.run(text(cypher), {"rows": rows}).consume()


def publish(transaction: neo4j.ManagedTransaction, version: str) -> None:
    """From now on what is there is the graph."""
    _hold(transaction, version)
    _mark(transaction, mark_row("published", version, datetime.now(UTC)))


def _hold(transaction: neo4j.ManagedTransaction, version: str) -> None:
    query = (
        "MATCH (s:Snapshot {id: $mark}) WHERE s.version = $version "
        "SET s.version = $version RETURN count(s) AS held"
    )
    if not transaction.run(query, {"mark": MARK, "version": version}).single(strict=True)["held"]:
        raise StoreBusy(
            "Someone else began to load into this database. Run the load again when they are done."
        )


def _mark(transaction: neo4j.ManagedTransaction, row: Row) -> None:
    transaction.run(text(upsert_nodes("Snapshot")), {"rows": [row]}).consume()


def text(cypher: str) -> LiteralString:
    """The driver wants texts known when the program is written; ours come from files and the ontology."""
    return cypher
