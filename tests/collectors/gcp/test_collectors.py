"""What the collectors see of the practice estate, compared as sets."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import yaml

import collectors.practice
from collectors.practice.estate.gcp import HOSTILE, LONG
from collectors.practice.keys import service_account_key_id
from tests.collectors.gcp.conftest import Seen, ids

STAGING = "linden-imaging-staging/objects"
TRAINER = "train-runner@linden-imaging.iam.gserviceaccount.com"
SERVER = "seg-serving@linden-imaging.iam.gserviceaccount.com"
REPORTS = "report-reader@linden-imaging.iam.gserviceaccount.com"


def test_the_project_hangs_below_its_folder_and_organization(seen: Seen) -> None:
    assert ids(seen.of("Account", "Folder", "Organization")) == {
        "projects/linden-imaging",
        "folders/310000000007",
        "organizations/310000000001",
    }
    above = {end for end in seen.ends("CONTAINS") if end[0].startswith(("folders", "organizations"))}
    assert above == {
        ("organizations/310000000001", "CONTAINS", "folders/310000000007"),
        ("folders/310000000007", "CONTAINS", "projects/linden-imaging"),
    }


def test_project_numbers_become_project_ids(seen: Seen) -> None:
    everything = {a.id for a in seen.assets} | {end for r in seen.relations for end in (r.source, r.target)}
    assert {i for i in everything if "310000000042" in i} == {
        "//iam.googleapis.com/projects/linden-imaging/serviceAccounts/310000000042-compute@developer.gserviceaccount.com",
        (
            "//iam.googleapis.com/projects/gcp-sa-aiplatform/serviceAccounts/"
            "service-310000000042@gcp-sa-aiplatform.iam.gserviceaccount.com"
        ),
    }


def test_all_deployed_models_are_served_and_run_as_their_accounts(seen: Seen) -> None:
    assert seen.ends("SERVES") == {
        ("endpoints/8001", "SERVES", "models/7001"),
        ("endpoints/8001", "SERVES", "models/7002"),
        ("endpoints/8002", "SERVES", "models/7002"),
        ("endpoints/8003", "SERVES", "models/7003"),
        ("endpoints/8003", "SERVES", "//aiplatform.googleapis.com/publishers/google/models/medgemma-27b"),
    }
    assert {end for end in seen.ends("RUNS_AS") if end[0].startswith("endpoints")} == {
        ("endpoints/8001", "RUNS_AS", SERVER)
    }


def test_endpoints_say_how_they_are_reached_and_watched(seen: Seen) -> None:
    told = {
        asset.name: (
            asset.get("public_network_access"),
            asset.get("invocation_logging"),
            asset.get("instances"),
        )
        for asset in seen.of("Endpoint").values()
    }
    assert told == {
        "segmentation-live": (True, True, 3),
        "nodules-ward-network": (False, False, 1),
        "summaries-for-the-archive": (False, False, None),
    }
    assert seen.ends("LOGS_TO") == {
        (
            "endpoints/8001",
            "LOGS_TO",
            "//bigquery.googleapis.com/projects/linden-imaging/datasets/endpoint_logs",
        )
    }


def test_training_is_traced_to_the_prefixes_it_reads(seen: Seen) -> None:
    assert seen.ends("TRAINED_ON") == {
        ("customJobs/5001", "TRAINED_ON", "linden-radiology-holdout/objects/chest-ct/"),
        ("customJobs/5001", "TRAINED_ON", "linden-radiology-holdout/objects/masks/"),
        ("customJobs/5002", "TRAINED_ON", f"{STAGING}/unlabelled/"),
        ("customJobs/5002", "TRAINED_ON", f"{STAGING}/a/"),
        ("customJobs/5002", "TRAINED_ON", f"{STAGING}/b/"),
        ("trainingPipelines/6001", "TRAINED_ON", "datasets/4001"),
        ("trainingPipelines/6001", "TRAINED_ON", "linden-radiology-train/objects/chest-ct/2026/"),
        ("trainingPipelines/6002", "TRAINED_ON", "datasets/4002"),
        ("trainingPipelines/6002", "TRAINED_ON", f"{STAGING}/automl-export/"),
        ("tuningJobs/9001", "TRAINED_ON", f"{STAGING}/summaries/train.jsonl"),
    }


def test_training_leads_to_models_and_outputs(seen: Seen) -> None:
    artefacts = "linden-model-artifacts/objects/lung-segmentation"
    assert seen.ends("PRODUCED") == {
        ("customJobs/5001", "PRODUCED", f"{STAGING}/checks/"),
        ("customJobs/5002", "PRODUCED", f"{STAGING}/encoder/"),
        ("trainingPipelines/6001", "PRODUCED", f"{artefacts}/"),
        ("trainingPipelines/6001", "PRODUCED", f"{artefacts}/checkpoints/"),
        ("trainingPipelines/6001", "PRODUCED", "models/7001"),
        ("trainingPipelines/6002", "PRODUCED", "models/7002"),
        ("tuningJobs/9001", "PRODUCED", "models/7003"),
    }
    assert {end for end in seen.ends("RUNS_AS") if not end[0].startswith("endpoints")} == {
        ("customJobs/5001", "RUNS_AS", REPORTS),
        ("trainingPipelines/6001", "RUNS_AS", TRAINER),
        ("tuningJobs/9001", "RUNS_AS", TRAINER),
    }


def test_what_only_an_argument_says_is_likely_and_no_more(seen: Seen) -> None:
    confidence = {
        r.target.rsplit("/", 3)[-2]: r.properties.get("confidence")
        for r in seen.relations
        if r.type == "TRAINED_ON"
    }
    assert (confidence["2026"], confidence["automl-export"]) == ("likely", None)


def test_models_are_stored_in_folders_and_say_what_they_come_from(seen: Seen) -> None:
    assert seen.ends("STORED_IN") == {
        ("models/7001", "STORED_IN", "linden-model-artifacts/objects/lung-segmentation/7/"),
        ("models/7002", "STORED_IN", "linden-model-archive/objects/nodule-detector/3/"),
        ("models/7004", "STORED_IN", "linden-model-archive/objects/experiments/nodule-detector-copy/"),
    }
    gemini = "//aiplatform.googleapis.com/publishers/google/models/gemini-2.5-flash"
    assert {end for end in seen.ends("DERIVED_FROM") if end[0].startswith("models")} == {
        ("models/7003", "DERIVED_FROM", gemini),
        ("models/7004", "DERIVED_FROM", "models/7002"),
    }
    assert seen.ends("EVALUATED_ON") == {
        ("models/7003", "EVALUATED_ON", f"{STAGING}/summaries/validation.jsonl")
    }


def test_registered_datasets_lead_to_their_files_buckets_and_tables(seen: Seen) -> None:
    assert {end for end in seen.ends("DERIVED_FROM") if end[0].startswith("datasets")} == {
        ("datasets/4001", "DERIVED_FROM", "linden-radiology-train/objects/"),
        ("datasets/4002", "DERIVED_FROM", f"{STAGING}/measurements/part-1.csv"),
        ("datasets/4002", "DERIVED_FROM", f"{STAGING}/measurements/part-2.csv"),
        (
            "datasets/4003",
            "DERIVED_FROM",
            "//bigquery.googleapis.com/projects/linden-imaging/datasets/annotations",
        ),
    }


def test_every_place_in_storage_lies_in_its_bucket(seen: Seen) -> None:
    places = ids(i for i in seen.of("Dataset") if "/objects/" in i)
    assert {target for _, _, target in seen.ends("CONTAINS") if "/objects/" in target} == places
    assert all(
        source == target.partition("/objects/")[0]
        for source, _, target in seen.ends("CONTAINS")
        if "/objects/" in target
    )


def test_buckets_say_how_they_are_kept(seen: Seen) -> None:
    told = {
        bucket.name: (bucket.get("versioning"), bucket.get("immutable"), bucket.get("retention_days"))
        for bucket in seen.of("Bucket").values()
    }
    assert told == {
        "linden-radiology-train": (False, False, None),
        "linden-radiology-holdout": (False, False, None),
        "linden-model-artifacts": (True, False, None),
        "linden-model-archive": (False, True, None),
        "linden-imaging-staging": (False, False, 30),
        "linden-imaging-website": (False, False, None),
    }
    assert {b.get("region") for b in seen.of("Bucket").values()} == {"europe-west3"}
    train = seen.of("Bucket")["//storage.googleapis.com/projects/_/buckets/linden-radiology-train"]
    assert train.get("tags") == ("data-class=health", "environment=prod", "owner=radiology-ml")


def test_keys_of_the_customer_are_named(seen: Seen) -> None:
    ring = "projects/linden-imaging/locations/europe-west3/keyRings/imaging"
    key = f"//cloudkms.googleapis.com/{ring}/cryptoKeys/models"
    assert seen.ends("ENCRYPTED_WITH") == {
        (encrypted, "ENCRYPTED_WITH", key)
        for encrypted in (
            "models/7001",
            "endpoints/8001",
            "customJobs/5002",
            "trainingPipelines/6001",
            "tuningJobs/9001",
            "datasets/4001",
            "linden-model-archive",
        )
    }


def test_every_resource_brings_its_allow_policy(seen: Seen) -> None:
    assert {(p.name) for p in seen.policies if p.layer == "allow"} == {
        "organizations/310000000001",
        "folders/310000000007",
        "linden-imaging",
        TRAINER,
        SERVER,
        REPORTS,
        "310000000042-compute@developer.gserviceaccount.com",
        "linden-radiology-train",
        "linden-radiology-holdout",
        "linden-model-artifacts",
        "linden-model-archive",
        "linden-imaging-staging",
        "linden-imaging-website",
    }


def test_every_role_that_a_policy_names_is_defined(seen: Seen) -> None:
    assert {p.on for p in seen.policies if p.layer == "role_definition"} == {
        "roles/viewer",
        "roles/owner",
        "roles/aiplatform.user",
        "roles/aiplatform.serviceAgent",
        "projects/linden-imaging/roles/imagingAuditor",
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.serviceAccountUser",
        "roles/storage.legacyBucketOwner",
        "roles/storage.legacyBucketReader",
        "roles/storage.objectAdmin",
        "roles/storage.objectCreator",
        "roles/storage.objectUser",
        "roles/storage.objectViewer",
    }


def test_the_people_that_bindings_name_become_nodes(seen: Seen) -> None:
    assert set(seen.of("User", "Group")) == {
        "google:group:security@linden.example",
        "google:group:governance@linden.example",
        "google:user:ciso@linden.example",
        "google:user:dpo@linden.example",
        "google:group:platform@linden.example",
        "google:group:labelling-contractors@partner.example",
        "google:group:labelling-auditors@partner.example",
        "google:group:radiology-ml@linden.example",
        "google:user:mira.solberg@linden.example",
        "google:user:audit@linden.example",
        "google:user:m.okafor@vela.example",
    }


def test_only_keys_that_people_made_are_listed_and_only_valid_ones_authenticate(seen: Seen) -> None:
    made = {number: f"credential:gcp:{service_account_key_id(TRAINER, number)}" for number in range(3)}
    told = {
        key.id: (key.get("active"), key.get("expires_at"))
        for key in seen.of("Credential").values()
        if key.get("native_kind") == "service_account_key"
    }
    end = datetime(2026, 1, 31, tzinfo=UTC)
    assert told == {made[0]: (True, None), made[1]: (False, None), made[2]: (False, end)}
    assert seen.ends("AUTHENTICATES") == {(made[0], "AUTHENTICATES", TRAINER)}


def test_api_keys_say_what_they_are_limited_to(seen: Seen) -> None:
    told = {
        key.name: key.get("api_targets")
        for key in seen.of("Credential").values()
        if key.get("native_kind") == "google_api_key"
    }
    assert told == {
        "Ward dictation prototype": (),
        "Map on the website": ("maps-backend.googleapis.com",),
    }


def test_hostile_and_long_names_are_kept_as_they_are(seen: Seen) -> None:
    names = {asset.name for asset in seen.of("Model", "Dataset").values()}
    assert {HOSTILE, LONG[:128]} <= names


def test_images_are_told_by_tag_or_digest(seen: Seen) -> None:
    told = {
        asset.name.rpartition("/")[2]: (asset.get("tag"), asset.get("digest"))
        for asset in seen.of("ContainerImage").values()
    }
    assert told == {
        "segmentation-serving:2.3": ("2.3", None),
        "segmentation-train:2.3": ("2.3", None),
        "pytorch-gpu.2-4:latest": ("latest", None),
        "parameter-server": (None, f"sha256:{'5e' * 32}"),
    }


class Truth(msgspec.Struct, forbid_unknown_fields=True):
    """A planted path or a near miss."""

    id: str
    cloud: str
    planted: bool
    story: str
    entry: str
    subject: str
    must_pass: list[str]
    differs_by: str = ""
    twin: str = ""


def test_the_ground_truth_speaks_of_what_is_there(seen: Seen) -> None:
    path = Path(collectors.practice.__file__).parent / "truth/gcp.yaml"
    rows = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), list[Truth])
    assets = {asset.id for asset in seen.assets}
    policies = b"".join(text for shard in seen.shards for text in shard.documents.values()).decode()
    planted = {row.id for row in rows if row.planted}
    for row in rows:
        assert {row.subject, *row.must_pass} <= assets
        assert row.entry in assets | {"anyone:", "anyone:gcp"} or row.entry.rpartition("/")[2] in policies
        assert row.planted or (row.twin in planted and row.differs_by)
    assert (len(planted), len(rows) - len(planted)) == (3, 3)
