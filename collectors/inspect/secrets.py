"""Secrets in files, in the history of Git repositories and in container images; each is a keyed fingerprint
before it leaves here. No secret is ever tried, and none is written to disk.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from collectors.inspect.data import shown
from collectors.inspect.readers.archives import Refused
from collectors.inspect.sample import Refusal
from collectors.inspect.secret_engine import Engine, Hit
from collectors.inspect.secret_pieces import File, pieces
from collectors.inspect.secret_place import GroupSeen, ImageSeen, RepositorySeen, SecretPlace
from collectors.inspect.secret_sources.access import Access
from collectors.inspect.secret_sources.clones import read_clone, sweep
from collectors.inspect.secret_sources.folders import read_path
from collectors.inspect.secret_sources.git_objects import GitBroken
from collectors.inspect.secret_sources.github import SCHEME as GITHUB
from collectors.inspect.secret_sources.github import read_owner
from collectors.inspect.secret_sources.images import is_image, read_image
from collectors.inspect.secret_sources.opened import Opened, Source
from collectors.inspect.secret_sources.registries import SCHEME as REGISTRY
from collectors.inspect.secret_sources.registries import read_registry
from collectors.redaction import Redactor, hash_of

Told = Callable[[str], None]
Result = SecretPlace | GroupSeen | RepositorySeen | ImageSeen | Refusal


class _First(msgspec.Struct):
    """A secret's first place so far, what tells which of two is the first, and how many there are."""

    at: tuple[int, str, int]
    place: SecretPlace
    places: int = 0


def _silent(_: str) -> None:
    """Nobody watches."""


def inspect_secrets(
    paths: Iterable[Path | str],
    redactor: Redactor,
    *,
    cache_folder: Path,
    told: Told = _silent,
    access: Access | None = None,
) -> Generator[Result]:
    """The secrets in files, folders, repositories and images, each once a path; and what could not be read.

    A path is one of this machine, `file://` or `https://` and a repository's address, `github:OWNER`,
    `github:OWNER/REPOSITORY` or `oci://HOST/REPOSITORY:TAG`. `cache_folder` keeps the compiled rules and no
    secret. What is told of a repository or an image comes before its secrets; the secrets of a path come when
    all of it was read.
    """
    engine = Engine(redactor, cache_folder)
    sweep(cache_folder)
    for path in paths:
        with closing(_source(str(path), cache_folder, access or Access())) as source:
            yield from _Looking(engine, redactor, told).at(source)


def is_remote(path: str) -> bool:
    return path.startswith((GITHUB, REGISTRY, "https://", "http://"))


def _source(
    path: str, own: Path, access: Access
) -> Generator[Opened | Refusal | GroupSeen | RepositorySeen | ImageSeen]:
    if path.startswith(GITHUB):
        yield from read_owner(path.removeprefix(GITHUB), access, own)
    elif path.startswith(REGISTRY):
        yield from read_registry(path, access)
    elif is_remote(path):
        yield from read_clone(path, access.git_token, access, own)
    else:
        local = unquote(urlsplit(path).path) if path.startswith("file://") else path
        shown = local.rstrip("/") or "/"
        yield from (
            read_image(Path(local), shown) if is_image(Path(local)) else read_path(Path(local), shown, own)
        )


class _Looking:
    """One path: the secrets in it, each once."""

    def __init__(self, engine: Engine, redactor: Redactor, told: Told) -> None:
        self._engine, self._redactor, self._told = engine, redactor, told
        self._found: dict[str, _First] = {}
        self._known: dict[bytes, list[Hit]] = {}

    def at(self, source: Source) -> Iterator[Result]:
        for each in source:
            if isinstance(each, Opened):
                yield from self._read(each)
            elif isinstance(each, Refusal):
                yield self._refusal(each)
            elif isinstance(each, GroupSeen):
                yield each
            else:
                yield msgspec.structs.replace(each, path=self._name(each.path))
        for first in self._found.values():
            yield msgspec.structs.replace(first.place, places=first.places)

    def _read(self, opened: Opened) -> Iterator[Refusal]:
        if opened.file is None:
            for hit in self._known.get(opened.key, ()):
                self._add(opened, hit)
            return
        self._told(opened.path)
        hits: list[Hit] = []
        for each in self._hits(opened.path, opened.file):
            if isinstance(each, Refusal):
                yield self._refusal(each)
            else:
                hits.append(each)
                self._add(opened, each)
        if hits and opened.key:
            self._known[opened.key] = hits

    def _hits(self, path: str, file: File) -> Iterator[Hit | Refusal]:
        try:
            for piece in pieces(path, file):
                if isinstance(piece, Refusal):
                    yield piece
                    continue
                within = piece.path[len(path) :]
                for hit in self._engine.hits(piece):
                    yield msgspec.structs.replace(hit, inner=within + hit.inner)
        except (GitBroken, Refused) as broken:
            yield Refusal(path, str(broken) or "it is broken")
        except MemoryError:
            yield Refusal(path, "it takes more memory than there is")
        except Exception as error:  # noqa: BLE001 - decoders raise what they like, and their texts may hold values
            yield Refusal(path, f"it cannot be read to its end ({type(error).__name__})")

    def _add(self, opened: Opened, hit: Hit) -> None:
        path = opened.path + hit.inner
        at = opened.at, path, hit.line
        secret = hash_of(hit.fingerprint)
        first = self._found.get(secret)
        if first is None or at < first.at:
            place = SecretPlace(
                path=self._name(path),
                line=hit.line,
                commit=opened.commit,
                rule=hit.rule,
                provider=hit.provider,
                fingerprint=hit.fingerprint,
                opens=hit.opens,
                repository=self._name(opened.repository),
            )
            first = _First(at, place, first.places if first else 0)
            self._found[secret] = first
        first.places += 1

    def _refusal(self, refusal: Refusal) -> Refusal:
        return Refusal(self._name(refusal.path), refusal.reason)

    def _name(self, path: str) -> str:
        """A path without the data and secrets that names may hold."""
        return self._redactor.text(shown(path)) if path else ""
