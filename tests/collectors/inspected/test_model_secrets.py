"""Keys found in model files as facts: the file holds them, and they open what is known to be theirs."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.inspected import model_secrets, models
from collectors.inspected.facts import add
from collectors.inspected.report import InspectionError, Report, read
from collectors.inspected.secrets import Estate, identifiers
from collectors.redaction import Redactor
from graph.model import Asset, Coverage, Json, Relation
from tests.collectors.inspected.reports import AT, REDACTOR, report
from tests.collectors.inspected.test_secrets import SEEN, hashed
from tests.collectors.inspected.test_secrets import key as placed

FILE = "arn:aws:s3:::b/m/model.pkl"
BUCKET = Asset(id="arn:aws:s3:::b", kind="Bucket", properties={"account": "1"})
KNOWN = {BUCKET.id: BUCKET, FILE: Asset(id=FILE, kind="ModelFile", name="m/model.pkl")}
KEY_ID = "AKIA" + "ABCDEFGHIJKLMNOP"


def key(word: str, provider: str = "openai", **opens: str) -> dict[str, Json]:
    names: list[Json] = [{"kind": kind, "value": value} for kind, value in opens.items()]
    names += [{"kind": "provider", "value": provider}]
    return {
        "place": "$.token",
        "rule": "kingfisher.openai.1",
        "provider": provider,
        "fingerprint": REDACTOR.fingerprint(provider, word),
        "places": 1,
        "opens": names,
    }


def judged(*secrets: dict[str, Json], path: str = "s3://b/m/model.pkl", **more: Json) -> dict[str, Json]:
    said: dict[str, Json] = {"path": path, "format": "pickle", "verdict": "clean", "reasons": []}
    return {**said, "secrets": list(secrets), **more}


def told(
    *reports: Report, assets: Iterable[Asset] = ()
) -> tuple[dict[str, Asset], set[tuple[str, str, str]], list[Coverage]]:
    estate = Estate({**KNOWN, **{each.id: each for each in assets}}, (), identifiers(reports))
    facts = list(model_secrets.facts(reports, estate))
    links = {(f.type, f.source, f.target) for f in facts if isinstance(f, Relation)}
    found = {f.id: f for f in facts if isinstance(f, Asset)}
    return found, links, [f for f in facts if isinstance(f, Coverage)]


def test_a_model_file_holds_the_key_and_the_key_opens_its_provider(tmp_path: Path) -> None:
    assets, links, _ = told(report(tmp_path, "models", [judged(key("one"))], "s3://b"))
    assert links == {
        ("HOLDS_CREDENTIAL", FILE, hashed("one")),
        ("AUTHENTICATES", hashed("one"), "provider:openai"),
    }
    assert assets[hashed("one")].get("provider") == "openai"
    assert assets["provider:openai"].kind == "ModelProvider"


def test_a_key_of_aws_is_the_one_that_the_cloud_lists(tmp_path: Path) -> None:
    listed = Asset(id=f"credential:aws:{KEY_ID}", kind="Credential")
    result = judged(key("one", "aws", aws_access_key_id=KEY_ID))
    assets, links, _ = told(report(tmp_path, "models", [result], "s3://b"), assets=[listed])
    assert links == {("HOLDS_CREDENTIAL", FILE, listed.id)}
    assert assets == {}


def test_the_same_key_in_a_repository_and_a_model_is_one(tmp_path: Path) -> None:
    """The repository tells its public name, the model does not."""
    beside = placed("one", ("aws_access_key_id", KEY_ID), provider="aws")
    reports = (
        report(tmp_path, "secrets", [SEEN, beside], "/src"),
        report(tmp_path, "models", [judged(key("one", "aws"))], "s3://b"),
    )
    added = add(reports, KNOWN.values(), (), (), (), {}, REDACTOR, AT)
    holders = {link.source: link.target for link in added.relations if link.type == "HOLDS_CREDENTIAL"}
    assert holders[FILE] == f"credential:aws:{KEY_ID}"
    assert len(set(holders.values())) == 1


def test_the_newest_report_of_a_file_counts(tmp_path: Path) -> None:
    new = report(tmp_path, "models", [judged()], "s3://b", at=AT + timedelta(days=1))
    old = report(tmp_path, "models", [judged(key("one"))], "s3://b")
    assert told(new, old)[1] == set()


def test_keys_in_files_that_are_no_assets_are_in_the_report_only(tmp_path: Path) -> None:
    result = judged(key("one"), path="/models/model.pkl")
    assert told(report(tmp_path, "models", [result], "/models")) == ({}, set(), [])


def test_a_file_of_which_strings_were_not_read_may_hold_more(tmp_path: Path) -> None:
    result = judged(not_looked_at=["its strings were not searched for secrets: they break the rules"])
    (gap,) = told(report(tmp_path, "models", [result], "s3://b"))[2]
    assert (gap.call, gap.parent, gap.complete) == (model_secrets.READ.id, FILE, False)


def test_a_file_with_a_key_holds_credentials_whatever_detectors_say(tmp_path: Path) -> None:
    facts = models.facts([report(tmp_path, "models", [judged(key("one"))], "s3://b")], KNOWN)
    (file,) = (each for each in facts if isinstance(each, Asset))
    assert file.get("detected_classes") == ("credential",)
    assert file.get("detected") == ("credential: openai key in $.token",)


def test_keys_under_another_fingerprint_key_are_refused(tmp_path: Path) -> None:
    report(tmp_path, "models", [judged(key("one"))], "s3://b")
    (path,) = tmp_path.glob("*.jsonl")
    with pytest.raises(InspectionError, match="another fingerprint key"):
        read(path, Redactor(b"o" * 32))
