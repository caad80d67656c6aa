"""How answers about access are shown to people: the answer in a sentence, then who, why and by whose word."""

import json
from collections.abc import Iterable, Iterator, Sequence

from app.screen import line, say, table
from app.text import plural, visible
from graph.access.admins import Standing
from graph.access.ask import Allowed, Group, Reason, WhoCan
from graph.access.explain import Explanation, LayerProof
from graph.access.reach import Holding

MOST = 12
"""Names that a cell lists before it says how many more there are."""


def who_can(answer: WhoCan) -> None:
    count = sum(len(group.principals) for group in answer.groups)
    line(visible(f"{plural(count, 'principal')} can {answer.action} on {answer.resource}"))
    rows = [row for group in answer.groups for row in _group(group)]
    if rows:
        table("", ("may it", "who", "by", "if"), rows)
    say(f"{plural(answer.denied, 'other principal')} cannot.")
    _reserves(answer.assumed, answer.notes)


def _group(group: Group) -> Iterator[tuple[str, ...]]:
    """A line for each principal, the reasons on the first."""
    shown = list(group.principals[:MOST])
    if len(group.principals) > MOST:
        shown.append(f"and {len(group.principals) - MOST:,} more (--json lists all)")
    effect, by, conditions = (
        _effect(group.effect, partial=group.partial),
        _reasons(group.statements),
        "; ".join(group.conditions),
    )
    for number, name in enumerate(shown):
        yield (effect, name, by, conditions) if number == 0 else ("", name, "", "")


def nobody(action: str, resource: str) -> None:
    say(f"Nobody can do any of {action} on {resource}.")


def allowed(principal: str, found: Sequence[Allowed]) -> None:
    if not found:
        say(f"{principal} may do none of it.")
        return
    rows: list[tuple[str, ...]] = [
        (
            each.action,
            _effect(each.effect, partial=each.partial),
            _listed(each.resources),
            _reasons(each.statements),
            "; ".join(each.conditions),
        )
        for each in found
    ]
    table("", ("action", "may it", "resources", "by", "if"), rows)


def holdings(principal: str, found: Sequence[Holding]) -> None:
    if not found:
        say(
            f"No capability of {principal} was found. Before you trust that, look at what was not seen: "
            "`crownpath snapshot show`."
        )
        return
    rows: list[tuple[str, ...]] = [
        (
            each.capability + (f" ({each.technique})" if each.technique else ""),
            each.effect,
            ", ".join(f"{count:,} {kind or 'other'}" for kind, count in each.kinds.items()),
            _listed(each.resources, 3),
            "; ".join([*each.conditions, *(f"stopped by {guard}" for guard in each.guards)]),
        )
        for each in found
    ]
    table("", ("can", "may it", "how many", "such as", "if"), rows)


def admins(found: Sequence[Standing]) -> None:
    """The administrators first, then who can become one and by which steps."""
    order = {"is": 0, "can_become": 1, "unknown": 2, "no": 3}
    shown = sorted(
        (each for each in found if each.admin != "no"), key=lambda each: (order[each.admin], each.id)
    )
    rows: list[tuple[str, ...]] = [
        (
            _STANDINGS[each.admin],
            each.id,
            f"{len(each.reaches):,}",
            ", then ".join(f"{step.technique} to {step.target}" for step in each.why),
        )
        for each in shown
    ]
    if rows:
        table("", ("administrator", "who", "takes over", "how"), rows)
    none = len(found) - len(shown)
    say(f"{plural(none, 'other principal')} cannot become administrator of an account.")


_STANDINGS = {"is": "is", "can_become": "can become", "unknown": "not known"}


def proof(answer: Explanation) -> None:
    line(visible(f"{answer.principal} {answer.action} {answer.resource}: {_verdict(answer)}"))
    for condition in answer.conditions:
        line(visible(f"  if {condition}"))
    rows = [row for layer in answer.layers if layer.verdict != "none" for row in _layer(layer)]
    table("", ("layer", "says", "statement of", "its text", "who says so"), rows)
    silent = [layer.layer for layer in answer.layers if layer.verdict == "none"]
    if silent:
        line(f"No policy of these kinds bears on it: {', '.join(dict.fromkeys(silent))}.")
    _reserves(answer.assumed, answer.notes)


def _verdict(answer: Explanation) -> str:
    match answer.effect:
        case "allow":
            return "allowed"
        case "conditional":
            return "allowed only if what is open holds"
        case _:
            how = "denied" if answer.explicit else "not allowed"
            return f"{how}, by {', '.join(answer.blocked_by)}" if answer.blocked_by else how


def _layer(layer: LayerProof) -> Iterator[tuple[str, ...]]:
    for number, each in enumerate(layer.statements):
        says = f"{'may ' if each.conditional else ''}{each.effect.lower()}"
        text = json.dumps(each.text, ensure_ascii=False, sort_keys=True)
        evidence = each.evidence
        yield (
            layer.layer if number == 0 else "",
            says,
            f"{each.policy} on {each.on}",
            text,
            f"{evidence.call}, document {evidence.document[:12]} {evidence.pointer}",
        )
    if not layer.statements:
        yield (layer.layer, layer.verdict, "", "", "; ".join(layer.faults))


def _effect(effect: str, *, partial: bool) -> str:
    return {"allow": "yes", "conditional": "only if"}[effect] + (", for a part" if partial else "")


def _reasons(statements: Sequence[Reason]) -> str:
    said = [
        f"{each.policy}{f' on {each.on}' if each.on else ''}, {each.pointer}"
        for each in statements
        if each.effect == "Allow"
    ]
    return _listed(said, 4)


def _listed(names: Sequence[str], most: int = MOST) -> str:
    shown = [visible(each) for each in names[:most]]
    if len(names) > most:
        shown.append(f"and {len(names) - most:,} more (--json lists all)")
    return "; ".join(shown)


def _reserves(assumed: Iterable[str], notes: Iterable[str]) -> None:
    for each in assumed:
        say(f"Assumed: {each}.", "yellow")
    for each in notes:
        say(f"Note: {each}.", "yellow")
