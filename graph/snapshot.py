"""A snapshot on disk: what one scan saw, written once and readable by its owner only.

    snapshots/ID/manifest.json   SHA-256 and line count of each file, the predecessor's digest, when, by what
                 assets.jsonl    one fact a line, sorted; so are relations, policies and coverage
                 documents.jsonl redacted answers by digest
                 sums/NAME       the first 16 hex digits of each line's SHA-256, to name a line that is wrong

A scan that was stopped is a folder `ID.partial` of unit files, and can be resumed.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from graph import codec
from graph.model import Asset, Coverage, Policy, Relation, Shard

Read = TypeVar("Read")
FACT_FILES = ("assets", "relations", "policies", "coverage", "documents")
PARTIAL = ".partial"
FORMAT = 1
NO_ORGANIZATION = "no organisation policies seen"
"""What is assumed, and said, where a snapshot holds none: answers are given as if there were none."""
_DOCUMENT_HEAD = len('{"digest":"') + 64
_DOCUMENT_BODY = _DOCUMENT_HEAD + len('","document":')


class SnapshotProblem(Exception):
    """A snapshot that cannot be read or is not what it says; the message says where and what to do."""


class FileSum(msgspec.Struct, frozen=True):
    sha256: str
    lines: int


class Predecessor(msgspec.Struct, frozen=True):
    id: str
    manifest_sha256: str


class Conflict(msgspec.Struct, frozen=True):
    """Two collectors gave one property of one asset different values; the first was kept."""

    asset: str
    property: str
    values: tuple[str, ...]
    calls: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    taken_at: datetime
    tool: str
    fingerprint_key: str
    files: dict[str, FileSum]
    predecessor: Predecessor | None = None
    conflicts: tuple[Conflict, ...] = ()
    assumed: tuple[str, ...] = ()
    format: int = FORMAT


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a snapshot holds, before it is written."""

    assets: tuple[Asset, ...]
    relations: tuple[Relation, ...]
    policies: tuple[Policy, ...]
    coverage: tuple[Coverage, ...]
    documents: Mapping[str, bytes]
    conflicts: tuple[Conflict, ...] = ()
    assumed: tuple[str, ...] = ()


class Snapshot:
    """A finished snapshot, read as it is asked for."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self.documents: Mapping[str, bytes] = _Documents(folder / "documents.jsonl")

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def taken_at(self) -> datetime:
        return self.manifest.taken_at

    def assets(self) -> Iterator[Asset]:
        return self._facts("assets", codec.decode_asset)

    def relations(self) -> Iterator[Relation]:
        return self._facts("relations", codec.decode_relation)

    def policies(self) -> Iterator[Policy]:
        return self._facts("policies", codec.decode_policy)

    def coverage(self) -> Iterator[Coverage]:
        return self._facts("coverage", codec.decode_coverage)

    def document(self, digest: str) -> bytes | None:
        """A redacted document's canonical JSON, or None when this snapshot does not hold it."""
        return self.documents.get(digest)

    def contents(self) -> Contents:
        return Contents(
            assets=tuple(self.assets()),
            relations=tuple(self.relations()),
            policies=tuple(self.policies()),
            coverage=tuple(self.coverage()),
            documents=self.documents,
        )

    def _facts(self, name: str, decode: Callable[[bytes], Read]) -> Iterator[Read]:
        path = self.folder / f"{name}.jsonl"
        with _opened(path) as file:
            for number, line in enumerate(file, 1):
                try:
                    yield decode(line)
                except (msgspec.MsgspecError, ValueError) as fault:
                    raise SnapshotProblem(
                        f"{path.name}, line {number} of snapshot {self.id} cannot be read: {fault}. "
                        f"`crownpath snapshot verify {self.id}` checks the rest; scan again to replace it."
                    ) from fault


def open_snapshot(folder: Path) -> Snapshot:
    """A finished snapshot; a partial, absent or unreadable one is a `SnapshotProblem`."""
    path = folder / "manifest.json"
    if folder.name.endswith(PARTIAL) or (not path.is_file() and Path(f"{folder}{PARTIAL}").is_dir()):
        name = folder.name.removesuffix(PARTIAL)
        raise SnapshotProblem(
            f"Snapshot {name} is partial: its scan was stopped. `crownpath scan --resume {name}` finishes it."
        )
    if not path.is_file():
        raise SnapshotProblem(
            f"There is no snapshot at {folder}. `crownpath snapshot list` shows what there is."
        )
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.MsgspecError, ValueError) as fault:
        raise SnapshotProblem(
            f"{path} cannot be read: {fault}. Restore it from a copy or scan again."
        ) from fault
    if manifest.format != FORMAT:
        raise SnapshotProblem(
            f"{path} is of format {manifest.format}, not {FORMAT}. Read it with the version that wrote it."
        )
    return Snapshot(folder, manifest)


def list_snapshots(home: Path) -> list[Snapshot]:
    """The finished snapshots of a home, oldest first."""
    folder = home / "snapshots"
    found = [
        open_snapshot(path)
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if (path / "manifest.json").is_file() and not path.name.startswith(".")
    ]
    return sorted(found, key=lambda s: (s.taken_at, s.id))


def write_snapshot(
    home: Path,
    identifier: str,
    contents: Contents,
    *,
    taken_at: datetime,
    tool: str,
    fingerprint_key: str,
    predecessor: Snapshot | None = None,
) -> Snapshot:
    """Write a snapshot whole and rename it into place, so that a half-written one is never seen.

    `identifier` is its name in the home, or the whole path of its folder anywhere.
    """
    target = home / "snapshots" / identifier
    work = target.with_name(f".{target.name}.writing")
    shutil.rmtree(work, ignore_errors=True)
    private_folder(work / "sums")
    files = {name: _write_lines(work, name, lines) for name, lines in _lines(contents)}
    manifest = Manifest(
        id=target.name,
        taken_at=taken_at,
        tool=tool,
        fingerprint_key=fingerprint_key,
        files=files,
        predecessor=_predecessor(predecessor),
        conflicts=contents.conflicts,
        assumed=contents.assumed,
    )
    data = msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=1)
    write_private(work / "manifest.json", data + b"\n")
    work.rename(target)
    return Snapshot(target, manifest)


def verify(folder: Path) -> list[str]:
    """What is wrong with a snapshot, one sentence each, naming the file and line; empty when it is whole."""
    try:
        snapshot = open_snapshot(folder)
    except SnapshotProblem as problem:
        return [str(problem)]
    files = snapshot.manifest.files
    found = [f"manifest.json does not name {name}.jsonl" for name in FACT_FILES if name not in files]
    found += [wrong for name, told in files.items() for wrong in _verify_file(folder, name, told)]
    found += _verify_predecessor(snapshot)
    return found or list(_verify_documents(snapshot))


def write_shard(partial: Path, shard: Shard) -> None:
    """Keep what a finished unit saw, so that a stopped scan can go on after it."""
    private_folder(partial / "units")
    name = hashlib.sha256(shard.unit.encode()).hexdigest()[:24]
    work = partial / "units" / f".{name}"
    write_private(work, codec.encode_shard(shard))
    work.rename(partial / "units" / f"{name}.json")


def read_shards(partial: Path) -> list[Shard]:
    """What the finished units of a scan saw. A truncated unit file counts as not run."""
    shards = []
    for path in sorted((partial / "units").glob("*.json")):
        try:
            shards.append(codec.decode_shard(path.read_bytes()))
        except (msgspec.MsgspecError, ValueError):
            path.unlink()
    return shards


def private_folder(path: Path) -> None:
    """A folder, and those above it that are missing, that only its owner may enter."""
    if not path.parent.exists():
        private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, data: bytes) -> None:
    """A file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


def _lines(contents: Contents) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "assets", (codec.encode(a) for a in sorted(contents.assets, key=lambda a: a.id))
    yield "relations", (codec.encode(r) for r in sorted(contents.relations, key=lambda r: (r.type, r.id)))
    yield "policies", iter(sorted({codec.encode(p) for p in contents.policies}))
    yield "coverage", iter(sorted(codec.encode(c) for c in contents.coverage))
    yield "documents", _document_lines(contents.documents)


def _document_lines(documents: Mapping[str, bytes]) -> Iterator[bytes]:
    for digest in sorted(documents):
        yield b'{"digest":"%b","document":%b}' % (digest.encode(), documents[digest])


def _write_lines(folder: Path, name: str, lines: Iterable[bytes]) -> FileSum:
    whole, count = hashlib.sha256(), 0
    with (
        os.fdopen(os.open(folder / f"{name}.jsonl", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file,
        os.fdopen(os.open(folder / "sums" / name, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as sums,
    ):
        for line in lines:
            file.write(line + b"\n")
            whole.update(line + b"\n")
            sums.write(_line_sum(line) + b"\n")
            count += 1
    return FileSum(whole.hexdigest(), count)


def _line_sum(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest()[:16].encode()


def _predecessor(snapshot: Snapshot | None) -> Predecessor | None:
    if snapshot is None:
        return None
    return Predecessor(snapshot.id, _sha256(snapshot.folder / "manifest.json"))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _verify_file(folder: Path, name: str, told: FileSum) -> Iterator[str]:
    path = folder / f"{name}.jsonl"
    if not path.is_file():
        yield f"{path.name} is missing"
        return
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() == told.sha256:
        return
    sums_path = folder / "sums" / name
    sums = sums_path.read_bytes().split() if sums_path.is_file() else []
    lines = data.split(b"\n")
    rest = lines.pop()
    for number, (line, told_sum) in enumerate(zip(lines, sums, strict=False), 1):
        if _line_sum(line) != told_sum:
            yield f"{path.name}, line {number} is not what was written"
            return
    if rest and len(lines) < told.lines:
        yield f"{path.name} ends in the middle of line {len(lines) + 1} of {told.lines}"
    elif len(lines) < told.lines:
        yield f"{path.name} ends after line {len(lines)} of {told.lines}"
    elif rest or len(lines) > told.lines:
        yield f"{path.name} has lines after line {told.lines}, where it should end"
    else:
        yield f"{path.name} is not what was written; which line is not known, as sums/{name} is damaged"


def _verify_predecessor(snapshot: Snapshot) -> Iterator[str]:
    """The snapshot before this one, where it is still there, is the one that was compared with."""
    told = snapshot.manifest.predecessor
    path = snapshot.folder.parent / told.id / "manifest.json" if told else None
    if told and path and path.is_file() and _sha256(path) != told.manifest_sha256:
        yield f"manifest.json of the predecessor {told.id} is not the one that this snapshot was made after"


def _verify_documents(snapshot: Snapshot) -> Iterator[str]:
    """The files are as written: what remains to check is that each document has the digest it is kept by."""
    for number, digest in enumerate(snapshot.documents, 1):
        if hashlib.sha256(snapshot.documents[digest]).hexdigest() != digest:
            yield f"documents.jsonl, line {number}: the document does not have the digest it is kept by"


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as fault:
        raise SnapshotProblem(
            f"{path} is missing, so its snapshot cannot be read. Restore it from a copy or scan again."
        ) from fault


class _Documents(Mapping[str, bytes]):
    """Documents by digest, read from their file when asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, tuple[int, int]] | None = None

    def __getitem__(self, digest: str) -> bytes:
        offset, length = self._index()[digest]
        with self._path.open("rb") as file:
            file.seek(offset + _DOCUMENT_BODY)
            return file.read(length - _DOCUMENT_BODY - 2)  # without the closing brace and the line break

    def __iter__(self) -> Iterator[str]:
        return iter(self._index())

    def __len__(self) -> int:
        return len(self._index())

    def _index(self) -> dict[str, tuple[int, int]]:
        if self._places is None:
            self._places, offset = {}, 0
            with _opened(self._path) as file:
                for line in file:
                    digest = line[_DOCUMENT_HEAD - 64 : _DOCUMENT_HEAD].decode("ascii", "replace")
                    self._places[digest] = (offset, len(line))
                    offset += len(line)
        return self._places
