"""Judged model files as facts: verdicts, operators, what lies in their texts; the content beats the name."""

from pathlib import Path

import pytest

from collectors.inspected import models
from collectors.inspected.report import Report
from graph.model import Asset, Coverage, Json, Relation
from tests.collectors.inspected.reports import report

FILE = "arn:aws:s3:::b/m/model.tar.gz"
KNOWN = {
    "arn:aws:s3:::b": Asset(id="arn:aws:s3:::b", kind="Bucket", properties={"account": "1"}),
    FILE: Asset(id=FILE, kind="ModelFile", name="m/model.tar.gz", properties={"unsafe_format": True}),
    "arn:aws:s3:::b/labels.csv": Asset(id="arn:aws:s3:::b/labels.csv", kind="Dataset"),
}


def judged(path: str, verdict: str, **more: Json) -> dict[str, Json]:
    return {"path": path, "format": "pickle", "verdict": verdict, "reasons": [f"it is {verdict}"], **more}


def told(*reports: Report) -> tuple[dict[str, Asset], list[Relation], list[Coverage]]:
    facts = list(models.facts(reports, KNOWN))
    return (
        {f.id: f for f in facts if isinstance(f, Asset)},
        [f for f in facts if isinstance(f, Relation)],
        [f for f in facts if isinstance(f, Coverage)],
    )


def test_the_content_says_what_a_file_is_whatever_its_name(tmp_path: Path) -> None:
    result = judged("s3://b/m/model.tar.gz", "clean", unsafe_format=False, digest="sha256:1")
    (file,) = told(report(tmp_path, "models", [result], "s3://b"))[0].values()
    assert {name: file.get(name) for name in ("verdict", "unsafe_format", "dangerous_ops", "digest")} == {
        "verdict": "clean",
        "unsafe_format": False,
        "dangerous_ops": 0,
        "digest": "sha256:1",
    }


def test_what_is_packed_in_a_file_is_judged_with_it_and_the_worst_counts(tmp_path: Path) -> None:
    results = [
        judged("s3://b/m/model.tar.gz", "clean", digest="sha256:1"),
        judged("s3://b/m/model.tar.gz!x.pkl", "malicious", unsafe_format=True, dangerous=["a", "b"]),
    ]
    (file,) = told(report(tmp_path, "models", results, "s3://b"))[0].values()
    assert (file.get("verdict"), file.get("dangerous_ops"), file.get("unsafe_format")) == (
        "malicious",
        2,
        True,
    )
    assert file.get("verdict_why") == ("it is clean", "it is malicious")


def test_a_malicious_file_has_at_least_one_dangerous_operator(tmp_path: Path) -> None:
    (file,) = told(report(tmp_path, "models", [judged("s3://b/m/model.tar.gz", "malicious")], "s3://b"))[
        0
    ].values()
    assert file.get("dangerous_ops") == 1


def test_what_could_not_be_read_is_not_counted_and_is_a_gap(tmp_path: Path) -> None:
    assets, _, gaps = told(
        report(tmp_path, "models", [judged("s3://b/m/model.tar.gz", "unreadable")], "s3://b")
    )
    assert assets[FILE].get("dangerous_ops") is None
    assert [(gap.parent, gap.complete) for gap in gaps] == [(FILE, False)]


def test_strings_that_nobody_looked_at_are_a_gap(tmp_path: Path) -> None:
    result = judged("s3://b/m/model.tar.gz", "clean", not_looked_at=["the vocabulary is too large"])
    assert len(told(report(tmp_path, "models", [result], "s3://b"))[2]) == 1


def test_sensitive_data_in_its_texts(tmp_path: Path) -> None:
    finding: Json = {
        "place": "vocabulary",
        "type": "email",
        "label": "personal",
        "count": 40,
        "looked_at": 9000,
        "confidence": 0.9,
    }
    result = judged("s3://b/m/model.tar.gz", "clean", findings=[finding])
    (file,) = told(report(tmp_path, "models", [result], "s3://b"))[0].values()
    assert file.get("detected_classes") == ("personal",)
    assert file.get("detected") == ("personal: email in vocabulary, 40 of 9,000 looked at",)


def test_a_file_that_nobody_named_lies_in_its_bucket(tmp_path: Path) -> None:
    assets, links, _ = told(report(tmp_path, "models", [judged("s3://b/new.pkl", "clean")], "s3://b"))
    new = assets["arn:aws:s3:::b/new.pkl"]
    assert (new.kind, new.get("account")) == ("ModelFile", "1")
    assert [(link.source, link.target) for link in links] == [("arn:aws:s3:::b", new.id)]


@pytest.mark.parametrize("path", ["s3://b/labels.csv", "/srv/model.pkl"])
def test_what_is_no_model_file_of_the_estate_is_left_alone(tmp_path: Path, path: str) -> None:
    assert told(report(tmp_path, "models", [judged(path, "malicious")], "s3://b"))[0] == {}


def test_code_that_lets_models_bring_code_is_told_of_its_repository(tmp_path: Path) -> None:
    result = judged("/src/t/load.py", "suspicious", remote_code_loads=["org/model", ""])
    origins = {"/src/t": "git@github.com:linden/t.git"}
    assets, links, _ = told(report(tmp_path, "models", [result], "/src/t", origins=origins))
    assert assets["git://github.com/linden/t"].get("remote_code_loads") == 2
    assert [(link.type, link.target) for link in links] == [("LOADS", "https://huggingface.co/org/model")]
    assert told(report(tmp_path, "models", [result], "/src/t"))[0] == {}
