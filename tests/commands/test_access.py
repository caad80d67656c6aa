"""crownpath access on a snapshot made of two account dumps and one bucket; no credentials anywhere.

The expected answers stand in `answers/`, one file a question, as the command prints them with --json.
"""

import json
from pathlib import Path

import msgspec
import pytest

from app.cli import access_app
from app.commands.confirm import Confirmation
from graph.access import ask as ask_shapes
from graph.access.admins import Standing, Step
from graph.access.confirm import Check
from graph.access.explain import Explanation, LayerProof, StatementProof
from graph.access.reach import Holding
from graph.model import Json
from tests.commands.conftest import crownpath

HERE = Path(__file__).parent
HOME, PARTNER = "111122223333", "444455556666"
BUCKET = "arn:aws:s3:::linden-training"
BEN = f"arn:aws:iam::{HOME}:user/[red]ben[/red]@x"
QUESTIONS = {
    "who-can-read": ("who-can", "s3:GetObject", f"{BUCKET}/part-0"),
    "who-can-write-logs": ("who-can", "s3:PutObject", f"{BUCKET}/logs/1"),
    "who-can-take-the-role": ("who-can", "sts:Assume*", f"arn:aws:iam::{HOME}:role/deploy"),
    "who-can-read-what-nobody-saw": ("who-can", "s3:GetObject", "arn:aws:s3:::elsewhere/x"),
    "explain-a-boundary": ("explain", BEN, "s3:GetObject", f"{BUCKET}/part-0"),
    "explain-a-condition": ("explain", f"arn:aws:iam::{HOME}:role/deploy", "s3:PutObject", f"{BUCKET}/x"),
    "explain-across-accounts": (
        "explain",
        f"arn:aws:iam::{PARTNER}:role/partner",
        "s3:GetObject",
        f"{BUCKET}/x",
    ),
    "what-can-a-reader": ("what-can", f"arn:aws:iam::{HOME}:user/ann"),
    "what-can-an-actor-list": ("what-can", f"arn:aws:iam::{HOME}:role/admin", "--action", "iam:ListRole*"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the snapshot of the two accounts."""
    folder = tmp_path_factory.mktemp("access") / "home"
    ended = crownpath("scan", "aws", "--replay", HERE / "accounts", "--out", "two", "--home", folder)
    assert ended.returncode == 0, ended.stderr
    return folder


def ask(home: Path, *arguments: str) -> list[dict[str, Json]]:
    ended = crownpath("access", *arguments, "--json", "--home", home)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answers_are_the_expected_ones(home: Path, name: str) -> None:
    expected = (HERE / "answers" / f"{name}.jsonl").read_text("utf-8").splitlines()
    assert ask(home, *QUESTIONS[name]) == [json.loads(line) for line in expected]


def test_people_get_the_answer_in_a_sentence_and_a_table(home: Path) -> None:
    ended = crownpath("access", *QUESTIONS["who-can-write-logs"], "--home", home)
    assert ended.stdout.startswith(f"4 principals can s3:PutObject on {BUCKET}/logs/1\n")
    assert "only if  service:aws:logging.s3.amazonaws.com" in ended.stdout
    assert "aws:SourceAccount StringEquals 111122223333" in ended.stdout
    assert "Assumed: no organisation policies seen." in ended.stderr


def test_a_proof_shows_layer_verdict_text_and_who_says_so(home: Path) -> None:
    ended = crownpath("access", *QUESTIONS["explain-a-boundary"], "--home", home)
    first, *rows = ended.stdout.splitlines()
    assert first == f"{BEN} s3:GetObject {BUCKET}/part-0: denied, by boundary"
    told = "\n".join(rows)
    assert '"NoData"' in told
    assert "aws:iam:GetAccountAuthorizationDetails" in told
    assert "/Statement/1" in told


def test_names_are_text_not_markup(home: Path) -> None:
    for question in (QUESTIONS["explain-a-boundary"], ("admins",)):
        ended = crownpath("access", *question, "--home", home)
        assert "\x1b" not in ended.stdout
    assert "[red]ben" in crownpath("access", *QUESTIONS["explain-a-boundary"], "--home", home).stdout


def test_administrators_are_told_first_and_how(home: Path) -> None:
    ended = crownpath("access", "admins", "latest", "--home", home)
    standing = {each["id"]: each["admin"] for each in ask(home, "admins")}
    assert standing[f"arn:aws:iam::{HOME}:role/admin"] == "is"
    assert standing[f"arn:aws:iam::{HOME}:user/dev"] == "can_become"
    assert standing[f"arn:aws:iam::{HOME}:user/ann"] == standing[BEN] == "no"
    _, first, second, *_ = ended.stdout.splitlines()
    assert first.split()[:2] == ["is", f"arn:aws:iam::{HOME}:role/admin"]
    assert second.split()[:3] == ["can", "become", f"arn:aws:iam::{HOME}:user/dev"]


def test_a_snapshot_may_be_named(home: Path) -> None:
    assert ask(home, "admins", "two") == ask(home, "admins")
    named = ask(home, *QUESTIONS["who-can-read"], "--snapshot", str(home / "snapshots" / "two"))
    assert named == ask(home, *QUESTIONS["who-can-read"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("who-can", "GetObject", BUCKET), "write it as service:Action"),
        (("who-can", "*:*", BUCKET), "ask about at most"),
        (("who-can", "s3:Nothing*", BUCKET), "names no action that is known"),
        (("who-can", "s3:GetObject", "linden-training"), "give an ARN"),
        (("explain", "nobody", "s3:GetObject", BUCKET), "give the id as the snapshot has it"),
        (("explain", f"arn:aws:iam::{HOME}:role/gone", "s3:GetObject", BUCKET), "is not in this snapshot"),
        (("explain", f"arn:aws:iam::{HOME}:user/ann", "s3:*", BUCKET), "names several actions"),
        (("what-can", "nobody"), "is not in snapshot two"),
        (("what-can", "nobody", "--action", "s3:GetObject"), "give the id as the snapshot has it"),
        (("admins", "none"), "none"),
        (("confirm", "f:none"), "crownpath"),
    ],
)
def test_wrong_questions_end_in_a_sentence(home: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = crownpath("access", *arguments, "--home", home)
    assert ended.returncode == 3
    assert said in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_every_step_of_a_path_is_confirmed_and_nothing_runs(demo: Path) -> None:
    path = json.loads(crownpath("paths", "--json", "--limit", "1", "--home", demo).stdout)
    told = ask(demo, "confirm", path["id"])
    assert [each["step"] for each in told] == [step["id"] for step in path["steps"]]
    assert all(each["checks"] for each in told)
    script = crownpath("access", "confirm", path["id"], "--home", demo)
    assert script.stdout.startswith("# ")
    assert "Nothing was run" in script.stderr


def test_a_step_that_rests_on_others_is_confirmed_by_these(demo: Path) -> None:
    printed = crownpath("paths", "--json", "--limit", "0", "--home", demo).stdout.splitlines()
    paths = [json.loads(line) for line in printed]
    path = next(
        p for p in paths for s in p["steps"] if s["type"] == "CAN_POISON" and s["source"].startswith("arn:")
    )
    told = crownpath("access", "confirm", path["id"], "--home", demo).stdout
    assert "--action-names s3:PutObject --resource-arns" in told


def test_every_question_is_documented() -> None:
    page = (HERE.parents[1] / "docs" / "commands.md").read_text("utf-8")
    names = [command.name for command in access_app.registered_commands]
    assert len(names) == 6
    assert all(f"`crownpath access {name} " in page for name in names)


@pytest.mark.parametrize(
    "shape",
    [
        *(ask_shapes.WhoCan, ask_shapes.Group, ask_shapes.Reason, ask_shapes.Allowed, Holding),
        *(Explanation, LayerProof, StatementProof, Standing, Step, Confirmation, Check),
    ],
)
def test_every_field_is_documented(shape: type[msgspec.Struct]) -> None:
    page = (HERE.parents[1] / "docs" / "access.md").read_text("utf-8")
    names = {field.encode_name for field in msgspec.structs.fields(shape)}
    assert {name for name in names if f"`{name}`" not in page and f".{name}`" not in page} == set()


def test_several_recordings_after_one_option(tmp_path: Path) -> None:
    dumps = sorted((HERE / "accounts").iterdir())
    asked: list[str | Path] = ["--replay", *dumps, "--out", "both", "--home", tmp_path]
    assert crownpath("scan", "aws", *asked).returncode == 0
    apart = [word for dump in dumps for word in ("--replay", dump)]
    assert crownpath("scan", "aws", *apart, "--out", "apart", "--home", tmp_path).returncode == 0
    both, alone = (
        crownpath("access", "admins", name, "--home", tmp_path, "--json").stdout for name in ("both", "apart")
    )
    assert both == alone
    assert both
