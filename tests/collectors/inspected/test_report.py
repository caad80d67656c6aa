"""Reports: what is written is read again, and what was cut short or changed says so."""

import json
import os
from pathlib import Path

import msgspec
import pytest

from collectors.inspect.data_place import Place
from collectors.inspect.model_report import ModelFinding
from collectors.inspect.model_result import ModelResult
from collectors.inspect.sample import Refusal
from collectors.inspect.secret_place import ImageSeen, PublicName, RepositorySeen, SecretPlace
from collectors.inspected.report import SUFFIX, Header, InspectionError, Result, What, Writer, read, read_all
from collectors.redaction import Redactor
from tests.collectors.inspected.reports import AT, REDACTOR, found, report

HEADER = Header(what="data", at=AT, tool="t", addresses=("s3://b",))


def test_what_is_written_is_read_again_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = report(tmp_path, "data", [found("s3://b/x.csv", "personal")], "s3://b")
    assert made.header.addresses == ("s3://b",)
    assert [one.path for one in made.results if isinstance(one, Place)] == ["s3://b/x.csv"]
    assert made.reason == ""
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("what", "result"),
    [
        ("data", Place("s3://b/x")),
        (
            "data",
            Place("s3://b/x", "in part", law=("GDPR Art. 9",), share=0.5, count=1, reason="rows"),
        ),
        ("secrets", SecretPlace("r/x", 1, "", "rule", "", "fp", opens=(PublicName("host", "db.example"),))),
        ("secrets", RepositorySeen("r", "", None, None, None, "")),
        ("secrets", ImageSeen("oci://r", "sha256:aa", 2)),
        ("secrets", Refusal("r/x", "it is broken")),
        ("models", ModelResult("m.pkl", "pickle", "clean", ())),
        (
            "models",
            ModelResult(
                *("m.pkl", "pickle", "malicious", ("it runs",)),
                findings=(ModelFinding("strings", "email", "personal", 1, 2, 0.9),),
            ),
        ),
    ],
)
def test_each_result_is_read_again_as_it_was_written(tmp_path: Path, what: What, result: Result) -> None:
    made = report(tmp_path, what, [msgspec.json.decode(msgspec.json.encode(result))])
    assert made.results == (result,)


def test_what_is_stopped_says_so_and_keeps_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / f"a{SUFFIX}"

    def stopped() -> None:
        with Writer(path, HEADER) as writer:
            writer.write(b'{"path":"s3://b/x","label":"health"}')
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    made = read(path, REDACTOR)
    assert len(made.results) == 1
    assert "stopped" in made.reason


def test_after_a_fault_the_earlier_report_stays(tmp_path: Path) -> None:
    path = tmp_path / f"a{SUFFIX}"
    with Writer(path, HEADER):
        pass
    before = path.read_bytes()

    def broken() -> None:
        with Writer(path, HEADER):
            raise OSError

    with pytest.raises(OSError):
        broken()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_inspection_under_way_leaves_the_earlier_report_alone(tmp_path: Path) -> None:
    path = tmp_path / f"a{SUFFIX}"
    with Writer(path, HEADER):
        pass
    before = path.read_bytes()
    with Writer(path, HEADER) as writer:
        writer.write(b'{"path":"s3://b/x"}')
        assert path.read_bytes() == before
        assert [one.digest for one in read_all([tmp_path], REDACTOR)]
    assert path.read_bytes() != before


def test_a_file_whose_end_is_missing_was_cut_short(tmp_path: Path) -> None:
    report(tmp_path, "data", [found("s3://b/x.csv", "personal")], "s3://b")
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]) + b"\n")
    assert "cut short" in read(path, REDACTOR).reason


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is empty"),
        ("hello", "no JSON object"),
        ('{"a":1}', "no report"),
        ('{"inspection":99}', "another version"),
        ('{"inspection":1,"what":"weather"}', "line 1"),
        ("HEADER\n[1]", "line 2"),
        ('HEADER\n{"path":"x"}\n{"end":"complete","results":7}', "added or lost"),
        ('HEADER\n{"end":"complete","results":0}\n{"path":"x"}', "added or lost"),
        ('HEADER\n{"end":"perhaps","results":0}', "line 2"),
        ('HEADER\n{"path":"x"}\n{"path":"x","count":"many"}', "line 3: Expected `int | null`, got `str`"),
        ('HEADER\n{"verdict":"clean"}', "line 2: this is no result of `crownpath inspect data`"),
    ],
)
def test_what_is_no_report_is_told_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    header = json.dumps(
        {"inspection": 1, "what": "data", "at": "2026-11-01T00:00:00Z", "tool": "", "addresses": []}
    )
    path = tmp_path / f"a{SUFFIX}"
    path.write_text(text.replace("HEADER", header))
    with pytest.raises(InspectionError, match=sentence):
        read(path, REDACTOR)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InspectionError, match="can't be read"):
        read_all([tmp_path / "none.jsonl"], REDACTOR)
    assert read_all([tmp_path], REDACTOR) == []


def test_secrets_that_somebody_wrote_into_a_report_become_fingerprints(tmp_path: Path) -> None:
    secret = "hf_" + os.urandom(20).hex()
    made = report(tmp_path, "data", [found(f"s3://b/{secret}.csv", "personal")], f"s3://{secret}")
    assert secret.encode() not in made.document
    assert secret not in str(made.header)


def test_keys_under_another_fingerprint_key_cannot_be_told_apart_and_are_refused(tmp_path: Path) -> None:
    report(tmp_path, "secrets", [], "repo")
    (path,) = tmp_path.iterdir()
    with pytest.raises(InspectionError, match="another fingerprint key"):
        read(path, Redactor(b"x" * 32))
