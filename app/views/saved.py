"""Queries: questions that are kept as files, asked of the graph read-only, in bounded time."""

import re
from collections.abc import Iterator, Mapping

import pandas as pd
import streamlit as st

from app import reading
from app.text import called, cell, code, plural
from app.views import shell
from graph.model import Cell, Rows, Value
from graph.ontology import FAMILIES, KINDS
from graph.store import StoreError
from queries import content
from queries.content import Parameter, SavedQuery

SECONDS = 10.0
MOST_ROWS = 1000
MOST_CHOICES = 2000
OF_ASSET = "id of"


def page() -> None:
    st.title("Queries")
    saved = content.shipped().saved
    if not saved:
        st.info("There are no saved queries in this version.", icon=":material/search_off:")
        return
    st.caption(
        f"{plural(len(saved), 'saved question')}. Each is a file that also runs as `crownpath query ID`; "
        f"reading only, at most {MOST_ROWS:,} rows and {SECONDS:.0f} seconds."
    )
    query = _picked(saved)
    st.query_params["query"] = query.id
    st.subheader(query.name, anchor=False)
    st.markdown(query.description)
    given = _parameters(query)
    with st.expander("The statement", icon=":material/code:"):
        st.code(query.cypher, language="cypher", line_numbers=True)
        st.code(_command(query, given), language="shell")
    if shell.store_problem(reading.place().store):
        st.error("The question can be asked once the graph store answers.", icon=":material/database_off:")
        return
    _answer(query, given)


def _picked(saved: tuple[SavedQuery, ...]) -> SavedQuery:
    """The query of the address, else the first; an unknown id in the address is said."""
    ids = {query.id: query for query in saved}
    wanted = st.query_params.get("query", "")
    if wanted and wanted not in ids:
        st.warning(f"There is no saved query {code(wanted, 60)}.", icon=":material/link_off:")
    categories = sorted({query.category for query in saved})
    first = ids.get(wanted, saved[0])
    left, right = st.columns([1, 2])
    category = left.selectbox(
        "Category", categories, index=categories.index(first.category), format_func=_capital, key="category"
    )
    within = [query for query in saved if query.category == category]
    names = {query.id: query.name for query in within}
    start = within.index(first) if first in within else 0
    chosen = right.selectbox(
        "Question", list(names), index=start, format_func=names.__getitem__, key=f"question {category}"
    )
    return ids[chosen]


def _parameters(query: SavedQuery) -> dict[str, Value]:
    given: dict[str, Value] = {}
    if not query.parameters:
        return given
    for column, (name, parameter) in zip(
        st.columns(len(query.parameters)), query.parameters.items(), strict=True
    ):
        with column:
            given[name] = _parameter(f"{query.id} {name}", name, parameter)
    return given


def _parameter(key: str, name: str, parameter: Parameter) -> Value:
    label = _capital(name.replace("_", " "))
    match parameter.type, parameter.default:
        case "string", "" if parameter.meaning.startswith(OF_ASSET):
            return _asset(key, label, parameter)
        case "boolean", default:
            return st.checkbox(label, bool(default), help=parameter.meaning, key=key)
        case "integer", int(default):
            return int(st.number_input(label, value=default, step=1, help=parameter.meaning, key=key))
        case "float", int(default) | float(default):
            return float(st.number_input(label, value=float(default), help=parameter.meaning, key=key))
        case "strings", tuple(default):
            text = st.text_input(label, ", ".join(default), help=parameter.meaning, key=key)
            return tuple(part.strip() for part in text.split(",") if part.strip())
        case _:
            return st.text_input(label, str(parameter.default), help=parameter.meaning, key=key)


def _asset(key: str, label: str, parameter: Parameter) -> str:
    """The id of an asset of the kinds that the parameter names, those that paths reach first."""
    view = shell.shown()
    reached = {path.subject for path in view.paths}
    kinds = set(_kinds(parameter.meaning)) or set(FAMILIES["AI"])
    found = sorted(
        (asset for asset in view.assets.values() if asset.kind in kinds),
        key=lambda asset: (asset.id not in reached, asset.id not in view.jewels, asset.name, asset.id),
    )
    names = {asset.id: f"{called(asset.name, asset.id)}  ({asset.kind})" for asset in found[:MOST_CHOICES]}
    chosen = st.selectbox(
        label,
        list(names),
        format_func=lambda identifier: names.get(identifier, identifier),
        accept_new_options=True,
        help=parameter.meaning,
        key=key,
    )
    return chosen or ""


def _kinds(meaning: str) -> Iterator[str]:
    """The kinds that a sentence names, written as words: `service identity`."""
    for kind in KINDS:
        if re.search(rf"\b{re.sub('(?<=[a-z])(?=[A-Z])', ' ', kind).lower()}\b", meaning):
            yield kind


def _answer(query: SavedQuery, given: Mapping[str, Value]) -> None:
    try:
        with st.spinner("Asking the graph"):
            rows = _ask(query, given)
    except StoreError as problem:
        st.error(f"No answer: {code(str(problem), 600)}", icon=":material/error:")
        return
    if not rows.rows:
        _why_empty()
        return
    st.caption(
        plural(len(rows.rows), "row")
        + (f"; there are more than {MOST_ROWS:,}, so narrow the question" if rows.truncated else "")
        + ("." if query.category == "Inventory" else ". A short list is a good sign.")
    )
    table = pd.DataFrame([[_cell(each) for each in row] for row in rows.rows], columns=list(rows.columns))
    st.dataframe(table, hide_index=True, width="stretch")


def _ask(query: SavedQuery, given: Mapping[str, Value]) -> Rows:
    parameters: dict[str, Cell] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in given.items()
    }
    return shell.store().read(query.cypher, parameters, timeout_s=SECONDS, max_rows=MOST_ROWS)


def _why_empty() -> None:
    view = shell.shown()
    failed = sum(not record.complete for record in view.coverage)
    st.info("No rows.", icon=":material/inbox:")
    st.markdown(
        "That can mean three things:\n"
        "- nothing in the estate matches, which is a good sign;\n"
        f"- a call that it needs failed ({plural(failed, 'call')} did, see the Overview);\n"
        f"- what it asks about was out of the scan's scope ({plural(len(view.assets), 'asset')} were seen)."
    )


def _cell(value: Cell) -> str | int | float | bool | None:
    match value:
        case dict():
            return cell(str(value.get("name") or value.get("id") or value))
        case list():
            return cell(", ".join(str(_cell(each)) for each in value))
        case None | bool() | int() | float():
            return value
        case _:
            return cell(str(value))


def _command(query: SavedQuery, given: Mapping[str, Value]) -> str:
    return f"crownpath query {query.id}" + "".join(f" -p {name}={value}" for name, value in given.items())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    page()
