"""Linden's symptom checker, from the provider's answers to the path: internet, gateway, endpoint, data."""

from itertools import pairwise

import msgspec
import pytest

from collectors.practice.aws import AwsServer, Fault
from collectors.practice.estate.aws import estate
from graph.attack import Attack, foothold_id, reachable
from graph.derive import derive
from graph.embedded import EmbeddedStore
from graph.facts import Facts
from graph.merge import merge, resolve
from graph.model import INTERNET
from graph.project import project
from graph.store import GraphStore
from queries.content import shipped
from tests.collectors.aws.scanning import Seen, scan

APIS = "arn:aws:apigateway:eu-central-1::/restapis"
ENDPOINTS = "arn:aws:sagemaker:eu-central-1:111122223333:endpoint"
CALLS = "arn:aws:s3:::linden-symptom-training/triage-calls/"
NAMES = ("check", "limited", "signed", "denied", "unable", "private")
DOORS = {name: f"{APIS}/l1nd3n{number:04}/stages/prod" for number, name in enumerate(NAMES, 1)}


def facts_of(seen: Seen, classes: tuple[str, ...] = ()) -> Facts:
    """The facts; with what a look inside the calls would tell."""
    contents = resolve(merge(seen.shards))
    assets = {asset.id: asset for asset in contents.assets}
    if classes:
        calls = assets[CALLS]
        found = {**calls.properties, "data_classes": classes}
        assets[CALLS] = msgspec.structs.replace(calls, properties=found)
    return Facts(
        assets.values(), contents.relations, contents.policies, contents.documents, contents.coverage
    )


@pytest.fixture(scope="module")
def facts(linden: Seen) -> Facts:
    return facts_of(linden)


@pytest.fixture(scope="module")
def attack(facts: Facts) -> Attack:
    return derive(facts).attack


def steps(attack: Attack, kind: str = "STEP") -> set[tuple[str, str]]:
    return {(each.source, each.target) for each in attack.relations if each.type == kind}


def test_whoever_sends_a_request_asks_the_model(attack: Attack) -> None:
    door, endpoint = DOORS["check"], f"{ENDPOINTS}/symptom-check"
    way = [
        foothold_id("reach", INTERNET),
        foothold_id("invoke", door),
        foothold_id("query", endpoint),
        foothold_id("read", CALLS),
    ]
    assert set(pairwise(way)) <= steps(attack)
    assert way[-1] in set(reachable(attack, INTERNET))


@pytest.mark.parametrize("name", NAMES[1:])
def test_what_differs_by_one_fact_is_not_asked(attack: Attack, name: str) -> None:
    reached = set(reachable(attack, INTERNET))
    assert foothold_id("query", f"{ENDPOINTS}/symptom-{name}") not in reached
    assert foothold_id("read", f"arn:aws:s3:::linden-symptom-trials/{name}/") not in reached


@pytest.mark.parametrize(
    ("name", "blocked", "call", "pointer"),
    [
        ("limited", "door", "GetResources", "/authorizationType"),
        ("signed", "door", "GetResources", "/authorizationType"),
        ("denied", "door", "GetRestApis", "/Statement/1"),
        ("unable", "endpoint", "GetResources", "/methodIntegration/credentials"),
        ("private", "door", "GetRestApis", "/endpointConfiguration/types"),
    ],
)
def test_each_is_stopped_by_what_differs(
    facts: Facts, attack: Attack, name: str, blocked: str, call: str, pointer: str
) -> None:
    door, endpoint = DOORS[name], f"{ENDPOINTS}/symptom-{name}"
    start, end = (foothold_id("reach", INTERNET), foothold_id("invoke", door))
    if blocked == "endpoint":
        start, end = end, foothold_id("query", endpoint)
    (stopped,) = [
        each
        for each in attack.relations
        if each.type == "BLOCKED_STEP" and (each.source, each.target) == (start, end)
    ]
    guards = stopped.properties["guards"]
    assert isinstance(guards, tuple)
    told = [facts.evidence(str(guard)) for guard in guards]
    assert [(e.call.rpartition(":")[2], e.pointer[-len(pointer) :]) for e in told if e] == [(call, pointer)]


def test_limits_over_the_whole_way_in(facts: Facts, attack: Attack) -> None:
    said = {name: facts.value(f"{ENDPOINTS}/symptom-{name}", "throttled") for name in NAMES}
    assert said == {
        "check": False,
        "limited": True,
        **dict.fromkeys(("signed", "denied", "unable", "private")),
    }
    assert facts.value(f"{ENDPOINTS}/symptom-check", "exposure") == "public"
    assert facts.value(DOORS["check"], "throttled") is False


def found(store: GraphStore, facts: Facts) -> dict[str, object]:
    """What the rule finds, and where each path begins."""
    rule = shipped().rule("AISPM-PATH-21")
    store.replace(project(facts, derive(facts)))
    rows = store.read(rule.cypher, {}, timeout_s=30, max_rows=100)
    return {str(row[rows.columns.index("subject")]): row[rows.columns.index("entry")] for row in rows.rows}


@pytest.mark.parametrize(
    ("classes", "expected"), [((), {}), (("health",), {f"{ENDPOINTS}/symptom-check": INTERNET})]
)
def test_the_path_is_found_once_somebody_looked_inside(
    linden: Seen, embedded_store: EmbeddedStore, classes: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert found(embedded_store, facts_of(linden, classes)) == expected


@pytest.mark.parametrize("operation", ["GetResources", "GetAccount", "GetStages"])
def test_a_denied_call_leaves_the_limit_unknown_and_no_path(
    embedded_store: EmbeddedStore, operation: str
) -> None:
    fault = Fault("apigateway", operation, "AccessDeniedException", 403, -1)
    with AwsServer(msgspec.structs.replace(estate(), faults=(fault,))) as server:
        known = facts_of(scan(server), ("health",))
    assert found(embedded_store, known) == {}
    assert any(not each.complete and each.call.endswith(operation) for each in known.coverage)
