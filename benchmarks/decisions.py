"""Decisions of the AWS engine: with compiled policies, and cold, from the text of a case to its answer."""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measurement import Measurement, seconds
from graph.access.aws import NamedDocument, Policies, Request, compile_document, evaluate, principal_of
from graph.access.aws.document import PolicyKind
from graph.model import Json
from tests.graph.access.reference import Case, reference

DECISIONS, SAMPLE, COLD = 100_000, 2_000, 5_000
ACCOUNTS = [f"{111122223333 + number}" for number in range(5)]
ACTIONS = {
    "s3": ("GetObject", "PutObject", "ListBucket", "DeleteObject"),
    "bedrock": ("InvokeModel", "InvokeAgent"),
    "sagemaker": ("InvokeEndpoint", "CreateTrainingJob"),
    "lambda": ("InvokeFunction", "UpdateFunctionCode"),
    "kms": ("Decrypt",),
    "iam": ("PassRole",),
}
CONDITIONS: tuple[dict[str, Json], ...] = (
    {"StringEquals": {"aws:PrincipalTag/team": ["ml", "ops"]}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
)
CONTEXT = {
    "aws:SourceIp": "10.1.2.3",
    "aws:SecureTransport": "true",
    "aws:RequestedRegion": "eu-west-1",
    "aws:PrincipalTag/team": "ml",
}
KINDS: dict[str, PolicyKind] = {
    "identity_policies": "identity",
    "permissions_boundaries": "boundary",
    "resource_policies": "resource",
}


def measure() -> list[Measurement]:
    dice = random.Random(3)  # noqa: S311 - a benchmark, not a secret
    cases = list(_cases(dice, DECISIONS))
    return [*_compiled(cases), _cold(cases[:COLD])]


def _compiled(cases: Sequence[Case]) -> Iterator[Measurement]:
    """CPU time of one decision, every request another one; the naive reference decides a sample."""
    asked = list(_compile(cases))
    started = time.process_time()
    for request, policies in asked:
        _ = evaluate(request, policies).effect
    each = (time.process_time() - started) / len(asked)
    yield Measurement(name=f"decisions: one ({1 / each:,.0f}/s)", value=each * 1e6, unit="µs", target=20.0)
    naive = seconds(lambda: [reference(case) for case in cases[:SAMPLE]]) / SAMPLE
    yield Measurement(
        name="decisions: one (baseline: naive)", value=each * 1e6, unit="µs", baseline=naive * 1e6
    )


def _cold(cases: Sequence[Case]) -> Measurement:
    """Through the command: its start, reading, compiling, deciding and writing."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "cases.jsonl")
        file.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("crownpath")), "access", "evaluate", str(file)]
        taken = seconds(lambda: subprocess.run(command, check=True, capture_output=True))
    return Measurement(
        name=f"decisions: cold, through the command ({len(cases) / taken:,.0f}/s)",
        value=taken / len(cases) * 1e3,
        unit="ms",
        target=1.0,
    )


def _compile(cases: Sequence[Case]) -> Iterator[tuple[Request, Policies]]:
    """The cases as the engine takes them; a document that several cases share is compiled once."""
    compiled: dict[int, NamedDocument] = {}

    def level(policies: Sequence[Case], kind: PolicyKind) -> tuple[NamedDocument, ...]:
        for each in policies:
            if id(each) not in compiled:
                compiled[id(each)] = NamedDocument(each["name"], compile_document(each["document"], kind))
        return tuple(compiled[id(each)] for each in policies)

    for case in cases:
        asked = case["request"]
        principal = principal_of(asked["principal"])
        if principal is None:
            raise ValueError(f"{asked['principal']} is no principal")
        request = Request(
            action=asked["action"],
            resource=asked["resource"],
            principal=principal,
            resource_account=asked["resource_account"],
            context={key: (value,) for key, value in asked["context"].items()},
        )
        layers = {name: level(case[name], kind) for name, kind in KINDS.items()}
        yield (
            request,
            Policies(
                identity=layers["identity_policies"],
                boundary=layers["permissions_boundaries"],
                resource=layers["resource_policies"],
                scp=tuple(level(each["policies"], "scp") for each in case["service_control_policies"]),
            ),
        )


# What is asked: nine statements of a role's own, a boundary for some, three levels of SCPs


def _cases(dice: random.Random, count: int) -> Iterator[Case]:
    organisation = [{"target": name, "policies": policies} for name, policies in _organisation()]
    roles = [_role(dice, number) for number in range(400)]
    shared: list[list[Case]] = [[_policy("resource", [_open_to(role)])] for role, _, _ in roles]
    for number in range(count):
        place = dice.randrange(len(roles))
        role, own, boundary = roles[place]
        service = dice.choice(list(ACTIONS))
        owner = dice.choice([_account(role)] * 4 + ACCOUNTS)
        yield {
            "id": number,
            "provider": "aws",
            "request": {
                "action": f"{service}:{dice.choice(ACTIONS[service])}",
                "resource": _arn(service, owner, number),
                "resource_account": owner,
                "principal": role,
                "context": CONTEXT,
            },
            "identity_policies": own,
            "permissions_boundaries": boundary,
            "session_policies": [],
            "resource_policies": shared[place] if number % 4 == 0 else [],
            "service_control_policies": organisation,
        }


def _role(dice: random.Random, number: int) -> tuple[str, list[Case], list[Case]]:
    account = dice.choice(ACCOUNTS)
    own = [_policy(f"own-{n}", [_statement(dice, account) for _ in range(3)]) for n in range(3)]
    services: list[Json] = [f"{service}:*" for service in ACTIONS if service != "iam"]
    boundary = _policy("boundary", [{"Effect": "Allow", "Action": services, "Resource": "*"}])
    return f"arn:aws:iam::{account}:role/role-{number}", own, [boundary] if number % 4 == 0 else []


def _statement(dice: random.Random, account: str) -> dict[str, Json]:
    service = dice.choice(list(ACTIONS))
    action = dice.choice(ACTIONS[service])
    arn = _arn(service, account, dice.randrange(1000))
    found: dict[str, Json] = {
        "Effect": "Deny" if dice.random() < 0.15 else "Allow",
        "Action": dice.choice([f"{service}:*", f"{service}:{action}", f"{service}:{action[:3]}*"]),
        "Resource": dice.choice(["*", arn, arn[:-2] + "*"]),
    }
    if dice.random() < 0.25:
        found["Condition"] = dice.choice(CONDITIONS)
    return found


def _organisation() -> Iterator[tuple[str, list[Case]]]:
    everything: dict[str, Json] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    elsewhere: dict[str, Json] = {
        "Effect": "Deny",
        "NotAction": ["iam:*", "s3:*", "kms:*", "sts:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
    }
    never: dict[str, Json] = {
        "Effect": "Deny",
        "Action": ["iam:CreateUser", "organizations:*"],
        "Resource": "*",
    }
    full = _policy("FullAWSAccess", [everything])
    yield "r-root", [full]
    yield "ou-ai", [full, _policy("guardrails", [elsewhere, never])]
    yield "account", [full]


def _open_to(role: str) -> dict[str, Json]:
    named: list[Json] = [role, ACCOUNTS[0]]
    return {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "s3:*", "Resource": "*"}


def _policy(name: str, statements: list[dict[str, Json]]) -> Case:
    return {"name": name, "document": {"Version": "2012-10-17", "Statement": statements}}


def _arn(service: str, account: str, number: int) -> str:
    if service == "s3":
        return f"arn:aws:s3:::bucket-{number % 300}/p{number % 7}/object-{number}"
    if service == "iam":
        return f"arn:aws:iam::{account}:role/role-{number}"
    return f"arn:aws:{service}:eu-west-1:{account}:thing/{number}"


def _account(arn: str) -> str:
    return arn.split(":")[4]
