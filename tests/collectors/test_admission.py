"""Admission: what the schema doesn't know is refused, naming the collector; the scan goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import pytest

from collectors.admission import NotInOntology, admit, check_ends
from collectors.redaction import Redactor
from collectors.scan import Unit, collect_unit
from collectors.source import Page, Source
from graph.model import Asset, Call, Evidence, Fact, Layer, Policy, Relation, Shard, Value
from tests.collectors.door import KEY, MemoryDoor, module_of, noon, source_of

LIST = Call("aws:bedrock:ListGuardrails", lists=("Guardrail",))
COLLECTOR = "aws.bedrock on 111122223333"
SOURCE = source_of({})


def admitted(fact: Fact) -> Fact:
    return admit(fact, COLLECTOR, SOURCE, "bedrock")


def guardrail(**properties: object) -> Asset:
    return Asset(id="g", kind="Guardrail", properties=cast("dict[str, Value]", properties))


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (Asset(id="x", kind="Gizmo"), "unknown kind 'Gizmo' of x"),
        (Asset(id="x", kind="AI"), "unknown kind 'AI' of x"),
        (guardrail(colour="red"), "Guardrail g: unknown property 'colour'"),
        (guardrail(kind="Model"), "unknown property 'kind'"),
        (guardrail(evidence=["e"]), "unknown property 'evidence'"),
        (guardrail(pii_filter="yes"), "pii_filter is a str; the ontology declares a boolean"),
        (guardrail(mode=True), "mode is a bool; the ontology declares a string"),
        (guardrail(tags=["a=b", 1]), "tags is a list; the ontology declares a strings"),
        (guardrail(tags="a=b"), "tags is a str; the ontology declares a strings"),
        (Asset(id="e", kind="Endpoint", properties={"instances": True}), "instances is a bool"),
        (Asset(id="e", kind="Endpoint", properties={"instances": 1.5}), "instances is a float"),
        (Asset(id="e", kind="Endpoint", properties={"instances": 2**70}), "instances is a int"),
        (Asset(id="e", kind="Finding", properties={"score": float("nan")}), "score is a float"),
        (
            Asset(id="e", kind="Credential", properties={"expires_at": "soon"}),
            "expires_at is not a time: 'soon'",
        ),
        (Asset(id="e", kind="Credential", properties={"expires_at": 5}), "expires_at is not a time: 5"),
        (Asset(id="", kind="Model"), "a Model has '' as its id"),
        (Asset(id=cast("str", None), kind="Model"), "a Model has None as its id"),
        (Asset(id="m", kind="Model", name=cast("str", None)), "the name of Model m is not a text"),
        (Relation("LIKES", "a", "b"), "unknown relation 'LIKES' from a"),
        (Relation("SERVES", "a", cast("str", None)), "a SERVES has None as its target"),
        (Relation("SERVES", "", "b"), "a SERVES has '' as its source"),
        (Relation("SERVES", "a", "b", {"weight": 1}), "SERVES from a: unknown property 'weight'"),
        (Relation("SERVES", "a", "b", target_kind="Gizmo"), "unknown kind 'Gizmo' for b"),
        (Policy("b", cast("Layer", "wish"), "p", Evidence("c", "d")), "unknown policy layer 'wish' on b"),
    ],
)
def test_what_the_ontology_does_not_know_is_an_error_that_names_the_collector(fact: Fact, told: str) -> None:
    with pytest.raises(NotInOntology) as fault:
        admitted(fact)
    assert str(fault.value).startswith(f"{COLLECTOR}: ")
    assert told in str(fault.value)


def test_an_asset_gets_the_place_it_was_seen_from_where_it_says_none() -> None:
    plain = admitted(Asset(id="g", kind="Guardrail"))
    assert isinstance(plain, Asset)
    place = {"provider": "aws", "service": "bedrock", "account": "111122223333", "region": "eu-central-1"}
    assert plain.properties == place
    elsewhere = admitted(Asset(id="g", kind="Guardrail", properties={"region": "us-east-1", "account": ""}))
    assert isinstance(elsewhere, Asset)
    assert (elsewhere.get("region"), elsewhere.get("account")) == ("us-east-1", "")


def test_an_unknown_value_is_left_out_and_values_get_their_declared_type() -> None:
    given = {"tags": ["a=b"], "mode": None, "last_seen": "2026-01-02T03:04:05+02:00"}
    asset = admitted(guardrail(**given))
    assert isinstance(asset, Asset)
    assert asset.get("tags") == ("a=b",)
    assert "mode" not in asset.properties
    assert asset.get("last_seen") == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    score = admitted(Asset(id="f", kind="Finding", properties={"score": 3}))
    assert isinstance(score, Asset)
    assert isinstance(score.get("score"), float)


@pytest.mark.parametrize(
    ("relation", "kinds", "right"),
    [
        (Relation("SERVES", "e", "m"), {"e": "Endpoint", "m": "Model"}, True),
        (Relation("SERVES", "m", "e"), {"e": "Endpoint", "m": "Model"}, False),
        (Relation("SERVES", "e", "m", target_kind="Bucket"), {"e": "Endpoint"}, False),
        (Relation("SERVES", "e", "m", target_kind="Bucket"), {"e": "Endpoint", "m": "Model"}, True),
        (Relation("SERVES", "e", "m"), {"e": "Endpoint"}, True),
        (Relation("SERVES", "e", "m"), {}, True),
    ],
)
def test_a_relation_joins_only_what_it_may(relation: Relation, kinds: dict[str, str], right: bool) -> None:
    if right:
        check_ends(relation, kinds, COLLECTOR)
        return
    with pytest.raises(NotInOntology, match=f"{COLLECTOR}: SERVES may not lead from"):
        check_ends(relation, kinds, COLLECTOR)


def collected(*facts: Fact) -> Shard:
    def collect(source: Source) -> Iterator[Fact]:
        for row in source.pages(LIST):
            assert row.ok
            yield from facts

    door = MemoryDoor({LIST.id: [Page({"guardrails": [{}]})]})
    module = module_of("bedrock", collect, LIST)
    unit = Unit("aws", "111122223333", "bedrock", "eu-central-1")
    return collect_unit(module, door, Redactor(KEY), unit, now=noon)


def test_facts_before_the_wrong_one_are_kept_and_the_units_calls_are_failed() -> None:
    shard = collected(guardrail(mode="block"), guardrail(colour="red"), guardrail(mode="never seen"))
    assert [asset.get("mode") for asset in shard.assets] == ["block"]
    assert [record.outcome for record in shard.coverage] == ["interrupted", "failed"]
    sentence = shard.coverage[1].sentence
    assert sentence.startswith("aws.bedrock on 111122223333/eu-central-1: Guardrail g: unknown property")
    assert sentence.endswith("report it.")


def test_a_relation_with_a_wrong_end_is_left_out_and_the_units_calls_are_failed() -> None:
    right = Relation("GUARDED_BY", "a", "g")
    wrong = Relation("SERVES", "g", "a")
    agent = Asset(id="a", kind="Agent")
    shard = collected(Asset(id="g", kind="Guardrail"), agent, wrong, right)
    assert [asset.id for asset in shard.assets] == ["g", "a"]
    assert [relation.type for relation in shard.relations] == ["GUARDED_BY"]
    assert "SERVES may not lead from a Guardrail (g) to a Agent (a)" in shard.coverage[1].sentence


def test_the_sentence_about_a_wrong_fact_shows_no_secret() -> None:
    secret = "hf_" + "Qx7" * 12
    shard = collected(guardrail(**{f"token {secret}": "x"}))
    assert secret not in shard.coverage[1].sentence
    assert "redacted:huggingface_token:" in shard.coverage[1].sentence
