"""crownpath query: a saved query, or your own reading Cypher, on the graph."""

from datetime import datetime
from pathlib import Path

import msgspec

from app import pipeline, settings
from app.commands.load import opened
from app.faults import BadInput
from app.screen import line, say, table
from graph.codec import iso
from graph.model import Cell, Params, Rows
from graph.store import ensure_published
from queries import content
from queries.content import Setting


def run(
    *,
    name: str | None,
    home: Path | None,
    store: str | None,
    cypher: str | None,
    parameters: list[str],
    limit: int,
    timeout: float,
    as_json: bool,
) -> int:
    chosen = settings.load(home=home, store=store)
    if name is None and cypher is None:
        saved = content.shipped().saved
        table("", ("query", "category", "what it answers"), [(q.id, q.category, q.name) for q in saved])
        return 0
    given = dict(_parameter(text) for text in parameters)
    text, values = (cypher, _cells(given)) if cypher else _saved(str(name), given)
    graph = opened(chosen)
    try:
        ensure_published(graph)
        rows = graph.read(text, values, timeout_s=timeout, max_rows=limit)
    finally:
        graph.close()
    _show(rows, as_json=as_json)
    if rows.truncated:
        say(f"There are more than {limit:,} rows; --limit shows more.", "yellow")
    return 0


def _cells(given: dict[str, Setting]) -> Params:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}


def _saved(name: str, given: dict[str, Setting]) -> tuple[str, Params]:
    query = content.shipped().query(name)
    unknown = sorted(given.keys() - query.parameters.keys())
    if unknown:
        raise BadInput(
            f"{name} has no parameter {unknown[0]}; it has: {', '.join(query.parameters) or 'none'}."
        )
    return query.cypher, content.bind(query.cypher, query.parameters, given)


def _parameter(text: str) -> tuple[str, Setting]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput(f"--param {text!r} is not like name=value.")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value


def _show(rows: Rows, *, as_json: bool) -> None:
    if as_json:
        for row in rows.rows:
            line(pipeline.as_json(dict(zip(rows.columns, row, strict=True))))
        return
    table("", rows.columns, [tuple(_text(cell) for cell in row) for row in rows.rows])
    if not rows.rows:
        say("No rows: nothing matches, or what would match was not collected (`crownpath snapshot show`).")


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dict):
        return str(cell.get("name") or cell.get("id") or cell)
    if isinstance(cell, list):
        return ", ".join(_text(member) for member in cell)
    return iso(cell) if isinstance(cell, datetime) else str(cell)
