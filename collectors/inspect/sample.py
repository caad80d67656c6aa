"""What readers hand to detectors, and what detectors say of it: values stay in memory, results hold none."""

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import msgspec

ValueType = Literal["text", "integer", "float", "boolean", "time", "binary", "unknown"]
Label = Literal["personal", "special_category", "health", "payment", "credential"]


class ColumnSample(msgspec.Struct, frozen=True):
    """Some values of one column, as text. `place` is the column's name or its JSON path; `rows` how many rows
    the whole has, None when nobody counted. Never shown: `repr` gives no value."""

    place: str
    type: ValueType
    values: Sequence[str | None]
    rows: int | None = None

    def __repr__(self) -> str:
        return f"ColumnSample({len(self.values)} values of type {self.type})"


class TextSample(msgspec.Struct, frozen=True):
    """A piece of free text. `place` says where it stands (page, cell, JSON path). `repr` gives no text."""

    place: str
    text: str

    def __repr__(self) -> str:
        return f"TextSample({len(self.text)} characters)"


Sample = ColumnSample | TextSample


class Finding(msgspec.Struct, frozen=True):
    """One type of sensitive data in one place.

    `count` of the `looked_at` values (rows, or hits in text) are of the type; `share` is the estimate for the
    whole, between `low` and `high` with 95 % confidence; `confidence` (0 to 1) is how sure the detector is.
    """

    place: str
    type: str
    label: Label
    count: int
    looked_at: int
    share: float
    low: float
    high: float
    confidence: float


class Refusal(msgspec.Struct, frozen=True):
    """What was not looked at, wholly or in part, and why, for the person who reads it."""

    path: str
    reason: str


class Classifier(Protocol):
    """Says what is in samples. It may be asked about many samples; it keeps nothing of them."""

    def classify(self, sample: Sample) -> Iterator[Finding]: ...
