"""An inspection's report: a file that `crownpath inspect --out` writes and `crownpath scan` takes in.

JSON lines: the header (`what` was looked for, when, where), one result a line as on standard output, and a
last line that says whether it went to its end. It holds types, places, counts and fingerprints; no value.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self

import msgspec

from collectors.inspect.data_place import Place
from collectors.inspect.model_result import ModelResult
from collectors.inspect.sample import Refusal
from collectors.inspect.secret_place import GroupSeen, ImageSeen, RepositorySeen, SecretPlace
from collectors.redaction import Redactor
from collectors.source import canonical
from graph.model import Json

What = Literal["data", "secrets", "models"]
Result = Place | SecretPlace | GroupSeen | RepositorySeen | ImageSeen | Refusal | ModelResult
RESULTS: Mapping[What, Mapping[str, type[Result]]] = {
    "data": {"path": Place},
    "secrets": {
        "fingerprint": SecretPlace,
        "members": GroupSeen,
        "visibility": RepositorySeen,
        "layers": ImageSeen,
        "reason": Refusal,
    },
    "models": {"verdict": ModelResult},
}
"""What is written down of each kind of inspection, by the field that no other of its types has."""
FORMAT = 1
MOST_RESULTS = 500_000
SUFFIX = ".inspection.jsonl"


class InspectionError(ValueError):
    """A report that can't be used as it is; the message names the file and the line."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line. `addresses` are the places that were asked for; `origins` where the repositories among
    them are fetched from; `fingerprint_key` names the key of the fingerprints without giving it away."""

    inspection: int = FORMAT
    what: What
    at: datetime
    tool: str
    addresses: tuple[str, ...]
    origins: Mapping[str, str] = {}
    seed: int = 0
    names: str = ""
    fingerprint_key: str = ""


class _End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    end: Literal["complete", "stopped"]
    results: int


class Report(msgspec.Struct, frozen=True):
    """A report that was read. `document` is its canonical JSON, `digest` its SHA-256: evidence points there,
    at `/results/N`. `reason` says why it is not whole; empty when it is."""

    header: Header
    results: tuple[Result, ...]
    document: bytes
    digest: str
    reason: str = ""


class Writer:
    """Writes a report as results come, for its owner only: `with Writer(path, header) as out: out.write(r)`.

    It takes the place of an earlier one when it is closed. After Ctrl-C its last line says that it was
    stopped; after an exception the earlier one stays.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self._path, self._header = path, header
        self._partial = path.with_name(f"{path.name}.partial")
        self._count = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._file = os.fdopen(os.open(self._partial, flags, 0o600), "wb")
        self._line(msgspec.json.encode(self._header))
        return self

    def write(self, result: bytes) -> None:
        """One result, as JSON without a line break."""
        self._line(result)
        self._count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        if kind is None or issubclass(kind, KeyboardInterrupt):
            end = _End("complete" if kind is None else "stopped", self._count)
            self._line(msgspec.json.encode(end))
            self._file.close()
            self._partial.replace(self._path)
        else:
            self._file.close()
            self._partial.unlink(missing_ok=True)

    def _line(self, text: bytes) -> None:
        if self._file is None:
            raise RuntimeError("The report is not open: use it in a with statement.")
        self._file.write(text + b"\n")


def read_all(places: Iterable[Path], redactor: Redactor) -> list[Report]:
    """The reports in these files, and in the folders among them, newest first."""
    found = [read(path, redactor) for place in places for path in _files(place)]
    return sorted(found, key=lambda report: (report.header.at, report.digest), reverse=True)


def read(path: Path, redactor: Redactor) -> Report:
    """One report. What looks like a secret in it becomes a fingerprint, as at any other source."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as fault:
        raise InspectionError(f"{path} can't be read ({fault.strerror}).") from fault
    header = _header(path, lines, redactor)
    results: list[Result] = []
    raw: list[Json] = []
    reason = "its last line is missing: the inspection was cut short"
    for number, text in enumerate(lines[1:], 2):
        line = _object(path, number, text)
        if "end" in line:
            end = _last(path, number, line, len(lines))
            reason = "" if end.end == "complete" else "the inspection was stopped"
            break
        told = redactor.redact(f"inspect:{header.what}:Read", line)
        results.append(_result(path, number, header.what, told))
        raw.append(told)
        if len(results) > MOST_RESULTS:
            raise InspectionError(f"{path.name} has more than {MOST_RESULTS:,} results; inspect in parts.")
    fingerprints = header.what == "secrets" or any(isinstance(r, ModelResult) and r.secrets for r in results)
    if fingerprints and header.fingerprint_key not in ("", redactor.key_id):
        raise InspectionError(
            f"{path.name} was made with another fingerprint key: the same secret looks different in it. "
            "Inspect and scan with one CROWNPATH_FINGERPRINT_KEY."
        )
    document = canonical({"header": msgspec.to_builtins(header), "results": raw})
    return Report(header, tuple(results), document, hashlib.sha256(document).hexdigest(), reason)


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from sorted(place.glob(f"*{SUFFIX}"))
    else:
        yield place


def _header(path: Path, lines: list[bytes], redactor: Redactor) -> Header:
    wrong = f"{path.name} is no report of `crownpath inspect --out`"
    if not lines:
        raise InspectionError(f"{wrong}: it is empty.")
    first = _object(path, 1, lines[0])
    if first.get("inspection") != FORMAT:
        raise InspectionError(f"{wrong}, or one of another version: inspect again.")
    try:
        return msgspec.convert(redactor.redact("inspect:header:Read", first), Header)
    except msgspec.ValidationError as fault:
        raise InspectionError(f"{path.name}, line 1: {fault}.") from fault


def _object(path: Path, number: int, text: bytes) -> dict[str, Json]:
    try:
        return msgspec.json.decode(text, type=dict[str, Json])
    except msgspec.MsgspecError:
        raise InspectionError(f"{path.name}, line {number}: this is no JSON object.") from None


def _result(path: Path, number: int, what: What, told: Json) -> Result:
    kinds = (kind for field, kind in RESULTS[what].items() if isinstance(told, dict) and field in told)
    kind = next(kinds, None)
    if kind is None:
        raise InspectionError(f"{path.name}, line {number}: this is no result of `crownpath inspect {what}`.")
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError as fault:
        raise InspectionError(f"{path.name}, line {number}: {fault}; inspect again.") from fault


def _last(path: Path, number: int, line: dict[str, Json], count: int) -> _End:
    try:
        end = msgspec.convert(line, _End)
    except msgspec.ValidationError as fault:
        raise InspectionError(f"{path.name}, line {number}: {fault}.") from fault
    if number != count or end.results != number - 2:
        raise InspectionError(f"{path.name}: lines were added or lost after it was written; inspect again.")
    return end
