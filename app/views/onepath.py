"""One attack path: its picture, why each step works, and what else follows from it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.canvas.component import Selection, draw
from app.drawing import Drawn, assets_of, draw_paths, hops_of
from app.evidence_file import evidence_file
from app.reading import View, choke_points
from app.text import called, cell, plural, visible
from app.views.panel import fix_of, hop_panel, node_panel
from app.views.shell import severity_badge
from app.words import EFFECTIVE, STATES, cloud, verb
from queries.results import ControlRef, Result

SCOPES = ("This path", "Paths to the same asset", "Every path")
MOST_DRAWN, MOST_BLOCKED = 60, 6
CHOKES = 8


def one_path(view: View, path: Result) -> None:
    """The page of one path."""
    _head(view, path)
    _investigate(view, path)
    _below(view, path)


def _head(view: View, path: Result) -> None:
    place = [each.id for each in view.paths].index(path.id)
    titles = {
        each.id: f"{each.score:.0f}  {each.title}: {called(each.subject_name, each.subject)}"
        for each in view.paths
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        back = st.button("All paths", icon=":material/arrow_back:", type="tertiary")
        before = st.button("", icon=":material/chevron_left:", help="Worse path", disabled=place == 0)
        last = place == len(view.paths) - 1
        after = st.button("", icon=":material/chevron_right:", help="Next path", disabled=last)
        st.caption(f"{place + 1:,} of {plural(len(view.paths), 'path')}", width="content")
        picked = st.selectbox(
            "Path",
            list(titles),
            index=place,
            format_func=titles.__getitem__,
            key=f"pick {path.id}",
            label_visibility="collapsed",
        )
    if back:
        _open("")
    elif before or after:
        _open(view.paths[place - 1 if before else place + 1].id)
    elif picked != path.id:
        _open(picked)
    st.title(path.title)
    badges = [severity_badge(path), *(f":gray-badge[{cloud(each)}]" for each in view.clouds(path))]
    badges += [f":gray-badge[{plural(len(hops_of(path)), 'hop')}]", f":gray-badge[{path.rule}]"]
    st.markdown(" ".join(badges))
    st.text(visible(path.sentence))


def _open(identifier: str) -> None:
    st.query_params.clear()
    if identifier:
        st.query_params["path"] = identifier
    st.rerun()


@st.fragment
def _investigate(view: View, path: Result) -> None:
    """Canvas and panel, apart from the rest of the page so that a click is answered at once."""
    scope = st.segmented_control(
        "Drawn", SCOPES, default=SCOPES[1], key="scope", label_visibility="collapsed"
    )
    others, left_out = _others(view, path, scope or SCOPES[0])
    stopped = view.blocked(node.id for node in path.nodes)[:MOST_BLOCKED] if scope != SCOPES[2] else []
    drawn = draw_paths(view, path, others, stopped)
    addresses = _addresses(path)
    start = addresses.get(st.query_params.get("at", "1-2")) or addresses.get("1-2")
    selected = draw(drawn.picture, f"canvas {path.id} {scope}", start)
    if at := next((name for name, place in addresses.items() if place == selected), ""):
        st.query_params["at"] = at
    else:
        st.query_params.pop("at", None)
    if left_out:
        st.caption(f"{plural(left_out, 'more path')} would not fit into the picture and are not drawn.")
    _panel(view, drawn, selected)


def _addresses(path: Result) -> dict[str, Selection]:
    """What may stand in the address for each place of the path: `2` for its second asset, `2-3` for a hop."""
    assets = {str(at): Selection("nodes", each) for at, each in enumerate(assets_of(path), start=1)}
    hops = enumerate(hops_of(path), start=1)
    return assets | {f"{at}-{at + 1}": Selection("edges", hop.id) for at, hop in hops}


def _others(view: View, path: Result, scope: str) -> tuple[list[Result], int]:
    """The paths drawn around the chosen one, and how many are left out of the picture."""
    found = {
        SCOPES[0]: [],
        SCOPES[1]: [each for each in view.paths if each.subject == path.subject and each.id != path.id],
        SCOPES[2]: [each for each in view.paths if each.id != path.id],
    }[scope]
    kept: list[Result] = []
    marks = {node.id for node in path.nodes}
    for other in found:
        grown = marks | {node.id for node in other.nodes}
        if len(grown) <= MOST_DRAWN:
            kept.append(other)
            marks = grown
    return kept, len(found) - len(kept)


def _panel(view: View, drawn: Drawn, selected: Selection | None) -> None:
    if selected is None:
        st.caption("Nothing is selected. Click a node or an arrow to see why it is there.")
    elif hop := drawn.hops.get(selected.id):
        hop_panel(view, drawn, hop)
    elif any(mark.id == selected.id for mark in drawn.picture.marks):
        node_panel(view, drawn, selected.id)


def _below(view: View, path: Result) -> None:
    steps, fix, chokes, score, take = st.tabs(["Steps", "Fix", "Choke points", "Score", "Take away"])
    with steps:
        st.dataframe(_steps(path), hide_index=True, width="stretch")
    with fix:
        fix_of(path.rule)
    with chokes:
        _chokes(view, path)
    with score:
        _score(path)
    with take:
        _take_away(view, path)


def _steps(path: Result) -> pd.DataFrame:
    """The path as people read it: one row a step, as an auditor wants it."""
    names = {node.id: called(node.name, node.id) for node in path.nodes}
    rows = []
    for number, (step, node) in enumerate(zip(path.steps, path.nodes[1:], strict=False), start=1):
        rows.append(
            {
                "": number,
                "from": cell(names.get(step.source, step.source)),
                "step": verb(step.type),
                "to": cell(names.get(step.target, step.target)),
                "then the attacker": STATES[node.state] if node.state else "",
                "confidence": step.confidence + (", conditional" if step.conditional else ""),
                "takes effect": EFFECTIVE[step.effective],
            }
        )
    return pd.DataFrame(rows)


def _chokes(view: View, path: Result) -> None:
    points = choke_points(view.paths)
    here = {step.id for step in path.steps}
    names = {node.id: called(node.name, node.id) for each in view.paths for node in each.nodes}
    st.caption(
        f"Steps that several of the {plural(len(view.paths), 'open path')} share. Cutting one cuts the paths "
        "that pass it; other ways around it may remain. Marked are the steps of this path."
    )
    rows = [
        {
            "this path": point.step.id in here,
            "from": cell(names.get(point.step.source, point.step.source)),
            "step": verb(point.step.type),
            "to": cell(names.get(point.step.target, point.step.target)),
            "paths": len(point.paths),
            "share": len(point.paths) / len(view.paths),
        }
        for point in sorted(points, key=lambda point: (-len(point.paths), point.step.id not in here))[:CHOKES]
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        column_config={
            "share": st.column_config.ProgressColumn(
                "share of paths", format="percent", min_value=0, max_value=1
            )
        },
    )


def _score(path: Result) -> None:
    if not path.score_terms:
        st.caption("This path has no score terms.")
        return
    st.caption(f"{path.score:.0f} of 100. The score orders paths; it is not calibrated against incidents.")
    st.dataframe(
        pd.DataFrame(
            {
                "factor": [term.name for term in path.score_terms],
                "value": [term.value for term in path.score_terms],
                "why": [cell(term.why) for term in path.score_terms],
            }
        ),
        hide_index=True,
        width="stretch",
    )


def _take_away(view: View, path: Result) -> None:
    left, right, _ = st.columns([2, 2, 4])
    left.download_button(
        "Evidence (JSON)",
        lambda: evidence_file(view, path),
        file_name=f"{path.rule}-evidence.json",
        mime="application/json",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )
    right.link_button(
        "Graph (HTML)", f"/download/graph/{path.id}", icon=":material/download:", width="stretch"
    )
    st.caption(
        "The graph is one file that works offline; the evidence names each call, document and statement."
    )
    _controls(path.controls)


def _controls(controls: Sequence[ControlRef]) -> None:
    if controls:
        st.markdown(
            "Evidence for: "
            + " ".join(f":gray-badge[{each.framework} {each.edition} {each.control}]" for each in controls)
        )
