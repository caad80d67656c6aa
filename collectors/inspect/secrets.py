"""Secrets in files and in the history of Git repositories; each is a keyed fingerprint before it leaves here.

The engine is kingfisher's SDK, offline: no secret is ever tried. A repository is read whole, all branches and
tags, each version of a file once, deleted ones too; what is in its folder and not committed is read as well.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import yaml

from collectors.inspect.data import shown
from collectors.inspect.sample import Refusal
from collectors.inspect.secret_place import SecretPlace
from collectors.redaction import Redactor

if TYPE_CHECKING:
    from kingfisher_sdk import DetectionScanner, Finding, ScanInput

MOST_BYTES = 64_000_000
"""Bytes of one file, or that one archive may unfold to."""
NOTEBOOK = ".ipynb"

Told = Callable[[str], None]


class _Sight(msgspec.Struct, frozen=True):
    """One place of a secret, with what tells which of several is the first."""

    place: SecretPlace
    at: int


def _silent(_: str) -> None:
    """Nobody watches."""


def inspect_secrets(
    paths: Iterable[Path], redactor: Redactor, *, cache_folder: Path, told: Told = _silent
) -> Iterator[SecretPlace | Refusal]:
    """The secrets in files, folders and repositories, each once a path; and what could not be read."""
    scanner = _scanner(cache_folder)
    for path in paths:
        sights: dict[str, list[_Sight]] = {}
        for sight in _sights(path, scanner, redactor, told):
            if isinstance(sight, Refusal):
                yield sight
            else:
                sights.setdefault(sight.place.fingerprint, []).append(sight)
        for found in sights.values():
            first = min(found, key=lambda each: (each.at, each.place.path, each.place.line))
            yield msgspec.structs.replace(first.place, places=len(found))


def _scanner(folder: Path) -> "DetectionScanner":
    """The rules compile for seconds, once: `folder` keeps them, for its owner only."""
    from kingfisher_sdk import DetectionScanner, Rules

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with as_file(files("collectors.inspect") / "secret_rules") as own:
        rules = Rules(sorted(own.glob("*.yaml")), cache_dir=folder)
    return DetectionScanner(rules)


def _sights(
    path: Path, scanner: "DetectionScanner", redactor: Redactor, told: Told
) -> Iterator[_Sight | Refusal]:
    for opened in _inputs(path):
        reading: Iterator[ScanInput] | None = None
        while True:
            try:
                reading = reading or iter(opened())
                each = next(reading, None)
            except (OSError, RuntimeError, ValueError) as error:
                yield Refusal(shown(str(path)), f"it cannot be read to its end ({type(error).__name__})")
                break
            if each is None:
                break
            told(str(each.path))
            yield from _in(each, path, scanner, redactor)


def _inputs(path: Path) -> Iterator["Callable[[], Iterable[ScanInput]]"]:
    """What opens the history of a repository, what is in a folder, or one file."""
    import kingfisher_sdk as kingfisher

    if is_repository(path):
        yield partial(kingfisher.git_history, path, refs=None, discover=False, skip_missing_blobs=True)
    if path.is_dir() and not _is_bare(path):
        yield partial(kingfisher.filesystem, [path], gitignore=False, hidden=True, max_file_size=MOST_BYTES)
    elif path.is_file():
        yield lambda: [kingfisher.ScanInput.from_file(path)]


def is_repository(path: Path) -> bool:
    return (path / ".git").exists() or _is_bare(path)


def _is_bare(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


def _in(
    each: "ScanInput", root: Path, scanner: "DetectionScanner", redactor: Redactor
) -> Iterator[_Sight | Refusal]:
    """The secrets of one file, of its members when it is an archive, and of a notebook's cells."""
    import kingfisher_sdk as kingfisher

    try:
        for member in kingfisher.expand_archives([each], depth=2, max_bytes=MOST_BYTES):
            found = scanner.scan_input(member)
            for finding in (one for one in found if one.visible):
                yield _sight(finding, member, root, redactor)
            for cell, text in _cells(member):
                for finding in (one for one in scanner.scan(text) if one.visible):
                    yield _sight(finding, replace(member, path=f"{member.path}#{cell}"), root, redactor)
    except (OSError, RuntimeError, ValueError, TimeoutError) as error:
        yield Refusal(shown(_relative(each, root)), f"it cannot be read ({type(error).__name__})")


def _cells(member: "ScanInput") -> Iterator[tuple[str, str]]:
    """What is in a notebook's cells and their outputs, as text: in JSON a key of several lines is one."""
    data = member.data
    if not str(member.path).endswith(NOTEBOOK) or not isinstance(data, bytes | str):
        return
    notebook: object = None
    with suppress(ValueError, RecursionError):
        notebook = json.loads(data)
    cells = notebook.get("cells", []) if isinstance(notebook, dict) else []
    for number, cell in enumerate(cells if isinstance(cells, list) else []):
        text = "\n".join(_texts(cell))
        if text:
            yield f"cell {number + 1}", text


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if all(isinstance(each, str) for each in value):
            yield "".join(value)
        else:
            yield from (text for each in value for text in _texts(each))
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in _texts(each))


def _sight(finding: "Finding", member: "ScanInput", root: Path, redactor: Redactor) -> _Sight:
    provider = provider_of(finding.rule_id)
    location = finding.location
    commit, at = _first_commit(member)
    place = SecretPlace(
        path=shown(_relative(member, root)),
        line=int(location["line"]),
        commit=commit,
        rule=finding.rule_id,
        provider=provider,
        fingerprint=redactor.fingerprint(provider or "secret", finding.secret),
    )
    return _Sight(place, at)


def _first_commit(member: "ScanInput") -> tuple[str, int]:
    """The oldest commit that has this version; what is not committed comes after all that is."""
    origins = getattr(member, "origins", ())
    dated = [(int(each.committer.timestamp), str(each.id)) for each in origins]
    if dated:
        at, commit = min(dated)
        return commit, at
    return str(getattr(member, "commit", "") or ""), 2**62


def _relative(member: "ScanInput", root: Path) -> str:
    """The path below what was asked for, behind its name."""
    path = str(member.path)
    base = str(root)
    inner = path[len(base) :].lstrip("/") if path.startswith(base) else path
    return f"{base}/{inner}" if inner and inner != base else base


class _Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    word: str
    provider: str


@cache
def _providers() -> tuple[_Provider, ...]:
    text = (files("collectors.inspect") / "providers.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[_Provider, ...])


@cache
def provider_of(rule: str) -> str:
    """Whose keys a rule finds; empty where nobody's in particular."""
    return next((each.provider for each in _providers() if each.word in rule.lower()), "")
