"""Container images: settings and every layer are read, once, and are what their digests say."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from collectors.inspect.secret_place import ImageSeen
from collectors.inspect.secret_sources.access import Access
from collectors.inspect.secrets import Result, inspect_secrets
from tests.collectors.inspect.secret_maker import (
    REDACTOR,
    Maker,
    everything,
    expected,
    hashes,
    look,
    places,
    refused,
)
from tests.collectors.inspect.servers import Registry, running

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def tarred(members: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return file.getvalue()


def image(registry: Registry, layers: list[bytes], **config: object) -> str:
    """Puts an image's parts into a store of blobs; the digest of its manifest."""
    settings = registry.put(json.dumps({"architecture": "amd64", "config": config}).encode())
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": settings, "size": 1},
        "layers": [{"mediaType": "layer", "digest": registry.put(layer), "size": 1} for layer in layers],
    }
    return registry.put(json.dumps(manifest).encode())


def three(make: Maker) -> list[bytes]:
    """A layer with a secret, one that deletes it and brings another, one packed in another way."""
    return [
        gzip.compress(tarred({"app/.env": f"KEY={make.openai()}\n", "usr/bin/x": bytes(2_000)})),
        gzip.compress(tarred({"app/.wh..env": "", "app/a.py": f"k = '{make.github()}'\n"})),
        bytes(pa.Codec("zstd").compress(tarred({"etc/key": f"k = '{make.huggingface()}'\n"}))),
    ]


def layout(folder: Path, registry: Registry, manifests: list[str]) -> Path:
    (folder / "blobs/sha256").mkdir(parents=True)
    for digest, data in registry.blobs.items():
        (folder / "blobs/sha256" / digest.partition(":")[2]).write_bytes(data)
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    rows = [{"mediaType": MANIFEST, "digest": digest, "size": 1} for digest in manifests]
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": rows}))
    return folder


@pytest.fixture
def built() -> tuple[Registry, Maker, str]:
    make, registry = Maker(70), Registry()
    digest = image(
        registry,
        three(make),
        Env=[f"TOKEN={make.groq()}"],
        Labels={"key": make.replicate()},
        Cmd=["run", "--key", make.anthropic()],
    )
    return registry, make, digest


def test_a_layout_in_a_folder(tmp_path: Path, cache: Path, built: tuple[Registry, Maker, str]) -> None:
    registry, make, digest = built
    folder = layout(tmp_path / "image", registry, [digest])
    found = everything(folder, cache)
    assert found[0] == ImageSeen(str(folder), digest, 3)
    assert refused(found) == []
    assert hashes(places(found)) == expected(make.made)
    told = {each.path.removeprefix(str(folder)) for each in places(found)}
    assert told == {"/app/.env", "/app/a.py", "/etc/key", "#config"}
    assert {each.repository for each in places(found)} == {str(folder)}
    assert all(each.commit in registry.blobs for each in places(found))


@pytest.mark.parametrize("new", [True, False])
def test_what_docker_save_writes(
    new: bool, tmp_path: Path, cache: Path, built: tuple[Registry, Maker, str]
) -> None:
    registry, make, digest = built
    if new:
        folder = layout(tmp_path / "image", registry, [digest])
        files = {
            str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()
        }
    else:
        manifest = json.loads(registry.blobs[digest])
        names = [f"{number}/layer.tar" for number in range(3)]
        layers = [registry.blobs[each["digest"]] for each in manifest["layers"]]
        saved = [{"Config": "c.json", "RepoTags": ["x:1"], "Layers": names}]
        files = {
            "c.json": registry.blobs[manifest["config"]["digest"]],
            "manifest.json": json.dumps(saved).encode(),
            **dict(zip(names, layers, strict=True)),
        }
    (tmp_path / "saved.tar").write_bytes(tarred(files))
    results = everything(tmp_path / "saved.tar", cache)
    assert [each.layers for each in results if isinstance(each, ImageSeen)] == [3]
    assert refused(results) == []
    assert hashes(places(results)) == expected(make.made)


def test_layers_that_images_share_are_read_once(tmp_path: Path, cache: Path) -> None:
    make, registry = Maker(71), Registry()
    base = gzip.compress(tarred({"a": f"k = '{make.openai()}'\n"}))
    one = image(registry, [base], Env=["A=1"])
    two = image(registry, [base, tarred({"b": f"k = '{make.github()}'\n"})], Env=["A=2"])
    found = look(layout(tmp_path / "image", registry, [one, two]), cache)
    assert hashes(found) == expected(make.made)
    assert {each.places for each in found} == {1}


def test_what_is_missing_broken_or_another_is_said(tmp_path: Path, cache: Path) -> None:
    make, registry = Maker(72), Registry()
    good = tarred({"a": f"k = '{make.openai()}'\n"})
    layers = [good, tarred({"b": "x"}), gzip.compress(tarred({"c": bytes(90_000)}))[:100], tarred({"d": "y"})]
    digest = image(registry, layers)
    _, missing, broken, other = [each["digest"] for each in json.loads(registry.blobs[digest])["layers"]]
    del registry.blobs[missing]
    registry.blobs[other] = tarred({"d": "not y"})
    folder = layout(tmp_path / "image", registry, [digest])
    found = everything(folder, cache)
    assert {each.path.rpartition("@")[2]: each.reason for each in refused(found)} == {
        missing: "it is missing",
        broken: "its archive is broken (EOFError)",
        other: "its content is not what its digest says",
    }
    assert hashes(places(found)) == expected(make.made)


def test_a_part_that_leads_out_is_not_followed(tmp_path: Path, cache: Path) -> None:
    make, registry = Maker(73), Registry()
    digest = image(registry, [tarred({"a": "x"})])
    folder = layout(tmp_path / "image", registry, [digest, "sha256:../../../secret"])
    (tmp_path / "secret").write_text(make.openai())
    found = everything(folder, cache)
    assert [each.reason for each in refused(found)] == ["its digest is of an unknown kind"]
    assert places(found) == []


def test_a_broken_archive_hides_nothing(tmp_path: Path, cache: Path) -> None:
    registry, make = Registry(), Maker(74)
    layer = bytearray(tarred({"a": "x" * 600, "b": f"k = '{make.openai()}'\n"}))
    layer[1_536 : 1_536 + 512] = b"\xff" * 512  # the second header
    folder = layout(tmp_path / "image", registry, [image(registry, [bytes(layer)])])
    assert ["broken" in each.reason for each in refused(everything(folder, cache))] == [True]


def asked(url: str, cache: Path, access: Access | None = None) -> list[Result]:
    return list(inspect_secrets([url], REDACTOR, cache_folder=cache, access=access))


@pytest.mark.parametrize("wanted", ["nothing", "a token", "a password"])
def test_a_registry(wanted: str, cache: Path, built: tuple[Registry, Maker, str]) -> None:
    registry, make, digest = built
    if wanted != "nothing":
        registry.token = make.some(30)
    if wanted == "a password":
        registry.password = make.some(20)
    rows = [{"mediaType": MANIFEST, "digest": digest, "size": 1}]
    index = registry.put(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}).encode())
    registry.tags["1.0"] = index
    access = Access(registry_user="anna", registry_password=registry.password)
    with running(registry):
        address = f"oci://{registry.url.removeprefix('http://')}/team/app:1.0"
        found = asked(address, cache, access)
    assert refused(found) == []
    assert hashes(places(found)) == expected(make.made)
    assert [each.digest for each in found if isinstance(each, ImageSeen)] == [digest]
    assert len({path for path, _ in registry.asked if "/blobs/" in path}) == 4


def test_a_registry_that_does_not_answer_is_said(cache: Path) -> None:
    registry = Registry()
    with running(registry):
        host = registry.url.removeprefix("http://")
        assert [each.reason for each in refused(asked(f"oci://{host}/x:1", cache))] == [
            "the registry answers 404"
        ]
    assert [each.reason for each in refused(asked(f"oci://{host}/x:1", cache))] == [
        "the registry cannot be asked (ConnectionError)"
    ]
    assert refused(asked("oci://nonsense", cache))


def test_a_password_goes_to_no_unsafe_place(cache: Path) -> None:
    registry = Registry(token="t")
    with running(registry):
        host = registry.url.removeprefix("http://")
        registry.url = "http://tokens.clinic.test"
        access = Access(registry_user="anna", registry_password="p" * 12)
        found = refused(asked(f"oci://{host}/x:1", cache, access))
    assert ["not safe" in each.reason for each in found] == [True]
