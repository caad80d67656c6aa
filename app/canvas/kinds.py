"""The hue and glyph of each kind, from the file that the canvas is built with."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

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


def icon(kind: str) -> str:
    """The kind's glyph in white as a data: address, for pictures that the canvas does not draw."""
    look = looks().get(kind)
    glyph = look.glyph if look else "M4 4h16v16H4z"
    return "data:image/svg+xml;utf8," + quote(
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="-7 -7 38 38" fill="none" '
        'stroke="white" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{glyph}"/></svg>'
    )
