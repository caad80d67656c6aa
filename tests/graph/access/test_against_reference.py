"""The engine and the naive reference agree on generated cases, with closed and with open contexts."""

import json
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.access.cases import evaluate_case
from tests.graph.access.reference import Case, reference, worlds

EXAMPLES = int(os.environ.get("CROWNPATH_TEST_EXAMPLES", "500"))
"""More of them are worth a wait after a change of the engine."""

OWN, OTHER = "111122223333", "444455556666"
USER = f"arn:aws:iam::{OWN}:user/ana"
ROLE = f"arn:aws:iam::{OWN}:role/trainer"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/trainer/job"

ACTIONS = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]
ACTION_PATTERNS = ["*", "s3:*", "S3:Get*", "s3:?etObject", "sqs:*", *ACTIONS]
RESOURCES = ["arn:aws:s3:::b/p/x", "arn:aws:s3:::b/q", "arn:aws:s3:::c/ana/y"]
RESOURCE_PATTERNS = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::*/p/?",
    "arn:aws:s3:::b/q",
    "arn:aws:s3:::c/${aws:username}/*",
    "arn:aws:s3:::c/${aws:PrincipalTag/team}/*",
]
NAMES = ["*", USER, ROLE, SESSION, OWN, f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{OWN}:user/bob"]
KEYS = {
    "aws:PrincipalTag/team": ["ana", "ops"],
    "aws:SecureTransport": ["true", "false"],
    "aws:SourceIp": ["10.0.0.1", "192.0.2.5"],
    "s3:max-keys": ["5", "20"],
}
TESTS: dict[str, list[tuple[str, list[str]]]] = {
    "aws:PrincipalTag/team": [
        (f"{q}{op}{e}", ["ana", "o*", "${aws:username}"])
        for op in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase")
        for q in ("", "ForAllValues:", "ForAnyValue:")
        for e in ("", "IfExists")
    ]
    + [("Null", ["true", "false"])],
    "aws:SecureTransport": [(op, ["true", "false"]) for op in ("Bool", "BoolIfExists", "Null")],
    "aws:SourceIp": [(op, ["10.0.0.0/8", "192.0.2.5/32"]) for op in ("IpAddress", "NotIpAddress")],
    "s3:max-keys": [
        (f"Numeric{op}", ["5", "10"])
        for op in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ],
    "aws:PrincipalArn": [(op, [f"arn:aws:iam::{OWN}:user/*", ROLE]) for op in ("ArnLike", "ArnNotEquals")],
}


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in draw(st.lists(st.sampled_from(sorted(TESTS)), max_size=2, unique=True)):
        operator, values = draw(st.sampled_from(TESTS[key]))
        found.setdefault(operator, {})[key] = draw(some(values))
    return found


@st.composite
def statements(draw: st.DrawFn, *, principal: bool) -> dict[str, Any]:
    effect = draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))
    found: dict[str, Any] = {"Effect": effect}
    found[draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))] = draw(some(ACTION_PATTERNS))
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(some(RESOURCE_PATTERNS))
    if principal:
        if effect == "Deny" and draw(st.booleans()):
            found["NotPrincipal"] = {
                "AWS": draw(st.lists(st.sampled_from(NAMES[1:]), min_size=1, max_size=3))
            }
        else:
            found["Principal"] = draw(st.sampled_from(["*", {"Service": "sns.amazonaws.com"}, None]))
            if found["Principal"] is None:
                found["Principal"] = {"AWS": draw(some(NAMES))}
    if block := draw(conditions()):
        found["Condition"] = block
    return found


@st.composite
def policies(draw: st.DrawFn, *, principal: bool = False, most: int = 2) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(0, most))):
        listed = draw(st.lists(statements(principal=principal), min_size=1, max_size=2))
        version = draw(st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]))
        made.append({"name": f"p{number}", "document": {"Version": version, "Statement": listed}})
    return made


@st.composite
def cases(draw: st.DrawFn) -> Case:
    who = draw(st.sampled_from([USER, ROLE, SESSION, {"service": "sns.amazonaws.com"}, {"anonymous": True}]))
    given_keys = draw(st.lists(st.sampled_from(sorted(KEYS)), unique=True))
    levels = draw(st.lists(policies(), max_size=2))
    case: Case = {
        "id": "generated",
        "request": {
            "action": draw(st.sampled_from(ACTIONS)),
            "resource": draw(st.sampled_from(RESOURCES)),
            "resource_account": draw(st.sampled_from([OWN, OWN, OTHER])),
            "principal": who,
            "context": {key: draw(st.sampled_from(KEYS[key])) for key in given_keys},
        },
        "identity_policies": draw(policies()),
        "permissions_boundaries": draw(policies(most=1)),
        "session_policies": draw(policies(most=1)),
        "resource_policies": draw(policies(principal=True)),
    }
    if levels:
        case["service_control_policies"] = [{"target": str(n), "policies": p} for n, p in enumerate(levels)]
    return case


def answer(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(evaluate_case(json.dumps(case).encode()))
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_the_engine_agrees_with_the_reference(case: Case) -> None:
    effect, explicit = reference(case)
    found = answer(case)
    assert (found["effect"], found["explicit"]) == (effect, explicit), found


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(cases())
def test_an_open_context_is_never_surer_than_all_its_worlds(case: Case) -> None:
    """Allow only if every way to fill in the unknown keys allows; deny only if every way denies."""
    unknown = {key: values for key, values in KEYS.items() if key not in case["request"]["context"]}
    found = answer({**case, "open_context": True})
    effects = {reference(world)[0] for world in worlds(case, unknown)}
    assert found["effect"] == "conditional" or effects == {found["effect"]}, found
    assert len(effects) == 1 or found["effect"] == "conditional"
    if found["effect"] == "conditional":
        assert found["conditions"]
