"""The commands that confirm a step: the right ones, reading only, and safe to paste."""

import os
import re
import shlex
import subprocess
from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from graph.access.confirm import Hop, checks, quoted
from graph.escalation.technique import techniques
from graph.facts import Facts
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, role, user

BUCKET = "arn:aws:s3:::records"
AGENT = f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:agent/A1"
READING = re.compile(
    r"(get|list|describe|show|simulate|check|troubleshoot|analyze|read)\b|.*-(get|list|describe|show)\b"
)


def commands(hop: Hop, facts: Facts | None = None) -> list[list[str]]:
    found = checks(facts or Facts.of_records(), hop)
    return [shlex.split(each.command) for each in found if each.command]


def test_a_principal_is_simulated_on_the_form_of_the_resource_that_its_actions_take() -> None:
    first, second = commands(Hop("CAN_READ", role("r"), BUCKET, "Bucket", ("s3:GetObject",)))
    assert first[:4] == ["aws", "iam", "simulate-principal-policy", f"--policy-source-arn={role('r')}"]
    assert first[4:8] == ["--action-names", "s3:GetObject", "--resource-arns", f"{BUCKET}/*"]
    assert second[:4] == ["aws", "s3api", "get-bucket-policy", "--bucket=records"]


def test_taking_a_role_is_both_sides() -> None:
    hop = Hop("CAN_ASSUME", user("ann", "444455556666"), role("path/r"), "Role", ("sts:AssumeRole",))
    simulated, trust = commands(hop)
    assert "simulate-principal-policy" in simulated
    assert trust[:4] == ["aws", "iam", "get-role", "--role-name=r"]
    assert "in account 444455556666" in checks(Facts.of_records(), hop)[0].shows


def test_an_escalation_is_each_of_its_permissions_where_it_is_needed() -> None:
    hop = Hop("CAN_ESCALATE_TO", user("ann"), role("r"), "Role", technique="lambda-create-function")
    passing, making = [command for command in commands(hop) if "simulate-principal-policy" in command]
    assert passing[4:8] == ["--action-names", "iam:PassRole", "--resource-arns", role("r")]
    assert passing[9].endswith("ContextKeyValues=lambda.amazonaws.com")
    assert making[4:7] == ["--action-names", "lambda:CreateFunction", "lambda:InvokeFunction"]
    assert making[8].startswith(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:")


def test_an_escalation_over_something_that_exists_names_it() -> None:
    notebook = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:notebook-instance/n"
    technique = "sagemaker-presigned-notebook-url"
    hop = Hop("CAN_ESCALATE_TO", user("ann"), role("r"), "Role", technique=technique, existing=notebook)
    assert commands(hop)[0][6:8] == ["--resource-arns", notebook]
    unknown = checks(Facts.of_records(), Hop("CAN_ESCALATE_TO", user("ann"), role("r"), technique=technique))
    assert "also needs sagemaker:CreatePresignedNotebookInstanceUrl" in unknown[0].shows


def test_every_technique_of_the_catalogue_has_its_checks() -> None:
    for name in techniques():
        hop = Hop("CAN_ESCALATE_TO", user("ann"), f"aws://{ACCOUNT}", "Account", technique=name)
        assert checks(Facts.of_records(), hop)


def test_for_anyone_it_is_whether_the_policy_is_public() -> None:
    built = EstateBuilder()
    built.asset("Bucket", BUCKET)
    built.statements(BUCKET, "resource", {**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": "*"})
    hop = Hop("CAN_READ", "anyone:", f"{BUCKET}/a", "Dataset", ("s3:GetObject",))
    status, public, _ = commands(hop, built.facts())
    assert status[2:] == ["get-bucket-policy-status", "--bucket=records"]
    assert public[:3] == ["aws", "accessanalyzer", "check-no-public-access"]
    assert '"Principal": "*"' in public[3]


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (
            "//iam.googleapis.com/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com",
            "//storage.googleapis.com/projects/_/buckets/b",
            ["gcloud", "policy-intelligence", "troubleshoot-policy", "iam"],
        ),
        (
            "google:group:g@x.example",
            "//storage.googleapis.com/projects/_/buckets/b",
            ["gcloud", "asset", "analyze-iam-policy", "--organization=ORGANIZATION"],
        ),
        ("anyone:gcp", "//storage.googleapis.com/projects/_/buckets/b", ["gcloud", "storage", "buckets"]),
        (
            "entra:0001",
            "/subscriptions/s/resourcegroups/g/providers/x/y/z",
            ["az", "role", "assignment", "list", "--assignee=0001"],
        ),
        (
            "/subscriptions/s/resourcegroups/g/providers/x/identities/i",
            "/subscriptions/s/resourcegroups/g/providers/x/y/z",
            ["az", "identity", "show"],
        ),
    ],
)
def test_the_other_clouds_have_their_own(source: str, target: str, words: list[str]) -> None:
    first = commands(Hop("CAN_READ", source, target, "Bucket", ("storage.objects.get",)))[0]
    assert first[: len(words)] == words


def test_a_fact_is_read_at_both_ends() -> None:
    found = commands(Hop("RUNS_AS", AGENT, role("r")))
    assert [each[:3] for each in found] == [["aws", "bedrock-agent", "get-agent"], ["aws", "iam", "get-role"]]


def test_the_network_analysis_is_named_and_not_printed_as_a_command() -> None:
    (said,) = checks(Facts.of_records(), Hop("EXPOSES", "internet:", "arn:aws:ec2:x:1:instance/i", "VM"))
    assert not said.command
    assert "not read-only" in said.shows


def test_what_no_provider_confirms_says_so() -> None:
    (said,) = checks(Facts.of_records(), Hop("AFFECTS", "cve:1", "git://x", ""))
    assert not said.command
    assert "evidence" in said.shows


def test_every_command_only_reads() -> None:
    rows = yaml.safe_load(resources.files("graph.access").joinpath("confirm.yaml").read_text("utf-8"))
    for row in rows:
        verbs = [word for word in row["command"] if not word.startswith(("-", "{", "gs:"))]
        assert READING.match(verbs[-1]), row["command"]


HOSTILE = st.text(
    st.one_of(
        st.characters(min_codepoint=1, max_codepoint=0xD7FF),
        st.sampled_from("'\"$`;\n\x1b\u202e\\ -"),
    ),
    max_size=12,
)


@given(tail=HOSTILE)
def test_hostile_names_stay_one_word_and_hide_nothing(tail: str) -> None:
    source, target = user(f"a{tail}"), f"arn:aws:s3:::b{tail}"
    for hop in (
        Hop("CAN_READ", source, target, "Bucket", ("s3:GetObject",)),
        Hop("RUNS_AS", f"{AGENT}{tail}", role(tail)),
        Hop("CAN_READ", f"entra:{tail}", f"/subscriptions/{tail}", "", ("x",)),
        Hop("CAN_READ", f"google:user:{tail}", f"//storage.googleapis.com/{tail}", "", ("x",)),
    ):
        for check in checks(Facts.of_records(), hop):
            assert check.command.isprintable()
            if "$'" not in check.command:
                assert not any(word in (";", "&&", "|") for word in shlex.split(check.command))


@pytest.mark.parametrize(
    "word", ["a b", "$(id)", "`id`", "'; id; '", "x\ny\x1b[31m", "\u202eevil", "é'\\", "--x", ""]
)
def test_a_shell_gives_back_the_very_word(word: str) -> None:
    line = quoted(["printf", "%s", word])
    assert line.isprintable()
    ended = subprocess.run(
        ["bash", "-c", line], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8", "PATH": os.defpath}
    )
    assert ended.stdout.decode() == word
