"""Models in a registry of images: files by their titles, archives, and what a registry may lie about."""

import gzip
import hashlib
import io
import json
import tarfile

import pytest

from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from collectors.inspect.places import Unreachable
from tests.collectors.inspect import crafted
from tests.collectors.inspect.servers import Registry, running

CANARY = "canary-quince"
TITLE = "org.opencontainers.image.title"
WEIGHTS = crafted.safetensors((0, 4), data=4)


def tarred(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        about = tarfile.TarInfo(name)
        about.size = len(data)
        archive.addfile(about, io.BytesIO(data))
    return gzip.compress(file.getvalue())


def layer(registry: Registry, data: bytes, kind: str = "", **annotations: str) -> dict[str, object]:
    told = {TITLE: annotations["title"]} if "title" in annotations else {}
    return {"digest": registry.put(data), "size": len(data), "mediaType": kind, "annotations": told}


def tagged(registry: Registry, *layers: dict[str, object]) -> str:
    digest = registry.put(json.dumps({"schemaVersion": 2, "layers": layers}).encode())
    registry.tags["1"] = digest
    return digest


def looked(registry: Registry, reference: str = ":1") -> dict[str, ModelResult]:
    with running(registry):
        address = f"oci://{registry.url.removeprefix('http://')}/models/triage{reference}"
        return {each.path.partition("@")[2].partition("/")[2]: each for each in inspect_models([address])}


@pytest.mark.parametrize("token", ["", CANARY])
def test_a_layer_is_a_file_or_an_archive_of_files(token: str) -> None:
    registry = Registry(token)
    digest = tagged(
        registry,
        layer(registry, crafted.marking(), title="data/model.pkl"),
        layer(registry, WEIGHTS, title="w.safetensors"),
        layer(registry, crafted.gguf(general__license="mit"), "application/vnd.ollama.image.model"),
        layer(
            registry,
            tarred("models/bad.pkl", crafted.marking()),
            "application/vnd.oci.image.layer.v1.tar+gzip",
        ),
    )
    found = looked(registry)
    assert {name: each.verdict for name, each in found.items()} == {
        "data/model.pkl": "malicious",
        "w.safetensors": "clean",
        "model.gguf": "clean",
        "layer-4.tar.gz": "malicious",
    }
    assert all(f"@{digest}/" in each.path for each in found.values())
    assert found["w.safetensors"].digest == f"sha256:{hashlib.sha256(WEIGHTS).hexdigest()}"
    assert CANARY not in repr(found)


def test_what_a_manifest_says_of_its_source_is_claimed() -> None:
    registry = Registry()
    told = {
        "org.opencontainers.image.source": f"https://jane:{CANARY}@github.com/linden/t",
        "org.opencontainers.image.authors": CANARY,
    }
    layers = [layer(registry, WEIGHTS, title="w.safetensors")]
    digest = registry.put(json.dumps({"layers": layers, "annotations": told}).encode())
    registry.tags["1"] = digest
    (found,) = looked(registry).values()
    said = {each.what: each.value for each in found.provenance}
    assert said["source"] == "https://github.com/linden/t"
    assert said["version"].endswith(f"/models/triage@{digest}")
    assert CANARY not in repr(found)


def test_other_bytes_than_the_digest_says_are_not_judged() -> None:
    registry = Registry()
    one = layer(registry, WEIGHTS, title="w.safetensors")
    tagged(registry, one)
    registry.blobs[str(one["digest"])] = WEIGHTS[:-1] + b"x"
    (found,) = looked(registry).values()
    assert (found.verdict, found.reasons) == (
        "unreadable",
        ("it is not what its digest in the registry says",),
    )


@pytest.mark.parametrize("title", ["../x.pkl", "/etc/passwd", "a/../../b"])
def test_a_title_that_leads_out_is_refused(title: str) -> None:
    registry = Registry()
    tagged(registry, layer(registry, WEIGHTS, title=title), layer(registry, WEIGHTS, title="w.safetensors"))
    assert sorted(each.verdict for each in looked(registry).values()) == ["clean", "unreadable"]


def test_two_layers_of_one_name_are_told() -> None:
    registry = Registry()
    tagged(registry, layer(registry, WEIGHTS, title="w"), layer(registry, crafted.marking(), title="w"))
    assert "two layers have one name" in {
        each.reasons[0] for each in looked(registry).values() if each.reasons
    }


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"layers": 3}', b"[" * 90_000])
def test_a_manifest_that_is_none_is_a_sentence(manifest: bytes) -> None:
    registry = Registry()
    registry.tags["1"] = registry.put(manifest)
    with pytest.raises(Unreachable, match="no manifest"):
        looked(registry)


def test_an_index_of_itself_ends() -> None:
    class Circular(Registry):
        pass

    registry = Circular()
    inner = registry.put(json.dumps({"manifests": []}).encode())
    for _ in range(6):
        inner = registry.put(json.dumps({"manifests": [{"digest": inner}] * 3}).encode())
    registry.tags["1"] = inner
    with pytest.raises(Unreachable, match="more manifests"):
        looked(registry)


@pytest.mark.parametrize("reference", [":none", ":a b"])
def test_what_is_not_there_is_a_sentence(reference: str) -> None:
    with pytest.raises(Unreachable):
        looked(Registry(), reference)
