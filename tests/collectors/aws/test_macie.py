"""What Macie found is said of folders and buckets; what it did not find is said of nothing."""

from datetime import UTC, datetime
from typing import cast

import msgspec
import pytest

from collectors.aws import macie as macie_collector
from collectors.aws import s3
from collectors.aws.client import AwsDoor, Settings
from collectors.aws.macie import MOST_FOLDERS
from collectors.practice.aws import Answer, AwsServer, Fault
from collectors.scan import Unit, collect_unit, declared_calls
from graph.merge import merge, resolve
from graph.model import Asset
from tests.collectors.aws import everything
from tests.collectors.aws.everything import finding, macie
from tests.collectors.aws.scanning import ACCOUNT, NOW, REDACTOR, REGION, Seen, estate, redirected

BUCKET = "arn:aws:s3:::data"
CANARY = "canary.yarrow"


def seen(*answers: Answer, faults: tuple[Fault, ...] = (), pages: int = 0) -> Seen:
    """What the collectors of Macie and of S3 see."""
    sizes = {("macie2", "ListFindings"): pages} if pages else {}
    held = msgspec.structs.replace(estate(*answers), faults=faults, pages=sizes)
    with AwsServer(held) as server, redirected(server):
        door = AwsDoor(Settings(max_attempts=2))
        return Seen(
            collect_unit(module, door, REDACTOR, Unit("aws", ACCOUNT, name, region), now=lambda: NOW)
            for module, name, region in ((macie_collector, "macie", REGION), (s3, "s3", ""))
        )


def told(found: Seen) -> dict[str, tuple[str, ...]]:
    """What was detected, by id."""
    kinds = [each for each in found.all_assets if each.kind in ("Bucket", "Dataset")]
    return {each.id: cast("tuple[str, ...]", each.get("detected_classes")) for each in kinds}


def test_folders_and_the_bucket_s_own_objects_are_told_apart() -> None:
    found = seen(*everything.looks())
    assert told(found) == {BUCKET: ("credential",), f"{BUCKET}/train/": ("health", "personal")}
    assert found.pairs("CONTAINS") == {(BUCKET, f"{BUCKET}/train/")}


def test_when_it_was_looked_into_last() -> None:
    found = seen(*everything.looks())
    assert found.assets[BUCKET].get("scanned_at") == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert found.assets[f"{BUCKET}/train/"].get("scanned_at") == datetime(2026, 2, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("category", "types", "expected"),
    [
        ("PERSONAL_INFORMATION", ("NAME",), {"personal"}),
        ("PERSONAL_INFORMATION", ("UK_NHS_NUMBER",), {"health"}),
        ("PERSONAL_INFORMATION", ("UK_NHS_NUMBER", "ADDRESS"), {"health", "personal"}),
        ("PERSONAL_INFORMATION", (), {"personal"}),
        ("PERSONAL_INFORMATION", ("SOMETHING_NEW",), {"personal"}),
        ("FINANCIAL_INFORMATION", ("CREDIT_CARD_NUMBER",), {"payment"}),
        ("CREDENTIALS", ("OPENSSH_PRIVATE_KEY",), {"credential"}),
        ("CUSTOM_IDENTIFIER", ("ours",), set()),
        ("SOMETHING_NEW", (), set()),
    ],
)
def test_what_macie_names_in_our_words(category: str, types: tuple[str, ...], expected: set[str]) -> None:
    found = seen(*macie(finding(1, "a.csv", *types, category=category)))
    assert set(told(found).get(BUCKET) or ()) == expected


def test_samples_and_findings_of_nothing_known_are_left_out() -> None:
    found = seen(
        *macie(
            finding(1, "a/x.csv", "NAME", sample=True),
            finding(2, "b/x.csv", "ours", category="CUSTOM_IDENTIFIER"),
        )
    )
    assert told(found) == {}


def test_no_findings_are_no_word_on_any_bucket() -> None:
    found = seen(*everything.account(), *macie())
    assert {asset.get("detected_classes") for asset in found.all_assets} == {None}
    assert {asset.get("scanned_at") for asset in found.all_assets} == {None}
    assert found.outcomes("aws:macie2:ListFindings") == {"ok"}


def test_all_findings_of_several_pages_are_read() -> None:
    many = [finding(number, f"folder{number}/x.csv", "NAME") for number in range(60)]
    found = seen(*macie(*many), pages=7)
    assert len(told(found)) == 61
    assert max(each.pages for each in found.coverage if each.call == "aws:macie2:ListFindings") == 9


def test_of_very_many_folders_the_bucket_is_told() -> None:
    many = [
        finding(number, f"f{number % 100}-{number // 100}/x.csv", "NAME")
        for number in range(MOST_FOLDERS + 1)
    ]
    assert told(seen(*macie(*many))) == {BUCKET: ("personal",)}


@pytest.mark.parametrize("operation", ["ListFindings", "GetFindings", "DescribeBuckets"])
def test_a_denied_call_is_recorded_and_leaves_it_unknown(operation: str) -> None:
    found = seen(*everything.looks(), faults=(Fault("macie2", operation, "AccessDeniedException", 403, -1),))
    assert found.outcomes(f"aws:macie2:{operation}") == {"denied"}
    assert f"macie2:{operation}" in found.sentence(f"aws:macie2:{operation}")
    assert bool(told(found)) == (operation == "DescribeBuckets")


def test_where_macie_is_off_there_is_none() -> None:
    """Macie answers with a denial, of which only the words say that it is none."""
    off = Fault("macie2", "ListFindings", "AccessDeniedException", 403, -1, message="Macie is not enabled.")
    found = seen(*everything.looks(), faults=(off,))
    (record,) = [each for each in found.coverage if each.call == "aws:macie2:ListFindings"]
    assert (record.outcome, "not switched on" in record.sentence) == ("ok", True)
    assert told(found) == {}


def test_what_macie_says_joins_what_s3_says() -> None:
    """The bucket keeps its place, and the folder lies in it."""
    found = seen(*everything.account(), *macie(finding(1, "train/x.csv", "NAME", bucket="old")))
    contents = resolve(merge(found.shards))
    assert contents.conflicts == ()
    assets: dict[str, Asset] = {asset.id: asset for asset in contents.assets}
    bucket, folder = assets["arn:aws:s3:::old"], assets["arn:aws:s3:::old/train/"]
    assert (bucket.get("service"), bucket.get("account"), bucket.get("native_kind")) == (
        "s3",
        ACCOUNT,
        "bucket",
    )
    assert bucket.get("scanned_at") is not None
    assert folder.get("detected_classes") == ("personal",)


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("train/part-1.csv", "train/"),
        (f"train/{CANARY}@clinic.example/scan.csv", "train/"),
        ("train/2026/x.csv", "train/"),
        ("train/patient-4711/x.csv", "train/"),
        ("train/Jane Doe/x.csv", "train/"),
        (f"{CANARY}@clinic.example", ""),
    ],
)
def test_a_name_that_may_be_somebody_s_goes_no_further(key: str, kept: str) -> None:
    found = seen(*macie(finding(1, key, "NAME")))
    assert told(found).get(f"{BUCKET}/{kept}" if kept else BUCKET) == ("personal",)
    everything_kept = b"".join(text for shard in found.shards for text in shard.documents.values())
    facts = msgspec.json.encode(found.shards)
    for part in (CANARY.encode(), b"4711", b"Jane Doe", b"part-1"):
        assert part not in everything_kept + facts


def test_nothing_is_called_that_reads_objects() -> None:
    calls = {call.id for call in declared_calls() if call.client == "macie2"}
    assert calls == {f"aws:macie2:{name}" for name in ("ListFindings", "GetFindings", "DescribeBuckets")}
