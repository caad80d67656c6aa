"""Model files: what each really is, and whether loading it could run something. Nothing is ever loaded.

Two scanners (hayward, picklescan) look at each file in a child process with limits of memory, time and files,
and without network where the host allows that. A file that breaks it has a verdict of its own.
"""

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from collectors.inspect import model_child, model_format
from collectors.inspect.data import shown
from collectors.inspect.sample import Label

Verdict = Literal["malicious", "suspicious", "clean", "unreadable"]
SignatureState = Literal["none", "valid", "present", "invalid", "unreadable"]

SECONDS = 90
"""Wall-clock time for one file."""
MOST_BYTES = 20_000_000_000
"""Bytes beyond which a file is not even hashed."""
NO_MODEL = ("unknown", "empty", "json", "parquet")
CONFIGS = ("config.json", "tokenizer_config.json", "adapter_config.json", "generation_config.json")
"""Files beside a model that can make a loader run code from elsewhere."""


class ModelFinding(msgspec.Struct, frozen=True):
    """One type of sensitive data in the strings of a model.

    `place` is where inside the file (`metadata.author`, `archive/data.pkl: constants`, `vocabulary`); `count`
    of the `looked_at` values there are of the type; `confidence` (0 to 1) is how sure the detector is.
    """

    place: str
    type: str
    label: Label
    count: int
    looked_at: int
    confidence: float


class ModelResult(msgspec.Struct, frozen=True):
    """One file. `isolation` is what the scanning process was kept from.

    `unsafe_format`: loading this format can run code, whatever this file holds. `dangerous` are the operators
    found that no model needs (`os.system`, `PyFunc`, `Lambda`), by name. `remote_code`: a loader that trusts
    the model runs code that comes with it. `remote_code_loads` are the loads with `trust_remote_code=True` in
    a code file: what is loaded, or "" where the code does not say it in words.

    `findings` are sensitive data in its strings; `not_looked_at` which strings nobody read, and why. Both are
    empty for a file whose strings were read and hold nothing.

    `signature` speaks of OpenSSF model signing (`model.sig` beside the file): "present" is not checked for
    want of a key, "invalid" is a digest or a signature that does not fit. `signer` is the identity that the
    signature gives, of which nobody but `valid` is a proof; `signed_files` how many files it covers.
    """

    path: str
    format: str
    verdict: Verdict
    reasons: tuple[str, ...]
    size: int = 0
    digest: str = ""
    isolation: str = ""
    unsafe_format: bool = False
    dangerous: tuple[str, ...] = ()
    remote_code: bool = False
    remote_code_loads: tuple[str, ...] = ()
    findings: tuple[ModelFinding, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    signature: SignatureState = "none"
    signature_reason: str = ""
    signer: str = ""
    signed_files: int = 0


class _Reason(msgspec.Struct, frozen=True):
    by: str
    level: str
    rule: str
    says: str


class _Report(msgspec.Struct, frozen=True):
    isolation: str
    reasons: tuple[_Reason, ...]


Told = Callable[[str], None]


def _silent(_: str) -> None:
    """Nobody watches."""


def inspect_models(paths: Iterable[Path], *, told: Told = _silent) -> Iterator[ModelResult]:
    """A result for each file that is named, and for each model file in folders; links are not followed."""
    for path in paths:
        for file in sorted(_files(path)):
            told(file.name)
            result = _file(file)
            if file == path or result.format not in NO_MODEL or result.verdict != "clean":
                yield result


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        for member in path.iterdir():
            yield from _files(member)
    else:
        yield path


def _file(path: Path) -> ModelResult:
    name = shown(str(path))
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode):
            return ModelResult(name, "unknown", "unreadable", ("it is a link or a device",))
        kind = model_format.format_of(path)
        if kind == "empty" or (kind in NO_MODEL and path.name not in CONFIGS):
            return ModelResult(name, kind, "clean", ("it is in no format of models",), about.st_size)
        digest = _digest(path, about.st_size)
    except OSError as error:
        reason = f"it cannot be opened ({error.strerror or type(error).__name__})"
        return ModelResult(name, "unknown", "unreadable", (reason,))
    verdict, reasons, isolation = _scanned(path)
    return ModelResult(name, kind, verdict, reasons, about.st_size, digest, isolation)


def _digest(path: Path, size: int) -> str:
    if size > MOST_BYTES:
        return ""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _scanned(path: Path) -> tuple[Verdict, tuple[str, ...], str]:
    """What the child says, or what became of it."""
    command = [sys.executable, "-m", "collectors.inspect.model_child", str(path.absolute())]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, env=_environment())
    except subprocess.TimeoutExpired:
        return "unreadable", (f"it took the scanners more than {SECONDS} s",), ""
    if ended.returncode != 0:
        return "unreadable", (_broken(ended.returncode, ended.stderr),), ""
    try:
        report = msgspec.json.decode(ended.stdout.splitlines()[-1], type=_Report)
    except (msgspec.MsgspecError, IndexError):
        return "unreadable", ("the scanners gave no answer",), ""
    verdict, reasons = _judged(report.reasons)
    return verdict, reasons, report.isolation


def _environment() -> dict[str, str]:
    """What the child needs to start, and nothing of what the parent knows."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "PYTHONDONTWRITEBYTECODE") if name in os.environ
    }
    return {**kept, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}


def _broken(code: int, errors: bytes) -> str:
    if b"MemoryError" in errors:
        return f"it takes more than {model_child.MEMORY // 1_000_000:,} MB to scan"
    if code in (-24, -9):
        return f"it takes more than {model_child.CPU_SECONDS} s of computing to scan"
    kind = errors.strip().splitlines()[-1:] or [b""]
    name = kind[0].split(b":")[0].decode("ascii", "replace")[:60]
    return f"it breaks the scanners ({name or f'signal {-code}'})"


def _judged(found: Iterable[_Reason]) -> tuple[Verdict, tuple[str, ...]]:
    """The worst that any scanner says; what was not read is never clean."""
    reasons = list(found)
    told = tuple(dict.fromkeys(f"{each.by} {each.rule}: {shown(each.says)}" for each in reasons))
    levels = {each.level for each in reasons}
    if levels & {*model_child.SEVERE}:
        return "malicious", told
    if levels & {*model_child.DOUBTFUL}:
        return "suspicious", told
    if "unread" in levels:
        return "unreadable", told
    return "clean", told
