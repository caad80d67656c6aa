"""Small estates for tests: assets, relations and policies put together in a few words."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from graph.facts import Facts
from graph.model import Asset, Coverage, Evidence, Json, Layer, Policy, Relation, Value

ACCOUNT = "111122223333"
FOREIGN = "999988887777"


def role(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def user(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:user/{name}"


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:  # `Any`: a statement is free JSON
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def trust(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


class EstateBuilder:
    """Collects records; `facts()` makes them into what the derivations read."""

    def __init__(self) -> None:
        self.assets: dict[str, Asset] = {}
        self.relations: list[Relation] = []
        self.policies: list[Policy] = []
        self.documents: dict[str, Json] = {}
        self.coverage: list[Coverage] = []

    def asset(self, kind: str, identifier: str, **properties: Value) -> str:
        evidence = self.evidence({"id": identifier, **{k: str(v) for k, v in properties.items()}})
        named = Evidence(evidence.call, evidence.document, "", tuple(sorted(properties)))
        given = {"account": ACCOUNT, **properties} if identifier.startswith("arn:") else dict(properties)
        self.assets[identifier] = Asset(id=identifier, kind=kind, properties=given, evidence=(named,))
        return identifier

    def relation(self, kind: str, source: str, target: str, **properties: Value) -> Relation:
        evidence = self.evidence({"from": source, "to": target, "kind": kind})
        self.relations.append(Relation(kind, source, target, properties, (evidence,)))
        return self.relations[-1]

    def policy(self, on: str, layer: Layer, document: Any, name: str = "policy") -> Policy:
        self.policies.append(Policy(on, layer, name, self.evidence(document)))
        return self.policies[-1]

    def statements(self, on: str, layer: Layer, *statements: dict[str, Any]) -> Policy:
        return self.policy(on, layer, {"Version": "2012-10-17", "Statement": list(statements)})

    def evidence(self, document: Json) -> Evidence:
        digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        self.documents[digest] = document
        return Evidence("test:estate:Given", digest)

    def facts(self) -> Facts:
        return Facts.of_records(
            self.assets.values(), self.relations, self.policies, self.documents, self.coverage
        )


def pairs(facts: Facts, edges: Iterable[Any]) -> set[tuple[str, str]]:
    """(source, resource) of the edges that hold without reserve, sets resolved."""
    return {
        (edge.source, member)
        for edge in edges
        if not edge.guards and not edge.conditions
        for member in facts.members(edge.target)
    }


def conditional(facts: Facts, edges: Iterable[Any]) -> set[tuple[str, str]]:
    """(source, resource) of the edges that hold under conditions only."""
    return {(e.source, m) for e in edges if e.conditions and not e.guards for m in facts.members(e.target)}


def blocked(facts: Facts, edges: Iterable[Any]) -> set[tuple[str, str]]:
    """(source, resource) of the edges that something stops."""
    return {(e.source, m) for e in edges if e.guards for m in facts.members(e.target)}
