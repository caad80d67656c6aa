"""The shape of `estate.yaml`, and what is wrong with one: sentences that name the file and the line."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from collectors.declared.document import Document, EstateError, load
from collectors.declared.values import check
from collectors.redaction import Redactor
from collectors.source import canonical
from graph import ontology
from graph.model import Asset, Call, Coverage, Evidence, Json

READ = Call(
    "declared:estate:Read",
    lists=("AISystem",),
    fills=("AISystem.purpose", "AISystem.risk_class", "PART_OF", "OWNED_BY"),
)

PLAINLY: Mapping[str, str] = {
    "RFC3339": "a date is written 2026-11-20",
    "matching regex": "an id is made of lower-case letters, digits and hyphens",
    "length >= 1": "there is no text here",
    "Expected `object`": "keys with values are expected here",
    "Expected `array`": "a list is expected here",
    "Expected `str`": "text is expected here",
}
"""What the checker says, and what it means to someone who writes the file."""

Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which assets are meant: all keys that are given must fit. `*` and `?` stand for any text in them."""

    provider: Text | None = None
    kind: Text | None = None
    account: Text | None = None
    region: Text | None = None
    tag: Text | None = None
    name: Text | None = None

    def fits(self, asset: Asset) -> bool:
        if self.kind and asset.kind not in ontology.expand(self.kind):
            return False
        single = {"provider": self.provider, "account": self.account, "region": self.region}
        for name, wanted in single.items():
            if wanted and not _pattern(wanted).fullmatch(str(asset.get(name) or "")):
                return False
        if self.name and not _pattern(self.name).fullmatch(asset.name):
            return False
        tags = asset.get("tags")
        return not self.tag or any(
            _pattern(self.tag).fullmatch(str(tag)) for tag in (tags if isinstance(tags, tuple) else ())
        )


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The person or group that answers for an asset, by id."""

    id: Text
    kind: Literal["User", "Group"]


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of one asset (`id`) or of all that fit (`match`); why, and since when."""

    reason: Text
    date: date
    id: Text | None = None
    match: Match | None = None
    set: dict[str, str | bool | int | float | list[str]] = {}
    owned_by: Owner | None = None


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An AI system: what laws and standards speak of, made of parts."""

    id: Slug
    name: Text
    purpose: Text
    reason: Text
    date: date
    risk_class: Text | None = None
    owner: Text | None = None
    parts: list[Text | Match] = []


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    assets: list[Declared] = []
    systems: list[System] = []


class Declarations(msgspec.Struct, frozen=True):
    """A checked file. `document` is its canonical JSON, `digest` its SHA-256: evidence points there."""

    assets: tuple[Declared, ...] = ()
    systems: tuple[System, ...] = ()
    document: bytes = b"{}"
    digest: str = hashlib.sha256(b"{}").hexdigest()
    source: Document = Document("estate.yaml", {}, {})

    @property
    def documents(self) -> dict[str, bytes]:
        """What the evidence points into, as a snapshot keeps it."""
        return {self.digest: self.document}

    def coverage(self, at: datetime) -> Coverage:
        """The reading of the file, as a snapshot records calls."""
        return Coverage(
            call=READ.id,
            at=at,
            pages=1,
            items=len(self.assets) + len(self.systems),
            documents=(self.digest,),
        )

    def evidence(self, pointer: str, *supports: str) -> Evidence:
        return Evidence(READ.id, self.digest, pointer, supports)


def read(path: Path, redactor: Redactor | None = None) -> Declarations:
    """The declarations of a file; an EstateError names the line of what can't be used.

    With a redactor, secrets that someone wrote there become fingerprints, as at any other source.
    """
    source = load(path)
    return of_document(redactor.redact(READ.id, source.json) if redactor else source.json, source)


def of_document(document: Json, source: Document) -> Declarations:
    """The declarations in a document, checked; `source` says on which line what stands."""
    try:
        file = msgspec.convert(document, _File)
    except msgspec.ValidationError as fault:
        raise EstateError(_sentence(str(fault), source)) from fault
    for index, each in enumerate(file.assets):
        _check(each, f"/assets/{index}", source)
    _check_once((system.id for system in file.systems), source)
    data = canonical(document)
    return Declarations(
        tuple(file.assets), tuple(file.systems), data, hashlib.sha256(data).hexdigest(), source
    )


def _check(each: Declared, pointer: str, source: Document) -> None:
    """What the types can't say: one of id and match, and properties that people may set."""
    where = source.at(pointer)
    if (each.id is None) == (each.match is None):
        raise EstateError(
            f"{where}: give either `id` (one asset) or `match` (all that fit), not both or none."
        )
    if each.match is not None and each.match == Match():
        raise EstateError(f"{source.at(pointer + '/match')}: an empty match would fit every asset.")
    kind = each.match.kind if each.match else None
    if kind is not None and kind not in (*ontology.KINDS, *ontology.FAMILIES):
        raise EstateError(f"{source.at(pointer + '/match/kind')}: there is no kind or family `{kind}`.")
    if not each.set and each.owned_by is None:
        raise EstateError(f"{where}: nothing is said of the asset; give `set` or `owned_by`.")
    for name, value in each.set.items():
        fault = check(kind, name, value)
        if fault:
            raise EstateError(f"{source.at(f'{pointer}/set/{name}')}: {fault}")
    if each.set.get("crown_jewel") is True and "crown_jewel_why" not in each.set:
        place = source.at(f"{pointer}/set/crown_jewel")
        raise EstateError(f"{place}: say in `crown_jewel_why` what makes it a crown jewel.")
    if "transformation" in each.set and not {"attested_by", "attested_on"} <= each.set.keys():
        place = source.at(f"{pointer}/set/transformation")
        raise EstateError(
            f"{place}: say in `attested_by` and `attested_on` who answers for it, and since when."
        )


def _check_once(identifiers: Iterable[str], source: Document) -> None:
    seen: set[str] = set()
    for index, identifier in enumerate(identifiers):
        if identifier in seen:
            place = source.at(f"/systems/{index}/id")
            raise EstateError(f"{place}: there are two systems with the id `{identifier}`.")
        seen.add(identifier)


def _sentence(said: str, source: Document) -> str:
    """msgspec's `... - at `$.assets[0].set`` with our file and line, and the keys there are."""
    what, _, path = said.partition(" - at ")
    pointer = re.sub(r"\[(\d+)\]|\.(\w+)", lambda m: "/" + (m[1] or m[2]), path.strip("`").removeprefix("$"))
    unknown = re.search(r"unknown field `(.+)`", what)
    if unknown:
        keys = ", ".join(_keys(pointer))
        return f"{source.at(f'{pointer}/{unknown[1]}')}: unknown key `{unknown[1]}`. There are: {keys}."
    missing = re.search(r"missing required field `(.+)`", what)
    if missing:
        return f"{source.at(pointer)}: the key `{missing[1]}` is missing."
    plain = next((ours for theirs, ours in PLAINLY.items() if theirs in what), what)
    return f"{source.at(pointer)}: {plain}."


def _keys(pointer: str) -> tuple[str, ...]:
    """The keys that may stand at a place of the file."""
    step = re.sub(r"/\d+", "", pointer).rpartition("/")[2]
    structs: Mapping[str, type[msgspec.Struct]] = {
        "": _File,
        "assets": Declared,
        "systems": System,
        "match": Match,
        "parts": Match,
        "owned_by": Owner,
    }
    return structs[step].__struct_fields__


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))
