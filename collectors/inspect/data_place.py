"""What looking for sensitive data says: which type is where, in how many values, and what was left out."""

from typing import Literal

import msgspec

from collectors.inspect.sample import Label, ValueType

State = Literal["found", "clean", "in part", "refused", "never looked at"]


class Place(msgspec.Struct, frozen=True):
    """One result: a type of data in a column, at a JSON path or in a text of a file, or why a file was not
    looked at, or not wholly. The fields are those of `crownpath inspect data --json`."""

    path: str
    state: State = "found"
    column: str | None = None
    json_path: str | None = None
    value_type: ValueType | None = None
    type: str | None = None
    label: Label | None = None
    count: int | None = None
    looked_at: int | None = None
    rows: int | None = None
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    confidence: float | None = None
    law: tuple[str, ...] = ()
    reason: str | None = None
