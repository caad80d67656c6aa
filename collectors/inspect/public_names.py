"""What a secret opens, from the names that stand beside it, or in it. Nothing is asked of anybody.

A name is told only where it is certain that it belongs to the secret: both in one connection string, on one
line, in one JSON object, in one section of an INI file, or within three lines of one paragraph, and no second
of either there. Where there are more, their variables' names must tell which belong together.
"""

import base64
import binascii
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files

import msgspec
import yaml

from collectors.inspect.secret_place import PublicKind, PublicName

NEAR = 3
"""Lines between two that belong together, in a text without objects and sections."""
MOST_MARKS = 5_000
"""Keys and names in one piece of a text; among more none is certain."""
NEW_GENERATION = 1 << 47
"""The bit that access key ids have since they hold the account."""
ACCOUNT = 0x7FFF_FFFF_FF80
DECODINGS = 2


class Spot(msgspec.Struct, frozen=True):
    """Where a rule found a secret, in bytes; `encoded` when its base64 stands there. Never shown."""

    start: int
    end: int
    line: int
    rule: str
    secret: str
    encoded: bool = False

    def __repr__(self) -> str:
        return f"Spot({self.rule}, line {self.line})"


class _Beside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table: what stands beside the secrets of these rules."""

    rules: tuple[str, ...]
    kind: PublicKind
    pattern: str

    def fits(self, rule: str) -> bool:
        return any(word in rule for word in self.rules)


@cache
def _table() -> tuple[tuple[_Beside, re.Pattern[str]], ...]:
    text = (files("collectors.inspect") / "public_names.yaml").read_text("utf-8")
    rows = msgspec.convert(yaml.safe_load(text), tuple[_Beside, ...])
    return tuple((row, re.compile(row.pattern)) for row in rows)


def account_of(key_id: str) -> str:
    """The AWS account that an access key id holds; empty for ids of before 2019, which hold none.

    The id is base32: after the prefix a bit that says it is of the new kind, then forty of the account
    (https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489,
    https://labs.withsecure.com/publications/a-bitwise-analysis-of-aws-access-key-identifiers.html).
    """
    try:
        number = int.from_bytes(base64.b32decode(key_id[4:])[:6], "big")
    except (binascii.Error, ValueError):
        return ""
    account = (number & ACCOUNT) >> 7
    return f"{account:012d}" if number & NEW_GENERATION and account < 10**12 else ""


def names_of(data: bytes, spots: Sequence[Spot]) -> list[tuple[PublicName, ...]]:
    """What each of the secrets in a text opens."""
    plain = [number for number, spot in enumerate(spots) if not spot.encoded]
    told: dict[int, tuple[PublicName, ...]] = dict(
        zip(plain, _in_text(data.decode("latin-1"), [spots[n] for n in plain]), strict=True)
    )
    regions: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, spot in enumerate(spots):
        if spot.encoded:
            regions[spot.start, spot.end].append(number)
    for (start, end), numbers in regions.items():
        text, inner = _decoded(data[start:end], [spots[n] for n in numbers])
        told.update(zip(numbers, _in_text(text, inner), strict=True))
    return [told[number] for number in range(len(spots))]


def _decoded(region: bytes, spots: Sequence[Spot]) -> tuple[str, list[Spot]]:
    """The text that base64 hides, and where the secrets are in it."""
    text = region.decode("latin-1")
    for _ in range(DECODINGS):
        letters = re.sub(r"[^A-Za-z0-9+/]", "", text.replace("-", "+").replace("_", "/"))
        text = base64.b64decode(letters[: len(letters) // 4 * 4] + _padded(letters)).decode("latin-1")
        if all(spot.secret in text for spot in spots):
            break
    inner = []
    for spot in spots:
        start = max(0, text.find(spot.secret))
        inner.append(msgspec.structs.replace(spot, start=start, end=start + len(spot.secret)))
    return text, inner


def _padded(letters: str) -> str:
    rest = letters[len(letters) // 4 * 4 :]
    return rest + "=" * (-len(rest) % 4) if len(rest) > 1 else ""


def _in_text(text: str, spots: Sequence[Spot]) -> list[tuple[PublicName, ...]]:
    names: list[list[PublicName]] = [[] for _ in spots]
    layout = _Layout(text)
    for row, pattern in _table():
        chosen = [number for number, spot in enumerate(spots) if row.fits(spot.rule)]
        if not chosen:
            continue
        beside = [_Mark(match.start(1), match[1]) for match in pattern.finditer(text)]
        marks = [_Mark(spots[number].start, spots[number].secret) for number in chosen]
        for number, value in zip(chosen, _paired(layout, marks, beside), strict=True):
            if value:
                names[number].extend(_told(row.kind, value))
    for number, spot in enumerate(spots):
        if host := _host(text, spot):
            names[number].append(PublicName("host", host))
    return [tuple(each) for each in names]


def _told(kind: PublicKind, value: str) -> list[PublicName]:
    if kind != "aws_access_key_id":
        return [PublicName(kind, value.lower())]
    account = account_of(value)
    return [PublicName(kind, value), *([PublicName("aws_account", account)] if account else [])]


def _host(text: str, spot: Spot) -> str:
    """The host of an address with a password in it; none where a second @ leaves doubt which part it is."""
    start = _after_last(text, "\"'`<>\\ \t\r\n", spot.start, 300)
    after = re.match(r"[^\s\"'`<>\\]*", text[spot.start : spot.end + 400])
    address = text[start : spot.start] + (after[0] if after else "")
    _, scheme, rest = address.partition("://")
    who, _, place = rest.partition("@")
    found = re.match(r"([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?=[:/?#,;]|$)", place)
    certain = scheme and spot.secret in who and "@" not in place
    return found[1].lower() if found and certain else ""


def _after_last(text: str, ends: str, at: int, most: int) -> int:
    """Where what stands before a position begins, so many characters back at most."""
    least = max(0, at - most)
    return max(least, *(text.rfind(end, least, at) + 1 for end in ends))


class _Mark(msgspec.Struct, frozen=True):
    at: int
    value: str


class _Layout:
    """Where in a text a position is: what stands in the same group belongs together."""

    def __init__(self, text: str) -> None:
        self._text = text

    def token(self, at: int) -> Hashable:
        """One connection string: no space, no quote."""
        return _after_last(self._text, "\"'` \t\r\n", at, 2_000)

    def line(self, at: int) -> Hashable:
        return bisect_right(self._lines, at), self._object(at)

    def json(self, at: int) -> Hashable:
        start = self._object(at)
        return (
            start if start is not None and re.match(r"\{\s*\\?\"", self._text[start : start + 200]) else None
        )

    def section(self, at: int) -> Hashable:
        number = bisect_right(self._sections, at)
        return (number, self._object(at)) if number else None

    def paragraph(self, at: int) -> Hashable:
        return bisect_right(self._blanks, at), bisect_right(self._sections, at), self._object(at)

    def variable(self, at: int) -> tuple[str, ...]:
        """What tells a variable's name from its neighbours': `("prod",)` of `PROD_AWS_SECRET_ACCESS_KEY=`."""
        before = self._text[max(0, at - 200) : at].rpartition("\n")[2]
        found = re.search(r"([A-Za-z][\w.-]*)[\\\"'`\]]*\s*(?:[:=,]|=>|:=)\s*[\\\"'`]*[^\s\"'`=]*$", before)
        words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", found[1]) if found else []
        return tuple(word.lower() for word in words if word.lower() not in _USUAL)

    def lines_apart(self, one: int, other: int) -> int:
        return abs(bisect_right(self._lines, one) - bisect_right(self._lines, other))

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    @cached_property
    def _blanks(self) -> list[int]:
        return [match.end() for match in re.finditer(r"\n[ \t\r]*(?=\n)", self._text)]

    @cached_property
    def _sections(self) -> list[int]:
        return [
            match.start() for match in re.finditer(r"(?m)^[ \t]*\[+[\w.\"' :/-]+\]+[ \t\r]*$", self._text)
        ]

    def _object(self, at: int) -> int | None:
        """Where the innermost braces around a position open."""
        starts, opened = self._braces
        number = bisect_right(starts, at) - 1
        return opened[number] if number >= 0 else None

    @cached_property
    def _braces(self) -> tuple[list[int], list[int | None]]:
        """Positions from which on a brace is the innermost."""
        starts: list[int] = []
        opened: list[int | None] = []
        stack: list[int] = []
        for match in re.finditer(r'"(?:\\.|[^"\\\n])*"|[{}]', self._text):
            if match[0] == "{":
                stack.append(match.start())
            elif match[0] == "}" and stack:
                stack.pop()
            else:
                continue
            starts.append(match.start())
            opened.append(stack[-1] if stack else None)
        return starts, opened


_USUAL = frozenset(
    {"access", "account", "api", "aws", "azure", "base", "client", "cognitive", "connection", "credential"}
    | {"credentials", "endpoint", "google", "host", "id", "key", "keys", "name", "openai", "password"}
    | {
        "resource",
        "search",
        "secret",
        "service",
        "services",
        "storage",
        "string",
        "token",
        "uri",
        "url",
        "value",
    }
)
"""Words of variables' names that say what something is, not which one."""


def _paired(layout: _Layout, secrets: Sequence[_Mark], names: Sequence[_Mark]) -> list[str]:
    """The one name that belongs to each secret, or an empty text."""
    found = [""] * len(secrets)
    if not names or len(names) + len(secrets) > MOST_MARKS:
        return found
    stems: dict[int, tuple[str, ...]] = {each.at: layout.variable(each.at) for each in (*secrets, *names)}
    for group in (layout.token, layout.line, layout.json, layout.section, layout.paragraph):
        groups: dict[Hashable, tuple[list[_Mark], list[_Mark]]] = defaultdict(lambda: ([], []))
        for kind, marks in enumerate((secrets, names)):
            for mark in marks:
                groups[group(mark.at)][kind].append(mark)
        groups.pop(None, None)
        chosen: dict[int, _Mark] = {}
        for rivals, beside in groups.values():
            chosen.update(_matched(rivals, beside, stems))
        for number, secret in enumerate(secrets):
            name = chosen.get(secret.at)
            if name and (group != layout.paragraph or layout.lines_apart(name.at, secret.at) <= NEAR):
                found[number] = found[number] or name.value
    return found


def _matched(
    secrets: Sequence[_Mark], names: Sequence[_Mark], stems: Mapping[int, tuple[str, ...]]
) -> Mapping[int, _Mark]:
    """By position: the name in the group, if there is one of each, or one of each for a variable."""
    if _one(secrets) and _one(names):
        return {secret.at: names[0] for secret in secrets}
    by_stem: dict[tuple[str, ...], tuple[list[_Mark], list[_Mark]]] = defaultdict(lambda: ([], []))
    for kind, marks in enumerate((secrets, names)):
        for mark in marks:
            by_stem[stems[mark.at]][kind].append(mark)
    return {
        secret.at: beside[0]
        for rivals, beside in by_stem.values()
        if _one(rivals) and _one(beside)
        for secret in rivals
    }


def _one(marks: Sequence[_Mark]) -> bool:
    return len({each.value for each in marks}) == 1
