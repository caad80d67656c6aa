"""What the results say of assets and edges beyond a rule's own rows: looked up in the store, in batches."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from graph import ontology
from graph.model import Cell, Params
from graph.store import GraphStore

Row = Mapping[str, Cell]
LOOK_UP_S = 120.0
LOOK_UP_ROWS = 20_000_000
"""Look-ups are ours, complete or nothing; rules have their own bounds."""

BATCH = 5_000
SHOWN = tuple(
    kind for kind, family in ontology.KINDS.items() if family != "Governance" and kind != "ResourceSet"
)


class Held(msgspec.Struct, frozen=True):
    """An asset in brief: enough to place it in its account and to name it."""

    id: str
    kind: str
    name: str
    account: str
    provider: str


class Step(msgspec.Struct, frozen=True, order=True):
    """A step of the attack graph; sorted, so that ties between ways fall the same in every store."""

    source: str
    id: str
    target: str


class Estate:
    """One published graph, asked for what it knows of assets, footholds and edges; each answer is kept."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._full: dict[str, Row] = {}
        self._lacking: dict[tuple[str, str], frozenset[str]] = {}
        self._footholds: dict[str, tuple[str, str]] = {}
        self._distances: dict[str, Mapping[str, int]] = {}

    @cached_property
    def assets(self) -> Mapping[str, Held]:
        """Every asset by id, plumbing and bookkeeping left out."""
        held: dict[str, Held] = {}
        for kind in SHOWN:
            rows = self._rows(
                f"MATCH (n:{kind})"
                " RETURN n.id AS id, n.name AS name, n.account AS account, n.provider AS provider"
            )
            for row in rows:
                one = Held(
                    text(row["id"]), kind, *(text(row[key]) for key in ("name", "account", "provider"))
                )
                held[one.id] = one
        return held

    @cached_property
    def scopes(self) -> Mapping[str, str]:
        """The accounts that were collected, each with its cloud."""
        rows = self._rows(
            "MATCH (a:Account) WHERE coalesce(a.missing, false) = false"
            " RETURN a.account AS account, a.name AS name, a.provider AS provider"
        )
        return {text(row["account"]) or text(row["name"]): text(row["provider"]) for row in rows}

    def full(self, ids: Iterable[str]) -> Mapping[str, Row]:
        """All properties of assets, for those ids that are assets."""
        missing: dict[str, list[str]] = {}
        for identifier in sorted(set(ids)):
            if identifier in self.assets and identifier not in self._full:
                missing.setdefault(self.assets[identifier].kind, []).append(identifier)
        for kind, wanted in missing.items():
            query = f"UNWIND $ids AS wanted MATCH (n:{kind} {{id: wanted}}) RETURN n AS node"
            for row in self._batches(query, wanted):
                node = row["node"]
                if isinstance(node, dict):
                    self._full[text(node["id"])] = node
        return self._full

    def lacking(self, kind: str, prop: str) -> frozenset[str]:
        """Ids of the assets of a kind of which a property is not known."""
        if (kind, prop) not in self._lacking:
            rows = self._rows(f"MATCH (n:{kind}) WHERE n.{prop} IS NULL RETURN n.id AS id")
            self._lacking[kind, prop] = frozenset(text(row["id"]) for row in rows)
        return self._lacking[kind, prop]

    def footholds(self, ids: Iterable[str]) -> Mapping[str, tuple[str, str]]:
        """Footholds by id, as (asset, state)."""
        wanted = sorted(set(ids) - self._footholds.keys())
        query = (
            "UNWIND $ids AS wanted MATCH (f:Foothold {id: wanted})-[:ON]->(x)"
            " RETURN f.id AS id, f.state AS state, x.id AS asset"
        )
        for row in self._batches(query, wanted):
            self._footholds[text(row["id"])] = (text(row["asset"]), text(row["state"]))
        return self._footholds

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        query = "MATCH (a:Foothold)-[r:STEP]->(b:Foothold) RETURN a.id AS a, r.id AS id, b.id AS b"
        return tuple(sorted(Step(text(r["a"]), text(r["id"]), text(r["b"])) for r in self._rows(query)))

    @cached_property
    def leading_to(self) -> Mapping[str, Sequence[Step]]:
        """The steps of the whole attack graph by the foothold they end on, in order."""
        return _grouped(self._steps, "target")

    @cached_property
    def leading_from(self) -> Mapping[str, Sequence[Step]]:
        """The steps of the whole attack graph by the foothold they start from, in order."""
        return _grouped(self._steps, "source")

    def distances(self, start: str) -> Mapping[str, int]:
        """How many steps away from a foothold every other one is that it leads to."""
        if start not in self._distances:
            away, level = {start: 0}, [start]
            while level:
                found = {s.target for here in level for s in self.leading_from.get(here, ())} - away.keys()
                away |= dict.fromkeys(found, away[level[0]] + 1)
                level = list(found)
            self._distances[start] = away
        return self._distances[start]

    def relations(self, kind: str, ids: Iterable[str]) -> Mapping[str, Row]:
        """Relations of one kind by id, with all their properties."""
        query = f"MATCH ()-[r:{kind}]->() WHERE r.id IN $ids RETURN r AS edge"
        found: dict[str, Row] = {}
        for row in self._batches(query, sorted(set(ids))):
            edge = row["edge"]
            if isinstance(edge, dict):
                found[text(edge["id"])] = edge
        return found

    def _batches(self, query: str, ids: Sequence[str]) -> Iterable[Row]:
        for start in range(0, len(ids), BATCH):
            yield from self._rows(query, {"ids": list(ids[start : start + BATCH])})

    def _rows(self, query: str, params: Params | None = None) -> Iterable[Row]:
        answer = self._store.read(query, params or {}, timeout_s=LOOK_UP_S, max_rows=LOOK_UP_ROWS)
        return (dict(zip(answer.columns, row, strict=True)) for row in answer.rows)


def _grouped(steps: Iterable[Step], end: str) -> Mapping[str, Sequence[Step]]:
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(getattr(step, end), []).append(step)
    return groups


def text(cell: Cell) -> str:
    """A cell as text; empty when it is null."""
    return "" if cell is None else str(cell)


def texts(cell: Cell) -> tuple[str, ...]:
    """A cell as a flat tuple of texts: of a list each member, of null none."""
    if isinstance(cell, list):
        return tuple(each for member in cell for each in texts(member))
    return () if cell is None else (str(cell),)
