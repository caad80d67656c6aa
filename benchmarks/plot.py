"""A plot as SVG: one line per series, both axes from zero."""

from collections.abc import Iterable, Iterator
from html import escape

import msgspec

WIDTH, HEIGHT, MARGIN = 720, 420, 70
COLOURS = ("#0b6e99", "#b3541e", "#4b7f2c", "#7a3e9d")


class Point(msgspec.Struct, frozen=True):
    """One measured point of a series."""

    series: str
    x: float
    y: float


def plot(points: Iterable[Point], x_name: str, y_name: str) -> str:
    """The picture as a text."""
    held = list(points)
    right, top = max(p.x for p in held), max(p.y for p in held)
    series = list(dict.fromkeys(p.series for p in held))
    parts = [*_axes(right, top, x_name, y_name)]
    for number, name in enumerate(series):
        own = sorted((p.x, p.y) for p in held if p.series == name)
        parts.extend(_line(number, name, [_place(x, y, right, top) for x, y in own]))
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    return "\n".join((head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *parts, "</svg>\n"))


def _place(x: float, y: float, right: float, top: float) -> tuple[float, float]:
    across, up = x / right * (WIDTH - 2 * MARGIN), y / top * (HEIGHT - 2 * MARGIN)
    return round(MARGIN + across, 1), round(HEIGHT - MARGIN - up, 1)


def _axes(right: float, top: float, x_name: str, y_name: str) -> Iterator[str]:
    left, low = MARGIN, HEIGHT - MARGIN
    yield f'<path d="M{left} {MARGIN}V{low}H{WIDTH - MARGIN}" fill="none" stroke="#333"/>'
    yield _text(WIDTH - MARGIN, low + 18, f"{right:,.0f}", "end")
    yield _text(WIDTH / 2, low + 40, x_name, "middle")
    yield _text(left - 6, MARGIN + 5, f"{top:,.0f}", "end")
    yield _text(left, MARGIN - 20, y_name, "middle")


def _line(number: int, name: str, places: list[tuple[float, float]]) -> Iterator[str]:
    colour = COLOURS[number % len(COLOURS)]
    joined = " ".join(f"{x},{y}" for x, y in places)
    yield f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield from (f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in places)
    yield _text(MARGIN + 20, MARGIN + 10 + 20 * number, name, "start", colour)


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
