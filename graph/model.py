"""The records that pass between the stages: what was seen, and what follows from it. No I/O.

A collector yields `Asset`, `Relation` and `Policy` facts, each with its `Evidence`; `derive` yields
`Derived` edges; stores take a `Delta` or a `Graph` and answer with `Rows`. All are frozen.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from graph import ontology

Scalar: TypeAlias = str | int | float | bool | datetime
Value: TypeAlias = Scalar | tuple[Scalar, ...]
"""What a property may hold: a scalar (times are aware, UTC) or a list of one scalar type."""

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
else:
    Json = Any  # msgspec does not follow an alias that names itself
"""A document as it came from a provider, or a part of one."""

Confidence = Literal["confirmed", "likely", "possible"]
State = Literal["reach", "invoke", "query", "steer", "run", "act", "read", "write"]
"""What an attacker holds on an asset: together a foothold."""

INTERNET = "internet:"
ANYONE = "anyone:"


def digest_of(*parts: str, prefix: str = "") -> str:
    """A short stable identifier for a tuple of texts (SHA-256, 24 hex digits)."""
    return prefix + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def at_pointer(document: Json, pointer: str) -> Json:
    """The part of a document that a JSON pointer (RFC 6901) names; None when there is no such part."""
    part = document
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(part, dict):
            part = part.get(key)
        elif isinstance(part, list) and key.isdecimal() and int(key) < len(part):
            part = part[int(key)]
        else:
            return None
    return part


def pointer_token(key: str) -> str:
    """A key as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


class Call(msgspec.Struct, frozen=True):
    """One API call a collector makes, `provider:client:Operation`, and what it is good for.

    `lists` are the kinds whose existence it decides; `fills` are `Kind.property`, `RELATION` or
    `policy:layer` names that are unknown when it fails. `empty_on` are the provider's error codes that
    mean "there is none" (no bucket policy) rather than a failure.
    """

    id: str
    lists: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    empty_on: tuple[str, ...] = ()

    @property
    def provider(self) -> str:
        return self.id.split(":", 1)[0]

    @property
    def client(self) -> str:
        return self.id.split(":")[1]

    @property
    def operation(self) -> str:
        return self.id.split(":")[2]


class Listing(msgspec.Struct, frozen=True, gc=False, order=True):
    """Which listing saw an asset: an asset is gone only when exactly this one completed without it."""

    call: str
    account: str = ""
    region: str = ""
    parent: str = ""


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """Where a fact comes from: the call, the answer's document by digest, the JSON pointer in it.

    The time of the call stands in the coverage record that names the document, so that facts stay
    byte-stable.
    """

    call: str
    document: str
    pointer: str = ""
    supports: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return digest_of(self.call, self.document, self.pointer, *self.supports, prefix="e:")


class Asset(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A node: one kind, an id that is the same whoever saw it, properties of `graph.ontology`.

    `listed_by` are the listings that saw it; it is gone when each of them completed without it.
    """

    id: str
    kind: str
    name: str = ""
    listed_by: tuple[Listing, ...] = ()
    properties: Mapping[str, Value] = msgspec.field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    def get(self, name: str) -> Value | None:
        """A property, or None when it is not known."""
        return self.properties.get(name)


class Relation(msgspec.Struct, frozen=True, gc=False):
    """A fact that joins two assets by id, whether or not the target was collected.

    `target_kind` is what the target is, should nobody have collected it (it becomes a node marked missing).
    """

    type: str
    source: str
    target: str
    properties: Mapping[str, Value] = msgspec.field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    target_kind: str = ""

    @property
    def id(self) -> str:
        return relation_id(self.type, self.source, self.target, self.properties)


Layer = Literal[
    "identity",  # AWS: attached to a user, group or role
    "earlier_version",  # AWS: of an attached policy, not in force
    "boundary",
    "resource",  # AWS: attached to a bucket, function, key ...
    "trust",
    "public_access_block",
    "acl",
    "allow",  # Google Cloud: an allow policy on a resource
    "deny",
    "role_definition",  # Google Cloud and Azure: what a role name means
    "role_assignment",  # Azure: who holds a role at a scope
    "deny_assignment",
    "service_control",
    "resource_control",
    "session",
    "vpc_endpoint",
    "key_grant",  # AWS: one grant on a key
    "readers",  # code hosts: somebody whom a repository is given to; the name is their id
    "identity_provider",  # AWS: an identity provider that an account has; the name is its ARN
]


class Policy(msgspec.Struct, frozen=True, gc=False):
    """A provider's own policy document and what it hangs on; the text is at `evidence`, by digest.

    `on` is an asset's id. `name` tells people which one it is: an inline policy's name, a managed
    policy's ARN, a role's name.
    """

    on: str
    layer: Layer
    name: str
    evidence: Evidence


Fact: TypeAlias = Asset | Relation | Policy

Outcome = Literal[
    "ok",
    "denied",
    "throttled",
    "unsupported",
    "failed",
    "not_recorded",
    "no_credentials",
    "expired",
    "region_off",
    "vanished",
    "interrupted",
]
"""How a call ended. Everything but `ok` and `vanished` leaves what it fills unknown."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it went: outcome, a sentence for people, when, how long, which documents came back.

    `documents` are the digests of the answer's pages, `parts` of documents found inside them (a policy);
    `items_at` points at the list of items in a page.
    `carried` names the earlier snapshot whose call this was, when facts of it are still shown.
    """

    call: str
    account: str = ""
    region: str = ""
    parent: str = ""
    outcome: Outcome = "ok"
    sentence: str = ""
    pages: int = 0
    items: int = 0
    at: datetime | None = None
    seconds: float = 0.0
    parameters: Mapping[str, Json] = msgspec.field(default_factory=dict)
    documents: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    items_at: str = ""
    carried: str = ""

    @property
    def complete(self) -> bool:
        return self.outcome in ("ok", "vanished")

    @property
    def listing(self) -> Listing:
        return Listing(self.call, self.account, self.region, self.parent)


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a scan saw; `documents` are canonical JSON by digest."""

    unit: str
    assets: tuple[Asset, ...] = ()
    relations: tuple[Relation, ...] = ()
    policies: tuple[Policy, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    documents: Mapping[str, bytes] = msgspec.field(default_factory=dict)


class EdgeKind(msgspec.Struct, frozen=True, kw_only=True):
    """What a derived edge kind means, what an attacker needs and gains, how it is abused and fixed.

    `needs` is the state the attacker must hold on the source, `gives` the state on the target; None
    when the kind is not a step of its own. `builds_on` names relations, `Kind.property` and
    `policy:layer`. `attack` and `atlas` are technique ids of MITRE ATT&CK and ATLAS.
    """

    name: str
    meaning: str
    needs: State | None
    gives: State | None
    builds_on: tuple[str, ...]
    attack: tuple[str, ...] = ()
    atlas: tuple[str, ...] = ()
    abuse: str = ""
    fix: str = ""


class Derived(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A relation that was worked out, or one that would hold but for its `guards`.

    `because` are alternatives, each a conjunction of ids (relations, evidence): a cut must hit them all.
    `evidence` are records that the ids in `because` and `guards` refer to and no fact carries, such as
    single policy statements. With `guards` the edge does not hold: it becomes a BLOCKED_STEP.
    """

    type: str
    source: str
    target: str
    because: tuple[tuple[str, ...], ...]
    confidence: Confidence = "confirmed"
    conditions: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    properties: Mapping[str, Value] = msgspec.field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @property
    def id(self) -> str:
        key = {**self.properties, "conditions": self.conditions, "guards": self.guards}
        return relation_id(self.type, self.source, self.target, key)


def relation_id(relation: str, source: str, target: str, properties: Mapping[str, Value]) -> str:
    """The id of a relation: type, source, target, and the key properties its kind declares."""
    declared = ontology.RELATIONS[relation].key
    key = [f"{name}={properties[name]}" for name in declared if properties.get(name)]
    return digest_of(relation, source, target, *key, prefix="r:")


class Mark(msgspec.Struct, frozen=True):
    """A derived property of an asset, and the ids (evidence, relations) it was worked out from."""

    asset: str
    property: str
    value: Value
    because: tuple[str, ...] = ()


# What a store takes and gives


class Node(msgspec.Struct, frozen=True, gc=False):
    """A node as it is stored: its kind (first label), its properties without the id."""

    id: str
    kind: str
    properties: Mapping[str, Value]


class Edge(msgspec.Struct, frozen=True, gc=False):
    """A relation as it is stored, with the kinds of both ends so that look-ups go by kind."""

    id: str
    type: str
    source: str
    source_kind: str
    target: str
    target_kind: str
    properties: Mapping[str, Value]


class Graph(msgspec.Struct, frozen=True):
    """Everything that is to be in the store, sorted by id."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Delta(msgspec.Struct, frozen=True):
    """What makes the store equal to a graph: upserts, and what is gone."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    gone_nodes: tuple[Node, ...] = ()
    gone_edges: tuple[Edge, ...] = ()

    def __len__(self) -> int:
        return len(self.nodes) + len(self.edges) + len(self.gone_nodes) + len(self.gone_edges)


Cell: TypeAlias = "Scalar | list[Cell] | dict[str, Cell] | None"
"""A value of an answer: nodes, relations and paths are dictionaries (see `graph.store`)."""

Params: TypeAlias = Mapping[str, Cell]


class Rows(msgspec.Struct, frozen=True):
    """A query's answer; `truncated` when there was more than the limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool = False
