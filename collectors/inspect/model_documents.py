"""Documents that lie beside a model and say where it comes from: each is looked at once, in the child."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

import msgspec

from collectors.inspect import model_process, model_report
from collectors.inspect.model_provenance import MOST_BYTES, is_attestation, is_document
from collectors.inspect.model_result import ModelResult
from collectors.inspect.provenance import MOST, Provenance

LEVELS = 3
"""Folders whose documents speak of a file: its own, and those above it."""
MOST_DOCUMENTS = 20
"""Documents of one folder that are looked at."""

Names = Callable[[str], Iterable[str]]
"""The names of files in a folder."""
Look = Callable[[str], list[model_report.Line]]
"""What is told of a file by its path; nothing where it cannot be read."""


class Documents:
    """The documents around the model files of one place."""

    def __init__(self, names: Names, look: Look) -> None:
        self._names = lru_cache(1_000)(
            lambda folder: sorted(filter(is_document, names(folder)))[:MOST_DOCUMENTS]
        )
        self._look = lru_cache(1_000)(look)

    def beside(self, result: ModelResult, path: str) -> ModelResult:
        """A result with what its documents claim, behind what the file claims itself."""
        if is_document(PurePosixPath(path).name) or result.format in ("unknown", "text", "json", "empty"):
            return result
        claims = dict.fromkeys((*result.provenance, *self._claims(path, result.digest)))
        return msgspec.structs.replace(result, provenance=tuple(claims)[: 2 * MOST])

    def _claims(self, path: str, digest: str) -> Iterator[Provenance]:
        """Of each kind of document the nearest one speaks; attestations of the digests that they name."""
        spoken: set[str] = set()
        for folder in [*PurePosixPath(path).parents][:LEVELS]:
            names = [each for each in self._names(str(folder)) if each not in spoken]
            spoken.update(each for each in names if not is_attestation(each))
            for name in names:
                for line in self._look(str(folder / name)):
                    yield from _told(line, digest)


def _told(line: model_report.Line, digest: str) -> Iterator[Provenance]:
    if isinstance(line, model_report.Claim):
        yield line.made
    elif isinstance(line, model_report.Attested) and digest.removeprefix("sha256:") in line.digests:
        yield from (msgspec.structs.replace(each, verified=True) for each in line.claims)


# ---- files of this machine -----------------------------------------------------------------------------


def local(root: Path) -> tuple[Names, Look]:
    """Names and documents of folders, never above the one that was named."""
    top = root if root.is_dir() else root.parent

    def names(folder: str) -> Iterable[str]:
        if Path(folder) != top and top not in Path(folder).parents:
            return ()
        try:
            return [each.name for each in Path(folder).iterdir()]
        except OSError:
            return ()

    return names, _look


def _look(path: str) -> list[model_report.Line]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return []
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
            return []
        return model_process.scan(descriptor, about.st_size, PurePosixPath(path).name)
    finally:
        os.close(descriptor)
