"""Overview: what is worst, what could not be seen, what there is."""

from collections import Counter, defaultdict

import pandas as pd
import streamlit as st

from app.reading import View
from app.text import called, cell, code, plural, short, visible
from app.views.shell import severity_badge, shown, unknown_because
from app.words import OUTCOMES, cloud
from graph.model import Coverage
from graph.ontology import KINDS
from queries.results import Result, worst_of_each_rule

DECLARED = "declared"
WORST = 5
FAILURES = 4


def page() -> None:
    view = shown()
    st.title("Overview")
    _numbers(view)
    worst, unseen = st.columns([7, 5], gap="medium")
    with worst:
        _worst(view)
    with unseen:
        _unseen(view)
        _inventory(view)


def _numbers(view: View) -> None:
    failed = [record for record in view.coverage if not record.complete]
    reached = {path.subject for path in view.paths} & view.jewels
    critical = sum(path.severity == "critical" for path in view.paths)
    unknown = {result.rule for result in view.results if result.state == "UNKNOWN"}
    kinds = Counter(KINDS.get(asset.kind) for asset in view.assets.values())
    for column, (label, value, note) in zip(
        st.columns(4),
        (
            ("Attack paths", f"{len(view.paths):,}", f"{critical:,} critical"),
            (
                "Jewels reached",
                f"{len(reached):,}",
                f"of {len(view.jewels):,}",
            ),
            ("AI assets", f"{kinds['AI']:,}", f"of {len(view.assets):,} assets"),
            ("Failed calls", f"{len(failed):,}", f"{plural(len(unknown), 'rule')} unknown"),
        ),
        strict=True,
    ):
        column.metric(label, value, note, delta_color="off", delta_arrow="off", border=True)


def _worst(view: View) -> None:
    st.subheader("What is worst")
    if not view.paths:
        st.info(
            "No attack path was found in this snapshot. A short list is a good sign; what could not be "
            "seen stands beside it.",
            icon=":material/check:",
        )
        return
    st.caption("The worst path of each kind. Selecting one shows how it works, what proves it, and its fix.")
    like = Counter(path.rule for path in view.paths)
    for path in worst_of_each_rule(view.paths)[:WORST]:
        with st.container(border=True, gap="xxsmall"):
            head, link = st.columns([6, 1], vertical_alignment="top")
            head.markdown(f"{severity_badge(path)} **{path.title}**")
            link.page_link(
                "views/paths.py",
                label="Open",
                icon=":material/arrow_forward:",
                icon_position="right",
                query_params={"path": path.id},
            )
            st.text(short(path.sentence, 300))
            notes = [f":red-badge[crown jewel] {code(called(path.subject_name, path.subject), 50)}"]
            notes = notes if path.subject in view.jewels else []
            if like[path.rule] > 1:
                notes.append(f":gray-badge[{like[path.rule] - 1:,} more like it]")
            if notes:
                st.markdown(" ".join(notes))
    st.page_link("views/paths.py", label=f"All {plural(len(view.paths), 'path')}", icon=":material/route:")


def _unseen(view: View) -> None:
    st.subheader("What we could not see")
    by_cloud: dict[str, list[Coverage]] = defaultdict(list)
    for record in view.coverage:
        by_cloud[record.call.partition(":")[0]].append(record)
    if not by_cloud:
        st.info("No call was made, so nothing is known about any cloud.", icon=":material/cloud_off:")
    for provider, records in sorted(by_cloud.items()):
        failed = [record for record in records if not record.complete]
        with st.container(border=True, gap="xxsmall"):
            state = f":orange-badge[{len(failed):,} failed]" if failed else ":green-badge[all answered]"
            st.markdown(f"**{cloud(provider)}** {state} :gray-badge[{plural(len(records), 'call')}]")
            for record in failed[:FAILURES]:
                st.markdown(_failure(record))
                if record.sentence:
                    st.text(visible(record.sentence))
            if len(failed) > FAILURES:
                st.caption(f"and {len(failed) - FAILURES:,} more, in the table below")
    failures = [record for record in view.coverage if not record.complete]
    if failures:
        with st.expander(f"Every call that failed ({len(failures):,})"):
            st.dataframe(_failures(failures), hide_index=True, width="stretch")
    unknown = [result for result in view.results if result.state == "UNKNOWN"]
    if unknown:
        with st.expander(f"What stays unknown ({len(unknown):,})"):
            st.dataframe(_unknown(unknown), hide_index=True, width="stretch")


def _unknown(results: list[Result]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rule": [f"{result.rule} {result.title}" for result in results],
            "where": [
                cell(result.scope or called(result.subject_name, result.subject)) for result in results
            ],
            "because": [cell(unknown_because(result)) for result in results],
        }
    )


def _failure(record: Coverage) -> str:
    where = " ".join(part for part in (record.account, record.region) if part)
    call = code(record.call.partition(":")[2], 60)
    return f"{call} {OUTCOMES[record.outcome]}" + (f" in {code(where, 60)}" if where else "")


def _failures(records: list[Coverage]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cloud": [cloud(record.call.partition(":")[0]) for record in records],
            "call": [cell(record.call.partition(":")[2]) for record in records],
            "account": [cell(record.account) for record in records],
            "region": [cell(record.region) for record in records],
            "outcome": [OUTCOMES[record.outcome] for record in records],
            "what to do": [cell(record.sentence) for record in records],
        }
    )


def _inventory(view: View) -> None:
    st.subheader("What we have")
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for asset in view.assets.values():
        if (provider := asset.get("provider")) and provider != DECLARED:
            counts[KINDS.get(asset.kind, ""), asset.kind][str(provider)] += 1
    if not counts:
        st.info("Nothing was collected.", icon=":material/inventory_2:")
        return
    providers = sorted({provider for each in counts.values() for provider in each})
    ranked = sorted(counts.items(), key=lambda entry: (entry[0][0] != "AI", -entry[1].total(), entry[0]))
    table = pd.DataFrame(
        [
            {
                "kind": kind,
                **{cloud(provider): count[provider] for provider in providers},
                "all": count.total(),
            }
            for (_, kind), count in ranked
        ]
    )
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        column_config={
            "all": st.column_config.ProgressColumn(
                "all", format="%d", min_value=0, max_value=int(table["all"].max())
            ),
        },
    )


if __name__ == "__main__":
    page()
