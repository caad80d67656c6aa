"""The list of techniques, `docs/escalation.md`; `python -m graph.escalation.pages` makes it."""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from graph.escalation.technique import Technique, techniques

PAGE = Path(__file__).parents[2] / "docs" / "escalation.md"
INTRODUCTION = """# Escalation techniques

How an identity becomes another one, or the administrator of its account. This page is made from
`graph/escalation/techniques`; [CAN_ESCALATE_TO](edges/CAN_ESCALATE_TO.md) says how they are decided.

Every permission that a technique needs is decided by the access engine with all policies that bear on it: a
Deny, a boundary or an organisation's policy that stops one is the edge's guard, a condition that is not known
leaves it conditional. "Oneself" and "target" are who acts and who is taken over. Where a role trusts whoever
acts by then, that needs no permission of its own, but no policy may deny it.
"""
PLACES = {
    "target": "the target",
    "self": "oneself",
    "group": "the group",
    "policy": "the managed policy",
    "provider": "the identity provider",
    "existing": "what exists",
    "agent": "the agent's alias",
    "trusting": "the target, which trusts oneself by then",
    "trusting_new": "the new role, which trusts oneself",
    "*": "any (`*`)",
}
GIVES = {
    "passed": "the role that is passed",
    "running": "the role of what exists",
    "user": "the other user",
    "role": "the other role",
    "federated": "the role that trusts the provider",
}


def page() -> str:
    """The whole page."""
    found = sorted(techniques().values(), key=lambda each: (each.service, each.id))
    parts = [INTRODUCTION]
    for service, members in groupby(found, key=lambda each: each.service):
        parts.append(f"## {service}\n")
        parts.extend(_technique(each) for each in members)
    return "\n".join(parts)


def _technique(technique: Technique) -> str:
    lines = [f"### {technique.id}\n", f"{technique.title}. {technique.abuse}\n"]
    lines.append(f"- Gives: {GIVES.get(technique.gives, 'administration of the account')}")
    needs = (f"`{action}` on {PLACES.get(place, f'`{place}`')}" for action, place in technique.permissions())
    lines.append(f"- Needs: {'; '.join(needs)}")
    lines.extend(f"- Given: {each}" for each in _given(technique))
    lines.append(f"- Fix: {technique.fix}")
    ids = (f"[{t}](https://attack.mitre.org/techniques/{t.replace('.', '/')}/)" for t in technique.attack)
    lines.append(f"- ATT&CK: {', '.join(ids)}")
    lines.append(f"- Source: <{technique.source}>\n")
    return "\n".join(lines)


def _given(technique: Technique) -> Iterator[str]:
    """What must be there already."""
    if technique.trusts and technique.gives == "passed":
        yield f"the role trusts `{technique.trusts[0]}`"
    if technique.profile:
        yield "the role is in an instance profile"
    if technique.existing:
        runs = ", which runs as the target" if technique.gives == "running" else ""
        yield f"something that matches `{technique.existing}`{runs}"
    if technique.behind:
        yield f"an {technique.behind} uses it"


def main() -> int:
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
