"""The proof for one principal and one resource."""

import pytest

from graph.access.explain import explain
from graph.access.question import NotAsked
from tests.graph.access.estates import EstateBuilder, allow, deny, role

BUCKET = "arn:aws:s3:::records"


def estate() -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Bucket", BUCKET)
    built.asset("Role", role("reader"))
    built.statements(role("reader"), "identity", allow("s3:*"))
    return built


def test_each_layer_says_what_it_says_and_shows_its_statement() -> None:
    built = estate()
    statement = {**deny("s3:GetObject", f"{BUCKET}/secret/*"), "Principal": "*"}
    built.statements(BUCKET, "resource", statement)
    proof = explain(built.facts(), role("reader"), "s3:GetObject", f"{BUCKET}/secret/x")
    assert (proof.effect, proof.explicit, proof.blocked_by) == ("deny", True, ("resource",))
    said = {layer.layer: layer.verdict for layer in proof.layers}
    assert said == {
        "identity": "allows",
        "boundary": "none",
        "session": "none",
        "resource": "denies",
        "vpc_endpoint": "none",
    }
    (shown,) = next(layer for layer in proof.layers if layer.layer == "resource").statements
    assert shown.text == statement
    assert (shown.on, shown.effect, shown.evidence.pointer) == (BUCKET, "Deny", "/Statement/0")


def test_what_is_open_is_named() -> None:
    built = estate()
    built.statements(
        role("reader"), "boundary", allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    )
    proof = explain(built.facts(), role("reader"), "s3:GetObject", f"{BUCKET}/x")
    assert proof.effect == "conditional"
    assert proof.conditions == ("aws:MultiFactorAuthPresent Bool true",)
    assert next(each.verdict for each in proof.layers if each.layer == "boundary") == "may allow"


def test_a_stranger_is_explained_too() -> None:
    assert explain(estate().facts(), "anyone:", "s3:GetObject", f"{BUCKET}/x").blocked_by == ("resource",)


def test_somebody_unknown_is_an_error_that_says_so() -> None:
    with pytest.raises(NotAsked, match="role/nobody"):
        explain(estate().facts(), role("nobody"), "s3:GetObject", f"{BUCKET}/x")
