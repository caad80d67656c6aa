"""A large estate made from the ontology: heavy-tailed degrees, hubs, and matches planted on purpose.

    planted = estate(nodes=100_000, edges=500_000, seed=7)
    planted.graph      # what a store takes
    planted.paths      # ids of the nodes of each planted path, from the internet to the data

The same arguments give the same graph.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from graph import ontology
from graph.model import INTERNET, Edge, Graph, Node, Value, relation_id

NODES = 100_000
EDGES = 500_000
SEED = 7
PATHS = 100

SHARES: dict[str, int] = {
    "Dataset": 300,
    "Bucket": 60,
    "Table": 50,
    "LogStore": 30,
    "Role": 120,
    "User": 40,
    "Group": 5,
    "ServiceIdentity": 40,
    "ExternalPrincipal": 10,
    "Model": 60,
    "ModelFile": 40,
    "Endpoint": 30,
    "TrainingJob": 60,
    "Notebook": 20,
    "Agent": 15,
    "Tool": 30,
    "KnowledgeBase": 10,
    "Guardrail": 3,
    "Function": 50,
    "Workload": 20,
    "ContainerImage": 30,
    "Repository": 10,
    "Credential": 20,
    "EncryptionKey": 5,
    "ResourceSet": 30,
    "Account": 2,
}
"""Of a thousand or so nodes, how many are of each kind."""

WEIGHTS: tuple[tuple[str, str, str, int], ...] = (
    ("CONTAINS", "Account", "Dataset", 60),
    ("CONTAINS", "Bucket", "Dataset", 60),
    ("CAN_READ", "Role", "Dataset", 80),
    ("CAN_READ", "Role", "ResourceSet", 40),
    ("CAN_READ", "ServiceIdentity", "Dataset", 30),
    ("CAN_READ", "User", "ResourceSet", 20),
    ("CAN_WRITE", "Role", "Dataset", 40),
    ("CAN_WRITE", "ServiceIdentity", "ResourceSet", 10),
    ("CAN_INVOKE", "Role", "Function", 20),
    ("CAN_INVOKE", "Role", "Endpoint", 10),
    ("CAN_ASSUME", "Role", "Role", 30),
    ("CAN_ASSUME", "User", "Role", 30),
    ("CAN_ASSUME", "ExternalPrincipal", "Role", 5),
    ("CAN_ADMIN", "Role", "Account", 5),
    ("COVERS", "ResourceSet", "Dataset", 80),
    ("COVERS", "ResourceSet", "ResourceSet", 20),
    ("MEMBER_OF", "User", "Group", 20),
    ("RUNS_AS", "Function", "Role", 20),
    ("RUNS_AS", "Agent", "Role", 8),
    ("RUNS_AS", "Notebook", "Role", 10),
    ("RUNS_AS", "TrainingJob", "Role", 20),
    ("RUNS_AS", "Workload", "ServiceIdentity", 10),
    ("TRAINED_ON", "TrainingJob", "Dataset", 60),
    ("PRODUCED", "TrainingJob", "Model", 30),
    ("STORED_IN", "Model", "ModelFile", 30),
    ("SERVES", "Endpoint", "Model", 15),
    ("USES_TOOL", "Agent", "Tool", 15),
    ("IMPLEMENTED_BY", "Tool", "Function", 15),
    ("RETRIEVES_FROM", "Agent", "KnowledgeBase", 8),
    ("INDEXES", "KnowledgeBase", "Dataset", 10),
    ("GUARDED_BY", "Agent", "Guardrail", 6),
    ("CALLS_MODEL", "Function", "Agent", 8),
    ("USES_IMAGE", "Workload", "ContainerImage", 10),
    ("BUILT_FROM", "ContainerImage", "Repository", 15),
    ("ENCRYPTED_WITH", "Bucket", "EncryptionKey", 20),
    ("LOGS_TO", "Endpoint", "LogStore", 10),
    ("CAN_POISON", "Role", "Model", 15),
    ("HOLDS_CREDENTIAL", "Notebook", "Credential", 8),
)
"""Relation kinds with the kinds of both ends, and their share of all relations."""

PLANTED = ("Internet", "Function", "Agent", "KnowledgeBase", "Dataset")
"""The kinds along a planted path."""

REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "europe-west3", "westeurope")
START = datetime(2026, 1, 1, tzinfo=UTC)


class Planted(msgspec.Struct, frozen=True):
    """A generated graph and the paths that are known to be in it."""

    graph: Graph
    paths: tuple[tuple[str, ...], ...]


def estate(nodes: int = NODES, edges: int = EDGES, seed: int = SEED) -> Planted:
    """A graph of about `nodes` nodes and `edges` relations with `PATHS` planted paths to patient data."""
    dice = random.Random(seed)  # noqa: S311 - a benchmark, not a secret
    ids = {kind: _ids(kind, nodes) for kind in SHARES}
    by_id = {node.id: node for kind, names in ids.items() for node in _nodes(kind, names, dice)}
    joined = {edge.id: edge for edge in _edges(ids, edges, dice)}
    paths = []
    for number in range(min(PATHS, *(len(ids[kind]) for kind in PLANTED[1:]))):
        path, fresh = _plant(number, ids)
        paths.append(path)
        joined.update((edge.id, edge) for edge in fresh)
        last = by_id[path[-1]]
        by_id[last.id] = Node(last.id, last.kind, {**last.properties, "data_classes": ("health",)})
    by_id[INTERNET] = Node(INTERNET, "Internet", {"name": "Internet"})
    ordered = tuple(by_id[key] for key in sorted(by_id))
    return Planted(Graph(ordered, tuple(joined[key] for key in sorted(joined))), tuple(paths))


def _ids(kind: str, nodes: int) -> list[str]:
    count = max(2, nodes * SHARES[kind] // sum(SHARES.values()))
    return [f"arn:aws:bench:eu-central-1:111122223333:{kind.lower()}/{number:06}" for number in range(count)]


def _nodes(kind: str, ids: list[str], dice: random.Random) -> Iterator[Node]:
    declared = ontology.properties_of(kind)
    own = sorted(ontology.PROPERTIES.get(kind, {}))[:4]
    for number, key in enumerate(ids):
        properties: dict[str, Value] = {
            "name": f"{kind} {number}",
            "account": "111122223333",
            "region": dice.choice(REGIONS),
            "provider": "aws",
            "native_kind": kind.lower(),
            "environment": dice.choice(("prod", "dev", "staging")),
            "tags": (f"team=team-{number % 97}", f"cost={number % 13}"),
            "first_seen": START + timedelta(minutes=number),
            "evidence": (f"e:{number:024x}",),
        }
        for name in own:
            if dice.random() < 0.7:
                properties[name] = _value(declared[name].type, number, dice)
        yield Node(key, kind, properties)


def _value(kind: ontology.ValueType, number: int, dice: random.Random) -> Value:
    match kind:
        case "boolean":
            return dice.random() < 0.5
        case "integer":
            return number % 1000
        case "float":
            return number / 7
        case "time":
            return START + timedelta(hours=number)
        case "strings":
            return (f"value-{number % 11}", f"value-{number % 7}")
        case "string":
            return f"value-{number % 31}"


def _edges(ids: dict[str, list[str]], count: int, dice: random.Random) -> Iterator[Edge]:
    total = sum(weight for *_, weight in WEIGHTS)
    for relation, source_kind, target_kind, weight in WEIGHTS:
        sources, targets = ids[source_kind], ids[target_kind]
        wanted = min(count * weight // total, len(sources) * len(targets) // 2)
        met: set[tuple[str, str]] = set()
        while len(met) < wanted:
            source = sources[_heavy(len(sources), dice)]
            target = targets[_heavy(len(targets), dice)] if len(met) % 3 else dice.choice(targets)
            if (source, target) not in met:
                met.add((source, target))
                yield from _parallel(relation, source, source_kind, target, target_kind, len(met))


def _heavy(size: int, dice: random.Random) -> int:
    """An index with a heavy tail: the first nodes are hubs with thousands of relations, most have a few."""
    return int(size * dice.random() ** 3)


def _parallel(
    relation: str, source: str, source_kind: str, target: str, target_kind: str, number: int
) -> Iterator[Edge]:
    """One relation, and for some of those that can be parallel a second one under a condition."""
    yield _edge(relation, source, source_kind, target, target_kind, number)
    if "conditions" in ontology.RELATIONS[relation].key and number % 100 == 1:
        yield _edge(relation, source, source_kind, target, target_kind, 5 * number)


def _edge(relation: str, source: str, source_kind: str, target: str, target_kind: str, number: int) -> Edge:
    declared = ontology.RELATIONS[relation]
    properties: dict[str, Value] = {"evidence": (f"e:{number:024x}",)}
    if declared.derived:
        properties |= {
            "confidence": "confirmed",
            "conditional": number % 5 == 0,
            "conditions": (f"ip-{number % 3}",) if number % 5 == 0 else (),
            "because": (f"e:{number:024x}", f"e:{number + 1:024x}"),
        }
    if "place" in declared.properties:
        properties["place"] = ("environment", "notebook")[number % 2]
    key = relation_id(relation, source, target, properties)
    return Edge(key, relation, source, source_kind, target, target_kind, properties)


def _plant(number: int, ids: dict[str, list[str]]) -> tuple[tuple[str, ...], list[Edge]]:
    """Internet, an open function, an agent, its knowledge base, the dataset that was indexed."""
    path = (INTERNET, *(ids[kind][-1 - number] for kind in PLANTED[1:]))
    relations = ("EXPOSES", "CALLS_MODEL", "RETRIEVES_FROM", "INDEXES")
    edges = []
    for place, relation in enumerate(relations):
        properties: dict[str, Value] = {"evidence": (f"e:{number:024x}",)}
        if relation == "EXPOSES":
            properties["auth"] = "none"
        source, target = path[place : place + 2]
        key = relation_id(relation, source, target, properties)
        edges.append(Edge(key, relation, source, PLANTED[place], target, PLANTED[place + 1], properties))
    return path, edges
