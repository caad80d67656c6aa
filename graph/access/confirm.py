"""The providers' own read-only checks of what a step of a path says, as commands for people to run.

Nothing here runs them. AWS simulates identity policies, boundaries and the organisation's policies
(https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html), not resource
policies: these are printed to be read. Ids are written by strangers: every word is quoted for the shell.
"""

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec
import yaml

from graph.access.capabilities import entries
from graph.escalation.asking import DEFAULT_NAME, DEFAULT_REGION
from graph.escalation.technique import PASS_ROLE, PLACES, Technique, techniques
from graph.facts import Facts
from graph.model import ANYONE

REACHABILITY = (
    "AWS's Reachability Analyzer would confirm the network's part, but it is not read-only: "
    "`aws ec2 create-network-insights-path` makes a path and each analysis costs; it is left to you"
)
_SIMULATED = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(user|role|group)/.+", re.DOTALL)
_SERVICE_ACCOUNT = re.compile(r"//iam\.googleapis\.com/projects/([a-z0-9-]+)/serviceAccounts/(.+)", re.DOTALL)
_ANALYZED = re.compile(r"arn:aws[\w-]*:(ec2|elasticloadbalancing):")
_PUBLIC_CHECKED = {
    "s3": "AWS::S3::Bucket",
    "sqs": "AWS::SQS::Queue",
    "sns": "AWS::SNS::Topic",
    "kms": "AWS::KMS::Key",
    "secretsmanager": "AWS::SecretsManager::Secret",
    "lambda": "AWS::Lambda::Function",
}
"""https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html"""


class Hop(msgspec.Struct, frozen=True):
    """A step of a path: the edge's kind and ends, the target's kind, and the actions that make it up.

    Of an escalation, its technique, and what exists already that it makes use of.
    """

    type: str
    source: str
    target: str
    target_kind: str = ""
    actions: tuple[str, ...] = ()
    technique: str = ""
    existing: str = ""


class Check(msgspec.Struct, frozen=True):
    """A command, ready for a shell (empty: there is none), and what its answer shows."""

    command: str
    shows: str


class _Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ids: str
    command: tuple[str, ...]
    shows: str


def checks(facts: Facts, hop: Hop) -> list[Check]:
    """How the provider itself answers whether a step holds."""
    found = list(dict.fromkeys([*_decisions(facts, hop), *_reads(hop)]))
    if hop.type == "EXPOSES" and _ANALYZED.match(hop.target):
        found.append(Check("", REACHABILITY))
    return found or [Check("", "the provider has no read-only check for this; look at the evidence instead")]


def quoted(words: list[str]) -> str:
    """One line for a POSIX shell (bash for what cannot be printed), safe to show on a terminal."""
    return " ".join(shlex.quote(word) if word.isprintable() else _escaped(word) for word in words)


def _escaped(word: str) -> str:
    """A word in the form $'...', in which nothing is hidden."""
    letters = (letter if letter.isprintable() and letter not in "'\\" else _code(letter) for letter in word)
    return f"$'{''.join(letters)}'"


def _code(letter: str) -> str:
    return f"\\U{ord(letter):08x}"


# Is it allowed?


def _decisions(facts: Facts, hop: Hop) -> Iterator[Check]:
    if not hop.type.startswith("CAN_"):
        return
    if hop.technique in techniques() and _SIMULATED.fullmatch(hop.source):
        yield from _escalation(hop, techniques()[hop.technique])
    elif hop.target.startswith("arn:aws"):
        yield from _aws(facts, hop)
    elif hop.target.startswith("//"):
        yield from _gcp(hop)
    elif hop.target.startswith("/subscriptions/"):
        yield from _azure(hop)


def _aws(facts: Facts, hop: Hop) -> Iterator[Check]:
    simulated = _SIMULATED.fullmatch(hop.source)
    if simulated and hop.actions:
        yield _simulation(hop.source, list(hop.actions), _asked(hop))
    elif hop.source.startswith(ANYONE):
        yield from _public(facts, hop)


def _simulation(source: str, actions: list[str], resource: str, context: tuple[str, ...] = ()) -> Check:
    words = ["aws", "iam", "simulate-principal-policy", f"--policy-source-arn={source}"]
    words += ["--action-names", *actions, "--resource-arns", resource]
    words += ["--context-entries", *context] if context else []
    words += ["--query=EvaluationResults[].[EvalActionName,EvalResourceName,EvalDecision]"]
    account = source.split(":")[4]
    return Check(quoted(words), f"in account {account}: `allowed`, as far as policies on identities go")


def _escalation(hop: Hop, technique: Technique) -> Iterator[Check]:
    """Each permission of the technique on the resource it is needed on, as far as the path names that."""
    asked: dict[str, list[str]] = defaultdict(list)
    unnamed: list[str] = []
    for action, place in technique.permissions():
        resource = _place(hop, place)
        if resource:
            asked[resource].append(action)
        else:
            unnamed.append(action)
    passed_to = technique.passed_to or next(iter(technique.trusts), "")
    for resource, names in asked.items():
        entry = f"ContextKeyName=iam:PassedToService,ContextKeyType=string,ContextKeyValues={passed_to}"
        yield _simulation(hop.source, names, resource, (entry,) if PASS_ROLE in names and passed_to else ())
    if unnamed:
        yield Check("", f"{technique.id} also needs {', '.join(unnamed)}, on what the path does not name")


def _place(hop: Hop, place: str) -> str:
    """The resource that a word of the catalogue stands for; nothing when the path does not name it."""
    named = {"target": hop.target if ":iam:" in hop.target else "", "self": hop.source, "*": "*"}
    if place in named or place in PLACES:
        return named.get(place, hop.existing if place == "existing" else "")
    _, partition, _, _, account, _ = hop.source.split(":", 5)
    region = hop.existing.split(":", 4)[3] if hop.existing.count(":") > 3 else DEFAULT_REGION
    filled = place.replace("{partition}", partition).replace("{account}", account)
    filled = filled.replace("{region}", region).replace("{new}", DEFAULT_NAME)
    return "" if "{" in filled else filled


def _public(facts: Facts, hop: Hop) -> Iterator[Check]:
    holder, service = hop.target, hop.target.split(":", 3)[2]
    if service == "s3":
        holder = hop.target.split("/", 1)[0]
        bucket = holder.rpartition(":")[2]
        status = ["aws", "s3api", "get-bucket-policy-status", f"--bucket={bucket}"]
        yield Check(quoted(status), "IsPublic is true when the bucket's policy lets everybody in")
    for policy in facts.policies(holder, "resource") if service in _PUBLIC_CHECKED else ():
        document = json.dumps(facts.document(policy.evidence), sort_keys=True)
        words = ["aws", "accessanalyzer", "check-no-public-access", f"--policy-document={document}"]
        words.append(f"--resource-type={_PUBLIC_CHECKED[service]}")
        yield Check(quoted(words), "FAIL means that the policy as we saw it is public")


def _asked(hop: Hop) -> str:
    """The form of the resource that the actions are asked about."""
    for entry in entries("aws", hop.type):
        if hop.target_kind in entry.kinds and hop.target.startswith(entry.ids):
            return entry.asked(hop.target)
    return hop.target


def _gcp(hop: Hop) -> Iterator[Check]:
    account = _SERVICE_ACCOUNT.fullmatch(hop.source)
    email = account.group(2) if account else ""
    if hop.source.startswith("google:user:"):
        email = hop.source.removeprefix("google:user:")
    for action in hop.actions if email else ():
        words = ["gcloud", "policy-intelligence", "troubleshoot-policy", "iam", hop.target]
        words += [f"--principal-email={email}", f"--permission={action}"]
        yield Check(quoted(words), "GRANTED, and which binding grants it")
    if hop.source.startswith("google:group:"):
        words = ["gcloud", "asset", "analyze-iam-policy", "--organization=ORGANIZATION"]
        words += [f"--identity={hop.source.removeprefix('google:')}", f"--full-resource-name={hop.target}"]
        yield Check(quoted(words), "the group's bindings on it; put in the number of your organization")


def _azure(hop: Hop) -> Iterator[Check]:
    if hop.source.startswith("entra:"):
        words = ["az", "role", "assignment", "list", f"--assignee={hop.source.removeprefix('entra:')}"]
        words += [f"--scope={hop.target}", "--include-inherited", "--include-groups", "--output=table"]
        yield Check(quoted(words), "the roles it holds on it or above")
    elif hop.source.startswith("/subscriptions/"):
        words = ["az", "identity", "show", f"--ids={hop.source}", "--query=principalId", "--output=tsv"]
        yield Check(quoted(words), "its principal id; `az role assignment list --all --assignee` takes that")


# What is it like?


def _reads(hop: Hop) -> Iterator[Check]:
    """The target as the provider shows it; for what is no decision, the source too."""
    ends = (hop.target,) if hop.type.startswith("CAN_") else (hop.source, hop.target)
    for end in ends:
        for pattern, read in _known():
            if filled := pattern.fullmatch(end):
                groups = (end, *(group or "" for group in filled.groups()))
                words = [word.format(*groups) for word in read.command]
                yield Check(quoted(words), read.shows)
                break


@cache
def _known() -> tuple[tuple[re.Pattern[str], _Read], ...]:
    text = resources.files("graph.access").joinpath("confirm.yaml").read_text("utf-8")
    rows = msgspec.convert(yaml.safe_load(text), tuple[_Read, ...])
    return tuple((re.compile(row.ids, re.DOTALL), row) for row in rows)
