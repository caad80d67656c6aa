"""Models in registries of images: one layer, one file, by the title that ORAS, ModelPack or Ollama give it.

A layer without a title is an archive of files, as KServe's modelcars have it, and is looked into as one
(https://github.com/opencontainers/image-spec, https://github.com/modelpack/model-spec).
"""

import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import msgspec

from collectors.inspect.places import Listed, Unreachable
from collectors.inspect.prices import FREE
from collectors.inspect.provenance import Provenance, claim
from collectors.inspect.secret_sources.access import Access
from collectors.inspect.secret_sources.images import MOST_NESTED, NotRead
from collectors.inspect.secret_sources.registries import NAME, SCHEME, Registry
from collectors.inspect.stores.web import Web, below, refused

TITLES = ("org.opencontainers.image.title", "org.cncf.model.filepath", "org.cnai.model.filepath")
OLLAMA = "application/vnd.ollama.image.model"
MOST_MANIFESTS = 100
MOST_LAYERS = 10_000


class _Layer(msgspec.Struct, frozen=True, rename="camel"):
    digest: str
    size: int = -1
    media_type: str = ""
    annotations: Mapping[str, str] | None = None


class _Manifest(msgspec.Struct, frozen=True):
    layers: tuple[_Layer, ...] = ()
    manifests: tuple[_Layer, ...] = ()
    annotations: Mapping[str, str] | None = None


class Oci:
    """`oci://host/repository[:tag][@digest]`; without a tag `latest`."""

    price = FREE

    def __init__(self, address: str) -> None:
        named = NAME.fullmatch(address.removeprefix(SCHEME))
        if named is None:
            raise Unreachable("An address of models in a registry of images is oci://HOST/REPOSITORY:TAG.")
        self._root = f"{SCHEME}{named['host']}/{named['repository']}"
        self._reference = named["digest"] or named["tag"] or "latest"
        access = Access(
            registry_user=os.environ.get("CROWNPATH_REGISTRY_USER", ""),
            registry_password=os.environ.get("CROWNPATH_REGISTRY_PASSWORD", ""),
        )
        self._registry = Registry(named["host"], named["repository"], access)
        self._digests: dict[str, str] = {}
        self.lists = 0

    def files(self) -> Iterator[Listed]:
        try:
            yield from self._manifest(self._reference, 0)
        except NotRead as reason:
            raise Unreachable(f"{self._root} cannot be listed ({reason}).") from None

    def _manifest(self, reference: str, depth: int) -> Iterator[Listed]:
        """The layers of a manifest; of an index, those of each that it lists."""
        self.lists += 1
        if self.lists > MOST_MANIFESTS or depth > MOST_NESTED:
            raise NotRead("it lists more manifests than are followed")
        data, digest = self._registry.named(reference)
        try:
            manifest = msgspec.json.decode(data, type=_Manifest)
        except (msgspec.MsgspecError, RecursionError):
            raise NotRead("it is no manifest") from None
        for each in manifest.manifests:
            yield from self._manifest(each.digest, depth + 1)
        root = f"{self._root}@{digest}"
        said = tuple(_said(root, manifest.annotations or {}))
        for number, layer in enumerate(manifest.layers[:MOST_LAYERS], 1):
            yield msgspec.structs.replace(self._layer(root, number, layer), said=said)

    def _layer(self, root: str, number: int, layer: _Layer) -> Listed:
        title = _title(layer) or f"layer-{number}{_ending(layer.media_type)}"
        try:
            name = f"{root}/{below('', title)}"
        except OSError as error:
            return refused(f"{root}/{title[:200]}", str(error.strerror))
        if name in self._digests:
            return refused(f"{name} ({number})", "two layers have one name")
        if layer.size < 0 or not layer.digest.startswith("sha256:"):
            return refused(name, "the registry does not say how large it is, or by which digest it is known")
        self._digests[name] = layer.digest
        return Listed(name, layer.size, digest=layer.digest)

    def open(self, listed: Listed) -> BinaryIO:
        web = Web(self._registry.base, self._registry.authorization)
        return web.file(f"blobs/{self._digests[listed.name]}", listed.size, elsewhere=True)


def _title(layer: _Layer) -> str:
    given = layer.annotations or {}
    title = next((given[each] for each in TITLES if given.get(each)), "")
    return title or ("model.gguf" if layer.media_type == OLLAMA else "")


def _ending(media_type: str) -> str:
    if "tar" not in media_type:
        return ""
    return ".tar.gz" if "gzip" in media_type else ".tar"


def _said(root: str, told: Mapping[str, str]) -> Iterator[Provenance]:
    """What the manifest says; authors and vendors are left out."""
    claims = (
        claim("registry", "version", root),
        claim("registry", "source", told.get("org.opencontainers.image.source")),
        claim("registry", "commit", told.get("org.opencontainers.image.revision")),
        claim("registry", "license", told.get("org.opencontainers.image.licenses")),
    )
    yield from (each for each in claims if each)
