"""The practice estate, collected for real: every planted path is found, and none of the near misses."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app import pipeline, settings
from collectors.practice.hospital import Case, Hospital, Inside, declared_estate, inside, truth
from collectors.practice.keys import service_account_key_id
from collectors.practice.looking import look
from collectors.redaction import Redactor
from graph.attack import Attack, reachable
from graph.derive import derive
from graph.facts import Facts
from graph.marks import data_classes
from graph.snapshot import Snapshot

PROD = "111122223333"
RECORDS = "arn:aws:s3:::linden-patient-records/discharge-summaries/"
SAGEMAKER = "arn:aws:sagemaker:eu-central-1:111122223333"
CASES = sorted(truth(), key=lambda case: case.id)


@pytest.fixture(scope="module")
def remarks() -> list[str]:
    """What in the hospital's estate.yaml had no effect."""
    return []


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory, remarks: list[str]) -> Iterator[Snapshot]:
    home = tmp_path_factory.mktemp("home")
    chosen = settings.load(home=home)
    redactor = Redactor(settings.fingerprint_key(home))
    with Hospital() as hospital:
        reports = look(hospital, home / "practice", redactor, "test", lambda name: None)
        yield pipeline.scan(
            chosen, hospital.doors(), estate=declared_estate(), inspected=reports, remark=remarks.append
        )


@pytest.fixture(scope="module")
def attack(snapshot: Snapshot) -> Attack:
    return derive(pipeline.facts_of(snapshot)).attack


def test_the_truth_plants_what_was_promised() -> None:
    planted = [case.cloud for case in CASES if case.planted]
    assert planted.count("aws") >= 5
    assert planted.count("gcp") >= 2
    assert planted.count("azure") >= 1
    assert sum(not case.planted for case in CASES) >= 8


def test_the_whole_estate_answers_every_call(snapshot: Snapshot) -> None:
    assert [record for record in snapshot.coverage() if not record.complete] == []


def test_all_that_the_hospital_declares_has_an_effect(snapshot: Snapshot, remarks: list[str]) -> None:
    assert list(snapshot.assets())
    assert remarks == []


def test_every_asset_of_the_truth_was_collected(snapshot: Snapshot) -> None:
    known = {asset.id for asset in snapshot.assets()}
    named = {end for case in CASES for end in (case.subject, *case.must_pass)}
    assert named <= known


@pytest.mark.parametrize("one", inside(), ids=lambda one: one.id)
def test_a_look_inside_finds_what_lies_there_and_nothing_else(snapshot: Snapshot, one: Inside) -> None:
    (asset,) = [asset for asset in snapshot.assets() if asset.id == one.id]
    assert asset.get("scanned_at") is not None
    if one.verdict:
        assert asset.get("verdict") == one.verdict
    else:
        assert asset.get("detected_classes") == one.classes
        assert asset.get("scan_complete") is True


def test_what_lies_inside_needs_no_tag(snapshot: Snapshot) -> None:
    """Patients' data is known by what was found, along the whole way to those who may ask for it."""
    facts = pipeline.facts_of(snapshot)
    untold = [
        msgspec.structs.replace(
            asset,
            properties={n: v for n, v in asset.properties.items() if n not in ("tags", "data_classes")},
        )
        for asset in facts.assets
    ]
    bare = Facts(untold, snapshot.relations(), (), snapshot.documents)
    marks = {mark.asset: mark.value for mark in data_classes.derive(bare) if mark.property == "data_classes"}
    for name in ("knowledge-base/KBDISCHRG1", "agent/CARENAVIG1"):
        assert marks[f"arn:aws:bedrock:eu-central-1:111122223333:{name}"] == ("health", "personal")
    assert marks[f"{SAGEMAKER}:endpoint/symptom-check"] == ("health", "personal")
    assert f"{SAGEMAKER}:endpoint/drug-interaction" not in marks


@pytest.mark.parametrize("case", [c for c in CASES if c.planted], ids=lambda case: case.id)
def test_a_planted_path_is_found(attack: Attack, case: Case) -> None:
    assert leads(attack, [case.entry, *case.must_pass, case.subject])


@pytest.mark.parametrize("case", [c for c in CASES if not c.planted], ids=lambda case: case.id)
def test_a_near_miss_is_no_path(attack: Attack, case: Case) -> None:
    assert not leads(attack, [case.entry, case.subject])


def leads(attack: Attack, stops: list[str]) -> bool:
    """Whether steps lead from the first asset over the others, in order, each held in some state."""
    on = {r.source: r.target for r in attack.relations if r.type == "ON"}
    following: dict[str, list[str]] = {}
    for relation in attack.relations:
        if relation.type == "STEP":
            following.setdefault(relation.source, []).append(relation.target)
    here = {foothold for foothold, asset in on.items() if asset == stops[0]}
    for stop in stops[1:]:
        todo, seen = list(here), set(here)
        while todo:
            for there in following.get(todo.pop(), ()):
                if there not in seen:
                    seen.add(there)
                    todo.append(there)
        here = {foothold for foothold in seen if on.get(foothold) == stop}
    return bool(here)


def test_reachable_agrees_with_the_walk(attack: Attack) -> None:
    on = {r.source: r.target for r in attack.relations if r.type == "ON"}
    for case in CASES:
        reached = {on[foothold] for foothold in reachable(attack, case.entry)}
        assert (case.subject in reached) == leads(attack, [case.entry, case.subject])


def test_home_is_private(snapshot: Snapshot) -> None:
    for path in (snapshot.folder, *snapshot.folder.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, Path(path)


def test_only_a_key_that_still_works_opens_what_its_user_may_read(snapshot: Snapshot, attack: Attack) -> None:
    users = {n: f"arn:aws:iam::{PROD}:user/ci-radiology-{n}" for n in ("bot", "old")}
    names = {asset.id: asset.name for asset in snapshot.assets() if asset.kind == "Credential"}
    keys = {n: next(key for key in names if names[key].endswith(f"ci-radiology-{n}")) for n in users}
    assert leads(attack, [users["old"], RECORDS])
    assert leads(attack, [keys["bot"], users["bot"], RECORDS])
    assert not leads(attack, [keys["old"], users["old"]])


def test_a_key_of_a_service_account_opens_what_the_account_may_write(attack: Attack) -> None:
    email = "train-runner@linden-imaging.iam.gserviceaccount.com"
    account = f"//iam.googleapis.com/projects/linden-imaging/serviceAccounts/{email}"
    images = "//storage.googleapis.com/projects/_/buckets/linden-radiology-train"
    valid, *others = (f"credential:gcp:{service_account_key_id(email, number)}" for number in range(3))
    assert leads(attack, [valid, account, images])
    assert not any(leads(attack, [other, account]) for other in others)


def test_a_clouds_own_services_are_no_entries(snapshot: Snapshot, attack: Attack) -> None:
    services = {a.id for a in snapshot.assets() if a.get("native_kind") == "cloud_service"}
    entries = {a.id for a in attack.footholds if a.get("entry")}
    on = {r.source: r.target for r in attack.relations if r.type == "ON"}
    assert any("gcp-sa-aiplatform" in service for service in services)
    assert not {on[entry] for entry in entries} & services
