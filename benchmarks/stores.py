"""Loading 100,000 nodes and 500,000 relations: each store beside the quickest way to do it by hand."""

import contextlib
import multiprocessing
import os
import resource
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

import kglite
import neo4j
import pandas as pd

from benchmarks.graphs import estate
from benchmarks.measurement import Measurement, seconds
from graph import ontology
from graph.derivation import read_graph, write_graph
from graph.embedded import EmbeddedStore
from graph.load import load
from graph.model import Graph, Node
from graph.neo4j import BATCH, Neo4jStore
from graph.neo4j_writes import text
from tests.neo4j_local.launcher import Neo4jMissing, Neo4jServer

URI = "CROWNPATH_TEST_NEO4J_URI"
PASSWORD = "CROWNPATH_TEST_NEO4J_PASSWORD"  # noqa: S105 - the name of a variable
GIGABYTE = 2**30

Row: TypeAlias = Mapping[str, object]

TIMES = {
    name: "zoneddatetime"
    for declared in (ontology.ALL, *ontology.PROPERTIES.values())
    for name, each in declared.items()
    if each.type == "time"
}


def measure() -> list[Measurement]:
    """Time and memory of a first load, and the time of a second one, which changes nothing."""
    return [*_embedded(), *_neo4j()]


def _embedded() -> Iterator[Measurement]:
    graph = estate().graph
    with tempfile.TemporaryDirectory() as folder:
        by_hand = seconds(lambda: _bulk(graph, Path(folder, "plain.kgl")))
        store = EmbeddedStore(Path(folder, "graph.kgl"))
        yield Measurement(
            name="embedded: first load",
            value=seconds(lambda: load(store, graph)),
            unit="s",
            baseline=by_hand,
            target=2.0,
        )
        yield Measurement(name="embedded: second load", value=seconds(lambda: load(store, graph)), unit="s")
        changed = _with_changes(graph, 1_000)
        yield Measurement(
            name="embedded: 1,000 changes", value=seconds(lambda: load(store, changed)), unit="s"
        )
        write_graph(Path(folder), graph)
        peak = _peak_of_a_child(Path(folder))
    yield Measurement(name="embedded: peak memory of a load", value=peak / GIGABYTE, unit="GB", target=1.5)


def _bulk(graph: Graph, path: Path) -> None:
    """The engine's own bulk path: frames built, added, saved; nothing checked."""
    engine = kglite.KnowledgeGraph()
    nodes: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        nodes[node.kind].append(node)
    for kind, group in nodes.items():
        frame = pd.DataFrame([{"id": node.id, "kind": kind, **node.properties} for node in group])
        types = {name: kept for name, kept in TIMES.items() if name in frame.columns}
        engine.add_nodes(frame, kind, "id", "name", labels=[ontology.KINDS[kind]], column_types=types)
    edges: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for edge in graph.edges:
        row = {"from": edge.source, "to": edge.target, "id": edge.id, **edge.properties}
        edges[edge.type, edge.source_kind, edge.target_kind].append(row)
    for (relation, source_kind, target_kind), rows in edges.items():
        frame = pd.DataFrame(rows)
        columns = [name for name in frame.columns if name not in ("from", "to")]
        engine.add_relationships(frame, relation, source_kind, "from", target_kind, "to", columns=columns)
    engine.save(str(path))


def _with_changes(graph: Graph, count: int) -> Graph:
    renamed = (Node(n.id, n.kind, {**n.properties, "owner": "someone else"}) for n in graph.nodes[:count])
    return Graph((*renamed, *graph.nodes[count:]), graph.edges)


def _peak_of_a_child(folder: Path) -> int:
    """Bytes at the worst moment of a process that reads the graph's files and loads it, as `load` does."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_load_and_tell, args=(folder, theirs))
    child.start()
    peak = int(ours.recv())
    child.join()
    return peak


def _load_and_tell(folder: Path, answer: "Connection[int, int]") -> None:
    load(EmbeddedStore(folder / "child.kgl"), read_graph(folder))
    answer.send(_peak())


def _peak() -> int:
    """Bytes. On Linux the figure of getrusage outlives exec and would be the parent's."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _neo4j() -> Iterator[Measurement]:
    graph = estate().graph
    try:
        with empty_neo4j() as store:
            by_hand = seconds(lambda: _unwind(graph, store.target))
        with empty_neo4j() as store:
            first = seconds(lambda: load(store, graph))
            again = seconds(lambda: load(store, graph))
            changed = _with_changes(graph, 1_000)
            few = seconds(lambda: load(store, changed))
    except Neo4jMissing as reason:
        sys.stderr.write(f"Neo4j is not measured: {reason}.\n")
        return
    yield Measurement(name="neo4j: first load", value=first, unit="s", baseline=by_hand, target=1.5)
    yield Measurement(name="neo4j: second load", value=again, unit="s")
    yield Measurement(name="neo4j: 1,000 changes", value=few, unit="s")


@contextlib.contextmanager
def empty_neo4j() -> Iterator[Neo4jStore]:
    """A server of our own, started for this, or the one that is named, wiped; with our schema."""
    with contextlib.ExitStack() as stack:
        uri = os.environ.get(URI) or stack.enter_context(Neo4jServer(quick=False)).uri
        with _driver(uri) as driver, driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
        store = stack.enter_context(contextlib.closing(Neo4jStore(uri, password=os.environ.get(PASSWORD))))
        store.schema()
        yield store


def _driver(uri: str) -> neo4j.Driver:
    password = os.environ.get(PASSWORD)
    return neo4j.GraphDatabase.driver(uri, auth=("neo4j", password) if password else None)


def _unwind(graph: Graph, uri: str) -> None:
    """The driver alone with the same batches: nothing compared, nothing checked, nothing marked."""
    nodes: dict[str, list[Row]] = defaultdict(list)
    for node in graph.nodes:
        nodes[node.kind].append({"id": node.id, "props": {**node.properties, "kind": node.kind}})
    edges: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for edge in graph.edges:
        row = {"id": edge.id, "a": edge.source, "b": edge.target, "props": edge.properties}
        edges[edge.type, edge.source_kind, edge.target_kind].append(row)
    with _driver(uri) as driver:
        for kind, rows in nodes.items():
            upsert = f"MERGE (n:{kind} {{id: row.id}}) SET n += row.props SET n:{ontology.KINDS[kind]}"
            _run(driver, upsert, rows)
        for (relation, source_kind, target_kind), rows in edges.items():
            ends = f"MATCH (a:{source_kind} {{id: row.a}}) MATCH (b:{target_kind} {{id: row.b}})"
            _run(driver, f"{ends} MERGE (a)-[r:{relation} {{id: row.id}}]->(b) SET r += row.props", rows)


def _run(driver: neo4j.Driver, upsert: str, rows: list[Row]) -> None:
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        driver.execute_query(neo4j.Query(text(f"UNWIND $rows AS row {upsert}")), {"rows": batch})
