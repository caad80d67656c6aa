"""Places: addresses and the assets they mean."""

import pytest

from collectors.inspected.places import Places, repository
from graph.model import Asset

AZURE = (
    "/subscriptions/s/resourcegroups/r/providers/microsoft.storage/storageaccounts/acc/blobservices/default"
    "/containers/letters"
)
PLACES = Places(
    [
        Asset(id="arn:aws:s3:::b", kind="Bucket"),
        Asset(id="arn:aws-cn:s3:::far", kind="Bucket"),
        Asset(id="arn:aws:s3:::b/a/", kind="Dataset"),
        Asset(id="arn:aws:s3:::b/a/deep/", kind="Dataset"),
        Asset(id="arn:aws:s3:::b/one", kind="Dataset"),
        Asset(id="//storage.googleapis.com/projects/_/buckets/g", kind="Bucket"),
        Asset(id=AZURE, kind="Bucket"),
    ]
)


@pytest.mark.parametrize(
    ("address", "prefix", "identifier"),
    [
        ("s3://b", True, "arn:aws:s3:::b"),
        ("s3://b/", True, "arn:aws:s3:::b"),
        ("s3://b/a", True, "arn:aws:s3:::b/a/"),
        ("s3://b/a/", True, "arn:aws:s3:::b/a/"),
        ("s3://b/one", True, "arn:aws:s3:::b/one"),
        ("s3://b/x.csv", True, "arn:aws:s3:::b/x.csv"),
        ("s3://b/a/x", False, "arn:aws:s3:::b/a/x"),
        ("s3://b/m.tar.gz!inner/x.pkl", False, "arn:aws:s3:::b/m.tar.gz"),
        ("s3://far/a", True, "arn:aws-cn:s3:::far/a/"),
        ("gs://g/a", True, "//storage.googleapis.com/projects/_/buckets/g/objects/a/"),
        ("abfss://letters@acc.dfs.core.windows.net/2026", True, f"{AZURE}/2026/"),
        ("abfss://Letters@ACC/2026/a.csv", False, f"{AZURE}/2026/a.csv"),
        ("abfss://letters@other/2026", True, None),
        ("/tmp/folder", True, None),
    ],
)
def test_an_address_means_an_asset(address: str, prefix: bool, identifier: str | None) -> None:
    assert PLACES.place(address, prefix=prefix) == identifier


@pytest.mark.parametrize(
    ("identifier", "holder"),
    [
        ("arn:aws:s3:::b/a/x.csv", "arn:aws:s3:::b/a/"),
        ("arn:aws:s3:::b/a/deep/y/x.csv", "arn:aws:s3:::b/a/deep/"),
        ("arn:aws:s3:::b/other/x.csv", "arn:aws:s3:::b"),
        ("arn:aws:s3:::b/one", "arn:aws:s3:::b/one"),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
        ("arn:aws:s3:::bb/x.csv", None),
    ],
)
def test_the_deepest_known_asset_holds_an_object(identifier: str, holder: str | None) -> None:
    assert PLACES.holder(identifier) == holder


@pytest.mark.parametrize(
    ("root", "below"),
    [
        ("arn:aws:s3:::b", ["", "/a/", "/a/deep/", "/one"]),
        ("arn:aws:s3:::b/a/", ["/a/", "/a/deep/"]),
        ("arn:aws:s3:::b/one", ["/one"]),
        ("arn:aws:s3:::b/nothing/", []),
        ("arn:aws:s3:::bb", []),
    ],
)
def test_what_lies_below_a_place(root: str, below: list[str]) -> None:
    assert list(PLACES.below(root)) == [f"arn:aws:s3:::b{rest}" for rest in below]


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/Linden-Health/Triage.git",
        "https://github.com/linden-health/triage",
        "https://x-access-token@github.com/linden-health/triage.git",
        "git@github.com:linden-health/triage.git",
        "ssh://git@github.com/linden-health/triage",
    ],
)
def test_a_repository_has_one_id_however_it_is_fetched(url: str) -> None:
    assert repository(url) == "git://github.com/linden-health/triage"


def test_other_repositories_are_others() -> None:
    assert repository("https://code.example:8443/A/b") == "git://code.example:8443/A/b"
    assert repository("file:///srv/a.git") == "file:///srv/a"
