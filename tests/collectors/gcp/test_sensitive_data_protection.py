"""What Sensitive Data Protection found is said of buckets and datasets, and nothing of what it did not."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec
import pytest

from collectors.gcp import sensitive_data_protection
from collectors.gcp.client import GcpDoor
from collectors.practice.estate.gcp import ESTATE, FILE_STORE_PROFILES, TABLE_PROFILES
from collectors.practice.gcp import Fault, GcpServer
from collectors.redaction import Redactor
from collectors.scan import Unit, collect_unit, now_utc
from graph.merge import merge, resolve
from graph.model import Json, Shard
from tests.collectors.gcp.conftest import Seen

TABLES = "google.privacy.dlp.v2.DlpService/ListTableDataProfiles"
FILES = "google.privacy.dlp.v2.DlpService/ListFileStoreDataProfiles"
PROJECT = "linden-imaging"
BUCKET = "//storage.googleapis.com/projects/_/buckets/linden-radiology-train"
DATASET = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/annotations"
CANARY = "canary.teasel"


def table(number: int = 1, *types: str, place: str = "eu", **more: Json) -> Mapping[str, Json]:
    found: list[Json] = [{"infoType": {"name": each}} for each in types]
    return {
        **TABLE_PROFILES[0],
        "name": f"projects/{PROJECT}/locations/{place}/tableDataProfiles/{number}",
        "predictedInfoTypes": found,
        **more,
    }


def bucket(*types: str, **more: Json) -> Mapping[str, Json]:
    found: list[Json] = [{"infoType": {"name": each}} for each in types]
    return {
        **FILE_STORE_PROFILES[0],
        "name": f"projects/{PROJECT}/locations/europe-west3/fileStoreDataProfiles/1",
        "fileStoreInfoTypeSummaries": found,
        **more,
    }


@pytest.fixture
def collected() -> Callable[..., Shard]:
    """What the one collector sees of a project with these profiles."""

    def look(
        tables: tuple[Mapping[str, Json], ...] = (),
        files: tuple[Mapping[str, Json], ...] = (),
        faults: Mapping[str, Fault] | None = None,
    ) -> Shard:
        answers = {**ESTATE.answers, TABLES: tables, FILES: files}
        with GcpServer(msgspec.structs.replace(ESTATE, answers=answers), page_size=2) as server:
            for method, fault in (faults or {}).items():
                server.grpc.fault(method, *[fault] * 200)
            unit = Unit("gcp", PROJECT, "sensitive_data_protection")
            door = GcpDoor(server.settings())
            redactor = Redactor(b"a key for tests only, 32 bytes..")
            return collect_unit(sensitive_data_protection, door, redactor, unit, now=now_utc)

    return look


def told(shard: Shard) -> dict[str, object]:
    return {asset.id: asset.get("detected_classes") for asset in shard.assets}


def test_profiles_of_the_project_and_of_its_organization_are_read(seen: Seen) -> None:
    found = {asset.id: asset for asset in seen.assets if asset.get("detected_classes") is not None}
    assert {each: asset.get("detected_classes") for each, asset in found.items()} == {
        BUCKET: ("health", "personal"),
        DATASET: ("personal",),
    }
    assert {asset.get("scanned_at") for asset in found.values()} == {datetime(2026, 10, 1, 6, tzinfo=UTC)}


def test_what_is_found_joins_what_cloud_storage_says(seen: Seen) -> None:
    contents = resolve(merge(seen.shards))
    assert contents.conflicts == ()
    (held,) = [asset for asset in contents.assets if asset.id == BUCKET]
    assert (held.get("region"), held.get("account"), held.get("service")) == (
        "europe-west3",
        PROJECT,
        "storage",
    )
    assert held.get("detected_classes") == ("health", "personal")
    assert held.get("versioning") is False


def test_a_dataset_holds_what_all_of_its_tables_hold(collected: Callable[..., Shard]) -> None:
    shard = collected(
        (
            table(1, "EMAIL_ADDRESS"),
            table(2, "CREDIT_CARD_NUMBER", place="us", profileLastGenerated="2026-10-03T06:00:00Z"),
            table(3, "ICD10_CODE"),
        )
    )
    (asset,) = shard.assets
    assert asset.get("detected_classes") == ("health", "payment", "personal")
    assert asset.get("scanned_at") == datetime(2026, 10, 3, 6, tzinfo=UTC)
    assert max(record.pages for record in shard.coverage) == 1


def test_all_pages_are_read(collected: Callable[..., Shard]) -> None:
    many = tuple(table(number, "AGE", datasetId=f"d{number}") for number in range(5))
    shard = collected(many)
    assert len(shard.assets) == 5
    assert max(record.pages for record in shard.coverage) == 3


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("GCP_API_KEY", "credential"),
        ("PASSWORD", "credential"),
        ("CREDIT_CARD_TRACK_NUMBER", "payment"),
        ("JAPAN_BANK_ACCOUNT", "payment"),
        ("MEDICAL_TERM", "health"),
        ("UK_NATIONAL_HEALTH_SERVICE_NUMBER", "health"),
        ("ETHNIC_GROUP", "special_category"),
        ("PERSON_NAME", "personal"),
        ("GERMANY_PASSPORT", "personal"),
        ("US_SOCIAL_SECURITY_NUMBER", "personal"),
        ("BRAZIL_CPF_NUMBER", "personal"),
        ("ARGENTINA_DNI_NUMBER", "personal"),
        ("DATE", None),
        ("ORGANIZATION_NAME", None),
        ("OUR_OWN_TYPE", None),
    ],
)
def test_what_google_names_in_our_words(collected: Callable[..., Shard], name: str, kind: str | None) -> None:
    assert told(collected(files=(bucket(name),))) == ({BUCKET: (kind,)} if kind else {})


def test_other_types_count_unless_they_were_left_out(collected: Callable[..., Shard]) -> None:
    others: Json = [
        {"infoType": {"name": "ICD9_CODE"}, "estimatedPrevalence": 2},
        {"infoType": {"name": "PASSWORD"}, "excludedFromAnalysis": True},
    ]
    assert told(collected((table(1, otherInfoTypes=others),))) == {DATASET: ("health",)}


def test_profiles_that_name_nothing_are_no_word_on_anything(collected: Callable[..., Shard]) -> None:
    assert told(collected((table(),), (bucket(),))) == {}


def test_what_is_neither_a_bucket_nor_in_bigquery_is_left_out(collected: Callable[..., Shard]) -> None:
    sql: Json = "//cloudsql.googleapis.com/projects/linden-imaging/instances/a"
    shard = collected((table(1, "AGE", fullResource=sql),), (bucket("AGE", fileStorePath="s3://elsewhere"),))
    assert told(shard) == {}


def test_a_denied_call_leaves_it_unknown_and_names_the_permission(collected: Callable[..., Shard]) -> None:
    denied = Fault("PERMISSION_DENIED", reason="IAM_PERMISSION_DENIED")
    shard = collected((table(1, "AGE"),), (bucket("AGE"),), {TABLES: denied})
    assert told(shard) == {BUCKET: ("personal",)}
    failed = [record for record in shard.coverage if not record.complete]
    assert {(record.call, record.outcome) for record in failed} == {
        ("gcp:dlp:ListTableDataProfiles", "denied")
    }
    assert len(failed) == len(sensitive_data_protection.PLACES)
    assert all("dlp.tableDataProfiles.list" in record.sentence for record in failed)


def test_where_the_interface_is_off_there_is_none(collected: Callable[..., Shard]) -> None:
    off = Fault("PERMISSION_DENIED", "API is disabled", "SERVICE_DISABLED")
    shard = collected((table(1, "AGE"),), (bucket("AGE"),), {TABLES: off, FILES: off})
    assert shard.assets == ()
    assert {record.outcome for record in shard.coverage} == {"ok"}


def test_a_location_that_the_service_does_not_have_holds_none(collected: Callable[..., Shard]) -> None:
    nowhere = Fault("INVALID_ARGUMENT", "The location europe-west10 is not supported.")
    shard = collected((table(1, "AGE"),), (), {FILES: nowhere})
    assert told(shard) == {DATASET: ("personal",)}
    assert {record.outcome for record in shard.coverage} == {"ok"}


def test_what_was_looked_for_is_not_kept(collected: Callable[..., Shard]) -> None:
    """A custom detector may list the names of patients."""
    listed: Json = {"infoType": {"name": "ours"}, "dictionary": {"wordList": {"words": [CANARY]}}}
    words: Json = {"inspectConfig": {"customInfoTypes": [listed]}}
    shard = collected((table(1, "AGE", configSnapshot=words),))
    assert told(shard) == {DATASET: ("personal",)}
    assert CANARY.encode() not in b"".join(shard.documents.values()) + msgspec.json.encode(shard)


def test_places_are_asked_once_each() -> None:
    places = sensitive_data_protection.PLACES
    assert len(places) == len(set(places))
    assert {"global", "eu", "us", "europe-west3"} <= set(places)
