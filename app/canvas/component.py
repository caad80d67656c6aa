"""The graph canvas as a Streamlit component: draws a `Picture`, returns what was selected on it."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.canvas.picture import Picture

HERE = Path(__file__).parent
BUNDLE = HERE / "bundle"
ROW_PIXELS, FOOT_PIXELS = 116, 58


class Selection(msgspec.Struct, frozen=True):
    """What the reader picked: a mark or a line, by id."""

    group: Literal["nodes", "edges"]
    id: str


def draw(picture: Picture, key: str, selected: Selection | None = None) -> Selection | None:
    """Draw the picture and return what is selected on it; the first time that is `selected`."""
    nodes = [msgspec.to_builtins(mark) for mark in picture.marks]
    edges = [msgspec.to_builtins(line) for line in picture.lines]
    first = msgspec.to_builtins(selected) if selected else None
    kept = picked(key) if key in st.session_state else selected
    result = _component()(
        key=key,
        data={
            "label": picture.label,
            "nodes": nodes,
            "edges": edges,
            "revision": hashlib.sha256(msgspec.json.encode(picture)).hexdigest()[:16],
            "selected": msgspec.to_builtins(kept) if kept else None,
            "height": height(picture),
        },
        default={"selected": first},
        height=height(picture) + FOOT_PIXELS,
        on_selected_change=_nothing,
        on_open_change=_nothing,
    )
    return _selection(result.get("selected"))


def picked(key: str) -> Selection | None:
    """What is selected on the canvas of that key, before it is drawn."""
    state = st.session_state.get(key)
    return _selection(state.get("selected")) if state else None


def height(picture: Picture) -> int:
    """Pixels that let every row stand at natural size, within what a screen can bear."""
    return int(min(620, max(250, picture.rows * ROW_PIXELS + 110)))


def bundle() -> Path:
    """The one built bundle that is committed beside the source."""
    found = sorted(BUNDLE.glob("canvas-*.js"))
    if len(found) != 1:
        raise FileNotFoundError(
            f"{BUNDLE} holds {len(found)} canvas bundles instead of one. "
            "Run `npm ci && npm run build` in app/canvas/js, or install crownpath again."
        )
    return found[0]


def loader(name: str) -> str:
    """JavaScript that runs a function of the bundle; short, for Streamlit sends it with every rerun."""
    # It runs from a blob: address, so the bundle's own is made absolute from the page's.
    return (
        f"const canvas = import(new URL('/assets/{bundle().name}', document.baseURI));\n"
        f"export default (component) => {{ canvas.then((module) => module.{name}(component)); }};\n"
    )


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "crownpath_canvas",
        html=(HERE / "canvas.html").read_text(encoding="utf-8"),
        css=(HERE / "canvas.css").read_text(encoding="utf-8"),
        js=loader("picture"),
    )


def _nothing() -> None:
    """Streamlit wants a callback for every state it keeps."""


def _selection(state: object) -> Selection | None:
    try:
        return msgspec.convert(state, Selection)
    except msgspec.ValidationError:
        return None
