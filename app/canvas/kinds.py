"""The hue and glyph of each kind, from the file that the canvas is built with."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec


class Look(msgspec.Struct, frozen=True):
    """`hue` is a CSS colour on which white can be read; `glyph` a path of strokes in a square of 24."""

    hue: str
    glyph: str


@cache
def looks() -> Mapping[str, Look]:
    """Kind to its look, for every kind of the ontology."""
    data = Path(__file__).with_name("kinds.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, Look])


def hue(kind: str) -> str:
    """The kind's colour; grey for a kind that the ontology does not have."""
    look = looks().get(kind)
    return look.hue if look else "#495057"
