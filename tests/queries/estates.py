"""Small graphs and results for the tests of queries."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime

from graph.model import Call, EdgeKind, Graph, Value
from queries.cases import graph_of
from queries.content import Case, Content, Fix, Rule
from queries.needs import Known
from queries.results import PathNode, PathStep, Result, fingerprint

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ACCOUNT = "111122223333"
OTHER = "444455556666"

CALLS = (
    Call("aws:bedrock-agent:ListAgents", lists=("Agent",)),
    Call("aws:bedrock-agent:GetAgent", fills=("Agent.tracing", "GUARDED_BY", "RUNS_AS")),
    Call("aws:iam:GetAccountAuthorizationDetails", lists=("User", "Role"), fills=("policy:identity",)),
    Call("aws:s3:ListBuckets", lists=("Bucket",)),
    Call("aws:s3:GetBucketPolicy", fills=("policy:resource",)),
    Call("aws:sagemaker:ListModels", lists=("Model",)),
    Call("azure:resourcegraph:Resources", lists=("AIService",), fills=("AIService.local_auth",)),
)
CAN_READ = EdgeKind(
    name="CAN_READ", meaning="", needs="act", gives="read", builds_on=("policy:identity", "policy:resource")
)
KNOWN = Known(
    CALLS,
    {"CAN_READ": CAN_READ},
    {"CAN_READ": CAN_READ.builds_on, "STEP": ("CAN_READ",), "*.environment": ("*.tags",)},
)

Given = Mapping[str, Mapping[str, Value]]


def graph(
    nodes: Given, *edges: Mapping[str, Value], steps: tuple[str, ...] = (), entries: tuple[str, ...] = ()
) -> Graph:
    """A graph with two accounts beside the given nodes; a node without an account belongs to the first."""
    accounts: dict[str, Mapping[str, Value]] = {
        f"aws://{number}": {"kind": "Account", "account": number, "provider": "aws"}
        for number in (ACCOUNT, OTHER)
    }
    placed = {name: {"account": ACCOUNT, "provider": "aws", **given} for name, given in nodes.items()}
    return graph_of(
        Case(name="", nodes={**accounts, **placed}, expect=(), edges=edges, steps=steps, entries=entries)
    )


def rule(
    cypher: str, applies: str = "MATCH (a:Agent) RETURN a.id AS subject", **more: Mapping[str, str]
) -> Rule:
    """A rule of high severity."""
    return Rule(
        id="AISPM-TST-01",
        title="A thing is wrong",
        severity="high",
        why="It is.",
        applies=applies,
        cypher=cypher,
        fix=Fix("", "", ""),
        limits="None.",
        references=(),
        tests=(),
        needs_not=more.get("needs_not", {}),
        needs_also=more.get("needs_also", {}),
    )


def content(*rules: Rule) -> Content:
    """A pack of these rules alone."""
    return Content(rules=rules, saved=(), frameworks=(), digest="")


def path(*ids: str, because: Mapping[str, tuple[tuple[str, ...], ...]] | None = None) -> Result:
    """A result whose path runs over these assets; its steps are named `a>b`."""
    return Result(
        id=fingerprint("AISPM-TST-01", ids[-1], ids[0]),
        rule="AISPM-TST-01",
        title="",
        state="FAIL",
        severity="high",
        subject=ids[-1],
        entry=ids[0],
        nodes=tuple(PathNode(each, "Role", each) for each in ids),
        steps=tuple(
            PathStep(f"{a}>{b}", "CAN_ASSUME", a, b, because=(because or {}).get(f"{a}>{b}", ()))
            for a, b in itertools.pairwise(ids)
        ),
    )
