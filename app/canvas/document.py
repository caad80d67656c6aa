"""A document as it came from a provider, with the very statement in it that counts, line by line."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.canvas.component import loader
from graph.model import Json

AROUND = 200
LINE_PIXELS = 20


class Excerpt(msgspec.Struct, frozen=True):
    """Lines of a document: `first` numbers the first one shown, `marked` is the range of the statement."""

    lines: tuple[str, ...]
    first: int
    total: int
    marked: tuple[int, int] | None


def excerpt(document: Json, pointer: str) -> Excerpt:
    """The document with the part at a JSON pointer (RFC 6901) marked; of a long one, what is around it."""
    lines: list[str] = []
    ranges: dict[str, tuple[int, int]] = {}
    _write(document, "", "", "", lines, ranges)
    marked = ranges.get(pointer)
    if marked is None or not pointer:
        return Excerpt(tuple(lines[: 2 * AROUND]), 1, len(lines), None)
    first = max(0, marked[0] - AROUND)
    last = min(len(lines), marked[0] + AROUND)
    inside = (marked[0] - first, min(marked[1], last - 1) - first)
    return Excerpt(tuple(lines[first:last]), first + 1, len(lines), inside)


def _write(
    value: Json, pointer: str, head: str, indent: str, lines: list[str], ranges: dict[str, tuple[int, int]]
) -> None:
    """Append the value's lines and note at which lines each pointer's value stands."""
    start = len(lines)
    if not isinstance(value, dict | list) or not value:
        lines.append(indent + head + msgspec.json.encode(value).decode())
    else:
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        lines.append(indent + head + opening)
        for key, label, member in _members(value):
            _write(member, f"{pointer}/{key}", label, indent + "  ", lines, ranges)
            lines[-1] += ","
        lines[-1] = lines[-1][:-1]
        lines.append(indent + closing)
    ranges[pointer] = (start, len(lines) - 1)


def _members(value: dict[str, Json] | list[Json]) -> Iterator[tuple[str, str, Json]]:
    """Pointer token, what stands before the value, value."""
    if isinstance(value, dict):
        for name, member in value.items():
            label = msgspec.json.encode(name).decode() + ": "
            yield name.replace("~", "~0").replace("/", "~1"), label, member
    else:
        for index, member in enumerate(value):
            yield str(index), "", member


def show(part: Excerpt, *, label: str, key: str, lines: int = 22) -> None:
    """Show the excerpt with line numbers, scrolled to what is marked."""
    pixels = min(max(len(part.lines), 3), lines) * LINE_PIXELS + 18
    data = {**msgspec.structs.asdict(part), "label": label, "height": pixels}
    _component()(key=key, data=data, height=pixels)


@cache
def _component() -> ComponentRenderer:
    here = Path(__file__).parent
    return st.components.v2.component(
        "crownpath_document",
        html='<div class="lines" role="region" tabindex="0"></div>',
        css=(here / "document.css").read_text(encoding="utf-8"),
        js=loader("paper"),
    )
