"""Model files in object stores and registries: fetched into memory, looked at as local ones are, and never on
a disk."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, cast

import msgspec

from collectors.inspect import model_code, model_format, model_process, model_report, models
from collectors.inspect.data import shown
from collectors.inspect.model_documents import Documents
from collectors.inspect.model_headers import MOST_HEADER
from collectors.inspect.model_names import printable
from collectors.inspect.model_provenance import MOST_BYTES as MOST_DOCUMENT
from collectors.inspect.model_result import ModelResult
from collectors.inspect.model_signature import NAME as SIGNATURE
from collectors.inspect.places import Budget, Listed, Spent, Store, opened, store_of
from collectors.inspect.secret_process import Secrets

MOST_BYTES = 2_000_000_000
"""Bytes of one file that are fetched into memory."""
HEAD = 64_000_000
"""Bytes of a GGUF file from which only so many are fetched: its metadata stand at its start."""
CHUNK = 8 << 20


def inspect_remote(
    address: str, budget: Budget, told: Callable[[str], None], secrets: Secrets | None = None
) -> Iterator[ModelResult]:
    """A result for each file below a prefix that is or belongs to a model; see `models.inspect_models`."""
    store = store_of(address)
    listed = sorted(store.files())
    budget.listed(store.lists, store.price.list)
    documents = _documents(store, listed, budget)
    folders = {
        PurePosixPath(each.name).parent for each in listed if each.name.endswith(f"/{models.MODEL_FOLDER}")
    }
    signed = {PurePosixPath(each.name).parent for each in listed if each.name.endswith(f"/{SIGNATURE}")}
    for each in listed:
        told(each.name)
        path = PurePosixPath(each.name)
        belongs = path.name in models.BESIDE or path.parent in folders
        try:
            found = _file(store, each, budget, secrets, belongs=belongs, alone=len(listed) == 1)
        except Spent as spent:
            yield models.unread(_shown(each.name), f"{spent}; what comes after was not looked at")
            return
        except OSError as error:
            found = models.unread(_shown(each.name), models.fault(error))
        if found is not None:
            found = msgspec.structs.replace(found, provenance=(*each.said, *found.provenance))
            found = documents.beside(found, each.name)
            yield _with_signature(found) if signed & {*path.parents} else found


def _documents(store: Store, listed: list[Listed], budget: Budget) -> Documents:
    """The documents among the files of a store; one that the budget has no room for says nothing."""
    folders: dict[str, dict[str, Listed]] = defaultdict(dict)
    for each in listed:
        path = PurePosixPath(each.name)
        folders[str(path.parent)][path.name] = each

    def look(name: str) -> list[model_report.Line]:
        path = PurePosixPath(name)
        each = folders[str(path.parent)][path.name]
        if each.reason or each.size > MOST_DOCUMENT:
            return []
        try:
            with opened(store, each, budget) as raw:
                descriptor, _ = _fetched(cast("BinaryIO", raw), each.size)
        except (OSError, Spent):
            return []
        try:
            return model_process.scan(descriptor, each.size, path.name)
        finally:
            os.close(descriptor)

    return Documents(lambda folder: folders.get(folder, {}), look)


def _shown(name: str) -> str:
    return shown(printable(name))


def _file(
    store: Store, each: Listed, budget: Budget, secrets: Secrets | None, *, belongs: bool, alone: bool
) -> ModelResult | None:
    name, base = _shown(each.name), PurePosixPath(each.name).name
    if each.reason:
        return models.unread(name, each.reason)
    with opened(store, each, budget) as raw:
        content = cast("BinaryIO", raw)
        kind = model_format.of_start(content, base)
        if not models.worth(kind, base, belongs=belongs or alone, mentions=_mentions(content, each)):
            return None
        headed = _header(content, kind) if kind in ("gguf", "safetensors") else 0
        wanted = headed if headed and each.size > HEAD else each.size
        if wanted > MOST_BYTES:
            return models.unread(name, f"more than {MOST_BYTES:,} bytes are not fetched", kind, each.size)
        descriptor, digest = _fetched(content, wanted)
    whole = wanted >= each.size
    try:
        if whole and each.digest not in ("", digest):
            return models.unread(name, "it is not what its digest in the registry says", kind, each.size)
        lines = model_process.scan(descriptor, each.size, base, secrets)
    finally:
        os.close(descriptor)
    found = models.judged(name, lines, each.size, digest if whole else "")
    if not whole:
        says = "only its header was fetched: no digest, and what comes behind was not looked at"
        found = msgspec.structs.replace(found, reasons=(*found.reasons, says))
    return found if alone or models.tells(found, lines) else None


def _mentions(content: BinaryIO, each: Listed) -> bool:
    return each.size <= model_code.MOST_BYTES and models.mentions(content, each.name)


def _header(content: BinaryIO, kind: str) -> int:
    """How many bytes of a file hold all but its numbers; a part of a header says that it is cut off."""
    content.seek(0)
    length = int.from_bytes(content.read(8), "little")
    return min(8 + length, MOST_HEADER) if kind == "safetensors" else HEAD


def _fetched(content: BinaryIO, wanted: int) -> tuple[int, str]:
    """A file in memory with the first bytes of a remote one, and the digest of these."""
    descriptor = os.memfd_create("model")
    try:
        digest, left = hashlib.sha256(), wanted
        content.seek(0)
        while left > 0 and (part := content.read(min(CHUNK, left))):
            os.write(descriptor, part)
            digest.update(part)
            left -= len(part)
    except BaseException:
        os.close(descriptor)
        raise
    if left > 0:
        os.close(descriptor)
        raise OSError(0, "it is shorter than it was listed")
    return descriptor, f"sha256:{digest.hexdigest()}"


def _with_signature(found: ModelResult) -> ModelResult:
    reason = "a signature lies beside it; in a store it is not checked"
    return msgspec.structs.replace(found, signature="present", signature_reason=reason)
