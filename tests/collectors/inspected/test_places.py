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


COLLECTION = "arn:aws:aoss:eu-central-1:1:collection/abc123/letters"
DOMAIN = "arn:aws:es:eu-central-1:1:domain/triage-search/letters"
OLD = "https://letters-ab12cd3.svc.us-east-1-aws.pinecone.io"
VECTORS = "arn:aws:s3vectors:eu-central-1:1:bucket/vectors/index/letters"
TWICE = "arn:aws:s3vectors:us-east-1:2:bucket/both/index/letters"
INDEXES = Places(
    [
        Asset(id=each, kind="VectorIndex")
        for each in (
            *(COLLECTION, DOMAIN, OLD, f"{OLD}/drafts", VECTORS),
            *(TWICE, TWICE.replace("us-east-1:2", "us-east-1:3")),
        )
    ]
)


@pytest.mark.parametrize(
    ("address", "identifier"),
    [
        ("opensearch://abc123.eu-central-1.aoss.amazonaws.com/letters", COLLECTION),
        ("opensearch://abc123.eu-central-1.aoss.amazonaws.com:443/letters", COLLECTION),
        ("opensearch://abc123.us-east-1.aoss.amazonaws.com/letters", None),
        ("opensearch://abc123.eu-central-1.aoss.amazonaws.com/other", None),
        ("opensearch://abc123.eu-central-1.aoss.amazonaws.com", None),
        ("opensearch://search-triage-search-x1y2z3.eu-central-1.es.amazonaws.com/letters", DOMAIN),
        ("opensearch://vpc-triage-search-x1y2z3.eu-central-1.es.amazonaws.com/letters", DOMAIN),
        ("opensearch://search-triage-search-x1y2z3.aos.eu-central-1.on.aws/letters", DOMAIN),
        ("opensearch://search-triage-x1y2z3.eu-central-1.es.amazonaws.com/letters", None),
        ("opensearch://search.example/letters", None),
        ("pinecone://letters/__default__", OLD),
        ("pinecone://letters/drafts", f"{OLD}/drafts"),
        ("pinecone://letters/other", None),
        ("pinecone://letters", None),
        ("s3vectors://vectors/letters", VECTORS),
        ("s3vectors://both/letters", None),
        ("azuresearch://service/letters", None),
    ],
)
def test_an_index_is_the_one_that_a_knowledge_base_lies_in(address: str, identifier: str | None) -> None:
    assert INDEXES.place(address, prefix=True) == identifier
