"""Each command: what it prints, what it writes, how it ends."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from app import faults
from app.cli import app as commands
from graph.snapshot import list_snapshots
from tests.commands.conftest import crownpath

DOCS = Path(__file__).parents[2] / "docs"


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def latest(home: Path) -> str:
    return list_snapshots(home)[-1].id


def test_help_imports_no_sdk() -> None:
    heavy = "boto3 botocore google.cloud.storage google.auth grpc azure.core streamlit neo4j neomodel kglite"
    code = (
        "import sys; sys.argv = ['crownpath', '--help']\n"
        "from app.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy.split()!r} if name in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.strip().splitlines()[-1] == "[]"
    assert "demo" in ended.stdout


def test_every_command_and_exit_code_is_documented() -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    names = {
        command.name or command.callback.__name__
        for command in commands.registered_commands
        if command.callback
    }
    for name in names | {"snapshot", "access"}:
        assert f"crownpath {name}" in page
    codes = {v for n, v in vars(faults).items() if n.isupper() and isinstance(v, int)}
    assert codes == {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}


def test_the_demo_prints_paths_as_sentences(demo: Path) -> None:
    ended = crownpath("paths", "--home", demo)
    assert ended.returncode == 0
    printed = " ".join(ended.stderr.split())
    assert re.search(r"Anyone on the internet can .* read .*discharge-summaries", printed)


def test_paths_as_json_are_the_documented_object(demo: Path) -> None:
    rows = lines(crownpath("paths", "--home", demo, "--json", "--limit", "0").stdout)
    assert rows
    for row in rows:
        assert row["state"] == "FAIL"
        assert {"rule", "severity", "score", "subject", "nodes", "steps", "evidence"} <= row.keys()
        nodes, steps = row["nodes"], row["steps"]
        assert isinstance(nodes, list)
        assert isinstance(steps, list)
        assert len(steps) == len(nodes) - 1
        assert all(step["evidence"] for step in steps)
        assert not any("set:" in node["id"] or "foothold:" in node["id"] for node in nodes)


def test_check_fails_on_what_it_found_and_never_when_told_so(demo: Path) -> None:
    assert crownpath("check", "--home", demo).returncode == faults.FINDINGS
    ended = crownpath("check", "--home", demo, "--fail-on", "never", "--json", "--rule", "AISPM-PATH-03")
    assert ended.returncode == 0
    assert {row["rule"] for row in lines(ended.stdout)} == {"AISPM-PATH-03"}


def test_a_second_load_changes_nothing(demo: Path) -> None:
    assert "up to date" in crownpath("load", "--home", demo).stderr


def test_the_same_snapshot_gives_the_same_bytes(demo: Path) -> None:
    folder = demo / "results" / latest(demo)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert crownpath("derive", "--home", demo).returncode == 0
    assert crownpath("check", "--home", demo, "--fail-on", "never").returncode == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_snapshot_shows_a_line_a_fact(demo: Path) -> None:
    assets = lines(crownpath("snapshot", "show", "--home", demo, "--assets", "--json").stdout)
    relations = lines(crownpath("snapshot", "show", "--home", demo, "--relations", "--json").stdout)
    known = {asset["id"] for asset in assets}
    assert {asset["kind"] for asset in assets} >= {"Agent", "Bucket", "Model", "Internet"}
    assert all(known >= {relation["source"], relation["target"]} for relation in relations)
    assert {relation["type"] for relation in relations} >= {"TRAINED_ON", "RUNS_AS", "CONTAINS"}


def test_verify_names_the_file_and_line(demo: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    source = demo / "snapshots" / latest(demo)
    target = home / "snapshots" / source.name
    (target / "sums").mkdir(parents=True)
    for path in source.rglob("*"):
        if path.is_file():
            (target / path.relative_to(source)).write_bytes(path.read_bytes())
    assert crownpath("snapshot", "verify", "--home", home).returncode == 0
    rows = (target / "assets.jsonl").read_bytes().splitlines(keepends=True)
    rows[6] = rows[6].replace(b'"kind"', b'"kinD"')
    (target / "assets.jsonl").write_bytes(b"".join(rows))
    ended = crownpath("snapshot", "verify", "--home", home)
    assert (ended.returncode, "assets.jsonl, line 7" in ended.stderr) == (faults.BAD_INPUT, True)


def test_a_recording_replays_to_the_same_assets(demo: Path, tmp_path: Path) -> None:
    snapshot = demo / "snapshots" / latest(demo)
    ended = crownpath("scan", "--replay", snapshot, "--home", tmp_path / "home", "--out", "again")
    assert ended.returncode == 0, ended.stderr
    shown = crownpath("snapshot", "show", "again", "--home", tmp_path / "home", "--assets", "--json")
    before = crownpath("snapshot", "show", "--home", demo, "--assets", "--json")
    by_estate = {row["id"] for row in lines(before.stdout) if row["kind"] == "AISystem"}
    code = ("git://", "https://github.com/")  # told by a look inside: repositories and who reads them
    inside = {row["id"] for row in lines(before.stdout) if str(row["id"]).startswith(code)}
    ids = {row["id"] for row in lines(before.stdout)} - by_estate - inside
    assert {row["id"] for row in lines(shown.stdout)} == ids


def test_a_bare_account_dump_is_a_recording_and_a_snapshot_may_be_a_folder(tmp_path: Path) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = {
        "Path": "/",
        "RoleName": "auditor",
        "RoleId": "AROAEXAMPLE",
        "Arn": "arn:aws:iam::111122223333:role/auditor",
        "CreateDate": "2026-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": trust,
    }
    dump = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    (tmp_path / "dump.json").write_text(json.dumps(dump))
    out, home = tmp_path / "out" / "dump", tmp_path / "home"
    ended = crownpath("scan", "aws", "--replay", tmp_path / "dump.json", "--out", out, "--home", home)
    assert ended.returncode == 0, ended.stderr
    assert "not_recorded" in (out / "coverage.jsonl").read_text("utf-8")
    shown = lines(crownpath("snapshot", "show", out, "--assets", "--json", "--home", home).stdout)
    assert {("Role", role["Arn"]), ("Account", "aws://111122223333")} <= {(r["kind"], r["id"]) for r in shown}
    assert crownpath("snapshot", "verify", out, "--home", home).returncode == 0
    assert crownpath("derive", out, "--home", home).returncode == 0
    derived = (home / "results" / "dump" / "derived.jsonl").read_text("utf-8")
    assert '"arn:aws:iam::999988887777:root"' in derived


def test_shards_merge_to_the_whole(demo: Path, tmp_path: Path) -> None:
    snapshot = demo / "snapshots" / latest(demo)
    home = tmp_path / "home"
    for number in (1, 2):
        out = ("--out", f"part-{number}", "--shard", f"{number}/2")
        assert crownpath("scan", "--replay", snapshot, "--home", home, *out).returncode == 0
    assert crownpath("scan", "--replay", snapshot, "--home", home, "--out", "whole").returncode == 0
    assert (
        crownpath("snapshot", "merge", "part-1", "part-2", "--home", home, "--out", "merged").returncode == 0
    )
    kinds = [
        {
            (row["kind"], row["id"])
            for row in lines(crownpath("snapshot", "show", name, "--home", home, "--assets", "--json").stdout)
        }
        for name in ("whole", "merged")
    ]
    assert kinds[0] == kinds[1]


def test_without_credentials_nothing_is_written_and_each_cloud_says_what_to_do(tmp_path: Path) -> None:
    ended = crownpath("scan", "aws", "--home", tmp_path / "home")
    assert ended.returncode == faults.NOTHING_COLLECTED
    assert "There are no AWS credentials" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list_snapshots(tmp_path / "home") == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["derive"], faults.BAD_INPUT, "There is no snapshot"),
        (["derive", "nowhere"], faults.BAD_INPUT, "There is no snapshot"),
        (["scan", "oracle"], faults.BAD_INPUT, "oracle is not a provider"),
        (["scan", "--replay", "nowhere.json"], faults.BAD_INPUT, "does not exist"),
        (["scan", "--shard", "17/16", "aws"], faults.BAD_INPUT, "17/16"),
        (["scan", "--resume", "nothing"], faults.BAD_INPUT, "There is no stopped scan"),
        (["query", "inventory"], faults.STORE, "There is no graph"),
        (["query", "inventory", "--store", "ftp://x"], faults.STORE, "is not a graph store"),
        (
            ["query", "inventory", "--store", "bolt://a:b@localhost:1"],
            faults.STORE,
            "Leave user and password out",
        ),
        (["query", "inventory", "--store", "bolt://127.0.0.1:9"], faults.STORE, "127.0.0.1:9"),
        (["check", "--fail-on", "soon"], faults.BAD_INPUT, "soon"),
        (["frobnicate"], faults.USAGE, "frobnicate"),
    ],
)
def test_wrong_input_is_a_sentence_and_a_code(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    ended = crownpath(*arguments, CROWNPATH_HOME=str(tmp_path / "home"))
    assert (ended.returncode, "Traceback" in ended.stderr) == (code, False)
    assert said in ended.stderr


def test_wrong_settings_name_the_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "crownpath.yaml").write_text(yaml.safe_dump({"threads": 0, "stroe": "x"}))
    ended = crownpath("snapshot", "list", CROWNPATH_HOME=str(home))
    assert ended.returncode == faults.BAD_INPUT
    assert "threads" in ended.stderr
    assert "stroe" in ended.stderr


def test_console_queries_cannot_write_or_fetch(demo: Path) -> None:
    for cypher in ("MATCH (n) DETACH DELETE n", "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row"):
        ended = crownpath("query", "--home", demo, "--cypher", cypher)
        assert ended.returncode == faults.STORE
    assert "up to date" in crownpath("load", "--home", demo).stderr


def test_saved_queries_run_on_the_demo(demo: Path) -> None:
    assert "care-navigator" in crownpath("query", "what-agents-answer-from", "--home", demo).stdout
    assert "who-can-read" in crownpath("query").stdout


def test_access_cases_are_answered_and_a_malformed_one_is_named(tmp_path: Path) -> None:
    allow = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}],
    }
    case = {
        "id": "reader",
        "provider": "aws",
        "request": {
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/k",
            "resource_account": "111122223333",
            "principal": "arn:aws:iam::111122223333:role/r",
        },
        "identity_policies": [{"name": "inline", "document": allow}],
    }
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(case) + "\n{nonsense\n")
    ended = crownpath("access", "evaluate", path)
    answers = lines(ended.stdout)
    assert ended.returncode == faults.BAD_INPUT
    assert (answers[0]["id"], answers[0]["effect"]) == ("reader", "allow")
    assert "error" in answers[1]


def test_the_demo_ends_what_it_started_on_ctrl_c(tmp_path: Path) -> None:
    import os
    import signal

    from tests.commands.conftest import COMMAND

    process = subprocess.Popen(
        [COMMAND, "demo", "--home", tmp_path / "home"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "http://127.0.0.1" in line:
            break
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    process.wait(30)
    assert time.monotonic() - started < 30
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_lineage_forward_and_backward(demo: Path) -> None:
    data = "arn:aws:s3:::linden-imaging-training/chest-xray/train/"
    ended = crownpath("lineage", data, "--home", demo, "--json")
    assert ended.returncode == 0, ended.stderr
    flows = [json.loads(line) for line in ended.stdout.splitlines()]
    learned = {each["target"] for each in flows if each["direction"] == "forward"}
    assert any(":endpoint/linden-health-radiology" in each for each in learned)
    assert {each["source"] for each in flows if each["direction"] == "backward"} == {
        "arn:aws:s3:::linden-imaging-training"
    }
    assert "health" in {name for each in flows for name in each["data_classes"]}
    assert crownpath("lineage", data, "--home", demo).returncode == 0
    missing = crownpath("lineage", "arn:aws:s3:::nowhere", "--home", demo)
    assert (missing.returncode, "is not in snapshot" in missing.stderr) == (faults.BAD_INPUT, True)
