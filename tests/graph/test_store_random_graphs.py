"""On random graphs every store answers what a search by brute force finds."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model import Edge, Graph, Node, Params
from graph.store import GraphStore

Step = tuple[int, str, int, str]
"""Source, type, target, and what keeps parallel steps apart."""

SIZE = 6
TYPES = ("STEP", "BLOCKED_STEP")
steps = st.lists(
    st.tuples(
        st.integers(0, SIZE - 1), st.sampled_from(TYPES), st.integers(0, SIZE - 1), st.sampled_from("abc")
    ),
    unique=True,
    max_size=14,
)


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def one_store(request: pytest.FixtureRequest) -> Iterator[GraphStore]:
    """Each store, for many examples: `replace` empties it."""
    with request.getfixturevalue("open_empty")(request.param) as store:
        yield store


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=steps)
def test_answers_are_those_of_a_search_by_brute_force(one_store: GraphStore, found: list[Step]) -> None:
    one_store.replace(_graph(found))
    trails = list(_trails(found, TYPES, 3))
    plain = list(_trails(found, ("STEP",), 3))
    assert _ask(one_store, "MATCH (a:Foothold)-[r]->(b) RETURN a.id, b.id, type(r)") == Counter(
        (f"f{source}", f"f{target}", kind) for source, kind, target, _ in found
    )
    assert _ask(one_store, "MATCH (a:Foothold)-[:STEP*1..3]->(b) RETURN a.id, b.id") == Counter(
        (f"f{trail[0][0]}", f"f{trail[-1][2]}") for trail in plain
    )
    assert _ask(
        one_store, "MATCH p = (a:Foothold)-[:STEP|BLOCKED_STEP*2..3]->(b) RETURN a.id, length(p), b.id"
    ) == Counter((f"f{trail[0][0]}", len(trail), f"f{trail[-1][2]}") for trail in trails if len(trail) > 1)
    assert _ask(
        one_store, "MATCH (a:Foothold)-[:STEP*0..3]->(b) RETURN a.id, count(DISTINCT b.id) AS n"
    ) == Counter((f"f{at}", len(_reach(plain, at) | {at})) for at in range(SIZE))
    assert _ask(
        one_store,
        "MATCH (a:Foothold) WHERE NOT EXISTS { MATCH (a)-[:STEP]->(b) WHERE b.id <> a.id } RETURN a.id",
    ) == Counter(
        (f"f{at}",)
        for at in range(SIZE)
        if not any(s == at and k == "STEP" and t != at for s, k, t, _ in found)
    )
    assert _ask(
        one_store, "MATCH (a:Foothold) OPTIONAL MATCH (a)<-[r:BLOCKED_STEP]-(b) RETURN a.id, count(r) AS n"
    ) == Counter(
        (f"f{at}", sum(t == at and k == "BLOCKED_STEP" for _, k, t, _ in found)) for at in range(SIZE)
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=steps, start=st.integers(0, SIZE - 1), end=st.integers(0, SIZE - 1))
def test_shortest_paths_are_shortest(one_store: GraphStore, found: list[Step], start: int, end: int) -> None:
    if start == end:
        return  # stores differ there, and so no query asks it
    one_store.replace(_graph(found))
    lengths = [len(t) for t in _trails(found, ("STEP",), SIZE) if (t[0][0], t[-1][2]) == (start, end)]
    ends = "MATCH (a:Foothold {id: $a}) MATCH (b:Foothold {id: $b}) "
    params = {"a": f"f{start}", "b": f"f{end}"}
    one = ends + "MATCH p = shortestPath((a)-[:STEP*..8]->(b)) RETURN length(p) AS n"
    every = ends + "MATCH p = allShortestPaths((a)-[:STEP*..8]->(b)) RETURN length(p) AS n"
    assert _ask(one_store, one, params) == Counter([(min(lengths),)] if lengths else [])
    assert _ask(one_store, every, params) == Counter((n,) for n in lengths if n == min(lengths))


def _ask(store: GraphStore, cypher: str, params: Params | None = None) -> Counter[tuple[object, ...]]:
    return Counter(store.read(cypher, params or {}, timeout_s=60, max_rows=100_000).rows)


def _graph(found: list[Step]) -> Graph:
    nodes = tuple(Node(f"f{at}", "Foothold", {"state": "read"}) for at in range(SIZE))
    edges = tuple(
        Edge(f"{s}{kind}{t}{mark}", kind, f"f{s}", "Foothold", f"f{t}", "Foothold", {"by": mark})
        for s, kind, t, mark in found
    )
    return Graph(nodes, edges)


def _trails(found: list[Step], kinds: tuple[str, ...], longest: int) -> Iterator[tuple[Step, ...]]:
    """Every walk that uses no step twice."""
    open_ends: list[tuple[Step, ...]] = [(step,) for step in found if step[1] in kinds]
    while open_ends:
        trail = open_ends.pop()
        yield trail
        if len(trail) < longest:
            open_ends += [
                (*trail, step)
                for step in found
                if step[0] == trail[-1][2] and step[1] in kinds and step not in trail
            ]


def _reach(trails: list[tuple[Step, ...]], start: int) -> set[int]:
    return {trail[-1][2] for trail in trails if trail[0][0] == start}
