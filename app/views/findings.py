"""Findings: what every rule says, by state."""

from collections import Counter

import pandas as pd
import streamlit as st

from app.text import called, cell, plural, visible
from app.views.panel import result_panel
from app.views.shell import shown, unknown_because
from app.words import RESULTS
from queries.results import Result, ResultState

ORDER: tuple[ResultState, ...] = ("FAIL", "UNKNOWN", "EXCEPTED", "PASS", "NOT_APPLICABLE")
MOST_ROWS = 5000


def page() -> None:
    view = shown()
    st.title("Findings")
    rules = [result for result in view.results if not result.steps]
    if not rules:
        st.info(
            "No rule has said anything about this snapshot. Run `crownpath check`.", icon=":material/rule:"
        )
        return
    counts = Counter(result.state for result in rules)
    state = st.segmented_control(
        "State",
        [each for each in ORDER if counts[each]],
        format_func=lambda each: f"{each.replace('_', ' ')} {counts[each]:,}",
        default=next(each for each in ORDER if counts[each]),
        key="state",
        label_visibility="collapsed",
    )
    if state is None:
        st.caption("Pick a state to see its results.")
        return
    found = [result for result in rules if result.state == state]
    st.caption(f"{RESULTS[state]} {plural(len(found), 'result')}. Attack paths have a page of their own.")
    table = st.dataframe(
        pd.DataFrame([_row(result) for result in found[:MOST_ROWS]]),
        key=f"results {state}",
        hide_index=True,
        width="stretch",
        height=min(420, 38 + 35 * len(found)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "score": st.column_config.ProgressColumn(
                "score", format="%.0f", min_value=0, max_value=100, width=110
            )
        },
    )
    if len(found) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} are shown; `crownpath check --json` has them all.")
    if rows := table["selection"]["rows"]:
        result_panel(view, found[rows[0]])
    else:
        st.caption("Select a result to see why it matters, what it rests on, and how it is fixed.")


def _row(result: Result) -> dict[str, str | int | float]:
    common: dict[str, str | int | float] = {
        "severity": result.severity.capitalize(),
        "rule": result.rule,
        "title": visible(result.title),
    }
    match result.state:
        case "FAIL" | "EXCEPTED":
            accepted = result.exemption
            return (
                common
                | {"score": result.score, "kind": result.subject_kind, "asset": _subject(result)}
                | (
                    {
                        "accepted until": accepted.expires,
                        "by": cell(accepted.approver),
                        "reason": cell(accepted.reason),
                    }
                    if accepted
                    else {}
                )
            )
        case "UNKNOWN":
            return common | {
                "scope or asset": cell(result.scope) or _subject(result),
                "because": cell(unknown_because(result)),
            }
        case _:
            return common | {"scope": cell(result.scope), "speaks for": result.population}


def _subject(result: Result) -> str:
    return cell(called(result.subject_name, result.subject))


if __name__ == "__main__":
    page()
