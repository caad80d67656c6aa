"""Detectors: what sensitive data of one type looks like, as data, read from `detectors/*.yaml`."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files

import msgspec
import yaml

from collectors.inspect.check_digits import Check
from collectors.inspect.checks import CHECKS
from collectors.inspect.sample import Label

LAW: Mapping[Label, tuple[str, ...]] = {
    "personal": ("GDPR Art. 4(1)",),
    "special_category": ("GDPR Art. 4(1)", "GDPR Art. 9(1)"),
    "health": ("GDPR Art. 4(15)", "GDPR Art. 9(1)", "45 CFR 160.103"),
    "payment": ("GDPR Art. 4(1)", "PCI DSS 3"),
    "credential": ("GDPR Art. 32",),
}
"""The law that a label falls under. Identifiers of 45 CFR 164.514(b)(2)(i) name their letter themselves."""


class Cases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whole values that a detector is for, and such that are none; `<Q*16>` stands for sixteen times `Q`."""

    match: tuple[str, ...]
    no_match: tuple[str, ...]


class Detector(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """What one type of sensitive data looks like, in one way of writing it.

    `type` is the type that is told (the id where none is given): a second detector of a type says how its
    values look where nothing around says what they are. `pattern` is a whole value's; `values` a list of
    words instead. `check` names a function of `checks`; `chance` is how likely a value that fits the pattern
    but is something else passes. `context` are words of column names or of the text around; with
    `needs_context` nothing is reported without one (but for a column in which nearly all pass a checksum),
    with `not_context` nothing beside these. `least` is the share of a column's values that must be like this,
    `distinct` how many of them must differ where no name tells. `columns_only`: too weak for text. `numbers`:
    also in columns of numbers. `hipaa`: the letter of the identifier in 45 CFR 164.514(b)(2)(i).
    """

    id: str
    title: str
    label: Label
    tests: Cases
    type: str = ""
    pattern: str = ""
    values: tuple[str, ...] = ()
    check: str = ""
    chance: float = 0.0
    context: tuple[str, ...] = ()
    not_context: tuple[str, ...] = ()
    needs_context: bool = False
    columns_only: bool = False
    numbers: bool = False
    least: float = 0.0
    distinct: int = 1
    hipaa: str = ""
    countries: tuple[str, ...] = ()

    @property
    def told_as(self) -> str:
        return self.type or self.id

    @cached_property
    def law(self) -> tuple[str, ...]:
        """The provisions that data of this type falls under."""
        own = (f"45 CFR 164.514(b)(2)(i)({self.hipaa})",) if self.hipaa else ()
        return (*LAW[self.label], *own)

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """What a whole value must be like."""
        if self.values:
            return re.compile("|".join(re.escape(each) for each in self.values), re.IGNORECASE)
        return re.compile(self.pattern)

    @cached_property
    def lengths(self) -> tuple[int, int]:
        """The least and the most characters that a whole value has."""
        from re import _parser  # type: ignore[attr-defined]  # no public way

        least, most = _parser.parse(self.whole.pattern).getwidth()
        return int(least), int(most)

    @cached_property
    def valid(self) -> Check:
        return CHECKS[self.check] if self.check else _anything

    @cached_property
    def about(self) -> tuple[str, ...]:
        """The context words in the form that `words` gives."""
        return tuple(f" {words(each).strip()} " for each in self.context)

    @cached_property
    def not_about(self) -> tuple[str, ...]:
        return tuple(f" {words(each).strip()} " for each in self.not_context)

    def fits(self, text: str) -> bool:
        """Whether a whole value is like this, the check left out."""
        least, most = self.lengths
        return least <= len(text) <= most and self.whole.fullmatch(text) is not None


def _anything(_: str) -> bool:
    return True


OTHER_NAMES = tuple(
    f" {each} "
    for each in (
        *("order", "invoice", "tracking", "sku", "uuid", "guid", "hash", "sha", "md5", "checksum", "version"),
        *("timestamp", "epoch", "session", "trace", "request", "transaction", "amount", "price", "quantity"),
        *(
            "isbn",
            "isbn10",
            "isbn13",
            "ean",
            "gtin",
            "upc",
            "barcode",
            "serial",
            "part number",
            "product",
            "item",
            "batch",
            "lot",
            "row",
        ),
        *("revision", "commit", "index", "score", "weight", "height", "count", "total", "duration", "offset"),
        *("ticket", "build", "case number", "reference"),
    )
)
"""Words that say that a number is something else: in names of columns, and right before it in text."""

ASIDE = frozenset(
    (
        *(
            "count",
            "type",
            "status",
            "ratio",
            "hash",
            "hashed",
            "model",
            "version",
            "brand",
            "os",
            "changed",
            "expires",
        ),
        *(
            "sent",
            "verified",
            "valid",
            "flag",
            "category",
            "table",
            "column",
            "file",
            "event",
            "length",
            "format",
        ),
        *(
            "page",
            "screen",
            "condition",
            "group",
            "score",
            "opt",
            "consent",
            "reset",
            "policy",
            "expiry",
            "updated",
        ),
        *(
            "created",
            "last4",
            "rate",
            "template",
            "subject",
            "domain",
            "provider",
            "class",
            "schema",
            "index",
            "product",
        ),
    )
)
"""Words that say that a name is about something, not it: `email_status`, `password_changed_at`."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MARKS = (
    *(*range(0xA0, 0xC0), *range(0x2000, 0x2070), 0x060C, 0x061B, 0x061F, 0x0964, 0x0965),
    *(*range(0x1361, 0x1369), *range(0x3000, 0x3004), *range(0x3008, 0x3012), *range(0x3014, 0x3020)),
    *(*range(0xFF01, 0xFF10), *range(0xFF1A, 0xFF21), 0xFF3B, 0xFF3D, *range(0xFF5B, 0xFF66)),
)
"""Signs and kinds of blanks beyond ASCII."""
_BLANKS = dict.fromkeys((*(each for each in range(128) if not chr(each).isalnum()), *_MARKS), " ")
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3012\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Letters of scripts that put no blanks between words, or join endings to them: Thai, Chinese, Korean."""
_UNSPACED = re.compile(f"[{UNSPACED}]")


def words(name: str) -> str:
    """A name in words, between blanks, without accents: `patientID` and `patient_id` are ` patient id `.

    Where words are written together, each letter is one, so that a term is found inside: ` 電 話 番 号 `.
    """
    plain = " ".join(_CAMEL.sub(" ", name).translate(_BLANKS).lower().split())
    if not plain.isascii():
        spread = unicodedata.normalize("NFKD", plain.replace("ß", "ss"))
        plain = "".join(each for each in spread if not unicodedata.combining(each))
        plain = " ".join(_UNSPACED.sub(r" \g<0> ", plain).split())
    return f" {plain} "


@cache
def detectors() -> tuple[Detector, ...]:
    """All detectors, in the order of their files."""
    folder = files("collectors.inspect").joinpath("detectors")
    found: list[Detector] = []
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            rows = yaml.safe_load(file.read_text("utf-8"))
            found.extend(msgspec.convert(rows, tuple[Detector, ...]))
    _check(found)
    return tuple(found)


def _check(found: list[Detector]) -> None:
    if len({each.id for each in found}) < len(found):
        raise ValueError("two detectors have the same id")
    for each in found:
        if bool(each.pattern) is bool(each.values) or (each.check and each.check not in CHECKS):
            raise ValueError(f"detector {each.id}: one of pattern and values, and a check that exists")


def by_id() -> Mapping[str, Detector]:
    return {each.id: each for each in detectors()}


@cache
def by_type() -> Mapping[str, Detector]:
    """Of each type the detector that is written first."""
    return {each.told_as: each for each in reversed(detectors())}
