"""Findings in data as facts: on the deepest asset, the newest report, gaps told."""

import json
from datetime import timedelta
from pathlib import Path

from collectors.inspected import data
from collectors.inspected.report import Report
from graph.model import Asset, Coverage, Json, Relation, at_pointer
from tests.collectors.inspected.reports import AT, found, report

B = "arn:aws:s3:::b"
ASSETS = {
    each.id: each
    for each in (
        Asset(id=B, kind="Bucket", name="b", properties={"account": "1", "provider": "aws"}),
        Asset(id=f"{B}/a/", kind="Dataset", name="a/"),
        Asset(id=f"{B}/a/deep/", kind="Dataset", name="a/deep/"),
        Asset(id=f"{B}/z/", kind="Dataset", name="z/"),
        Asset(id="arn:aws:s3:::other", kind="Bucket", name="other"),
    )
}


def facts(*reports: Report) -> tuple[dict[str, Asset], list[Coverage], list[Relation]]:
    told = list(data.facts(reports, ASSETS))
    assets = {fact.id: fact for fact in told if isinstance(fact, Asset)}
    gaps = [fact for fact in told if isinstance(fact, Coverage)]
    return assets, gaps, [fact for fact in told if isinstance(fact, Relation)]


def test_what_was_found_is_on_the_deepest_asset_and_points_to_its_line(tmp_path: Path) -> None:
    results: list[dict[str, Json]] = [
        found("s3://b/a/x.csv", "personal"),
        found("s3://b/a/deep/y.csv", "health", "icd10"),
        {"path": "s3://b/z/w.csv", "state": "clean"},
    ]
    made = report(tmp_path, "data", results, "s3://b")
    assets, gaps, _ = facts(made)
    assert {i: a.get("detected_classes") for i, a in assets.items()} == {
        B: (),
        f"{B}/a/": ("personal",),
        f"{B}/a/deep/": ("health",),
        f"{B}/z/": (),
    }
    assert assets[f"{B}/a/deep/"].get("detected") == (
        "health: icd10 in c of s3://b/a/deep/y.csv, 9 of 10 looked at",
    )
    assert all(a.get("scanned_at") == AT and a.get("scan_complete") for a in assets.values())
    assert not gaps
    (piece,) = [e for e in assets[f"{B}/a/"].evidence if "detected" in e.supports]
    part = at_pointer(json.loads(made.document), piece.pointer)
    assert isinstance(part, dict)
    assert part["path"] == "s3://b/a/x.csv"


def test_what_was_asked_for_alone_was_looked_at(tmp_path: Path) -> None:
    assets, _, _ = facts(report(tmp_path, "data", [], "s3://b/a"))
    assert set(assets) == {f"{B}/a/", f"{B}/a/deep/"}


def test_a_prefix_that_nobody_named_becomes_a_dataset_of_its_bucket(tmp_path: Path) -> None:
    assets, _, links = facts(report(tmp_path, "data", [found("s3://b/new/x.csv", "payment")], "s3://b/new/"))
    new = assets[f"{B}/new/"]
    assert (new.kind, new.get("account"), new.get("detected_classes")) == ("Dataset", "1", ("payment",))
    assert [(link.type, link.source, link.target) for link in links] == [("CONTAINS", B, new.id)]


def test_what_was_not_looked_at_is_a_gap_of_what_holds_it(tmp_path: Path) -> None:
    results: list[dict[str, Json]] = [
        {"path": "s3://b/a/x.bin", "state": "refused", "reason": "no reader knows this format"},
        {"path": "s3://b/z", "state": "never looked at", "reason": "3 files: the budget is used up"},
        found("s3://b/a/deep/y.csv", "health"),
    ]
    assets, gaps, _ = facts(report(tmp_path, "data", results, "s3://b/a", "s3://b/z"))
    assert {i: a.get("scan_complete") for i, a in assets.items()} == {
        f"{B}/a/": False,
        f"{B}/a/deep/": True,
        f"{B}/z/": False,
    }
    assert {gap.parent: gap.complete for gap in gaps} == {f"{B}/a/": False, f"{B}/z/": False}
    assert "no reader knows this format" in next(g.sentence for g in gaps if g.parent == f"{B}/a/")


def test_a_part_that_was_looked_at_is_no_whole(tmp_path: Path) -> None:
    results: list[dict[str, Json]] = [
        {"path": "s3://b/a/x.txt", "state": "in part", "reason": "after 8 million characters"}
    ]
    assets, gaps, _ = facts(report(tmp_path, "data", results, "s3://b/a"))
    assert assets[f"{B}/a/"].get("scan_complete") is False
    assert len(gaps) == 1


def test_the_newest_report_of_an_asset_counts(tmp_path: Path) -> None:
    old = report(tmp_path, "data", [found("s3://b/a/x.csv", "personal")], "s3://b")
    new = report(tmp_path, "data", [], "s3://b/a", at=AT + timedelta(days=1))
    assets, _, _ = facts(new, old)
    assert assets[f"{B}/a/"].get("detected_classes") == ()
    assert assets[f"{B}/z/"].get("scanned_at") == AT


def test_what_is_in_no_store_says_nothing_of_the_estate(tmp_path: Path) -> None:
    assert facts(report(tmp_path, "data", [found("/srv/x.csv", "personal")], "/srv"))[0] == {}
    assets, _, _ = facts(report(tmp_path, "data", [found("s3://b/a/x.csv", "personal")], "s3://other"))
    assert f"{B}/a/" not in assets or assets[f"{B}/a/"].get("detected_classes") == ("personal",)


def test_much_is_counted(tmp_path: Path) -> None:
    results = [found(f"s3://b/a/{n}.csv", "personal") for n in range(90)]
    assets, _, _ = facts(report(tmp_path, "data", results, "s3://b/a"))
    told = assets[f"{B}/a/"].get("detected")
    assert isinstance(told, tuple)
    assert len(told) == 26
    assert told[-1] == "and 65 more places"


def test_what_the_clouds_own_scanner_found_adds_up_with_a_look(tmp_path: Path) -> None:
    by_macie = Asset(id=f"{B}/a/", kind="Dataset", properties={"detected_classes": ("payment",)})
    made = report(tmp_path, "data", [found("s3://b/a/x.csv", "personal")], "s3://b/a")
    (asset,) = [
        f
        for f in data.facts([made], {**ASSETS, by_macie.id: by_macie})
        if isinstance(f, Asset) and f.id == by_macie.id
    ]
    assert asset.get("detected_classes") == ("payment", "personal")


def test_the_law_that_a_finding_falls_under_and_whether_names_were_looked_for(tmp_path: Path) -> None:
    result = found("s3://b/a/x.csv", "personal", law=["GDPR Art. 4(1)", "45 CFR 164.514(b)(2)(i)(F)"])
    assets, _, _ = facts(report(tmp_path, "data", [result], "s3://b/a"))
    assert assets[f"{B}/a/"].get("detected_law") == ("45 CFR 164.514(b)(2)(i)(F)", "GDPR Art. 4(1)")
    assert assets[f"{B}/a/"].get("names_looked_for") is False
    named = report(tmp_path, "data", [], "s3://b/a", names="some_model", at=AT + timedelta(days=1))
    assert facts(named)[0][f"{B}/a/"].get("names_looked_for") is True


def test_what_a_vector_store_holds_is_on_its_index(tmp_path: Path) -> None:
    """Of a whole cluster each index that is known is seen, those of which nothing was found too."""
    host = "opensearch://abc.eu-central-1.aoss.amazonaws.com"
    ids = [f"arn:aws:aoss:eu-central-1:1:collection/abc/{name}" for name in ("letters", "empty", "shut")]
    known = {each: Asset(id=each, kind="VectorIndex") for each in ids}
    results: list[dict[str, Json]] = [
        found(f"{host}/letters", "personal"),
        {"path": f"{host}/empty", "state": "clean", "reason": "it is empty"},
        {"path": f"{host}/shut", "state": "refused", "reason": "reading it is denied"},
        {"path": f"{host}/unknown", "state": "clean", "reason": "it is empty"},
    ]
    told = list(data.facts([report(tmp_path, "data", results, host)], known))
    assets = {fact.id: fact for fact in told if isinstance(fact, Asset)}
    assert {
        each: (assets[each].get("detected_classes"), assets[each].get("scan_complete")) for each in ids
    } == {
        ids[0]: (("personal",), True),
        ids[1]: ((), True),
        ids[2]: ((), False),
    }
    assert [fact.parent for fact in told if isinstance(fact, Coverage)] == [ids[2]]
