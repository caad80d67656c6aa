"""What every page shares: its snapshot, the state of the store, and what to say without either."""

import streamlit as st

from app import reading
from app.reading import NothingToShow, View
from app.text import code, plural
from app.words import SEVERITY_COLOURS, cloud
from graph.store import GraphStore, StoreError, ensure_published, open_store
from queries.results import Result

READY_SECONDS = 10


def frame() -> None:
    """The foot of the sidebar, and a banner when the store is not what the pages show."""
    with st.sidebar:
        try:
            shown = reading.view()
        except NothingToShow:
            st.caption("No snapshot yet")
            return
        taken = shown.snapshot.taken_at.strftime("%Y-%m-%d %H:%M UTC")
        clouds = sorted(
            {str(asset.get("provider")) for asset in shown.assets.values() if asset.get("provider")}
        )
        st.caption(
            f"Snapshot of {taken}  \n{plural(len(shown.assets), 'asset')} from "
            f"{', '.join(cloud(each) for each in clouds) or 'nowhere'}"
        )
    if problem := store_problem(reading.place().store):
        st.warning(
            f"The graph store cannot be asked now. {code(problem, 400)}", icon=":material/database_off:"
        )


def shown() -> View:
    """The view to show; where there is none, the page says what to do and ends."""
    try:
        found = reading.view()
    except NothingToShow as problem:
        st.title("Nothing to show yet")
        st.text(str(problem))
        st.code("crownpath demo\ncrownpath scan", language="shell")
        st.stop()
    if found.problem:
        st.warning(code(found.problem, 400), icon=":material/pending:")
    return found


def store() -> GraphStore:
    """The store that is read, kept open until something else is loaded into it."""
    return _open(reading.place().store)


@st.cache_resource(max_entries=2, on_release=lambda opened: opened.close(), show_spinner=False)
def _open(target: str) -> GraphStore:
    return open_store(target)


@st.cache_data(ttl=READY_SECONDS, show_spinner=False)
def store_problem(target: str) -> str:
    """Why the store cannot be read, as a sentence; empty when it can."""
    try:
        ensure_published(_open(target))
    except StoreError as problem:
        return str(problem)
    return ""


def severity_badge(result: Result) -> str:
    """Severity and score as a Markdown badge."""
    return f":{SEVERITY_COLOURS[result.severity]}-badge[{result.severity.capitalize()} {result.score:.0f}]"


def unknown_because(result: Result) -> str:
    """Why nobody can say: the calls that failed, or the question that would settle it."""
    failed = "; ".join(need.sentence or f"{need.call}: {need.outcome}" for need in result.needs)
    return failed or result.question or result.sentence
