"""Results as nodes of the graph, so that the knowledge base holds them and saved queries can ask for them."""

from collections.abc import Iterable, Sequence

from graph.model import Graph, Node, Value
from queries.content import Rule
from queries.results import Result


def with_results(graph: Graph, results: Iterable[Result], rules: Sequence[Rule]) -> Graph:
    """The graph with a Finding for each result and a Rule for each rule, sorted by id."""
    found = [_finding(result) for result in results]
    nodes = {node.id: node for node in (*graph.nodes, *map(_rule, rules), *found)}
    return Graph(tuple(nodes[key] for key in sorted(nodes)), graph.edges)


def _finding(result: Result) -> Node:
    given: dict[str, Value] = {
        "kind": "Finding",
        "name": result.title,
        "rule": result.rule,
        "state": result.state,
        "severity": result.severity,
        "score": float(result.score),
        "subject": result.subject,
        "account": result.scope,
        "sentence": result.sentence,
        "path": tuple(node.id for node in result.nodes),
        "evidence": result.evidence,
    }
    return Node(result.id, "Finding", {name: value for name, value in given.items() if value not in ("", ())})


def _rule(rule: Rule) -> Node:
    return Node(
        f"rule:{rule.id}",
        "Rule",
        {"kind": "Rule", "name": rule.title, "severity": rule.severity},
    )
