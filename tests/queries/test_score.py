"""The score: term by term, and the severity's one step up or down."""

import pytest

from graph.model import Confidence
from queries.estate import Row
from queries.results import Effective, PathNode, PathStep
from queries.score import score

INTERNET = PathNode("internet:", "Internet", "the internet", "reach")
DATA = PathNode("d", "Dataset", "d", "read")
PATIENTS: Row = {"id": "d", "kind": "Dataset", "environment": "prod", "data_classes": ["health"]}


def step(confidence: Confidence = "confirmed", effective: Effective = "now") -> PathStep:
    return PathStep("r:1", "CAN_READ", "internet:", "d", confidence=confidence, effective=effective)


def test_a_score_is_the_product_of_its_terms() -> None:
    scored = score("high", PATIENTS, [INTERNET, DATA], [step()], [{}, PATIENTS])
    product = 1.0
    for term in scored.terms:
        assert term.why
        product *= term.value
    assert scored.score == round(product, 1)


def test_production_sensitive_and_external_together_raise_the_severity() -> None:
    assert score("high", PATIENTS, [INTERNET, DATA], [step()], []).severity == "critical"


def test_an_unknown_environment_counts_as_production() -> None:
    row = {key: value for key, value in PATIENTS.items() if key != "environment"}
    scored = score("high", row, [INTERNET, DATA], [step()], [])
    assert scored.severity == "critical"
    assert "not known" in scored.terms[0].why


@pytest.mark.parametrize(
    "row",
    [
        {**PATIENTS, "data_classes": []},
        {**PATIENTS, "environment": "dev"},
        {**PATIENTS, "environment": "staging"},
    ],
)
def test_two_of_the_three_raise_nothing(row: Row) -> None:
    assert score("high", row, [INTERNET, DATA], [step()], []).severity == "high"


def test_what_lies_in_a_public_repository_is_open_to_all() -> None:
    scores = {
        seen: score("high", {"kind": "Repository", "visibility": seen}, [], [], []).score
        for seen in ("public", "private")
    }
    assert scores["public"] > scores["private"]


def test_anyone_ranks_above_a_named_outsider_all_else_equal() -> None:
    begins = [
        INTERNET,
        PathNode("anyone:", "ExternalPrincipal", "anyone", "act"),
        PathNode("anyone:aws", "ExternalPrincipal", "anyone with an AWS account", "act"),
        PathNode("arn:aws:iam::999988887777:root", "ExternalPrincipal", "999988887777", "act"),
        PathNode("r", "Role", "r", "act"),
    ]
    scores = [score("high", PATIENTS, [begin, DATA], [step()], [{}, PATIENTS]).score for begin in begins]
    assert scores[0] == scores[1] > scores[2] > scores[3] > scores[4]


def test_inside_raises_nothing_unless_of_low_trust() -> None:
    user = PathNode("u", "User", "u", "act")
    assert score("high", PATIENTS, [user, DATA], [step()], [{}, PATIENTS]).severity == "high"
    assert (
        score("high", PATIENTS, [user, DATA], [step()], [{"low_trust": True}, PATIENTS]).severity
        == "critical"
    )


def test_a_sandbox_without_data_lowers_the_severity() -> None:
    assert score("high", {"environment": "sandbox"}, [], [], []).severity == "medium"
    assert score("low", {"environment": "dev"}, [], [], []).severity == "low"


@pytest.mark.parametrize("worse", [step("likely"), step("possible"), step(effective="next_run")])
def test_doubt_and_delay_lower_the_score(worse: PathStep) -> None:
    sure = score("high", PATIENTS, [INTERNET, DATA], [step()], []).score
    assert score("high", PATIENTS, [INTERNET, DATA], [worse], []).score < sure


def test_the_score_stays_within_a_hundred() -> None:
    assert score("critical", PATIENTS, [INTERNET, DATA], [step()], []).score == 100.0
