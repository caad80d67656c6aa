"""The engine: kingfisher's rules and our own, offline, over one piece of text at a time.

No path and no comment talks it out of a finding: lock files, pictures and lines that ask to be ignored are
read like any other.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import yaml

from collectors.inspect.public_names import Spot, names_of
from collectors.inspect.secret_pieces import Piece
from collectors.inspect.secret_place import PublicName
from collectors.redaction import Redactor, one_form

if TYPE_CHECKING:
    from kingfisher_sdk import DetectionScanner, Finding

KEY_IDS = ("betterleaks.aws-access-token",)
"""Rules that find what is public."""
PARTS = ("betterleaks.aws-secret-access-key",)
"""Rules whose findings the engine hides as a part of another, and that are secrets."""
WEAK = ("crownpath.named", "crownpath.address", "betterleaks.kubernetes-secret-yaml")
"""Rules that know a secret by its surroundings only."""
NO_PASSWORD = re.compile(
    r"(?i)(?:my|your|the|db|some)?[_-]?(?:pass|password|passwd|pwd|secret|changeme|token)[0-9]{0,3}"
)
"""What stands in an address of an example."""
KEY_WITHIN = re.compile(r"(?:^|;)(?:AccountKey|SharedAccessKey|Secret)=([A-Za-z0-9+/]{40,}={0,2})")
BY_NAME = (".php", ".tf", ".hcl", ".yaml", ".yml")
"""Endings that some rules insist on. Every other name is kept from the engine: it skips what it takes for
pictures, lock files and the like."""
BY_PATH = re.compile(r"\.git/config$|\.git-credentials$|_history$|nuget\.config$", re.IGNORECASE)
ESCAPED = re.compile(rb"\\[nrtu/\"]")
MOST_JSON = 8 << 20
ANY = "secret"
"""What a secret is called that is nobody's in particular."""


class Found(msgspec.Struct, frozen=True):
    """A secret as it stands in a file; `inner` is where in it (a notebook's cell), below the file's own path.
    Never shown."""

    inner: str
    line: int
    rule: str
    provider: str
    secret: str
    opens: tuple[PublicName, ...]

    def __repr__(self) -> str:
        return f"Found({self.rule}, line {self.line})"


class Hit(msgspec.Struct, frozen=True):
    """What leaves of a secret that was found."""

    inner: str
    line: int
    rule: str
    provider: str
    fingerprint: str
    opens: tuple[PublicName, ...]


@cache
def _scanner(folder: Path) -> "DetectionScanner":
    """Rules compile for seconds; then `folder` has them for the next process."""
    from kingfisher_sdk import DetectionScanner, Rules

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with as_file(files("collectors.inspect") / "secret_rules") as own:
        rules = Rules(sorted(own.glob("*.yaml")), cache_dir=folder)
    return DetectionScanner(rules, inline_ignores=False, markup_context=False)


class Engine:
    """Finds secrets; what it returns holds no value. `folder` keeps the compiled rules, for its owner."""

    def __init__(self, redactor: Redactor, folder: Path) -> None:
        self._finder = Finder(folder)
        self._redactor = redactor

    def hits(self, piece: Piece) -> Iterator[Hit]:
        """Each secret of a piece once a line, and those that only the decoded strings of JSON show."""
        for found in self._finder.found(piece):
            yield hit_of(found, self._redactor)


def hit_of(found: Found, redactor: Redactor) -> Hit:
    fingerprint = redactor.fingerprint(found.provider or ANY, found.secret)
    return Hit(found.inner, found.line, found.rule, found.provider, fingerprint, found.opens)


class Finder:
    """Finds secrets and knows no key: who has it makes fingerprints of what is found."""

    def __init__(self, folder: Path) -> None:
        self._scanner = _scanner(folder)

    def found(self, piece: Piece) -> Iterator[Found]:
        """As `Engine.hits`, with the values."""
        raw = list(self._in(piece.data, hint_of(piece.path), piece.owns, piece.until, piece.line, ""))
        yield from raw
        known = {one_form(found.secret) for found in raw}
        for inner, text in decoded(piece):
            data = text.encode("utf-8", "replace")
            for found in self._in(data, "", 0, len(data), 0, inner):
                if one_form(found.secret) not in known:
                    yield found

    def _in(self, data: bytes, hint: str, owns: int, until: int, line: int, inner: str) -> Iterator[Found]:
        from kingfisher_sdk import ScanInput

        told: dict[tuple[int, str], Found] = {}
        spots = _spots(self._scanner.scan_input(ScanInput(hint or "file", data=data)))
        names = names_of(data, spots) if spots else []
        for spot, opens in zip(spots, names, strict=True):
            if owns <= spot.start < until:
                found = _found(spot, opens, line, inner)
                place = found.line, one_form(found.secret)
                if place not in told or (found.provider and not told[place].provider):
                    told[place] = found
        yield from told.values()


def _found(spot: Spot, opens: tuple[PublicName, ...], line: int, inner: str) -> Found:
    provider = provider_of(spot.rule)
    if not provider and any(name.kind.startswith("gcp_") for name in opens):
        provider = "google"
    if provider:
        opens = (*opens, PublicName("provider", provider))
    return Found(inner, line + spot.line, spot.rule, provider, spot.secret, opens)


def _spots(found: Sequence["Finding"]) -> list[Spot]:
    """What is a secret: parts only beside the whole, weak rules only where no other says more."""
    whole = any(each.rule_id in KEY_IDS for each in found)
    told = (each for each in found if each.visible or (whole and each.rule_id in PARTS))
    spots = [_spot(each) for each in told if each.rule_id not in KEY_IDS]
    spots = [each for each in spots if not NO_PASSWORD.fullmatch(each.secret)]
    strong = sorted((each for each in spots if not _weak(each)), key=lambda each: each.start)
    starts = [each.start for each in strong]
    return [each for each in spots if not _weak(each) or not _overlaps(each, strong, starts)]


def _weak(spot: Spot) -> bool:
    return spot.rule.startswith(WEAK)


def _overlaps(weak: Spot, strong: Sequence[Spot], starts: Sequence[int]) -> bool:
    near = bisect_left(starts, weak.end)
    return any(each.end > weak.start for each in strong[max(0, near - 8) : near])


def _spot(finding: "Finding") -> Spot:
    return Spot(
        start=int(finding.location["start_offset"]),
        end=int(finding.location["end_offset"]),
        line=int(finding.location["line"]),
        rule=finding.rule_id,
        secret=_proper(finding),
        encoded=finding.is_base64_encoded,
    )


def _proper(finding: "Finding") -> str:
    """The secret itself: of an address with a password the password, of a connection string its key."""
    password = finding.captures.get("password", "")
    if password and "://" in finding.secret:
        return password
    key = KEY_WITHIN.search(finding.secret)
    return key[1] if key else finding.secret


def hint_of(path: str) -> str:
    """As much of a file's name as rules ask for."""
    if BY_PATH.search(path):
        return "/".join(PurePosixPath(path).parts[-2:])
    suffix = PurePosixPath(path).suffix.lower()
    return f"file{suffix}" if suffix in BY_NAME else ""


def decoded(piece: Piece) -> Iterator[tuple[str, str]]:
    """The strings of JSON without escapes: a notebook's cells one by one, another document as one text."""
    start = piece.data[:64].lstrip()[:1]
    if start not in (b"{", b"[") or not piece.whole or not ESCAPED.search(piece.data):
        return
    document: object = None
    with suppress(ValueError, RecursionError):
        document = json.loads(piece.data)
    cells = document.get("cells") if isinstance(document, dict) else None
    if isinstance(cells, list):
        for number, cell in enumerate(cells, 1):
            yield f"#cell {number}", "\n".join(_texts(cell))
    elif document is not None:
        yield "", "\n".join(_texts(document))


def _texts(value: object, name: str = "") -> Iterator[str]:
    """The strings, each behind its name; a list of strings is lines of one text, as notebooks have it."""
    if isinstance(value, str):
        yield f"{name}: {value}" if name and "\n" not in value else value
    elif isinstance(value, list):
        if value and all(isinstance(each, str) for each in value):
            yield "".join(value)
        else:
            yield from (text for each in value for text in _texts(each))
    elif isinstance(value, dict):
        yield from (text for key, each in value.items() for text in _texts(each, str(key)))


class _Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    word: str
    provider: str


@cache
def _providers() -> tuple[_Provider, ...]:
    text = (files("collectors.inspect") / "providers.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[_Provider, ...])


def providers() -> frozenset[str]:
    """Everybody whose keys some rule finds."""
    return frozenset(each.provider for each in _providers())


@cache
def provider_of(rule: str) -> str:
    """Whose keys a rule finds; empty where nobody's in particular."""
    return next((each.provider for each in _providers() if each.word in rule.lower()), "")
