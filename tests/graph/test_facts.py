"""Facts in memory: every way the derivations ask for them."""

from graph.facts import Facts
from graph.model import Asset, Derived, Evidence, Json, Mark, Policy, Relation

E = Evidence("aws:iam:GetRole", "d", "/Role", ("name",))
STATEMENT = Evidence("aws:iam:GetRole", "d", "/Statement/0")
ASSETS = [
    Asset(id="m2", kind="Model"),
    Asset(id="m1", kind="Model", properties={"account": "1", "owner": "ada"}, evidence=(E,)),
    Asset(id="e", kind="Endpoint"),
    Asset(id="role", kind="Role"),
]
SERVES = Relation("SERVES", "e", "m1", {}, (Evidence("aws:sagemaker:DescribeEndpoint", "x"),))


def read(target: str, **more: object) -> Derived:
    given = {"because": (("r:1",),), **more}
    return Derived(type="CAN_READ", source="role", target=target, **given)  # type: ignore[arg-type]  # as given


def facts_of(*relations: Relation, policies: tuple[Policy, ...] = ()) -> Facts:
    documents: dict[str, Json] = {"d": {"Role": {"Arn": "role"}, "Statement": [{"Effect": "Allow"}]}}
    return Facts.of_records(ASSETS, relations, policies, documents)


def test_assets_are_found_by_id_kind_and_family_in_order() -> None:
    facts = facts_of()
    assert [asset.id for asset in facts.of("Model")] == ["m1", "m2"]
    assert [asset.id for asset in facts.of("AI")] == ["e", "m1", "m2"]
    assert facts.asset("m1") is ASSETS[1]
    assert facts.asset("none") is None
    assert (facts.account_of("m1"), facts.account_of("e"), facts.account_of("none")) == ("1", "", "")


def test_an_asset_that_is_added_later_is_found_by_kind_too() -> None:
    facts = facts_of()
    assert facts.of("ExternalPrincipal") == []
    facts.add_asset(Asset(id="stranger", kind="ExternalPrincipal"))
    assert [asset.id for asset in facts.of("Identity")] == ["role", "stranger"]


def test_relations_are_found_by_kind_and_by_either_end() -> None:
    facts = facts_of(SERVES)
    assert facts.relations("SERVES") == facts.out_of("e", "SERVES") == facts.into("m1", "SERVES") == [SERVES]
    assert facts.out_of("m1", "SERVES") == facts.relations("STORED_IN") == []
    assert facts.link(SERVES.id) is SERVES


def test_what_something_stops_is_kept_apart() -> None:
    facts = facts_of()
    open_one, stopped = read("m1"), read("m2", guards=("e:deny",), because=(), evidence=(STATEMENT,))
    facts.add(open_one)
    facts.add(stopped)
    assert facts.relations("CAN_READ") == facts.out_of("role", "CAN_READ") == [open_one]
    assert facts.blocked("CAN_READ") == [stopped]
    assert facts.link(stopped.id) is stopped
    assert facts.evidence(STATEMENT.id) == STATEMENT
    assert [links for links in facts.all_links() if stopped in links] == []


def test_derived_edges_are_grouped_by_what_they_end_on_in_order() -> None:
    facts = facts_of()
    both = facts.set_of(["m1", "m2"])
    for target in ("m2", both, "m1", "m2"):
        facts.add(read(target, conditions=(target,)))
    assert [(target, len(edges)) for target, edges in facts.by_set("CAN_READ")] == [
        ("m1", 1),
        ("m2", 2),
        (both, 1),
    ]
    assert facts.members(both) == ("m1", "m2")
    assert facts.members("m1") == ("m1",)


def test_what_is_said_of_an_asset_itself_wins_over_what_is_derived() -> None:
    facts = facts_of()
    facts.mark(Mark("m1", "owner", "grace"))
    facts.mark(Mark("m2", "owner", "grace"))
    assert (facts.value("m1", "owner"), facts.value("m2", "owner"), facts.value("e", "owner")) == (
        "ada",
        "grace",
        None,
    )
    assert [mark.asset for mark in facts.marks] == ["m1", "m2"]


def test_a_policys_text_is_found_by_its_evidence() -> None:
    policy = Policy("role", "trust", "trust", STATEMENT)
    facts = facts_of(policies=(policy,))
    assert facts.policies("role", "trust") == list(facts.policies_of("trust")) == [policy]
    assert facts.policies("role", "identity") == facts.policies("m1", "trust") == []
    assert facts.document(policy.evidence) == {"Effect": "Allow"}
    assert facts.document(Evidence("c", "d", "/none")) is None
    assert facts.document(Evidence("c", "not here")) is None


def test_evidence_of_assets_and_relations_is_found_by_id() -> None:
    facts = facts_of(SERVES)
    assert facts.evidence(E.id) == E
    assert facts.evidence(SERVES.evidence[0].id) == SERVES.evidence[0]
    assert facts.evidence("e:none") is None
    assert set(facts.all_evidence) == {E.id, SERVES.evidence[0].id}
