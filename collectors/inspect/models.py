"""Model files: what each really is, whether loading it could run something, and what its strings hold.

Nothing is ever loaded. Two scanners (hayward, picklescan), our own reader of pickles and the detectors of
sensitive data look at each file in a process of its own, which is kept from the network, from starting
programs and from writing files where the host allows that. A file that breaks it has a verdict of its own.
"""

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import msgspec

from collectors.inspect import model_code, model_format, model_process
from collectors.inspect import model_report as report
from collectors.inspect.data import shown
from collectors.inspect.model_documents import Documents, local
from collectors.inspect.model_names import printable
from collectors.inspect.model_result import ModelResult, Verdict
from collectors.inspect.model_signature import NAME as SIGNATURE
from collectors.inspect.model_signature import Key, Signatures
from collectors.inspect.places import SCHEMES, Budget
from collectors.inspect.secret_process import Secrets

MOST_BYTES = 20_000_000_000
"""Bytes beyond which a file is not even hashed."""
BESIDE = (
    *model_format.CONFIGS,
    *(
        "MLmodel",
        "README.md",
        "input_example.json",
        "serving_input_example.json",
        "serving_input_payload.json",
    ),
    *(
        "vocab.txt",
        "vocab.json",
        "tokenizer.json",
        "added_tokens.json",
        "special_tokens_map.json",
        "merges.txt",
    ),
    *(
        "params.json",
        "chat_template.json",
        "chat_template.jinja",
        "model_card.md",
        "preprocessor_config.json",
    ),
)
"""Files that are no models and belong to one: what they hold is looked at."""
MODEL_FOLDER = "MLmodel"
"""The file that makes a folder a model of MLflow's; what lies beside it belongs to the model."""

SHOWN = {"npz": "numpy", "numpy objects": "numpy"}
SEVERE, DOUBTFUL = ("critical", "high"), ("medium",)
REMOTE_CODE = "MFV-HF-002"
"""The scanner's rule for `auto_map` and `trust_remote_code` in a configuration."""


Told = Callable[[str], None]


def _silent(_: str) -> None:
    """Nobody watches."""


def inspect_models(
    places: Iterable[Path | str],
    *,
    key: Key | None = None,
    budget: Budget | None = None,
    secrets: Secrets | None = None,
    told: Told = _silent,
) -> Iterator[ModelResult]:
    """A result for each file that is named, and for each that is or belongs to a model in folders and in
    prefixes of object stores. Links are not followed.

    `key` is what signatures are checked with, `budget` how much may be fetched, `secrets` looks for keys in
    the strings (None: nobody does). Raises `Unreachable` for a store that is not listed.
    """
    for place in places:
        if str(place).startswith(SCHEMES):
            from collectors.inspect.model_remote import inspect_remote

            yield from inspect_remote(str(place), budget or Budget(), told, secrets)
        else:
            yield from _local(Path(place), Signatures(key), told, secrets)


# ---- files of this machine -----------------------------------------------------------------------------


def _local(root: Path, signatures: Signatures, told: Told, secrets: Secrets | None) -> Iterator[ModelResult]:
    documents = Documents(*local(root))
    for file, fault in _files(root):
        told(named(file))
        named_itself = file == root
        result = (
            unread(named(file), fault)
            if fault
            else _file(file, root, signatures, secrets, named_itself=named_itself)
        )
        if result is not None:
            yield documents.beside(result, str(file))


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    """Files below a folder, in the order of their names, and why some are not looked at.

    Folders may be nested deeper than anything that calls itself could follow.
    """
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                waiting += sorted(path.iterdir(), reverse=True)
                continue
            yield path, "" if stat.S_ISREG(mode) else "it is a link or a device"
        except OSError as error:
            yield path, fault(error)


def fault(error: OSError) -> str:
    return f"it cannot be opened ({error.strerror or type(error).__name__})"


def named(path: Path) -> str:
    return shown(printable(str(path)))


def unread(name: str, reason: str, kind: str = "unknown", size: int = 0) -> ModelResult:
    return ModelResult(name, kind, "unreadable", (reason,), size)


def _file(
    file: Path, root: Path, signatures: Signatures, secrets: Secrets | None, *, named_itself: bool
) -> ModelResult | None:
    """The result of one file; None for one in a folder that neither is nor belongs to a model."""
    name = named(file)
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(file, flags)
    except OSError as error:
        return unread(name, fault(error))
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return unread(name, "it is a link or a device")
        belongs = named_itself or file.name in BESIDE or (file.parent / MODEL_FOLDER).exists()
        with open(descriptor, "rb", closefd=False) as content:
            kind = model_format.of_start(content, file.name)
            if not worth(kind, file.name, belongs=belongs, mentions=mentions(content, file.name)):
                return _none_of_models(name, kind, about.st_size) if named_itself else None
            digest = _digest(content, about.st_size)
        lines = model_process.scan(descriptor, about.st_size, file.name, secrets)
        result = judged(name, lines, about.st_size, digest)
        return _signed(result, signatures, file, root) if named_itself or tells(result, lines) else None
    except OSError as error:
        return unread(name, fault(error))
    finally:
        os.close(descriptor)


def mentions(content: BinaryIO, name: str) -> bool:
    """Whether a code file speaks of trusting code that comes with a model."""
    if not name.endswith((".py", ".ipynb")):
        return False
    content.seek(0)
    return model_code.MARK in content.read(model_code.MOST_BYTES)


def worth(kind: str, name: str, *, belongs: bool, mentions: bool) -> bool:
    """Whether a file is looked at in a process of its own: not every text beside a model is."""
    if kind == "empty":
        return False
    if kind in ("text", "json"):
        return belongs or mentions or model_format.is_called_a_model(name)
    return model_format.is_called_a_model(name) or kind not in ("unknown", "parquet")


def _none_of_models(name: str, kind: str, size: int) -> ModelResult:
    return ModelResult(name, kind, "clean", ("it is in no format of models",), size)


def _digest(content: BinaryIO, size: int) -> str:
    if size > MOST_BYTES:
        return ""
    content.seek(0)
    digest = hashlib.sha256()
    while part := content.read(1 << 20):
        digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def _signed(result: ModelResult, signatures: Signatures, file: Path, root: Path) -> ModelResult:
    if file.name == SIGNATURE:
        return result
    found = signatures.of(file, root)
    return msgspec.structs.replace(
        result,
        signature=found.state,
        signature_reason=found.reason,
        signer=found.signer,
        signed_files=found.files,
    )


# ---- what was told -------------------------------------------------------------------------------------


def tells(result: ModelResult, lines: Iterable[report.Line]) -> bool:
    """Whether a file that nobody named is worth a result."""
    holds = any(isinstance(each, report.Format) and each.kind in model_format.MODELS for each in lines)
    return (
        holds
        or result.verdict != "clean"
        or bool(result.findings or result.secrets or result.remote_code_loads)
    )


def judged(name: str, lines: list[report.Line], size: int, digest: str) -> ModelResult:
    """The worst that any scanner says; what was not read is never clean."""
    kinds = [each.kind for each in lines if isinstance(each, report.Format)]
    own = next((each.kind for each in lines if isinstance(each, report.Format) and not each.place), "unknown")
    reasons = [*(each for each in lines if isinstance(each, report.Reason)), *_unknown(name, own)]
    loads = tuple(dict.fromkeys(shown(each.what) for each in lines if isinstance(each, report.Load)))
    told = [f"{each.by} {each.rule}: {_with_names(each)}" for each in reasons]
    if _is_renamed(name, kinds):
        told.append(
            f"crownpath name: it is called as a format that runs nothing, and is {SHOWN.get(own, own)}"
        )
    return ModelResult(
        path=name,
        format=SHOWN.get(own, own),
        verdict=_verdict(reasons, doubtful=bool(loads) or _is_renamed(name, kinds)),
        reasons=tuple(dict.fromkeys(_said(each) for each in told)),
        size=size,
        digest=digest,
        isolation=next((each.says for each in lines if isinstance(each, report.Isolation)), ""),
        unsafe_format=any(each in model_format.UNSAFE for each in kinds),
        dangerous=tuple(dict.fromkeys(each for reason in reasons for each in reason.names)),
        remote_code=any(each.rule == REMOTE_CODE for each in reasons),
        remote_code_loads=loads,
        findings=tuple(_findings(lines)),
        secrets=tuple(each.found for each in lines if isinstance(each, report.Secret)),
        not_looked_at=tuple(
            dict.fromkeys(_said(each.says) for each in lines if isinstance(each, report.NotLookedAt))
        ),
        provenance=tuple(each.made for each in lines if isinstance(each, report.Claim)),
    )


def _findings(lines: list[report.Line]) -> Iterator[report.ModelFinding]:
    """What detectors found, without the types of keys of which the rules of secrets found as many."""
    known: Counter[str] = Counter()
    for each in lines:
        if isinstance(each, report.Secret):
            known.update(dict.fromkeys(each.types, each.found.places))
    found = [each.found for each in lines if isinstance(each, report.Finding)]
    most: Counter[str] = Counter()
    for finding in found:
        most[finding.type] = max(most[finding.type], finding.count)
    for finding in found:
        if finding.label != "credential" or most[finding.type] > known[finding.type]:
            yield finding


def _unknown(name: str, kind: str) -> Iterator[report.Reason]:
    if kind in ("unknown", "text", "parquet") and model_format.is_called_a_model(name):
        yield report.Reason(
            "crownpath", "unread", "name", "it is called a model and is in no format that is known"
        )


def _said(text: str) -> str:
    """A sentence for people: what names of strangers in it give away is masked."""
    return shown(printable(text))


def _with_names(reason: report.Reason) -> str:
    rest = [each for each in reason.names if each not in reason.says]
    return f"{reason.says}: {', '.join(rest)}" if rest else reason.says


def _is_renamed(name: str, kinds: list[str]) -> bool:
    """Whether a file that is called safe can run something: people load it without a second thought."""
    safe = PurePosixPath(name).suffix.lower() in (
        ".safetensors",
        ".gguf",
        ".onnx",
        ".json",
        ".txt",
        ".md",
        ".csv",
    )
    return safe and any(each in model_format.UNSAFE for each in kinds)


def _verdict(reasons: list[report.Reason], *, doubtful: bool) -> Verdict:
    levels = {each.level for each in reasons}
    if levels & {*SEVERE}:
        return "malicious"
    if levels & {*DOUBTFUL} or doubtful:
        return "suspicious"
    return "unreadable" if "unread" in levels else "clean"
