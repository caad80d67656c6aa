"""Secrets become fingerprints at the door: nothing after this ever holds the value.

Two layers: a path table (`collectors/*/redaction.yaml`: these places hold secrets, whatever they look
like) and detectors (`collectors/redaction.yaml`: this looks like a secret, wherever it is). A secret turns
into `redacted:<detector>:<keyed hash>`: the same secret under the same key is recognised again, and the
hash can't be guessed back without the key. Of a script or prompt that is hidden as a whole, the keys in it
stand behind it, each as its own fingerprint.
"""

import base64
import binascii
import hashlib
import hmac
import json
import math
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, partial
from importlib.resources import files
from typing import Literal

import msgspec
import yaml

from graph.model import Json, pointer_token


class SecretPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Values at `pointer` of the calls' answers are secrets.

    `*` in a pointer is one step, `**` any number. With `keep: identifiers`, values that only name
    something (an ARN, an address, a region, an id) stay readable; with `keep: addresses`, only what has the
    form of such a name, whatever the setting is called; with `folders`, of the key of an object the folders
    that look as if a programmer had named them; with `no_trace`, not even a hash does, as is right for what
    may be personal data: a hash of that can be guessed back by whoever has the key.
    """

    calls: str
    pointer: str
    detector: str
    keep: Literal["nothing", "identifiers", "addresses", "folders", "no_trace"] = "nothing"


class Detector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pattern of a secret; `group` is the part that is one.

    `kept_in` are calls that list what looks like this, where it only names something.
    """

    name: str
    pattern: str
    group: int = 0
    kept_in: tuple[str, ...] = ()


Detectors = tuple[tuple[Detector, re.Pattern[str]], ...]


class _Rules(msgspec.Struct, frozen=True):
    """What holds for the answers of one call."""

    places: tuple[SecretPlace, ...]
    detectors: Detectors


SECRET_NAME = re.compile(r"(?i)(key|secret|token|passw|pwd|credential|dsn|conn(ection)?_?str|auth)")
REFERENCE_NAME = re.compile(
    r"(?i)(^|_)(id|arn|name|ur[il]|endpoint|bucket|region|model|alias|prefix|table|queue|topic|stage|env|level|"
    r"role|project|location|account|version|mode|index|database|port|host|agent|path|dir|program)$"
)
IDENTIFIER = re.compile(
    r"arn:aws[\w-]*:[\w:/.@+=,*%${}-]+|[A-Z0-9]{10}|(s3|gs|https?|abfss?)://[\w.-]+(:\d+)?(/[\w./=-]*)?|"
    r"\d{1,12}|true|false|[a-z]{2}(-[a-z]+)+-?\d|projects/[\w./-]+"
)
PLAIN = re.compile(r"[\w.:/@+-]{1,200}")
FOLDERS = re.compile(r"(?:(?![^/]*\d{4})[A-Za-z][\w.-]{0,40}/)*")
"""The beginning of an object's key of which no part looks like an address, a number or a sentence."""
FINGERPRINT = re.compile(r"redacted:[a-z_]+:[0-9a-f]{32}")
FINGERPRINTS = re.compile(rf"{FINGERPRINT.pattern}(?: {FINGERPRINT.pattern})*")
"""What became of a hidden value: its own fingerprint, and those of the keys in it."""
BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{16,}={0,2}\s*")
MOST_UNPACKED = 1 << 20
"""Bytes of a packed script that are looked into."""
MOST_KEYS = 100
"""Keys that are told of one text."""
Within = Callable[[str], Iterable[tuple[str, str]]]
"""Finds keys in a text: whose each one is (or what it is), and the key itself."""
EXACT = 2**53
"""From here on, canonical JSON (RFC 8785) has no exact integers."""


class Redactor:
    """Replaces secrets in answers; `key` makes the hashes, `key_id` names the key without giving it away.

    `within` looks for keys in the scripts and prompts that are hidden as a whole, beside the detectors.
    """

    def __init__(self, key: bytes, within: Within | None = None) -> None:
        if len(key) < 16:
            raise ValueError("The fingerprint key is shorter than 16 bytes; use 32 random bytes.")
        self._key = key
        self._within = within
        self.key_id = hashlib.sha256(b"crownpath fingerprint key id\0" + key).hexdigest()[:12]

    def fingerprint(self, detector: str, secret: str) -> str:
        mac = hmac.new(self._key, one_form(secret).encode(), hashlib.sha256).hexdigest()[:32]
        return f"redacted:{detector}:{mac}"

    def redact(self, call: str, document: Json) -> Json:
        """The document without secrets, fit for canonical JSON; `call` decides which places apply."""
        places = tuple(place for place in _places() if fnmatchcase(call, place.calls))
        detectors = tuple(each for each in _detectors() if call not in each[0].kept_in)
        return self._walk(document, "", _Rules(places, detectors))

    def text(self, text: str) -> str:
        """A text without what looks like a secret."""
        return self._text(text, _detectors())

    def _text(self, text: str, detectors: Detectors) -> str:
        for detector, pattern in detectors:
            text = pattern.sub(partial(self._replace, detector), text)
        return text

    def _replace(self, detector: Detector, match: re.Match[str]) -> str:
        secret = match[detector.group]
        if FINGERPRINT.match(secret):
            return match[0]
        return match[0].replace(secret, self.fingerprint(detector.name, secret))

    def _walk(self, value: Json, pointer: str, rules: _Rules) -> Json:
        place = next((p for p in rules.places if _pattern(p.pointer).fullmatch(pointer)), None)
        if place is not None:
            return self._hidden(value, pointer.rsplit("/", 1)[-1], place)
        if isinstance(value, dict):
            return {
                self._text(_exact_text(key), rules.detectors): self._member(key, member, pointer, rules)
                for key, member in value.items()
            }
        if isinstance(value, list):
            return [self._walk(member, f"{pointer}/{i}", rules) for i, member in enumerate(value)]
        if isinstance(value, str):
            return self._string(_exact_text(value), pointer, rules)
        return _exact(value)

    def _member(self, key: str, member: Json, pointer: str, rules: _Rules) -> Json:
        """A value under its key, which may be what gives a secret away (`AccountKey: ...`)."""
        found = self._walk(member, f"{pointer}/{pointer_token(key)}", rules)
        if isinstance(found, str) and SECRET_NAME.search(key):
            told = self._text(f"{key}={found}", rules.detectors)
            return told.removeprefix(f"{key}=") if told.startswith(f"{key}=") else found
        return found

    def _string(self, value: str, pointer: str, rules: _Rules) -> str:
        """A text; where it is JSON, what holds for a document holds inside it too."""
        if value[:1] in ("{", "["):
            try:
                inside = json.loads(value)
                redacted = self._walk(inside, pointer, rules)
            except (ValueError, RecursionError):
                return self._text(value, rules.detectors)
            if redacted != inside:
                value = json.dumps(redacted, ensure_ascii=False)
        return self._text(value, rules.detectors)

    def _hidden(self, value: Json, name: str, place: SecretPlace) -> Json:
        """What stands at a secret place, whatever its shape."""
        if isinstance(value, dict):
            return {self.text(_exact_text(key)): self._hidden(v, key, place) for key, v in value.items()}
        if isinstance(value, list):
            return [self._hidden(member, name, place) for member in value]
        if value is None or isinstance(value, bool) or value == "":
            return value
        text = _exact_text(value) if isinstance(value, str) else str(value)
        if FINGERPRINTS.fullmatch(text):
            return text
        if place.keep == "no_trace":
            return f"redacted:{place.detector}"
        if place.keep == "folders" and (known := FOLDERS.match(text)):
            return self.text(known[0])
        kept = place.keep == "addresses" and IDENTIFIER.fullmatch(text)
        if kept or (place.keep == "identifiers" and _names_something(name, text)):
            return self.text(text) if isinstance(value, str) else _exact(value)
        if kind := _kind_of(text):
            return self.fingerprint(kind, text)
        return " ".join((self.fingerprint(place.detector, text), *self._keys_in(text)))

    def _keys_in(self, text: str) -> Iterator[str]:
        """Fingerprints of the keys in a text, or in what it packs: scripts are kept as base64."""
        told: set[str] = set()
        for each in (text, *_unpacked(text)):
            for kind, secret in (*_detected(each), *self._found_within(each)):
                found = self.fingerprint(kind, secret)
                if hash_of(found) not in told and len(told) < MOST_KEYS:
                    told.add(hash_of(found))
                    yield found

    def _found_within(self, text: str) -> Iterable[tuple[str, str]]:
        """Of a text of several words: what one word is, its place and name tell."""
        return self._within(text) if self._within and len(text.split(None, 1)) > 1 else ()


def _detected(text: str) -> Iterator[tuple[str, str]]:
    for detector, pattern in _detectors():
        for match in pattern.finditer(text):
            yield detector.name, match[detector.group]


def _unpacked(text: str) -> Iterator[str]:
    """What base64 says, of gzip too, as EC2 takes it; nothing for any other text."""
    if not BASE64.fullmatch(text):
        return
    try:
        data = base64.b64decode(text)
        if data[:2] == b"\x1f\x8b":
            data = zlib.decompressobj(wbits=31).decompress(data, MOST_UNPACKED)
        yield data[:MOST_UNPACKED].decode("utf-8")
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        return


def one_form(secret: str) -> str:
    """A private key without its line breaks, which are written in many ways; another secret as it is."""
    if "PRIVATE KEY-----" not in secret:
        return secret
    return re.sub(r"\s|\\+[nrt]", "", secret)


def hash_of(fingerprint: str) -> str:
    """The part of a fingerprint to compare: the same for one secret under one key, whoever found it.

    The detector's name before it differs between a snapshot and `crownpath inspect secrets`.
    """
    return fingerprint.rpartition(":")[2]


def _kind_of(text: str) -> str | None:
    """The detector that knows a whole text as one of its keys."""
    return next((d.name for d, pattern in _detectors() if not d.group and pattern.fullmatch(text)), None)


def detector_names() -> frozenset[str]:
    """The kinds of keys that are known by their looks; a place's fingerprint hides whatever stood there."""
    return frozenset(detector.name for detector, _ in _detectors())


def _exact(value: Json) -> Json:
    """A number that canonical JSON can't hold, as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= EXACT:
        return str(value)
    return value


def _exact_text(text: str) -> str:
    """Text without halves of surrogate pairs, which no encoding of JSON can hold."""
    return text if text.isprintable() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _names_something(name: str, value: str) -> bool:
    """Whether a setting only refers to something, so that hiding it would hide the estate."""
    if SECRET_NAME.search(name):
        return False
    return bool(IDENTIFIER.fullmatch(value) or (REFERENCE_NAME.search(name) and PLAIN.fullmatch(value)))


@cache
def _pattern(pointer: str) -> re.Pattern[str]:
    steps = {"**": r"(?:/[^/]+)*", "*": r"/[^/]+"}
    return re.compile("".join(steps.get(s, "/" + re.escape(s)) for s in pointer.split("/")[1:]))


@cache
def _places() -> tuple[SecretPlace, ...]:
    return tuple(place for table in _tables("collectors") for place in table)


def _tables(package: str) -> Iterator[list[SecretPlace]]:
    for folder in sorted(files(package).iterdir(), key=lambda entry: entry.name):
        table = folder / "redaction.yaml"
        if folder.is_dir() and table.is_file():
            yield msgspec.convert(yaml.safe_load(table.read_text("utf-8")), list[SecretPlace])


@cache
def _detectors() -> Detectors:
    rows: list[Mapping[str, str]] = yaml.safe_load(
        (files("collectors") / "redaction.yaml").read_text("utf-8")
    )
    return tuple((d, re.compile(d.pattern)) for d in msgspec.convert(rows, list[Detector]))
