"""Paths: the list of attack paths, and one of them with its picture, its proof and its fix."""

import pandas as pd
import streamlit as st

from app.drawing import hops_of
from app.reading import View
from app.text import called, cell, code, plural, visible
from app.views.onepath import one_path
from app.views.shell import shown
from app.words import cloud
from queries.results import WORST_FIRST, Result

MOST_ROWS = 2000
WIDTHS = {"severity": 65, "attack path": 325, "starts at": 150, "reaches": 170, "jewel": 50, "cloud": 90}
JEWEL = "\N{BLACK DIAMOND}"


def page() -> None:
    view = shown()
    wanted = st.query_params.get("path")
    chosen = view.path(wanted) if wanted else None
    if wanted and chosen is None:
        st.query_params.clear()
        st.warning(
            f"The path {code(wanted, 60)} is not among the open paths of this snapshot: it may be fixed, "
            "accepted, or from another snapshot.",
            icon=":material/link_off:",
        )
    if chosen:
        one_path(view, chosen)
    else:
        _listing(view)


def _listing(view: View) -> None:
    st.title("Paths")
    if not view.paths:
        _why_empty(view)
        return
    paths = _filtered(view)
    st.caption(
        f"{plural(len(paths), 'path')} of {len(view.paths):,}, the worst first. "
        "Select one to see its picture, its proof and its fix. A short list is a good sign."
    )
    if not paths:
        st.info("No path matches. Take a filter back.", icon=":material/filter_alt_off:")
        return
    again = st.session_state.get("paths_seen", 0)
    table = st.dataframe(
        _table(view, paths[:MOST_ROWS]),
        key=f"paths_{again}",
        hide_index=True,
        width="stretch",
        height=min(640, 38 + 35 * len(paths[:MOST_ROWS])),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "score": st.column_config.ProgressColumn(
                "score", format="%.0f", min_value=0, max_value=100, width=100
            ),
            **{name: st.column_config.TextColumn(width=width) for name, width in WIDTHS.items()},
        },
    )
    if len(paths) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} are shown. Narrow the filters to see the others.")
    if rows := table["selection"]["rows"]:
        st.session_state["paths_seen"] = again + 1  # a new table next time, with nothing selected
        st.query_params["path"] = paths[rows[0]].id
        st.rerun()


def _filtered(view: View) -> list[Result]:
    severities = [each for each in WORST_FIRST if any(path.severity == each for path in view.paths)]
    clouds = sorted({each for path in view.paths for each in view.clouds(path)})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        by_severity = st.pills(
            "Severity",
            severities,
            selection_mode="multi",
            format_func=str.capitalize,
            key="severity",
            width="content",
        )
        by_cloud = st.pills(
            "Cloud", clouds, selection_mode="multi", format_func=cloud, key="cloud", width="content"
        )
        least = st.slider("Score at least", 0, 100, 0, 5, key="score", width=180)
        text = st.text_input("Search", placeholder="Name of an asset or rule", key="search", width=280)
    words = text.strip().casefold()
    return [
        path
        for path in view.paths
        if (not by_severity or path.severity in by_severity)
        and (not by_cloud or set(by_cloud) & set(view.clouds(path)))
        and path.score >= least
        and (not words or words in _words(path))
    ]


def _words(path: Result) -> str:
    names = [part for node in path.nodes for part in (node.name, node.id)]
    return " ".join([path.rule, path.title, path.sentence, *names]).casefold()


def _table(view: View, paths: list[Result]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "severity": [path.severity.capitalize() for path in paths],
            "score": [path.score for path in paths],
            "attack path": [visible(path.title) for path in paths],
            "starts at": [cell(called(path.nodes[0].name, path.nodes[0].id)) for path in paths],
            "reaches": [cell(called(path.subject_name, path.subject)) for path in paths],
            "jewel": [JEWEL if path.subject in view.jewels else "" for path in paths],
            "hops": [len(hops_of(path)) for path in paths],
            "cloud": [", ".join(cloud(each) for each in view.clouds(path)) for path in paths],
        }
    )


def _why_empty(view: View) -> None:
    """An empty list is good news only when everything could be seen."""
    failed = sum(not record.complete for record in view.coverage)
    unknown = sum(result.state == "UNKNOWN" for result in view.results)
    st.info("No attack path is open in this snapshot.", icon=":material/check_circle:")
    reasons = [
        f"- {plural(len(view.assets), 'asset')} collected"
        + ("" if view.assets else ": nothing was in scope, so nothing can be said"),
        f"- {plural(failed, 'call')} failed"
        + (": see the Overview for what they leave unknown" if failed else ""),
        f"- {plural(unknown, 'result')} unknown",
        f"- {plural(len(view.results), 'result')} in all"
        + ("" if view.results else ": run `crownpath check` first"),
    ]
    st.markdown("What that rests on:\n" + "\n".join(reasons))


if __name__ == "__main__":
    page()
