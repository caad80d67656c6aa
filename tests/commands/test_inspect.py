"""crownpath inspect, as people type it."""

import json
import os
import pickle
import subprocess
from pathlib import Path

import pytest

from app import faults
from collectors.practice.aws import AwsServer, Estate
from tests.collectors.inspect.secret_maker import Maker
from tests.commands.conftest import crownpath


def lines(*arguments: str | Path) -> list[dict[str, object]]:
    ended = crownpath("inspect", *arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_data(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("contact\n" + "ana@clinic.example\n" * 9)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    found, refused = lines("data", tmp_path)
    assert (found["column"], found["type"], found["label"]) == ("contact", "email", "personal")
    assert (found["count"], found["looked_at"], found["share"]) == (9, 9, 1.0)
    assert found["law"] == ["GDPR Art. 4(1)", "45 CFR 164.514(b)(2)(i)(F)"]
    assert refused["state"] == "refused"
    shown = crownpath("inspect", "data", tmp_path)
    assert "email" in shown.stdout
    assert "ana@" not in shown.stdout + shown.stderr


def test_secrets(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    (tmp_path / "a.py").write_text(f"token = '{secret}'\n")
    (found,) = lines("secrets", tmp_path / "a.py", "--home", tmp_path / "home")
    assert (found["line"], found["provider"]) == (1, "github")
    assert str(found["fingerprint"]).startswith("redacted:github:")
    assert secret not in json.dumps(found)


def test_secrets_of_a_repository_and_what_they_open(tmp_path: Path) -> None:
    secret = "wJb7rXUtn3EMI/K7MQ1N8" + "/bPx9fiCYzR2pLqKv5t"
    text = f"AWS_ACCESS_KEY_ID={'ASIA'}Y34FZKBOKMUTVV7A\nAWS_SECRET_ACCESS_KEY={secret}\n"
    (tmp_path / "a.env").write_text(text)
    (tmp_path / "out").symlink_to("/")
    who = ("-c", "user.name=a", "-c", "user.email=a")
    for arguments in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "x")):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    told = lines("secrets", f"file://{tmp_path}", "--home", tmp_path.with_suffix(".home"))
    repository, refused, found = told
    assert {"path", "url", "visibility", "default_branch", "commits", "head", "readers"} <= set(repository)
    assert refused["path"] == f"{tmp_path}/out"
    assert found["repository"] == repository["path"] == str(tmp_path)
    assert {"kind": "aws_account", "value": "609629065308"} in found["opens"]  # type: ignore[operator]
    shown = crownpath("inspect", "secrets", tmp_path, "--home", tmp_path.with_suffix(".home"))
    assert "1 secret, 1 not read; 1 repository, 0 images" in shown.stderr
    assert "609629065308" in shown.stdout


def test_models(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    (found,) = lines("models", tmp_path / "a.pkl", "--home", tmp_path / "home")
    assert (found["format"], found["verdict"], found["reasons"]) == ("pickle", "clean", [])


def test_models_hold_data_and_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"contact": ["ana@clinic.example"] * 9}))
    (found,) = lines("models", tmp_path / "a.pkl", "--home", tmp_path / "home")
    assert found["findings"] == [
        {"place": "$.contact[*]", "type": "email", "label": "personal", "count": 9, "looked_at": 9}
        | {"confidence": found["findings"][0]["confidence"]}  # type: ignore[index]  # JSON
    ]
    shown = crownpath("inspect", "models", tmp_path / "a.pkl", "--home", tmp_path / "home")
    assert "email" in shown.stdout
    assert "ana@" not in shown.stdout + shown.stderr
    (tmp_path / "key.pem").write_text("no key")
    ended = crownpath(
        "inspect", "models", tmp_path, "--key", tmp_path / "key.pem", "--home", tmp_path / "home"
    )
    assert ended.returncode == faults.BAD_INPUT
    assert "PEM" in ended.stderr


def test_a_key_in_a_model_is_the_same_as_elsewhere(tmp_path: Path) -> None:
    secret = Maker(5).huggingface()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"model_type": "bert", "token": secret}))
    home = ("--home", tmp_path / "home")
    (elsewhere,) = lines("secrets", config, *home)
    (found,) = lines("models", config, *home)
    assert isinstance(found["secrets"], list)
    (key,) = found["secrets"]
    assert (key["place"], key["provider"]) == ("line 1", "huggingface")
    assert key["fingerprint"] == elsewhere["fingerprint"]
    shown = crownpath("inspect", "models", config, *home)
    assert "huggingface key (line 1)" in " ".join(shown.stdout.split())
    assert secret not in shown.stdout + shown.stderr + json.dumps(found)


@pytest.mark.parametrize("what", ["data", "secrets", "models"])
def test_a_path_that_is_not_there_is_a_sentence(what: str, tmp_path: Path) -> None:
    ended = crownpath("inspect", what, tmp_path / "nowhere")
    assert ended.returncode == faults.BAD_INPUT
    assert "does not exist" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_plan_reads_nothing_and_says_how_much_it_would(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.csv").write_text("contact\nana@clinic.example\n" * 1_000)
    ended = crownpath("inspect", "data", tmp_path, "--files", "3", "--plan")
    assert ended.returncode == 0, ended.stderr
    assert "3 of 5" in ended.stdout
    assert "Nothing was read" in ended.stderr
    assert "email" not in ended.stdout


def test_a_budget_ends_the_reading(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text("contact\n" + "ana@clinic.example\n" * 40_000)
    *found, rest = lines("data", tmp_path, "--megabytes", "1")
    assert len(found) == 1
    assert rest["state"] == "never looked at"


def test_a_table_is_named_by_its_address() -> None:
    """The server answers nothing but refusals, so the table is told as refused."""
    with AwsServer(Estate("111122223333", ("us-east-1",), ("111122223333",), ())) as server:
        there = server.environment()
        ended = crownpath("inspect", "data", "dynamodb://us-east-1/visits", "--json", **there)
        planned = crownpath("inspect", "data", "dynamodb://a/b/c", "--plan", **there)
    told = json.loads(ended.stdout)
    assert told["state"] == "refused"
    assert "dynamodb:Scan" in told["reason"]
    assert planned.returncode == faults.BAD_INPUT
    assert "dynamodb://REGION/TABLE" in planned.stderr


def test_a_file_looked_at_in_part_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"word": "fox"}\n' * 3 + "no json\n")
    (part,) = lines("data", tmp_path)
    assert part["state"] == "in part"
    shown = crownpath("inspect", "data", tmp_path)
    assert "1 file looked at in part" in shown.stderr
    assert "without" not in shown.stderr


def test_a_budget_of_requests_ends_the_reading(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text("contact\n" + "ana@clinic.example\n" * 9)
    *found, rest = lines("data", tmp_path, "--requests", "2")
    assert len(found) == 2
    assert "the budget of 2 requests" in str(rest["reason"])


def test_names_that_are_no_text_are_shown(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv")).write_text("contact\nana@clinic.example\n")
    shown = crownpath("inspect", "data", tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "caf?.csv" in shown.stdout


def test_a_report_is_kept_in_the_home_or_written_where_one_says(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "data"
    folder.mkdir()
    (folder / "a.csv").write_text("contact\n" + "ana@clinic.example\n" * 9)
    out = tmp_path / "found.jsonl"
    for what in ("data", "models", "secrets"):
        kept = crownpath("inspect", what, folder, "--keep", "--home", home)
        assert kept.returncode == 0, kept.stderr
        assert "the next `crownpath scan` takes it in" in kept.stderr
        written = crownpath("inspect", what, folder, "--out", out, "--home", home)
        assert written.returncode == 0, written.stderr
        header, *_, end = [json.loads(line) for line in out.read_text().splitlines()]
        assert (header["what"], header["addresses"], end["end"]) == (what, [str(folder)], "complete")
        assert out.stat().st_mode & 0o777 == 0o600
    names = sorted(path.name.partition("-")[0] for path in (home / "inspections").iterdir())
    assert names == ["data", "models", "secrets"]
    assert "ana@" not in "".join(path.read_text() for path in (home / "inspections").iterdir())


def test_names_in_text_are_said_not_to_be_looked_at_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Yesterday Anna Schmidt came in.\n")
    ended = crownpath("inspect", "data", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "Names of persons in free text were not looked at, nor was health" in " ".join(
        ended.stderr.split()
    )
    wrong = crownpath("inspect", "data", tmp_path, "--names", "no_such_model")
    assert wrong.returncode == faults.BAD_INPUT
    assert "Traceback" not in wrong.stderr


def test_a_scan_says_which_report_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("hello")
    ended = crownpath("scan", "aws", "--inspected", tmp_path / "bad.jsonl", "--home", tmp_path / "home")
    assert ended.returncode == faults.BAD_INPUT
    assert "bad.jsonl, line 1" in ended.stderr
    assert "Traceback" not in ended.stderr
