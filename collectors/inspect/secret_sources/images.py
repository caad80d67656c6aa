"""Container images: their settings, and the files of each layer once, those that later layers delete too.

Nothing is unpacked to disk: a layer is read as a stream, and must have the digest that names it.
"""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_pieces import packing
from collectors.inspect.secret_place import ImageSeen
from collectors.inspect.secret_sources.opened import Opened, Source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_MANIFEST = 8_000_000
MOST_LAYER = 20_000_000_000
"""Bytes that one layer may unfold to."""
MOST_FILES = 2_000_000
"""Files of one layer."""
ACCEPTED = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
"""Types of manifests and of lists of them."""
MOST_NESTED = 3


class NotRead(Exception):
    """Why something of an image is not read."""


class Descriptor(msgspec.Struct, frozen=True):
    """What names a blob (https://github.com/opencontainers/image-spec/blob/main/descriptor.md)."""

    digest: str
    mediaType: str = ""  # noqa: N815 - the field's name on the wire


class _Manifest(msgspec.Struct, frozen=True):
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()


class _Saved(msgspec.Struct, frozen=True, rename="pascal"):
    """An image in the `manifest.json` of `docker save`: names of members."""

    config: str
    layers: tuple[str, ...]


class Blobs(Protocol):
    """Where an image's parts are fetched from. Both raise `NotRead`."""

    def manifest(self, digest: str) -> bytes: ...

    def blob(self, digest: str) -> AbstractContextManager[IO[bytes]]: ...


class Image:
    """Reads the images of one place; a layer that several share is read once."""

    def __init__(self, path: str, blobs: Blobs) -> None:
        self._path = path
        self._blobs = blobs
        self._read: set[str] = set()

    def index(self, descriptors: tuple[Descriptor, ...], depth: int = 0) -> Source:
        """All images that are listed, such as one for each processor."""
        several = depth > 0 or len(descriptors) > 1
        for each in descriptors:
            try:
                data = checked(self._blobs.manifest(each.digest), each.digest)
            except NotRead as reason:
                yield Refusal(f"{self._path}@{each.digest}", str(reason))
                continue
            yield from self.manifest(data, each.digest, depth, several=several)

    def manifest(self, data: bytes, digest: str, depth: int = 0, *, several: bool = False) -> Source:
        """An image by its manifest, or all of an index."""
        name = f"{self._path}@{digest}" if several else self._path
        try:
            manifest = msgspec.json.decode(data, type=_Manifest)
        except msgspec.MsgspecError:
            yield Refusal(name, "it is no manifest of an image")
            return
        if manifest.manifests:
            if depth >= MOST_NESTED:
                yield Refusal(name, f"indexes more than {MOST_NESTED} deep are not followed")
                return
            yield from self.index(manifest.manifests, depth + 1)
            return
        yield ImageSeen(name, digest, len(manifest.layers))
        if manifest.config:
            yield from self._part(name, manifest.config, 0, _settings)
        for number, layer in enumerate(manifest.layers, 1):
            yield from self._part(name, layer, number, read_layer)

    def _part(self, name: str, part: Descriptor, at: int, read: "_Reader") -> Source:
        if part.digest in self._read:
            return
        self._read.add(part.digest)
        try:
            with self._blobs.blob(part.digest) as stream:
                body = Checked(stream, part.digest)
                yield from read(name, body, part.digest, at)
                body.finish()
        except NotRead as reason:
            yield Refusal(f"{name}@{part.digest}", str(reason))


def _settings(name: str, body: "Checked", digest: str, at: int) -> Source:
    """Environment, labels, commands and how each layer was made."""
    yield Opened(f"{name}#config", io.BytesIO(body.read(MOST_MANIFEST)), digest, at, name)


def read_layer(name: str, body: "Checked", digest: str, at: int) -> Source:
    """The files of a layer; a part that is no archive is read as one file."""
    try:
        buffered = io.BufferedReader(body, 1 << 20)
        unpacked, kind = _unpacked(buffered, packing(buffered.peek(512)))
        if kind != "tar":
            yield Opened(f"{name}#{digest}", _Forward(unpacked), digest, at, name)
            return
        yield from _files(unpacked, name, digest, at)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise NotRead(f"its archive is broken ({type(error).__name__})") from None


_Reader = Callable[[str, "Checked", str, int], Source]


def _unpacked(stream: BinaryIO, kind: str) -> tuple[BinaryIO, str]:
    """A layer unpacked, and how that is packed: as a tar, as a rule."""
    inner: _Readable
    if kind == "zstd":
        import pyarrow as pa

        inner = pa.CompressedInputStream(stream, "zstd")
    elif kind == "gzip":
        inner = gzip.GzipFile(fileobj=stream)
    else:
        return stream, kind
    opened = io.BufferedReader(_Forward(inner), 1 << 20)
    return opened, packing(opened.peek(512))


def _files(stream: BinaryIO, name: str, digest: str, at: int) -> Iterator[Opened]:
    size = number = 0
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        while member := archive.next():
            size, number = size + member.size, number + 1
            if number > MOST_FILES or size > MOST_LAYER:
                raise NotRead(f"only its first {number - 1:,} files were read: it unfolds to too much")
            inner = archive.extractfile(member) if member.isfile() else None
            if inner is not None:
                path = f"{name}/{member.name.lstrip('./')}"
                yield Opened(path, _Forward(inner), digest, at, name)
            archive.members = []  # type: ignore[attr-defined]  # it would keep all that passed by
        # what the library takes for the end may be a broken header
        while archive.fileobj and (rest := archive.fileobj.read(1 << 20)):
            if rest.strip(b"\0"):
                raise NotRead("its archive is broken: what follows in it is not read")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Forward(io.RawIOBase):
    """A stream that is only read forward, whatever it says of itself."""

    def __init__(self, stream: _Readable) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return bytes(self._stream.read(size))

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)


class Checked(_Forward):
    """A blob on its way by, and its digest."""

    def __init__(self, stream: IO[bytes], digest: str) -> None:
        super().__init__(stream)
        self._digest = digest
        self._sum = _algorithm(digest)

    def read(self, size: int = -1, /) -> bytes:
        data = super().read(size)
        self._sum.update(data)
        return data

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        count = super().readinto(buffer)
        self._sum.update(memoryview(buffer)[:count])
        return count

    def finish(self) -> None:
        """Reads what is left. Raises `NotRead` when it was not what its digest says."""
        while self.read(1 << 20):
            pass
        if self._sum.hexdigest() != self._digest.partition(":")[2]:
            raise NotRead("its content is not what its digest says")


def _algorithm(digest: str) -> "hashlib._Hash":
    name, _, value = digest.partition(":")
    if name not in ("sha256", "sha512") or not value:
        raise NotRead("its digest is of an unknown kind")
    return hashlib.new(name)


def checked(data: bytes, digest: str) -> bytes:
    """A manifest that is what its digest says."""
    found = _algorithm(digest)
    found.update(data)
    if found.hexdigest() != digest.partition(":")[2]:
        raise NotRead("its content is not what its digest says")
    return data


def is_image(path: Path) -> bool:
    """Whether a path is an OCI layout, or what `docker save` writes."""
    if path.is_dir():
        return (path / "oci-layout").is_file() and (path / "index.json").is_file()
    try:
        with path.open("rb") as file:
            if packing(file.read(512)) != "tar":
                return False
        with tarfile.open(path, "r:") as archive:
            names = {member.name.removeprefix("./") for member in archive}
    except (OSError, tarfile.TarError):
        return False
    return "manifest.json" in names or {"oci-layout", "index.json"} <= names


def read_image(path: Path, shown: str) -> Source:
    """The images in a folder or an archive on this machine."""
    try:
        if path.is_dir():
            yield from _layout(_Folder(path), shown)
        else:
            with closing(_Archive(path)) as archive:
                yield from _layout(archive, shown) if archive.has("index.json") else _saved(archive, shown)
    except NotRead as reason:
        yield Refusal(shown, str(reason))
    except (OSError, tarfile.TarError) as error:
        yield Refusal(shown, f"it cannot be read ({type(error).__name__})")


class _Place(Blobs, Protocol):
    def open(self, name: str) -> BinaryIO: ...


def _layout(place: "_Place", shown: str) -> Source:
    with place.open("index.json") as file:
        index = _decoded(file.read(MOST_MANIFEST))
    yield from Image(shown, place).index(index.manifests)


def _decoded(data: bytes) -> _Manifest:
    try:
        return msgspec.json.decode(data, type=_Manifest)
    except msgspec.MsgspecError:
        raise NotRead("its index is broken") from None


class _Folder:
    """An OCI layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, name: str) -> BinaryIO:
        try:
            file = (self._path / name).resolve(strict=True)
            if not file.is_relative_to(self._path.resolve()):
                raise NotRead("it leads out of the image")
            return file.open("rb")
        except OSError:
            raise NotRead("it is missing") from None

    def blob(self, digest: str) -> BinaryIO:
        return self.open(_blob(digest))

    def manifest(self, digest: str) -> bytes:
        with self.blob(digest) as file:
            return file.read(MOST_MANIFEST)


class _Archive:
    """The same in a tar, or what older versions of `docker save` write."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, "r:")  # noqa: SIM115 - it is closed with this

    def has(self, name: str) -> bool:
        return self._found(name) is not None

    def _found(self, name: str) -> tarfile.TarInfo | None:
        for each in (name, f"./{name}"):
            try:
                return self._tar.getmember(each)
            except KeyError:
                continue
        return None

    def open(self, name: str) -> BinaryIO:
        found = self._found(name)
        file = self._tar.extractfile(found) if found else None
        if file is None:
            raise NotRead("it is missing")
        return file  # type: ignore[return-value]  # it reads bytes

    def blob(self, digest: str) -> BinaryIO:
        return self.open(_blob(digest))

    def manifest(self, digest: str) -> bytes:
        with self.blob(digest) as file:
            return file.read(MOST_MANIFEST)

    def close(self) -> None:
        self._tar.close()


def _blob(digest: str) -> str:
    name, _, value = digest.partition(":")
    if not name.isalnum() or not value.isalnum():
        raise NotRead("its digest is of an unknown kind")
    return f"blobs/{name}/{value}"


def _saved(archive: _Archive, shown: str) -> Source:
    """Images whose parts are members with any name: these have no digest to be checked against."""
    with archive.open("manifest.json") as file:
        try:
            images = msgspec.json.decode(file.read(MOST_MANIFEST), type=tuple[_Saved, ...])
        except msgspec.MsgspecError:
            raise NotRead("its index is broken") from None
    read: set[str] = set()
    for number, image in enumerate(images, 1):
        name = shown if len(images) == 1 else f"{shown}@{number}"
        with archive.open(image.config) as file:
            data = file.read(MOST_MANIFEST)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        yield ImageSeen(name, digest, len(image.layers))
        yield Opened(f"{name}#config", io.BytesIO(data), digest, 0, name)
        for at, layer in enumerate(image.layers, 1):
            if layer in read:
                continue
            read.add(layer)
            try:
                with archive.open(layer) as stream:
                    digest = _digest(stream)
                    yield from read_layer(name, Checked(stream, digest), digest, at)
            except NotRead as reason:
                yield Refusal(f"{name}@{layer}", str(reason))


def _digest(stream: BinaryIO) -> str:
    found = hashlib.sha256()
    while data := stream.read(1 << 20):
        found.update(data)
    stream.seek(0)
    return f"sha256:{found.hexdigest()}"
