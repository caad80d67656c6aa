"""Google's names become ids."""

import pytest

from collectors.gcp.names import Project, bigquery, folder, foundation_model, place, service_account

BUCKET = "//storage.googleapis.com/projects/_/buckets/b"
OWN = Project("linden-imaging", "310000000042")


@pytest.mark.parametrize(
    ("address", "identifier"),
    [
        ("gs://b", f"{BUCKET}/objects/"),
        ("gs://b/", f"{BUCKET}/objects/"),
        ("gs://b/train", f"{BUCKET}/objects/train/"),
        ("gs://b/train/", f"{BUCKET}/objects/train/"),
        ("gs://b/train/part-1.csv", f"{BUCKET}/objects/train/part-1.csv"),
        ("gs://b/train/part-1.csv.gz", f"{BUCKET}/objects/train/part-1.csv.gz"),
        ("gs://b/train/*.tfrecord", f"{BUCKET}/objects/train/"),
        ("gs://b/train/part-*", f"{BUCKET}/objects/train/"),
        ("gs://b/*", f"{BUCKET}/objects/"),
        ("s3://b/train/", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_in_cloud_storage(address: str | None, identifier: str | None) -> None:
    assert place(address) == identifier


def test_an_artefact_is_a_folder_whatever_it_is_called() -> None:
    assert folder("gs://b/models/unet-v1.5") == f"{BUCKET}/objects/models/unet-v1.5/"


@pytest.mark.parametrize(
    ("email", "owner"),
    [
        ("a@p-1.iam.gserviceaccount.com", "p-1"),
        ("a@p-1.example.org.iam.gserviceaccount.com", "example.org:p-1"),
        ("p-1@appspot.gserviceaccount.com", "p-1"),
        ("310000000042-compute@developer.gserviceaccount.com", "linden-imaging"),
        ("310000000099-compute@developer.gserviceaccount.com", "-"),
    ],
)
def test_service_accounts_belong_to_the_project_in_their_address(email: str, owner: str) -> None:
    assert service_account(email, OWN) == f"//iam.googleapis.com/projects/{owner}/serviceAccounts/{email}"


def test_own_numbers_become_ids_and_others_stay() -> None:
    beginning = "//aiplatform.googleapis.com/projects"
    assert (
        OWN.vertex("projects/310000000042/locations/l/models/1@3")
        == f"{beginning}/linden-imaging/locations/l/models/1"
    )
    assert (
        OWN.vertex("projects/310000000099/locations/l/models/1")
        == f"{beginning}/310000000099/locations/l/models/1"
    )
    assert OWN.vertex("projects/other/locations/l/models/1") == f"{beginning}/other/locations/l/models/1"


def test_keys_lose_their_version() -> None:
    key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    assert OWN.key(f"{key}/cryptoKeyVersions/4") == f"//cloudkms.googleapis.com/{key}"


def test_tables_are_named_by_their_dataset() -> None:
    dataset = "//bigquery.googleapis.com/projects/p/datasets/d"
    assert (bigquery("bq://p.d.t"), bigquery("bq://p.d"), bigquery("bq://p"), bigquery(None)) == (
        dataset,
        dataset,
        None,
        None,
    )


def test_public_models_are_their_publishers() -> None:
    beginning = "//aiplatform.googleapis.com/publishers"
    assert foundation_model("gemini-2.5-flash") == f"{beginning}/google/models/gemini-2.5-flash"
    assert foundation_model("publishers/meta/models/llama@1") == f"{beginning}/meta/models/llama"
