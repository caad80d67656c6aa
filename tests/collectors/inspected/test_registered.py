"""Versions in registries and what models are said to come from, as facts that stay claims."""

from pathlib import Path

from collectors.inspected import models
from collectors.inspected.report import Report
from graph import ontology
from graph.model import Asset, Coverage, Json, Relation
from tests.collectors.inspected.reports import report

FILE = "mlflow://tracking.example/triage/3/data/model.pkl"
VERSION = "mlflow://tracking.example/triage/3"
BASE = "https://huggingface.co/linden/base"


def said(says: str, what: str, value: str, *, verified: bool = False) -> Json:
    return {"says": says, "what": what, "value": value, "verified": verified}


def judged(path: str, *provenance: Json, verdict: str = "clean") -> dict[str, Json]:
    result: dict[str, Json] = {"path": path, "format": "pickle", "verdict": verdict, "reasons": ["so"]}
    return {**result, "provenance": [*provenance]}


def told(*reports: Report) -> tuple[dict[str, Asset], list[Relation], list[Coverage]]:
    facts = list(models.facts(reports, {"arn:aws:s3:::b": Asset(id="arn:aws:s3:::b", kind="Bucket")}))
    return (
        {f.id: f for f in facts if isinstance(f, Asset)},
        [f for f in facts if isinstance(f, Relation)],
        [f for f in facts if isinstance(f, Coverage)],
    )


def ends(links: list[Relation]) -> set[tuple[str, str, str]]:
    return {(each.type, each.source, each.target) for each in links}


def test_a_file_of_a_version_lies_in_its_model_and_registry(tmp_path: Path) -> None:
    result = judged(FILE, said("registry", "version", VERSION), said("registry", "commit", "5" * 40))
    assets, links, _ = told(report(tmp_path, "models", [result], VERSION))
    assert {each.id: each.kind for each in assets.values()} == {
        FILE: "ModelFile",
        VERSION: "Model",
        "mlflow://tracking.example": "ModelRegistry",
    }
    assert ends(links) == {
        ("STORED_IN", VERSION, FILE),
        ("REGISTERED_IN", VERSION, "mlflow://tracking.example"),
    }
    assert assets[FILE].get("provenance") == (
        f"registry claims version: {VERSION}",
        f"registry claims commit: {'5' * 40}",
    )
    assert {each.pointer for link in links for each in link.evidence} == {"/results/0"}


def test_a_version_in_a_bucket_is_stored_in_the_object_there(tmp_path: Path) -> None:
    result = judged("s3://b/a/model.pkl", said("registry", "version", VERSION))
    links = ends(told(report(tmp_path, "models", [result], VERSION))[1])
    assert ("STORED_IN", VERSION, "arn:aws:s3:::b/a/model.pkl") in links
    assert ("CONTAINS", "arn:aws:s3:::b", "arn:aws:s3:::b/a/model.pkl") in links


def test_a_version_whose_files_are_not_read_is_a_gap_and_no_file(tmp_path: Path) -> None:
    result = judged(VERSION, said("registry", "version", VERSION), verdict="unreadable")
    assets, links, gaps = told(report(tmp_path, "models", [result], VERSION))
    assert {each.kind for each in assets.values()} == {"Model", "ModelRegistry"}
    assert [each.type for each in links] == ["REGISTERED_IN"]
    assert [(each.parent, each.complete) for each in gaps] == [(VERSION, False)]


def test_a_model_on_the_hub_is_the_one_that_code_loads(tmp_path: Path) -> None:
    sha = "7" * 40
    result = judged(
        f"hf://linden/triage@{sha}/model.safetensors",
        said("registry", "version", f"hf://linden/triage@{sha}"),
        said("registry", "source", "https://huggingface.co/linden/triage"),
    )
    _, links, _ = told(report(tmp_path, "models", [result], "hf://linden/triage"))
    registered = next(each for each in links if each.type == "REGISTERED_IN")
    assert (registered.source, registered.target) == (
        "https://huggingface.co/linden/triage",
        "https://huggingface.co",
    )
    assert registered.properties == {"version": sha}


def test_a_model_in_a_registry_of_images(tmp_path: Path) -> None:
    version = f"oci://registry.example/models/triage@sha256:{'7' * 64}"
    result = judged(f"{version}/w.safetensors", said("registry", "version", version))
    assets, links, _ = told(report(tmp_path, "models", [result], version))
    assert assets[version].name == f"models/triage sha256:{'7' * 64}"
    assert ends(links) == {
        ("REGISTERED_IN", version, "oci://registry.example"),
        ("STORED_IN", version, f"{version}/w.safetensors"),
    }


def test_a_base_model_is_claimed_and_says_by_whom(tmp_path: Path) -> None:
    result = judged(
        "s3://b/a.gguf",
        said("GGUF", "base_model", "linden/base"),
        said("adapter config", "base_model", "linden/base@v2"),
        said("model card", "base_model", "a local path"),
        said("config", "base_model", "bert-base-uncased"),
    )
    links = [
        each
        for each in told(report(tmp_path, "models", [result], "s3://b"))[1]
        if each.type == "DERIVED_FROM"
    ]
    assert ends(links) == {("DERIVED_FROM", "arn:aws:s3:::b/a.gguf", BASE)}
    assert links[0].properties == {"claimed_by": ("GGUF", "adapter config"), "revision": "v2"}
    assert links[0].target_kind == "Model"


def test_of_a_registered_file_the_model_is_derived(tmp_path: Path) -> None:
    result = judged(
        FILE, said("registry", "version", VERSION), said("model card", "base_model", "linden/base")
    )
    assert ("DERIVED_FROM", VERSION, BASE) in ends(told(report(tmp_path, "models", [result], VERSION))[1])


def test_claims_that_disagree_on_the_revision_pin_nothing(tmp_path: Path) -> None:
    result = judged(
        "s3://b/a.gguf",
        said("model card", "base_model", "linden/base@v1"),
        said("adapter config", "base_model", "linden/base@v2"),
    )
    (link,) = [x for x in told(report(tmp_path, "models", [result], "s3://b"))[1] if x.type == "DERIVED_FROM"]
    assert "revision" not in link.properties


def test_what_an_attestation_says_of_these_bytes_is_said_to_be_of_them(tmp_path: Path) -> None:
    result = judged("s3://b/a.pkl", said("attestation", "tool", "https://ci.example/builder", verified=True))
    file = told(report(tmp_path, "models", [result], "s3://b"))[0]["arn:aws:s3:::b/a.pkl"]
    assert "of these very bytes; who signed was not checked" in str(file.get("provenance"))


def test_every_fact_is_of_the_ontology(tmp_path: Path) -> None:
    results = [
        judged(FILE, said("registry", "version", VERSION), said("GGUF", "base_model", "linden/base")),
        judged("s3://b/a.gguf", said("GGUF", "base_model", "linden/base@v1")),
    ]
    assets, links, _ = told(report(tmp_path, "models", results, VERSION))
    for asset in assets.values():
        assert set(asset.properties) <= set(ontology.properties_of(asset.kind))
    for link in links:
        assert set(link.properties) <= set(ontology.RELATIONS[link.type].properties)
