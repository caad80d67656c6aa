"""Every rule's own tests, on both stores; and what Neo4j plans for it."""

import pytest

from graph.model import Graph
from graph.neo4j import Neo4jStore
from graph.store import GraphStore
from queries.cases import graph_of
from queries.content import Case, Rule, SavedQuery, bind, shipped
from queries.lint import plan_complaints
from tests.queries.estates import NOW

CASES = [
    pytest.param(rule, case, id=f"{rule.id}: {case.name}") for rule in shipped().rules for case in rule.tests
]
STATEMENTS = [
    *(pytest.param(rule, rule.applies, id=f"{rule.id} applies") for rule in shipped().rules),
    *(pytest.param(rule, rule.cypher, id=f"{rule.id} cypher") for rule in shipped().rules),
    *(pytest.param(query, query.cypher, id=query.id) for query in shipped().saved),
]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_rule_finds_what_its_cases_say_and_nothing_else(store: GraphStore, rule: Rule, case: Case) -> None:
    store.replace(graph_of(case))
    bound = bind(rule.cypher, rule.parameters, case.parameters, NOW)
    rows = store.read(rule.cypher, bound, timeout_s=30, max_rows=1000)
    subject = rows.columns.index("subject")
    assert {row[subject] for row in rows.rows} == set(case.expect)
    if case.begins:
        entry = rows.columns.index("entry")
        assert {row[entry] for row in rows.rows} == set(case.begins)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in shipped().rules])
def test_whatever_a_rule_finds_belongs_to_its_population(embedded_store: GraphStore, rule: Rule) -> None:
    for case in rule.tests:
        embedded_store.replace(graph_of(case))
        bound = bind(rule.applies, rule.parameters, case.parameters, NOW)
        population = embedded_store.read(rule.applies, bound, timeout_s=30, max_rows=1000)
        assert set(case.expect) <= {row[0] for row in population.rows}, case.name


@pytest.mark.parametrize(("item", "text"), STATEMENTS)
def test_neo4j_plans_no_scan_of_everything_and_no_cartesian_product(
    neo4j_store: Neo4jStore, item: Rule | SavedQuery, text: str
) -> None:
    neo4j_store.replace(Graph((), ()))
    plan = neo4j_store.explain(text, bind(text, item.parameters, {}, NOW))
    assert plan_complaints(plan.operators, plan.parents, plan.query_type) == []
