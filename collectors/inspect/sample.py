"""What readers hand to detectors, and what detectors say of it: values stay in memory, results hold none."""

from collections.abc import Sequence
from typing import Literal

import msgspec

ValueType = Literal["text", "integer", "float", "boolean", "time", "binary", "unknown"]
Label = Literal["personal", "special_category", "health", "payment", "credential"]


class ColumnSample(msgspec.Struct, frozen=True, tag=True, tag_field="is"):
    """Some values of one column, as text. `place` is the column's name or its JSON path; `rows` how many rows
    the whole has, None when nobody counted. `groups`: the values were drawn from so many groups of so many in
    all (0: nobody counted), not one by one. Never shown: `repr` gives no value."""

    place: str
    type: ValueType
    values: Sequence[str | None]
    rows: int | None = None
    groups: tuple[int, int] | None = None

    @property
    def is_prose(self) -> bool:
        """Whether the values are sentences, as in chats and instructions: most have six words or more."""
        some = [each for each in self.values[:200] if each]
        return self.type == "text" and 2 * sum(each.count(" ") >= 5 for each in some) > len(some)

    def __repr__(self) -> str:
        return f"ColumnSample({len(self.values)} values of type {self.type})"


class TextSample(msgspec.Struct, frozen=True, tag=True, tag_field="is"):
    """A piece of free text. `place` says where it stands (page, cell, JSON path); `whole` whether it is all
    there is in that place. `repr` gives no text."""

    place: str
    text: str
    whole: bool = True

    def __repr__(self) -> str:
        return f"TextSample({len(self.text)} characters)"


Sample = ColumnSample | TextSample


class Unread(msgspec.Struct, frozen=True, tag=True, tag_field="is"):
    """What of a file was not looked at: words that follow "not looked at:", and name no value."""

    what: str


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
