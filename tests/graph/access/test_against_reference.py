"""The engine and the naive reference agree on generated cases, with closed and with open contexts."""

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from graph.access.cases import evaluate_case
from tests.graph.access.reference import Case, reference, worlds

EXAMPLES = int(os.environ.get("CROWNPATH_TEST_EXAMPLES", "3000"))
"""More of them are worth a wait after a change of the engine."""

OWN, OTHER = "111122223333", "444455556666"
USER = f"arn:aws:iam::{OWN}:user/ana"
ROLE = f"arn:aws:iam::{OWN}:role/trainer"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/trainer/job"
FEDERATED = f"arn:aws:sts::{OWN}:federated-user/eve"
ROOT = f"arn:aws:iam::{OWN}:root"
LINKED = f"arn:aws:iam::{OWN}:role/aws-service-role/sagemaker.amazonaws.com/AWSServiceRoleForSageMaker"
BOUNDED = (USER, ROLE, SESSION)
STRANGERS: list[Any] = [{"service": "sns.amazonaws.com"}, {"anonymous": True}]

KEY = f"arn:aws:kms:eu-west-1:{OWN}:key/1234"
TARGET = f"arn:aws:iam::{OWN}:role/deploy"
ACTIONS = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "sns:Publish"]
ACTION_PATTERNS = ["*", "s3:*", "S3:Get*", "s3:?etObject", "sqs:*", "kms:De*", "sts:Assume*", *ACTIONS]
RESOURCES = ["arn:aws:s3:::b/p/x", "arn:aws:s3:::b/q", "arn:aws:s3:::c/ana/y"]
ASKED = [
    *((action, resource) for action in ACTIONS for resource in RESOURCES),
    *[("kms:Decrypt", KEY), ("sts:AssumeRole", TARGET)] * 2,
]
RESOURCE_PATTERNS = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::*/p/?",
    "arn:aws:s3:::b/q",
    KEY,
    f"arn:aws:iam::{OWN}:role/*",
    "arn:aws:s3:::c/${aws:username}/*",
    "arn:aws:s3:::c/${aws:PrincipalTag/team}/*",
]
NAMES = [
    "*",
    USER,
    ROLE,
    SESSION,
    FEDERATED,
    OWN,
    ROOT,
    f"arn:aws:iam::{OTHER}:root",
    f"arn:aws:iam::{OWN}:user/bob",
]
KEYS: dict[str, list[Any]] = {
    "aws:PrincipalTag/team": ["ana", "ops"],
    "aws:SecureTransport": ["true", "false"],
    "aws:SourceIp": ["10.0.0.1", "192.0.2.5"],
    "s3:max-keys": ["5", "20"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"],
    "aws:TagKeys": [["team"], ["team", "cost"], ["cost", "owner"]],
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
    "aws:CurrentTime": [
        (f"Date{op}", ["2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z"])
        for op in ("LessThan", "GreaterThanEquals", "Equals", "NotEquals")
    ],
    "aws:TagKeys": [
        (f"{q}{op}", ["team", "c*"])
        for q in ("ForAllValues:", "ForAnyValue:")
        for op in ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike")
    ],
    "aws:PrincipalArn": [(op, [f"arn:aws:iam::{OWN}:user/*", ROLE]) for op in ("ArnLike", "ArnNotEquals")],
}


class Generator:
    """Cases from a seed: the same seed, the same case."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def case(self) -> Case:
        who = self._dice.choice([*BOUNDED, FEDERATED, ROOT, LINKED, *STRANGERS])
        action, resource = self._dice.choice(ASKED)
        case: Case = {
            "id": "generated",
            "request": {
                "action": action,
                "resource": resource,
                "resource_account": self._dice.choice([OWN, OWN, OTHER]),
                "principal": who,
                "context": {k: self._dice.choice(KEYS[k]) for k in sorted(KEYS) if self._dice.random() < 0.5},
            },
            "identity_policies": self._policies(),
            "permissions_boundaries": self._policies(most=1) if who in BOUNDED else [],
            "session_policies": self._policies(most=1),
            "resource_policies": self._policies(principal=True),
            "vpc_endpoint_policies": self._limits({"Principal": "*"}) if self._dice.random() < 0.3 else [],
        }
        if self._dice.random() < 0.5:
            case["service_control_policies"] = self._levels(lambda: self._policies())
        if self._dice.random() < 0.3:
            rcp = {"Principal": "*", "Effect": "Deny"}
            case["resource_control_policies"] = self._levels(lambda: self._limits(rcp))
        return case

    def _levels(self, made: Callable[[], list[Case]]) -> list[Case]:
        return [{"target": str(number), "policies": made()} for number in range(self._dice.randint(1, 2))]

    def _limits(self, always: dict[str, Any]) -> list[Case]:
        found = self._policies(most=1)
        for policy in found:
            for statement in policy["document"]["Statement"]:
                statement.update(always)
        return found

    def _policies(self, *, principal: bool = False, most: int = 2) -> list[Case]:
        return [
            {
                "name": f"p{number}",
                "document": {
                    "Version": self._dice.choice(["2012-10-17", "2012-10-17", "2008-10-17"]),
                    "Statement": [self._statement(principal) for _ in range(self._dice.randint(1, 2))],
                },
            }
            for number in range(self._dice.randint(0, most))
        ]

    def _statement(self, principal: bool) -> dict[str, Any]:
        effect = self._dice.choice(["Allow", "Allow", "Allow", "Deny"])
        found: dict[str, Any] = {"Effect": effect}
        found[self._dice.choice(["Action", "Action", "Action", "NotAction"])] = self._some(ACTION_PATTERNS)
        found[self._dice.choice(["Resource", "Resource", "NotResource"])] = self._some(RESOURCE_PATTERNS)
        if principal and effect == "Deny" and self._dice.random() < 0.5:
            found["NotPrincipal"] = {"AWS": self._some(NAMES[1:], 3)}
        elif principal:
            names = {"AWS": self._some(NAMES)}
            found["Principal"] = self._dice.choice(["*", {"Service": "sns.amazonaws.com"}, names])
        for key in self._dice.sample(sorted(TESTS), self._dice.randint(0, 2)):
            operator, values = self._dice.choice(TESTS[key])
            found.setdefault("Condition", {}).setdefault(operator, {})[key] = self._some(values)
        return found

    def _some(self, values: list[str], most: int = 2) -> list[str]:
        return self._dice.choices(values, k=self._dice.randint(1, most))


def answer(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(evaluate_case(json.dumps(case).encode()))
    return found


def test_the_engine_agrees_with_the_reference() -> None:
    effects = Counter[str]()
    for seed in range(EXAMPLES):
        case = Generator(seed).case()
        effect, explicit = reference(case)
        found = answer(case)
        assert (found["effect"], found["explicit"]) == (effect, explicit), (seed, case, found)
        effects[effect] += 1
    assert min(effects["allow"], effects["deny"]) > EXAMPLES / 50


def test_an_open_context_is_never_surer_than_all_its_worlds() -> None:
    """Allow only if every way to fill in the unknown keys allows; deny only if every way denies."""
    effects = Counter[str]()
    for seed in range(EXAMPLES // 10):
        case = Generator(seed).case()
        unknown = {key: values for key, values in KEYS.items() if key not in case["request"]["context"]}
        found = answer({**case, "open_context": True})
        possible = {reference(world)[0] for world in worlds(case, unknown)}
        assert found["effect"] == "conditional" or possible == {found["effect"]}, (seed, case, found)
        assert len(possible) == 1 or found["effect"] == "conditional", (seed, case, found)
        assert found["effect"] != "conditional" or found["conditions"], (seed, case, found)
        effects[found["effect"]] += 1
    assert effects["conditional"]
