"""Keys found in repositories as facts: where they lie, who can read that, and what they open."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.gcp import iam_keys
from collectors.inspected import secrets
from collectors.inspected.report import Report
from graph.model import Asset, Coverage, Json, Relation, Value
from tests.collectors.inspected.reports import AT, REDACTOR, report

REPO = "git://github.com/linden/triage"
SEEN: dict[str, Json] = {
    "path": "/src/triage",
    "url": "https://github.com/linden/triage.git",
    "visibility": "public",
    "default_branch": "main",
    "commits": 3,
    "head": "c" * 40,
}
STORAGE = "/subscriptions/s/resourcegroups/r/providers/microsoft.storage/storageaccounts/acc"
AI = "/subscriptions/s/resourcegroups/r/providers/microsoft.cognitiveservices/accounts/letters"
ROBOT = "robot@linden-imaging.iam.gserviceaccount.com"
ROBOT_ID = f"//iam.googleapis.com/projects/linden-imaging/serviceAccounts/{ROBOT}"


def key(word: str, *opens: tuple[str, str], **more: Json) -> dict[str, Json]:
    names: list[Json] = [{"kind": kind, "value": value} for kind, value in opens]
    return {
        "path": "/src/triage/.env",
        "line": 3,
        "commit": "c" * 40,
        "rule": "kingfisher.openai.1",
        "provider": "openai",
        "fingerprint": REDACTOR.fingerprint("openai", word),
        "places": 1,
        "opens": names,
        "repository": "/src/triage",
        **more,
    }


def told(
    *reports: Report, assets: Iterable[Asset] = (), coverage: Iterable[Coverage] = ()
) -> tuple[dict[str, Asset], set[tuple[str, str, str]], list[Coverage]]:
    estate = secrets.Estate({a.id: a for a in assets}, tuple(coverage))
    facts = list(secrets.facts(reports, estate))
    links = {(f.type, f.source, f.target) for f in facts if isinstance(f, Relation)}
    found = {f.id: f for f in facts if isinstance(f, Asset)}
    return found, links, [f for f in facts if isinstance(f, Coverage)]


def hashed(word: str) -> str:
    return f"credential:{REDACTOR.fingerprint('', word).rpartition(':')[2]}"


def test_a_key_in_a_repository_is_held_there_and_opens_its_provider(tmp_path: Path) -> None:
    made = report(tmp_path, "secrets", [SEEN, key("k", ("provider", "openai"))], "/src/triage")
    assets, links, _ = told(made)
    assert assets[REPO].get("visibility") == "public"
    assert (assets[REPO].kind, assets[REPO].name) == ("Repository", "linden/triage")
    assert assets[hashed("k")].get("provider") == "openai"
    assert links == {
        ("HOLDS_CREDENTIAL", REPO, hashed("k")),
        ("AUTHENTICATES", hashed("k"), "provider:openai"),
    }
    assert assets["provider:openai"].kind == "ModelProvider"


def test_an_access_key_is_the_one_that_its_account_lists_and_nothing_more_is_said(tmp_path: Path) -> None:
    opens = (("aws_access_key_id", "AKIAIOSFODNN7EXAMPLE"), ("aws_account", "111122223333"))
    made = report(tmp_path, "secrets", [SEEN, key("k", *opens, provider="aws")], "/src/triage")
    identifier = "credential:aws:AKIAIOSFODNN7EXAMPLE"
    listed = Asset(id=identifier, kind="Credential")
    assets, links, _ = told(made, assets=[listed])
    assert identifier not in assets
    assert links == {("HOLDS_CREDENTIAL", REPO, identifier)}
    assets, links, _ = told(made)
    assert assets[identifier].get("account") == "111122223333"
    assert not [link for link in links if link[0] == "AUTHENTICATES"]


@pytest.mark.parametrize(
    ("assets", "coverage", "opens"),
    [
        ([], [], True),
        ([], [Coverage(call=iam_keys.LIST.id, parent=ROBOT_ID)], False),
        ([], [Coverage(call=iam_keys.LIST.id, parent=ROBOT_ID, outcome="denied")], True),
        ([Asset(id="credential:gcp:abc", kind="Credential")], [], False),
    ],
    ids=["nobody listed keys", "a whole list lacks it", "the list was denied", "the list has it and says so"],
)
def test_a_google_key_opens_its_account_unless_the_list_of_keys_says_what_it_is(
    tmp_path: Path, assets: list[Asset], coverage: list[Coverage], opens: bool
) -> None:
    names = (("gcp_service_account", ROBOT), ("gcp_key_id", "abc"))
    made = report(tmp_path, "secrets", [SEEN, key("k", *names)], "/src/triage")
    _, links, _ = told(made, assets=assets, coverage=coverage)
    assert (("AUTHENTICATES", "credential:gcp:abc", ROBOT_ID) in links) is opens


def azure(identifier: str, kind: str, local_auth: bool | None) -> Asset:
    properties: dict[str, Value] = {} if local_auth is None else {"local_auth": local_auth}
    return Asset(id=identifier, kind=kind, properties=properties)


@pytest.mark.parametrize(("local_auth", "opens"), [(True, True), (None, True), (False, False)])
def test_account_keys_open_what_accepts_them(tmp_path: Path, local_auth: bool | None, opens: bool) -> None:
    mine, other = f"{STORAGE}/blobservices/default/containers/a", STORAGE.replace("acc", "accx") + "/x"
    names = (("azure_storage_account", "Acc"), ("azure_resource", "letters.openai.azure.com"))
    made = report(tmp_path, "secrets", [SEEN, key("k", *names)], "/src/triage")
    estate = [
        azure(mine, "Bucket", local_auth),
        azure(other, "Bucket", True),
        azure(AI, "AIService", local_auth),
        azure(f"{AI}2", "AIService", True),
    ]
    _, links, _ = told(made, assets=estate)
    opened = {target for relation, _, target in links if relation == "AUTHENTICATES"}
    assert opened == ({mine, AI} if opens else set())


def test_a_platform_is_no_provider_of_models(tmp_path: Path) -> None:
    made = report(tmp_path, "secrets", [SEEN, key("k", ("provider", "slack"))], "/src/triage")
    assert not [link for link in told(made)[1] if link[0] == "AUTHENTICATES"]


def test_what_could_not_be_read_is_a_gap(tmp_path: Path) -> None:
    missing: dict[str, Json] = {"path": "/src/triage/big", "reason": "objects are missing"}
    _, _, gaps = told(report(tmp_path, "secrets", [SEEN, missing], "/src/triage"))
    assert [(gap.parent, gap.complete) for gap in gaps] == [(REPO, False)]
    assert "objects are missing" in gaps[0].sentence


def test_the_newest_report_of_a_repository_counts(tmp_path: Path) -> None:
    old = report(tmp_path, "secrets", [SEEN, key("old")], "/src/triage")
    new = report(tmp_path, "secrets", [SEEN, key("new")], "/src/triage", at=AT + timedelta(days=1))
    _, links, _ = told(new, old)
    assert links == {("HOLDS_CREDENTIAL", REPO, hashed("new"))}


def test_an_image_holds_what_is_in_its_layers(tmp_path: Path) -> None:
    image: dict[str, Json] = {"path": "oci://registry.example/triage:1", "digest": "sha256:aa", "layers": 2}
    result = key(
        "k", path="oci://registry.example/triage:1/app/.env", repository="oci://registry.example/triage:1"
    )
    assets, links, _ = told(report(tmp_path, "secrets", [image, result], "oci://registry.example/triage:1"))
    assert assets["oci://registry.example/triage:1"].kind == "ContainerImage"
    assert ("HOLDS_CREDENTIAL", "oci://registry.example/triage:1", hashed("k")) in links


def test_files_that_lie_in_no_repository_are_nothing_of_the_estate(tmp_path: Path) -> None:
    assert told(report(tmp_path, "secrets", [key("k", repository="")], "/tmp"))[:2] == ({}, set())
