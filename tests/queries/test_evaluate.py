"""Five states: what is found, accepted, not known, passed, and beside the point."""

from datetime import date
from pathlib import Path

import pytest

from graph.embedded import EmbeddedStore
from graph.model import Coverage, Graph, Outcome
from graph.store import GraphStore
from queries.content import Rule, shipped
from queries.evaluate import evaluate
from queries.ledger import Exemption
from queries.results import Result, ResultState
from queries.runs import Bounds
from tests.queries.estates import ACCOUNT, KNOWN, NOW, OTHER, content, graph, rule

UNTRACED = rule("MATCH (a:Agent) WHERE a.tracing = false RETURN a.id AS subject")
UNGUARDED = rule(
    "MATCH (a:Agent) WHERE NOT EXISTS { MATCH (a)-[:GUARDED_BY]->(:Guardrail) } RETURN a.id AS subject"
)


def failed(call: str, outcome: Outcome = "denied", account: str = ACCOUNT, parent: str = "") -> Coverage:
    return Coverage(
        call=call,
        account=account,
        region="eu-central-1",
        parent=parent,
        outcome=outcome,
        sentence="Not allowed.",
    )


def run(store: GraphStore, given: Graph, one: Rule, *coverage: Coverage, **more: object) -> list[Result]:
    store.replace(given)
    exemptions = more.get("exemptions", ())
    bounds = more.get("bounds", Bounds())
    assert isinstance(exemptions, tuple)
    assert isinstance(bounds, Bounds)
    return evaluate(store, content(one), KNOWN, coverage, now=NOW, exemptions=exemptions, bounds=bounds)


def of(results: list[Result], state: ResultState) -> list[Result]:
    return [result for result in results if result.state == state]


TWO_AGENTS = graph({"bad": {"kind": "Agent", "tracing": False}, "good": {"kind": "Agent", "tracing": True}})


def test_what_the_rule_finds_fails_and_the_rest_of_the_account_passes(embedded_store: EmbeddedStore) -> None:
    results = run(embedded_store, TWO_AGENTS, UNTRACED)
    assert [(r.subject, r.scope) for r in of(results, "FAIL")] == [("bad", ACCOUNT)]
    assert [(r.scope, r.population) for r in of(results, "PASS")] == [(ACCOUNT, 1)]


def test_an_account_without_any_such_thing_is_not_applicable(embedded_store: EmbeddedStore) -> None:
    results = run(embedded_store, TWO_AGENTS, UNTRACED)
    assert [r.scope for r in of(results, "NOT_APPLICABLE")] == [OTHER]


def test_a_denied_call_makes_the_rule_unknown_and_hides_no_finding(embedded_store: EmbeddedStore) -> None:
    results = run(embedded_store, TWO_AGENTS, UNTRACED, failed("aws:bedrock-agent:GetAgent"))
    assert [r.subject for r in of(results, "FAIL")] == ["bad"]
    [unknown] = of(results, "UNKNOWN")
    assert (unknown.scope, unknown.population) == (ACCOUNT, 1)
    assert [(n.call, n.outcome) for n in unknown.needs] == [("aws:bedrock-agent:GetAgent", "denied")]
    assert of(results, "PASS") == []


def test_a_listing_that_failed_leaves_an_empty_account_unknown(embedded_store: EmbeddedStore) -> None:
    results = run(embedded_store, TWO_AGENTS, UNTRACED, failed("aws:bedrock-agent:ListAgents", account=OTHER))
    assert [r.scope for r in of(results, "UNKNOWN")] == [OTHER]
    assert of(results, "NOT_APPLICABLE") == []


def test_a_call_that_has_nothing_to_do_with_the_rule_changes_nothing(embedded_store: EmbeddedStore) -> None:
    before = run(embedded_store, TWO_AGENTS, UNTRACED)
    assert run(embedded_store, TWO_AGENTS, UNTRACED, failed("aws:s3:ListBuckets")) == before


def test_a_cloud_that_nobody_could_log_in_to_is_unknown(embedded_store: EmbeddedStore) -> None:
    lost = rule(
        "MATCH (s:AIService) WHERE s.local_auth = true RETURN s.id AS subject",
        "MATCH (s:AIService) RETURN s.id AS subject",
    )
    login = failed("azure:resourcegraph:Resources", "no_credentials", account="")
    assert [r.scope for r in of(run(embedded_store, TWO_AGENTS, lost, login), "UNKNOWN")] == ["azure"]


def test_a_subject_that_lacks_a_fact_is_unknown_with_a_question(embedded_store: EmbeddedStore) -> None:
    results = run(embedded_store, graph({"new": {"kind": "Agent"}}), UNTRACED)
    [unknown] = of(results, "UNKNOWN")
    assert unknown.subject == "new"
    assert "tracing" in unknown.question
    assert of(results, "PASS") == []


def test_a_lack_that_nobody_could_read_is_no_finding(embedded_store: EmbeddedStore) -> None:
    given = graph({"a": {"kind": "Agent"}, "b": {"kind": "Agent"}})
    results = run(embedded_store, given, UNGUARDED, failed("aws:bedrock-agent:GetAgent", parent="a"))
    assert [r.subject for r in of(results, "FAIL")] == ["b"]
    assert [(r.subject, r.score) for r in of(results, "UNKNOWN") if r.subject] == [("a", 0.0)]


def test_a_lack_that_the_rule_says_casts_no_doubt_hides_no_finding(embedded_store: EmbeddedStore) -> None:
    sure = rule(UNGUARDED.cypher, needs_not={"GUARDED_BY": "It is told either way."})
    results = run(
        embedded_store,
        graph({"a": {"kind": "Agent"}}),
        sure,
        failed("aws:bedrock-agent:GetAgent", parent="a"),
    )
    assert [r.subject for r in of(results, "FAIL")] == ["a"]


def test_a_lack_of_what_no_collector_reads_is_no_finding(embedded_store: EmbeddedStore) -> None:
    given = graph({"a": {"kind": "Agent", "provider": "gcp"}})
    [unknown] = of(run(embedded_store, given, UNGUARDED), "UNKNOWN")
    assert "gcp" in unknown.sentence


def test_a_query_cut_off_finds_what_it_found_and_passes_nothing(embedded_store: EmbeddedStore) -> None:
    given = graph({f"a{i}": {"kind": "Agent", "tracing": False} for i in range(5)})
    results = run(embedded_store, given, UNTRACED, bounds=Bounds(max_rows=2))
    assert len(of(results, "FAIL")) == 2
    assert {r.scope for r in of(results, "UNKNOWN")} == {ACCOUNT, OTHER}
    assert "2 rows" in of(results, "UNKNOWN")[0].sentence


def test_a_query_that_takes_too_long_is_unknown_everywhere(embedded_store: EmbeddedStore) -> None:
    slow = rule(
        "MATCH (a:Agent) MATCH (b:Agent) MATCH (c:Agent) MATCH (d:Agent)"
        " WHERE a.id + b.id = c.id + d.id + 'x' RETURN a.id AS subject"
    )
    given = graph({f"a{i}": {"kind": "Agent"} for i in range(150)})
    results = run(embedded_store, given, slow, bounds=Bounds(timeout_s=0.2))
    assert {r.state for r in results} == {"UNKNOWN"}
    assert "0.2 seconds" in results[0].sentence


def accepted(expires: date, subject: str = "ba*") -> tuple[Exemption, ...]:
    return (
        Exemption(
            rule=UNTRACED.id, subject=subject, reason="known", approver="ciso@linden.example", expires=expires
        ),
    )


def test_an_exemption_in_force_makes_a_finding_excepted(embedded_store: EmbeddedStore) -> None:
    results = run(embedded_store, TWO_AGENTS, UNTRACED, exemptions=accepted(date(2026, 12, 31)))
    [excepted] = of(results, "EXCEPTED")
    assert excepted.exemption is not None
    assert (excepted.subject, excepted.exemption.approver) == ("bad", "ciso@linden.example")
    assert excepted.score > 0


def test_an_expired_exemption_changes_nothing_and_is_told(embedded_store: EmbeddedStore) -> None:
    results = run(embedded_store, TWO_AGENTS, UNTRACED, exemptions=accepted(date(2026, 11, 25)))
    [found] = of(results, "FAIL")
    assert "expired on 2026-11-25" in found.sentence


def test_an_exemption_for_another_subject_changes_nothing(embedded_store: EmbeddedStore) -> None:
    results = run(embedded_store, TWO_AGENTS, UNTRACED, exemptions=accepted(date(2026, 12, 31), "good"))
    assert [r.subject for r in of(results, "FAIL")] == ["bad"]


def test_a_pass_over_access_names_accounts_whose_ways_in_were_not_read(embedded_store: EmbeddedStore) -> None:
    readers = rule(
        "MATCH (i:User)-[:CAN_READ]->()-[:COVERS*0..6]->(b:Bucket) RETURN b.id AS subject",
        "MATCH (b:Bucket) RETURN b.id AS subject",
    )
    given = graph({"b": {"kind": "Bucket"}})
    unread = failed("aws:iam:GetAccountAuthorizationDetails", account=OTHER)
    [passed] = of(run(embedded_store, given, readers, unread), "PASS")
    assert OTHER in passed.sentence


FLAGSHIP = graph(
    {
        "internet:": {"kind": "Internet"},
        "fn": {"kind": "Function"},
        "fn2": {"kind": "Function"},
        "a": {"kind": "Agent"},
        "k": {"kind": "KnowledgeBase"},
        "d": {"kind": "Dataset", "crown_jewel": True},
    },
    {"from": "a", "rel": "RETRIEVES_FROM", "to": "k"},
    {"from": "k", "rel": "INDEXES", "to": "d"},
    steps=(
        "internet: reach -> fn invoke -> a steer -> k read -> d read",
        "internet: reach -> fn2 invoke -> a steer",
    ),
    entries=("internet: reach",),
)
TO_DATA = rule(
    "MATCH (e:Foothold)-[:ON]->(n:Internet) MATCH (f:Foothold)-[:ON]->(d:Dataset) WHERE f.state = 'read'"
    " MATCH p = shortestPath((e)-[:STEP*..8]->(f)) RETURN d.id AS subject, n.id AS entry, p AS path",
    "MATCH (d:Dataset) RETURN d.id AS subject",
)


def test_a_path_runs_over_assets_and_says_what_is_held_on_each(store: GraphStore) -> None:
    [found] = of(run(store, FLAGSHIP, TO_DATA), "FAIL")
    assert [(node.id, node.state) for node in found.nodes] == [
        ("internet:", "reach"),
        ("fn", "invoke"),
        ("a", "steer"),
        ("k", "read"),
        ("d", "read"),
    ]
    assert [(step.source, step.target) for step in found.steps][-1] == ("k", "d")
    assert found.entry == "internet:"


def test_a_path_is_a_sentence(embedded_store: EmbeddedStore) -> None:
    [found] = of(run(embedded_store, FLAGSHIP, TO_DATA), "FAIL")
    assert found.sentence == (
        "Anyone on the internet can call the function fn, steer the agent a and read the knowledge base k"
        " and the dataset d."
    )


def test_the_results_are_the_same_in_every_run(embedded_store: EmbeddedStore) -> None:
    assert run(embedded_store, FLAGSHIP, TO_DATA) == run(embedded_store, FLAGSHIP, TO_DATA)


@pytest.mark.parametrize(
    "asked",
    [
        "MATCH p = (i:User)-[:CAN_READ]->()-[:COVERS*0..6]->(b:Bucket) WITH b, i, p AS path",
        "MATCH p = (b:Bucket)<-[:COVERS*0..6]-()<-[:CAN_READ]-(i:User) WITH b, i, [p] AS path",
        (
            "MATCH p = (i:User)-[:CAN_READ]->(s) MATCH q = (b:Bucket)<-[:COVERS*0..6]-(s)"
            " WITH b, i, [[p, q]] AS path"
        ),
    ],
    ids=["from the identity", "from the resource, and turned round", "in parts"],
)
def test_sets_fall_out_of_a_path_and_the_edge_into_them_is_the_step(store: GraphStore, asked: str) -> None:
    readers = rule(
        f"{asked} RETURN b.id AS subject, i.id AS entry, path",
        "MATCH (b:Bucket) RETURN b.id AS subject",
    )
    because = ("e:one r:two", "e:three")
    given = graph(
        {
            "u": {"kind": "User"},
            "s": {"kind": "ResourceSet"},
            "t": {"kind": "ResourceSet"},
            "b": {"kind": "Bucket"},
        },
        {"from": "u", "rel": "CAN_READ", "to": "s", "because": because, "confidence": "likely"},
        {"from": "s", "rel": "COVERS", "to": "t"},
        {"from": "t", "rel": "COVERS", "to": "b"},
    )
    [found] = of(run(store, given, readers), "FAIL")
    [step] = found.steps
    assert (step.type, step.source, step.target, step.confidence) == ("CAN_READ", "u", "b", "likely")
    assert step.because == (("e:one", "r:two"), ("e:three",))
    assert set(step.evidence) == {"e:one", "e:three"}
    assert [node.state for node in found.nodes] == ["act", "read"]


def test_every_shipped_rule_answers_on_an_empty_estate(embedded_store: EmbeddedStore, tmp_path: Path) -> None:
    embedded_store.replace(graph({}))
    results = evaluate(embedded_store, shipped(), KNOWN, [], now=NOW)
    assert {result.state for result in results} == {"NOT_APPLICABLE"}


@pytest.mark.parametrize("call", ["aws:iam:GetAccountAuthorizationDetails", "aws:s3:GetBucketPolicy"])
def test_a_path_rule_needs_the_policies_behind_its_steps(embedded_store: EmbeddedStore, call: str) -> None:
    results = run(embedded_store, FLAGSHIP, TO_DATA, failed(call))
    assert [r.state for r in results if r.scope == ACCOUNT and not r.subject] == ["UNKNOWN"]
