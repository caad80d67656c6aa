"""The command's way in: one JSON case, one JSON answer, whatever the case looks like."""

import json
from typing import Any

import pytest

from graph.access.cases import evaluate_case

CASE: dict[str, Any] = {
    "id": "reader",
    "provider": "aws",
    "request": {
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::training/x",
        "principal": "arn:aws:iam::111122223333:role/trainer",
    },
    "identity_policies": [
        {
            "name": "inline",
            "document": {
                "Version": "2012-10-17",
                "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
            },
        }
    ],
}


def answer(case: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(evaluate_case(json.dumps(case).encode()))
    return found


def test_the_answer_has_the_documented_shape() -> None:
    assert answer(CASE) == {
        "id": "reader",
        "effect": "allow",
        "explicit": True,
        "blocked_by": [],
        "conditions": [],
        "statements": [
            {
                "policy": "inline",
                "kind": "identity",
                "index": 0,
                "sid": "Read",
                "effect": "Allow",
                "pointer": "/Statement/0",
            }
        ],
    }


@pytest.mark.parametrize(
    "request_",
    [
        {"action": "s3:GetObject"},
        {"action": 7, "resource": "*", "principal": "111122223333"},
        {"action": "GetObject", "resource": "*", "principal": "111122223333"},
        {"action": "s3:GetObject", "resource": "*", "principal": "somebody"},
        {"action": "s3:GetObject", "resource": "*", "principal": {"robot": True}},
    ],
)
def test_a_malformed_request_is_answered_with_what_is_wrong(request_: Any) -> None:
    found = answer({**CASE, "request": request_})
    assert found["id"] == "reader"
    assert found["error"]
    assert "effect" not in found


def test_a_line_that_breaks_off_is_answered_with_its_id() -> None:
    assert json.loads(evaluate_case(b'{"id": "reader", "provider": "aws", "request"'))["id"] == "reader"


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_line_that_is_no_case_gets_an_error_and_no_crash(line: bytes) -> None:
    found = json.loads(evaluate_case(line))
    assert found["id"] is None
    assert found["error"]


def test_an_unknown_provider_is_named() -> None:
    assert "azur" in answer({**CASE, "provider": "azur"})["error"]


BAD: dict[str, Any] = {
    "deep": [[[[[[["s3:*"]]]]]]],
    "huge": "s3:" + "x" * 2_000_000,
    "many": ["s3:Get*"] * 1_100_000,
    "none": None,
}


@pytest.mark.parametrize("action", BAD.values(), ids=BAD.keys())
def test_a_bad_document_is_a_fault_and_leaves_the_answer_open(action: Any) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}],
    }
    found = answer({**CASE, "identity_policies": [{"name": "bad", "document": document}]})
    assert found["effect"] == "conditional"
    assert found["conditions"][0]["key"] == "policy bad"


def test_a_case_nested_ten_thousand_deep_gets_an_error_under_its_id() -> None:
    line = json.dumps({**CASE, "identity_policies": [{"name": "deep", "document": "HERE"}]})
    deep = line.replace('"HERE"', '{"Statement": ' + "[" * 10_000 + "]" * 10_000 + "}")
    found = json.loads(evaluate_case(deep.encode()))
    assert (found["id"], "nested" in found["error"]) == ("reader", True)


def test_many_stars_cost_no_more_than_a_few() -> None:
    patterns = ["arn:aws:s3:::" + "*a" * 60 + "b", "arn:a*w*s:s*x*3:*y*:z*:" + "a*" * 60 + "b"]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:" + "*t" * 60, "Resource": patterns}],
    }
    request = {**CASE["request"], "resource": "arn:aws:s3:::" + "a" * 900}
    case = {**CASE, "request": request, "identity_policies": [{"name": "stars", "document": document}]}
    assert answer(case)["effect"] == "deny"


def test_an_unknown_action_is_matched_by_pattern_and_the_answer_says_so() -> None:
    request = {**CASE["request"], "action": "s3:GetObjectOfTheFuture"}
    found = answer({**CASE, "request": request})
    assert found["effect"] == "allow"
    (note,) = found["notes"]
    assert note.startswith("s3:GetObjectOfTheFuture is not in the table of actions of 20")
    assert "notes" not in answer(CASE)
