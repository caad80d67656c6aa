"""A small graph with one of everything that statements are tried on: who reaches the patients' records?"""

from datetime import UTC, datetime

from graph.model import INTERNET, Edge, Graph, Node, Value, relation_id

MARCH = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
NEW_YEAR = datetime(2024, 12, 31, 23, 59, 59, 5, tzinfo=UTC)
PERSONAL = ("health", "personal")

NODES: dict[str, tuple[str, dict[str, Value]]] = {
    INTERNET: ("Internet", {"name": "Internet"}),
    "fn:chat": ("Function", {"name": "chat", "region": "eu-central-1", "tags": ("team=ml", "tier=1")}),
    "fn:report": ("Function", {"name": "Report", "region": "us-east-1"}),
    "agent:care": ("Agent", {"name": "care", "environment": "prod"}),
    "agent:ward": ("Agent", {"name": "ward", "environment": "dev"}),
    "kb:letters": ("KnowledgeBase", {"name": "letters"}),
    "role:care": ("Role", {"name": "care-role"}),
    "role:admin": ("Role", {"name": "admin-role"}),
    "user:ann": ("User", {"name": "ann", "low_trust": True}),
    "set:all": ("ResourceSet", {"name": "all", "size": 3}),
    "set:some": ("ResourceSet", {"name": "some", "size": 2}),
    "b:data": ("Bucket", {"name": "data", "retention_days": 30, "versioning": True}),
    "b:logs": ("Bucket", {"name": "logs", "versioning": False}),
    "d:letters": ("Dataset", {"name": "letters", "data_classes": PERSONAL, "retention_days": 365}),
    "d:scans": ("Dataset", {"name": "scans", "data_classes": ("health",), "retention_days": 10}),
    "d:menu": ("Dataset", {"name": "menu", "data_classes": ()}),
    "job:triage": ("TrainingJob", {"name": "triage", "started_at": MARCH}),
    "job:old": ("TrainingJob", {"name": "old", "started_at": NEW_YEAR}),
    "m:triage": ("Model", {"name": "triage", "signed": False}),
    "f:1": ("Foothold", {"name": "internet reach", "state": "reach", "entry": True}),
    "f:2": ("Foothold", {"name": "chat invoke", "state": "invoke"}),
    "f:3": ("Foothold", {"name": "care steer", "state": "steer"}),
    "f:4": ("Foothold", {"name": "letters read", "state": "read"}),
    "f:5": ("Foothold", {"name": "scans read", "state": "read"}),
    "find:1": ("Finding", {"name": "open door", "score": 7.5, "severity": "high"}),
    "find:2": ("Finding", {"name": "weak door", "score": 2.0, "severity": "low"}),
}  # fmt: skip
"""Id to kind and properties."""

EDGES: tuple[tuple[str, str, str, dict[str, Value]], ...] = (
    ("EXPOSES", INTERNET, "fn:chat", {"auth": "none", "port": 443}),
    ("EXPOSES", INTERNET, "fn:chat", {"auth": "key", "port": 8443}),
    ("EXPOSES", INTERNET, "fn:report", {"auth": "iam", "port": 443}),
    ("CALLS_MODEL", "fn:chat", "agent:care", {}),
    ("RETRIEVES_FROM", "agent:care", "kb:letters", {}),
    ("RETRIEVES_FROM", "agent:ward", "kb:letters", {}),
    ("INDEXES", "kb:letters", "d:letters", {}),
    ("RUNS_AS", "agent:care", "role:care", {}),
    ("RUNS_AS", "agent:ward", "role:care", {}),
    ("RUNS_AS", "fn:report", "role:admin", {}),
    ("CAN_ASSUME", "user:ann", "role:care", {"confidence": "confirmed"}),
    ("CAN_ASSUME", "role:care", "role:admin", {"confidence": "possible", "conditions": ("mfa",)}),
    ("CAN_READ", "role:admin", "set:all", {"because": ("e:1 e:2", "e:3")}),
    ("CAN_READ", "role:care", "d:letters", {"because": ("e:4",)}),
    ("CAN_READ", "role:care", "d:letters", {"because": ("e:5",), "conditions": ("ip",)}),
    ("COVERS", "set:all", "set:some", {}),
    ("COVERS", "set:all", "d:menu", {}),
    ("COVERS", "set:some", "d:letters", {}),
    ("COVERS", "set:some", "d:scans", {}),
    ("CONTAINS", "b:data", "d:letters", {}),
    ("CONTAINS", "b:data", "d:scans", {}),
    ("CONTAINS", "b:logs", "d:menu", {}),
    ("TRAINED_ON", "job:triage", "d:scans", {}),
    ("TRAINED_ON", "job:old", "d:menu", {}),
    ("PRODUCED", "job:triage", "m:triage", {}),
    ("STEP", "f:1", "f:2", {"by": "EXPOSES r:1", "confidence": "confirmed"}),
    ("STEP", "f:1", "f:2", {"by": "EXPOSES r:2", "confidence": "likely"}),
    ("STEP", "f:2", "f:3", {"by": "CALLS_MODEL", "confidence": "confirmed"}),
    ("STEP", "f:3", "f:4", {"by": "INDEXES", "confidence": "confirmed"}),
    ("STEP", "f:4", "f:1", {"by": "loop", "confidence": "possible"}),
    ("BLOCKED_STEP", "f:3", "f:5", {"by": "CAN_READ", "guards": ("e:9",)}),
    ("ON", "f:1", INTERNET, {}),
    ("ON", "f:2", "fn:chat", {}),
    ("ON", "f:3", "agent:care", {}),
    ("ON", "f:4", "d:letters", {}),
    ("ON", "f:5", "d:scans", {}),
)
"""Relation, source, target and properties."""


def hospital() -> Graph:
    """All of it, sorted by id."""
    nodes = tuple(Node(key, kind, properties) for key, (kind, properties) in sorted(NODES.items()))
    edges = [edge(*each) for each in EDGES]
    return Graph(nodes, tuple(sorted(edges, key=lambda each: each.id)))


def edge(relation: str, source: str, target: str, properties: dict[str, Value]) -> Edge:
    """A relation between two of the nodes above."""
    key = relation_id(relation, source, target, properties)
    return Edge(key, relation, source, NODES[source][0], target, NODES[target][0], properties)
