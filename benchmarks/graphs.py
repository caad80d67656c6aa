"""A large estate shaped as the product makes one: heavy-tailed degrees, hubs, and matches planted on purpose.

    planted = estate(nodes=100_000, edges=500_000, seed=7)
    planted.graph      # what a store takes
    planted.paths      # ids of the nodes of each planted path, from the internet to the data

Every asset lies in one account and every dataset in one bucket. Access ends mostly on sets of resources,
which are those of `graph.sets`: a shallow forest over the assets. Who can act as whom is sparse, with
short chains and a few hubs. The same arguments give the same graph.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from graph import ontology
from graph.model import ANYONE, INTERNET, Asset, Edge, Graph, Node, Value, relation_id
from graph.sets import ResourceTree

NODES = 100_000
EDGES = 500_000
SEED = 7
PATHS = 100
ACCOUNT_SIZE = 4_000
"""Assets in one account, about."""

SHARES: dict[str, int] = {
    "Dataset": 300,
    "Bucket": 60,
    "Table": 50,
    "LogStore": 30,
    "Role": 120,
    "User": 40,
    "Group": 5,
    "ServiceIdentity": 40,
    "ExternalPrincipal": 4,
    "Model": 60,
    "ModelFile": 50,
    "Endpoint": 30,
    "TrainingJob": 60,
    "Notebook": 20,
    "Agent": 15,
    "Tool": 30,
    "KnowledgeBase": 10,
    "Guardrail": 3,
    "AIService": 3,
    "Function": 50,
    "Workload": 20,
    "ContainerImage": 30,
    "Repository": 10,
    "Credential": 20,
    "EncryptionKey": 5,
}
"""Of a thousand or so assets, how many are of each kind."""

SETS_PER_ASSET = 0.02
FOLLOWS = 0.08
"""The share of relations that follow from access: COVERS, CAN_POISON, CAN_REPLACE."""

SET_SIZES = ((0.80, 12), (0.97, 60), (0.995, 400))
"""Sets by size: up to this share of them have at most so many members; the rest are all of an account."""

TRAITS: Mapping[str, tuple[tuple[str, Value, float], ...]] = {
    "Dataset": (("data_classes", ("health",), 0.03), ("crown_jewel", True, 0.002)),
    "Bucket": (("versioning", False, 0.2), ("crown_jewel", True, 0.002)),
    "Model": (("proprietary", True, 0.2), ("network_isolation", False, 0.2)),
    "Endpoint": (("throttled", False, 0.3), ("exposure", "public", 0.05), ("generative", True, 0.3)),
    "Notebook": (("direct_internet", True, 0.1), ("root_access", True, 0.3)),
    "AIService": (("invocation_logging", False, 0.3), ("public_network_access", True, 0.1)),
    "User": (("low_trust", True, 0.002),),
    "Role": (("is_pipeline", True, 0.03),),
    "ServiceIdentity": (("is_pipeline", True, 0.03),),
}
"""What the rules ask for: property, value, and the share of the kind that has it; the rest lack it."""

FACTS: tuple[tuple[str, str, str, float], ...] = (
    ("MEMBER_OF", "User", "Group", 3.0),
    ("RUNS_AS", "Function", "Role", 1.0),
    ("RUNS_AS", "Agent", "Role", 1.0),
    ("RUNS_AS", "Notebook", "Role", 1.0),
    ("RUNS_AS", "TrainingJob", "Role", 1.0),
    ("RUNS_AS", "Workload", "ServiceIdentity", 1.0),
    ("TRAINED_ON", "TrainingJob", "Dataset", 2.0),
    ("PRODUCED", "TrainingJob", "Model", 0.8),
    ("STORED_IN", "Model", "ModelFile", 1.0),
    ("SERVES", "Endpoint", "Model", 1.1),
    ("USES_TOOL", "Agent", "Tool", 3.0),
    ("IMPLEMENTED_BY", "Tool", "Function", 1.0),
    ("RETRIEVES_FROM", "Agent", "KnowledgeBase", 1.5),
    ("INDEXES", "KnowledgeBase", "Dataset", 3.0),
    ("GUARDED_BY", "Agent", "Guardrail", 0.6),
    ("CALLS_MODEL", "Function", "Agent", 0.2),
    ("USES_IMAGE", "Workload", "ContainerImage", 1.0),
    ("USES_IMAGE", "Function", "ContainerImage", 1.0),
    ("BUILT_FROM", "ContainerImage", "Repository", 1.0),
    ("ENCRYPTED_WITH", "Bucket", "EncryptionKey", 1.0),
    ("LOGS_TO", "Endpoint", "LogStore", 1.0),
    ("HOLDS_CREDENTIAL", "Notebook", "Credential", 0.3),
    ("LEAKS", "Repository", "Credential", 0.02),
    ("AUTHENTICATES", "Credential", "Role", 0.7),
    ("TRUSTS", "Role", "Role", 0.5),
    ("EXPOSES", "Internet", "Function", 0.02),
    ("EXPOSES", "Internet", "Endpoint", 0.05),
    ("EXPOSES", "Internet", "Notebook", 0.02),
    ("CAN_ASSUME", "User", "Role", 1.0),
    ("CAN_ASSUME", "Role", "Role", 0.15),
    ("CAN_ASSUME", "ExternalPrincipal", "Role", 0.06),
    ("CAN_HIJACK", "User", "Notebook", 0.03),
    ("CAN_HIJACK", "Role", "Notebook", 0.01),
    ("CAN_POISON", "Role", "KnowledgeBase", 0.02),
    ("CAN_ADMIN", "Role", "Account", 0.02),
)
"""Relation kinds with the kinds of both ends, and how many a source has on average (of EXPOSES: a target)."""

ACCESS: tuple[tuple[str, str, str, float], ...] = (
    ("CAN_READ", "Role", "Dataset", 40),
    ("CAN_READ", "Role", "Bucket", 10),
    ("CAN_READ", "Role", "ModelFile", 6),
    ("CAN_READ", "ServiceIdentity", "Dataset", 12),
    ("CAN_READ", "User", "Dataset", 6),
    ("CAN_READ", "ExternalPrincipal", "Dataset", 0.05),
    ("CAN_WRITE", "Role", "Dataset", 0.06),
    ("CAN_WRITE", "ServiceIdentity", "Dataset", 0.1),
    ("CAN_WRITE", "Role", "ModelFile", 0.05),
    ("CAN_WRITE", "Role", "Function", 0.1),
    ("CAN_INVOKE", "Role", "Function", 6),
    ("CAN_INVOKE", "Role", "Endpoint", 4),
    ("CAN_INVOKE", "Role", "Agent", 2),
)
"""Access fills what is left of the relations, by these weights; four of five end on a set.

Writing is rare, as it is where pipelines write: a path rule finds some hundreds, which people can read.
"""

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
    return _Builder(nodes, edges, random.Random(seed)).build()  # noqa: S311 - a benchmark, not a secret


class _Builder:
    def __init__(self, nodes: int, edges: int, dice: random.Random) -> None:
        self._wanted = edges
        self._dice = dice
        assets = int(nodes / (1 + 2 * SETS_PER_ASSET))
        self._accounts = [f"{111122223333 + n}" for n in range(max(2, assets // ACCOUNT_SIZE))]
        counts = {kind: max(4, assets * share // sum(SHARES.values())) for kind, share in SHARES.items()}
        self._ids = {kind: self._named(kind, count) for kind, count in counts.items()}
        self._ids["Account"] = [f"aws://{account}" for account in self._accounts]
        self._ids["Internet"] = [INTERNET]
        self._nodes = {n.id: n for kind, ids in self._ids.items() for n in self._assets(kind, ids)}
        self._anyone()
        self._tree = ResourceTree(
            Asset(id=n.id, kind=n.kind, properties=n.properties) for n in self._nodes.values()
        )
        self._sets = self._interned(int(assets * SETS_PER_ASSET))
        self._edges: dict[str, Edge] = {}

    def build(self) -> Planted:
        self._containers()
        paths = tuple(self._plant(number) for number in range(min(PATHS, len(self._ids["KnowledgeBase"]))))
        for relation, source, target, each in FACTS:
            self._facts(relation, source, target, each)
        self._access()
        self._followers()
        self._covers()
        nodes = tuple(self._nodes[key] for key in sorted(self._nodes))
        return Planted(Graph(nodes, tuple(self._edges[key] for key in sorted(self._edges))), paths)

    # Assets and sets

    def _named(self, kind: str, count: int) -> list[str]:
        size = 1 + count // len(self._accounts)
        return [
            f"arn:aws:bench:eu-central-1:{self._accounts[n // size]}:{kind.lower()}/{n:06}"
            for n in range(count)
        ]

    def _assets(self, kind: str, ids: Sequence[str]) -> Iterator[Node]:
        declared = ontology.properties_of(kind)
        traits = TRAITS.get(kind, ())
        careful = {"in_organization", *(name for name, *_ in traits)}
        own = [name for name in sorted(ontology.PROPERTIES.get(kind, {})) if name not in careful][:4]
        for number, key in enumerate(ids):
            properties: dict[str, Value] = {
                "name": f"{kind} {number}",
                "region": self._dice.choice(REGIONS),
                "provider": "aws",
                "native_kind": kind.lower(),
                "environment": self._dice.choice(("prod", "dev", "staging")),
                "tags": (f"team=team-{number % 97}", f"cost={number % 13}"),
                "first_seen": START + timedelta(minutes=number),
                "evidence": (f"e:{number:024x}",),
            }
            if kind != "Internet":
                properties["account"] = _account(key)
            for name in own:
                if self._dice.random() < 0.7:
                    properties[name] = _value(declared[name].type, number, self._dice)
            properties |= {name: value for name, value, share in traits if self._dice.random() < share}
            if kind == "ExternalPrincipal":
                properties |= _outsider(number)
            yield Node(key, kind, properties)

    def _anyone(self) -> None:
        for key in (ANYONE, f"{ANYONE}aws"):
            traits: dict[str, Value] = {"name": "Anyone", "native_kind": "anyone", "in_organization": False}
            self._nodes[key] = Node(key, "ExternalPrincipal", traits)

    def _interned(self, count: int) -> dict[str, list[str]]:
        """Sets by the kind of their members, each of neighbours in one account."""
        weights = {target: sum(each[3] for each in ACCESS if each[2] == target) for _, _, target, _ in ACCESS}
        sets: dict[str, list[str]] = {"Model": []}
        for kind, weight in weights.items():
            wanted = max(3, int(count * weight / sum(weights.values())))
            starts = sorted(self._dice.randrange(len(self._ids[kind])) for _ in range(wanted))
            sets[kind] = list(dict.fromkeys(self._tree.set_of(self._run(kind, each)) for each in starts))
        made = {each for ids in sets.values() for each in ids if self._tree.is_set(each)}
        self._nodes |= {each: Node(each, "ResourceSet", {}) for each in made}
        return sets

    def _run(self, kind: str, start: int) -> Sequence[str]:
        """Members of one set: some in a row, or all that an account has."""
        ids, drawn = self._ids[kind], self._dice.random()
        limit = next((most for share, most in SET_SIZES if drawn < share), None)
        account = _account(ids[start])
        if limit is None:
            return [each for each in ids if _account(each) == account]
        run = ids[start : start + self._dice.randint(2, limit)]
        return [each for each in run if _account(each) == account]

    def _covers(self) -> None:
        used, covers = self._tree.used(each for ids in self._sets.values() for each in ids)
        for made in used:
            traits: dict[str, Value] = {"name": made.name, **made.properties}
            self._nodes[made.id] = Node(made.id, made.kind, traits)
        for relation in covers:
            self._join("COVERS", relation.source, relation.target)

    # Relations

    def _containers(self) -> None:
        """The account contains everything; a bucket its own datasets and model files."""
        for kind in ("Dataset", "ModelFile"):
            for number, key in enumerate(self._ids[kind]):
                buckets = self._ids["Bucket"]
                self._join("CONTAINS", buckets[number * len(buckets) // len(self._ids[kind])], key)
        for kind, ids in self._ids.items():
            if kind not in ("Dataset", "ModelFile", "Account", "Internet"):
                for key in ids:
                    self._join("CONTAINS", f"aws://{_account(key)}", key)

    def _facts(self, relation: str, source: str, target: str, each: float) -> None:
        sources, targets = self._ids[source], self._ids[target]
        wanted = int(each * len(targets if source == "Internet" else sources))
        for number in range(wanted):
            start = self._dice.choice(sources)
            end = self._near(start, targets, last=relation in ("RUNS_AS", "CAN_ASSUME"))
            if source == target:  # chains stay short: the last tenth are hubs and lead no further
                hubs = len(targets) // 10
                start = sources[self._dice.randrange(len(sources) - hubs)]
                end = targets[-1 - _heavy(hubs, self._dice)]
            self._join(relation, start, end, number)

    def _access(self) -> None:
        total = sum(weight for *_, weight in ACCESS)
        missing = self._wanted * (1 - FOLLOWS) - len(self._edges)
        for relation, source, target, weight in ACCESS:
            sources, before = self._ids[source], len(self._edges)
            for number in range(int(2 * missing * weight / total)):  # twice: some are drawn again
                if len(self._edges) - before >= missing * weight / total:
                    break
                start = self._near(self._dice.choice(sources), sources)
                end = self._near(start, self._sets[target] if number % 5 else self._ids[target])
                self._join(relation, start, end, number)
        for number, dataset in enumerate(self._ids["Dataset"][:: max(1, len(self._ids["Dataset"]) // 50)]):
            self._join("CAN_READ", (ANYONE, f"{ANYONE}aws")[number % 2], dataset)

    def _followers(self) -> None:
        """Whoever writes what a model learns from can poison it; whoever writes its file can replace it."""
        ends: dict[str, dict[str, list[str]]] = {}
        for edge in self._edges.values():
            ends.setdefault(edge.type, {}).setdefault(edge.source, []).append(edge.target)
        learned, stored = _inverse(ends["TRAINED_ON"]), _inverse(ends["STORED_IN"])
        made = {
            data: {m for j in jobs for m in ends["PRODUCED"].get(j, ())} for data, jobs in learned.items()
        }
        for relation, models in (("CAN_POISON", made), ("CAN_REPLACE", stored)):
            for source, written in ends["CAN_WRITE"].items():
                for end in written:
                    if mine := {m for each in self._tree.members(end) for m in models.get(each, ())}:
                        self._follow(relation, source, mine)

    def _follow(self, relation: str, source: str, models: set[str]) -> None:
        end = self._tree.set_of(models)
        if end not in self._nodes:
            self._sets["Model"].append(end)
            self._nodes[end] = Node(end, "ResourceSet", {})
        self._join(relation, source, end)

    def _near(self, start: str, targets: Sequence[str], *, last: bool = False) -> str:
        """A target with a heavy tail, mostly at about the source's place among its kind: one account.

        The hubs are the first of an account; of who can be acted as the last: those may do little themselves.
        """
        account = self._nodes[start].properties.get("account")
        if not isinstance(account, str) or self._dice.random() < 0.1:
            account = self._dice.choice(self._accounts)
        size = max(1, len(targets) // len(self._accounts))
        low = min(self._accounts.index(account) * size, len(targets) - size)
        place = _heavy(size, self._dice)
        return targets[low + (size - 1 - place if last else place)]

    def _join(self, relation: str, source: str, target: str, number: int = 2) -> None:
        """One relation, and for some of those that can be parallel a second one under a condition."""
        ends = self._nodes[source], self._nodes[target]
        edge = _edge(relation, *ends, number)
        self._edges[edge.id] = edge
        if "conditions" in ontology.RELATIONS[relation].key and number % 100 == 1:
            second = _edge(relation, *ends, 5 * number)
            self._edges[second.id] = second

    def _plant(self, number: int) -> tuple[str, ...]:
        """Internet, an open function, an agent, its knowledge base, the dataset that was indexed."""
        path = (INTERNET, *(self._ids[kind][-1 - number] for kind in PLANTED[1:]))
        for place, relation in enumerate(("EXPOSES", "CALLS_MODEL", "RETRIEVES_FROM", "INDEXES")):
            self._join(relation, path[place], path[place + 1], 0)
        last = self._nodes[path[-1]]
        self._nodes[last.id] = Node(last.id, last.kind, {**last.properties, "data_classes": ("health",)})
        return path


def _inverse(ends: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    back: dict[str, list[str]] = {}
    for source, targets in ends.items():
        for target in targets:
            back.setdefault(target, []).append(source)
    return back


def _account(key: str) -> str:
    return key.removeprefix("aws://") if key.startswith("aws://") else key.split(":")[4]


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


def _outsider(number: int) -> Mapping[str, Value]:
    """Half are the cloud's own services, of which nobody can say whose they are; some are ours."""
    if number % 2:
        return {"native_kind": "cloud_service"}
    return {"native_kind": ("account", "federated")[number % 4 // 2], "in_organization": number % 10 == 0}


def _heavy(size: int, dice: random.Random) -> int:
    """An index with a heavy tail: the first nodes are hubs with hundreds of relations, most have a few."""
    return int(size * dice.random() ** 3)


def _edge(relation: str, source: Node, target: Node, number: int) -> Edge:
    declared = ontology.RELATIONS[relation]
    properties: dict[str, Value] = {"evidence": (f"e:{number:024x}",)}
    if declared.derived and relation not in ("COVERS", "EXPOSES"):
        properties |= {
            "confidence": "confirmed",
            "conditional": number % 5 == 0,
            "conditions": (f"ip-{number % 3}",) if number % 5 == 0 else (),
            "because": (f"e:{number:024x}", f"e:{number + 1:024x}"),
        }
    if relation == "EXPOSES":
        properties["auth"] = ("none", "iam")[number % 2]
    if "place" in declared.properties:
        properties["place"] = ("environment", "notebook")[number % 2]
    key = relation_id(relation, source.id, target.id, properties)
    return Edge(key, relation, source.id, source.kind, target.id, target.kind, properties)
