"""The panel below the canvas: why the selected step works, or what the selected asset is, and who says so."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from app.canvas import document
from app.drawing import Drawn, Hop
from app.reading import Proof, View
from app.text import called, code, plural, short, visible
from app.words import CONFIDENCE, CONFIDENCE_COLOURS, EFFECTIVE, cloud, verb
from graph.derive import edge_kinds
from graph.model import EdgeKind, Value
from graph.ontology import properties_of
from queries import content
from queries.results import PathStep, Result

HIDDEN = frozenset(
    {"listed_by", "evidence", "kind", "id", "name", "provider", "account", "region", "missing"}
    | {"crown_jewel", "crown_jewel_why"}
)
ATTACK = "https://attack.mitre.org/techniques/"
ATLAS = "https://atlas.mitre.org/techniques/"
OTHER_PATHS = 5


def hop_panel(view: View, drawn: Drawn, hop: Hop) -> None:
    """Why the attacker gets from one asset to the next."""
    steps = list({step.id: step for step in hop.steps}.values())
    names = {mark.id: mark.name for mark in drawn.picture.marks}
    left, right = st.columns([5, 7], gap="medium")
    with left:
        st.subheader("What stops this step" if hop.guards else "Why this step works", anchor=False)
        st.markdown(f"{code(names[hop.source], 60)} \N{RIGHTWARDS ARROW} {code(names[hop.target], 60)}")
        if hop.guards:
            _stopped(view, hop)
        else:
            for step in steps:
                _meaning(step, names[hop.source], names[hop.target])
            _passing(view, {step.id for step in steps})
    with right:
        found = [proof for step in steps for proof in view.proofs_of_step(step)]
        proofs = {proof.evidence: proof for proof in (view.proofs_of_guards(hop.guards) or found)}
        _proof(list(proofs.values()), hop.id)


def node_panel(view: View, drawn: Drawn, identifier: str) -> None:
    """What the asset is and how that is known."""
    mark = next(mark for mark in drawn.picture.marks if mark.id == identifier)
    left, right = st.columns([5, 7], gap="medium")
    with left:
        st.subheader(f"What this {mark.kind} is", anchor=False)
        st.markdown(code(mark.name, 120))
        if mark.jewel:
            why = view.properties(identifier).get("crown_jewel_why")
            st.markdown(f":red-badge[crown jewel] {code(str(why)) if why else ''}")
        if mark.holds:
            st.markdown(f"The attacker holds **{mark.holds}** here.")
        _where(view, mark.kind, identifier)
        passing = [path for path in view.paths if any(node.id == identifier for node in path.nodes)]
        st.caption(f"{plural(len(passing), 'open path')} {'passes' if len(passing) == 1 else 'pass'} here.")
    with right:
        _proof(view.proofs_of_asset(identifier), identifier)


def result_panel(view: View, result: Result) -> None:
    """One result of a rule: why it matters, how it is fixed, and what it rests on."""
    left, right = st.columns([5, 7], gap="medium")
    with left:
        st.subheader(result.title, anchor=False)
        if result.subject:
            st.markdown(f"{result.subject_kind} {code(called(result.subject_name, result.subject), 120)}")
        if result.sentence:
            st.text(visible(result.sentence))
        if result.question:
            st.text(visible(result.question))
        fix_of(result.rule)
    with right:
        proofs = view.proofs_of_result(result)
        if result.subject or proofs:
            _proof(proofs, result.id)
        for need in result.needs:
            where = " ".join(part for part in (need.account, need.region) if part)
            st.markdown(f"Needs {code(need.call, 80)} in {code(where, 80)}")
            st.text(visible(need.sentence or need.outcome))


def fix_of(identifier: str) -> None:
    """Why the rule matters and how what it finds is fixed, in three ways."""
    rule = rule_of(identifier)
    if rule is None:
        st.caption(f"The rule {identifier} is not among the rules of this version, so its fix is not known.")
        return
    st.markdown(rule.why)
    for title, text, language in (
        ("Console", rule.fix.console, None),
        ("Command line", rule.fix.cli, "shell"),
        ("Terraform", rule.fix.terraform, "hcl"),
    ):
        st.markdown(f"**{title}**")
        st.code(text, language=language, wrap_lines=True)
    st.caption(f"Limits: {rule.limits}")


def rule_of(identifier: str) -> content.Rule | None:
    """The rule as it is shipped; None when this version no longer has it."""
    return next((rule for rule in content.shipped().rules if rule.id == identifier), None)


def _stopped(view: View, hop: Hop) -> None:
    """A step that would work but for its guards: taking one away may open it."""
    kind = edge_kinds().get(hop.steps[0].type)
    st.markdown(f"**{hop.steps[0].type}** :green-badge[blocked]")
    if kind:
        st.markdown(kind.meaning)
    st.markdown(f"It would hold but for {plural(len(hop.guards), 'guard')}: without, the step is open.")
    for guard in hop.guards:
        if not view.proofs_of_guards((guard,)):
            st.markdown(f"- {code(guard, 200)}")


def _meaning(step: PathStep, source: str, target: str) -> None:
    kind = edge_kinds().get(step.type)
    badges = [f":{CONFIDENCE_COLOURS[step.confidence]}-badge[{step.confidence}]"]
    badges.append(":violet-badge[derived]" if kind else ":gray-badge[configured]")
    if step.conditional:
        badges.append(":orange-badge[conditional]")
    if step.effective != "now":
        badges.append(f":gray-badge[takes effect {EFFECTIVE[step.effective]}]")
    st.markdown(f"**{visible(step.type)}** {' '.join(badges)}")
    stated = f"{code(source, 60)} {verb(step.type)} {code(target, 60)}: a provider's answer says so."
    st.markdown(kind.meaning if kind else stated)
    st.caption(f"{step.confidence.capitalize()}: {CONFIDENCE[step.confidence]}.")
    for condition in step.conditions:
        st.markdown(f"Only if {code(condition, 200)}")
    if kind:
        _abuse(kind)


def _abuse(kind: EdgeKind) -> None:
    if kind.abuse:
        st.markdown(f"**How it is abused.** {kind.abuse}")
    if kind.fix:
        st.markdown(f"**Fix.** {kind.fix}")
    links = [f":gray-badge[ATT&CK [{each}]({ATTACK}{each.replace('.', '/')})]" for each in kind.attack]
    links += [f":gray-badge[ATLAS [{each}]({ATLAS}{each})]" for each in kind.atlas]
    if links:
        st.markdown(" ".join(links))


def _passing(view: View, steps: set[str]) -> None:
    passing = [path for path in view.paths if any(step.id in steps for step in path.steps)]
    if len(passing) < 2:
        return
    with st.expander(f"Cutting this step cuts {len(passing):,} of {plural(len(view.paths), 'open path')}"):
        for path in passing[:OTHER_PATHS]:
            st.page_link(
                "views/paths.py", label=f"{path.score:.0f}  {path.title}", query_params={"path": path.id}
            )
        if len(passing) > OTHER_PATHS:
            st.caption(f"and {len(passing) - OTHER_PATHS:,} more")


def _where(view: View, kind: str, identifier: str) -> None:
    lines = [f"id {code(identifier, 300)}"]
    properties = view.properties(identifier)
    if identifier not in view.assets or properties.get("missing"):
        lines.append("Nobody collected it: the configuration of other assets names it.")
    lines += [
        f"{name} {code(str(properties[name]), 80)}" for name in ("account", "region") if name in properties
    ]
    if provider := properties.get("provider"):
        lines.append(f"cloud {cloud(str(provider))}")
    declared = properties_of(kind)
    lines += [
        f"{name.replace('_', ' ')} {code(_text(value), 200)}"
        for name, value in sorted(properties.items())
        if name in declared and name not in HIDDEN
    ]
    st.markdown("  \n".join(lines))


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(_text(each) for each in value)
    return value.strftime("%Y-%m-%d %H:%M UTC") if isinstance(value, datetime) else str(value)


def _proof(proofs: Sequence[Proof], key: str) -> None:
    """The statement in its document; several pieces of evidence are chosen from."""
    st.subheader("The evidence", anchor=False)
    if not proofs:
        st.info(
            "Nothing was collected that says so itself: it follows from the other steps.",
            icon=":material/account_tree:",
        )
        return
    proof = proofs[0]
    if len(proofs) > 1:
        number = st.selectbox(
            "Piece of evidence",
            range(len(proofs)),
            format_func=lambda index: _title(index, len(proofs), proofs[index]),
            key=f"evidence {key}",
            label_visibility="collapsed",
        )
        proof = proofs[number]
    evidence = proof.evidence
    where = [part for part in (proof.account, proof.region) if part]
    at = proof.at.strftime("%Y-%m-%d %H:%M UTC") if proof.at else "at an unknown time"
    st.markdown(
        f"{code(evidence.call, 80)} "
        + (f"in {' '.join(code(part, 60) for part in where)} " if where else "")
        + f"answered {at}  \n{code(evidence.pointer or 'the whole document', 160)}"
    )
    if proof.document is None:
        st.warning(f"The document {code(evidence.document, 80)} is not in this snapshot.")
        return
    part = document.excerpt(proof.document, evidence.pointer)
    document.show(part, label=f"Answer to {evidence.call}", key=f"document {key}")
    st.caption(
        f"SHA-256 {code(short(evidence.document, 24), 24)}, "
        + (
            f"lines {part.first:,} to {part.first + len(part.lines) - 1:,} of "
            if part.total > len(part.lines)
            else ""
        )
        + plural(part.total, "line")
    )


def _title(index: int, count: int, proof: Proof) -> str:
    return f"{index + 1} of {count}  {proof.evidence.call}  {short(proof.evidence.pointer, 60)}"
