"""The graph to be stored: facts, what follows from them, the sets and footholds, each once."""

import msgspec

from graph import attack, ontology
from graph.attack import Attack, foothold_id
from graph.derive import Derivation, derive, edge_kinds
from graph.facts import Facts
from graph.model import Asset, Derived, Evidence, Graph, Json, Listing, Mark, Node, Policy, Relation
from graph.project import project

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
STATEMENTS: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::notes/*"},
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::notes/p-00/*"},
    ],
}
PIECE = Evidence("aws:iam:GetAccountAuthorizationDetails", "d")
AT = Listing("aws:s3:ListBuckets", ACCOUNT, "", "x")


def estate() -> Facts:
    """A role that may read all prefixes of a bucket but one, a job that runs as it, and an owner."""
    prefixes = [Asset(id=f"arn:aws:s3:::notes/p-{n:02}/", kind="Dataset") for n in range(40)]
    assets = [
        Asset(id=f"aws://{ACCOUNT}", kind="Account", properties={"account": ACCOUNT}),
        Asset(id="arn:aws:s3:::notes", kind="Bucket", properties={"provider": "aws", "account": ACCOUNT}),
        *(_placed(prefix) for prefix in prefixes),
        Asset(
            id=ROLE,
            kind="Role",
            name="reader",
            listed_by=(AT,),
            properties={"provider": "aws", "account": ACCOUNT, "tags": ("owner=ada",)},
            evidence=(PIECE,),
        ),
        Asset(id="ada", kind="User", name="ada"),
        Asset(
            id="job", kind="TrainingJob", properties={"provider": "aws", "account": ACCOUNT, "owner": "grace"}
        ),
    ]
    relations = [
        Relation("RUNS_AS", "job", ROLE, {}, (PIECE,)),
        *(Relation("CONTAINS", "arn:aws:s3:::notes", prefix.id) for prefix in prefixes),
    ]
    policies = [Policy(ROLE, "identity", "inline", PIECE)]
    return Facts.of_records(assets, relations, policies, {"d": STATEMENTS})


def _placed(prefix: Asset) -> Asset:
    return Asset(id=prefix.id, kind=prefix.kind, properties={"provider": "aws", "account": ACCOUNT})


def projected() -> tuple[Facts, Derivation, Graph]:
    facts = estate()
    derivation = derive(facts)
    return facts, derivation, project(facts, derivation)


def node(graph: Graph, identifier: str) -> Node:
    (found,) = [n for n in graph.nodes if n.id == identifier]
    return found


def test_every_end_of_every_relation_is_a_node_of_the_kind_it_says() -> None:
    _, _, graph = projected()
    kinds = {n.id: n.kind for n in graph.nodes}
    for edge in graph.edges:
        assert (kinds[edge.source], kinds[edge.target]) == (edge.source_kind, edge.target_kind)
        assert ontology.may_join(edge.type, edge.source_kind, edge.target_kind), edge


def test_nodes_and_relations_are_sorted_and_each_is_there_once() -> None:
    _, _, graph = projected()
    for ids in ([n.id for n in graph.nodes], [e.id for e in graph.edges]):
        assert ids == sorted(set(ids))


def test_every_property_is_one_of_the_ontology() -> None:
    _, _, graph = projected()
    for n in graph.nodes:
        assert set(n.properties) <= set(ontology.properties_of(n.kind)), n
    for e in graph.edges:
        assert set(e.properties) <= set(ontology.relation_properties(e.type)), e


def test_an_edge_to_many_ends_on_a_set_whose_covers_are_there_down_to_each_member() -> None:
    facts, derivation, graph = projected()
    reads = [e for e in derivation.edges if e.type == "CAN_READ" and e.source == ROLE and not e.guards]
    below: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.type == "COVERS":
            below.setdefault(edge.source, []).append(edge.target)

    def members(identifier: str) -> set[str]:
        if identifier not in below:
            return {identifier}
        return {member for child in below[identifier] for member in members(child)}

    read = {member for edge in reads for member in members(edge.target)}
    assert {f"arn:aws:s3:::notes/p-{n:02}/" for n in range(1, 40)} <= read
    assert "arn:aws:s3:::notes/p-00/" not in read
    sets = {n.id for n in graph.nodes if n.kind == "ResourceSet"}
    assert sets == {e.source for e in graph.edges if e.type == "COVERS"}
    assert sets <= {i for i in sets if facts.tree.is_set(i)}


def test_a_node_tells_its_evidence_its_listings_and_what_was_derived() -> None:
    _, _, graph = projected()
    role = node(graph, ROLE)
    assert role.properties["evidence"] == (PIECE.id,)
    assert role.properties["listed_by"] == f"aws:s3:ListBuckets {ACCOUNT} x"
    assert role.properties["kind"] == "Role"
    assert role.properties["name"] == "reader"
    assert (role.properties["owner"], role.properties["is_pipeline"]) == ("ada", True)


def test_what_is_declared_wins_over_what_is_derived() -> None:
    facts, derivation, _ = projected()
    marks = (*derivation.marks, Mark("job", "owner", "ada"))
    assert (
        node(project(facts, msgspec.structs.replace(derivation, marks=marks)), "job").properties["owner"]
        == "grace"
    )


def test_a_derived_edge_tells_why_it_holds_and_under_what_conditions() -> None:
    facts = Facts.of_records([Asset(id="r", kind="Role"), Asset(id="d", kind="Dataset")])
    edge = Derived(
        type="CAN_READ",
        source="r",
        target="d",
        because=(("e:1", "r:2"), ("e:3",)),
        confidence="likely",
        conditions=("aws:SourceIp",),
        properties={"actions": ("s3:GetObject",)},
    )
    (stored,) = project(facts, Derivation((edge,), (), Attack((), ()), {})).edges
    assert stored.properties == {
        "actions": ("s3:GetObject",),
        "because": ("e:1 r:2", "e:3"),
        "confidence": "likely",
        "conditional": True,
        "conditions": ("aws:SourceIp",),
    }


def test_what_something_stops_is_no_edge_but_a_blocked_step() -> None:
    facts = Facts.of_records([Asset(id="r", kind="Role"), Asset(id="d", kind="Dataset")])
    stopped = Derived(type="CAN_READ", source="r", target="d", because=(), guards=("e:deny",))
    facts.add(stopped)
    built = attack.build(facts, edge_kinds())
    graph = project(facts, Derivation((stopped,), (), built, {}))
    assert sorted(edge.type for edge in graph.edges) == ["BLOCKED_STEP", "ON", "ON"]
    (blocked,) = [edge for edge in graph.edges if edge.type == "BLOCKED_STEP"]
    assert blocked.properties["guards"] == ("e:deny",)
    assert (blocked.source_kind, blocked.source) == ("Foothold", foothold_id("act", "r"))


def test_the_graph_does_not_depend_on_the_order_of_the_facts() -> None:
    facts = estate()
    relations = [link for links in facts.all_links() for link in links if isinstance(link, Relation)]
    policies = list(facts.policies_of("identity"))
    mixed = Facts.of_records(list(facts.assets)[::-1], relations[::-1], policies, {"d": STATEMENTS})
    assert project(mixed, derive(mixed)) == projected()[2]
