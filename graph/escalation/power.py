"""Who is administrator of an account: by what the engine decides, not by the names of policies.

Administrator is who may do everything: something that no policy mentions, whatever an Allow leaves out, and
above all what changes identities. A Deny on something else, or one that conditions can lift, does not matter;
a boundary or an organisation's policy that keeps back any of this does.
"""

from collections.abc import Iterator

from graph.access.aws.decision import Decision
from graph.access.aws.document import Statement
from graph.access.aws.match import Glob, Wild
from graph.access.aws.outcome import NOTHING, Outcome, together
from graph.escalation.asking import DEFAULT_NAME, DEFAULT_REGION, Asking

UNHEARD_OF = "crownpath:Anything"
"""An action that no policy names: only who may do everything may do it."""

KEYSTONES = {
    "iam:AttachRolePolicy": "role",
    "iam:PutRolePolicy": "role",
    "iam:PassRole": "role",
    "iam:UpdateAssumeRolePolicy": "role",
    "iam:PutUserPolicy": "user",
    "iam:CreateAccessKey": "user",
    "iam:CreatePolicyVersion": "policy",
}
"""What an administrator must be able to do above all, and on what."""

_MOST_PROBES = 40


def power(asking: Asking) -> Outcome:
    """Whether the principal is administrator: 4 yes, 2 under conditions, 1 but for guards, 0 no."""
    if not asking.may(UNHEARD_OF):
        return NOTHING
    found: list[Outcome] = []
    for action, resource in _probes(asking):
        outcome = _answer(asking, action, resource)
        if not outcome.rank:
            return NOTHING
        found.append(outcome)
    whole = together(found)
    first = found[0]
    return Outcome(whole.rank, first.because, whole.conditions, whole.guards, ("*",))


def _probes(asking: Asking) -> Iterator[tuple[str, str]]:
    account = asking.holder.principal.account
    anything = f"arn:aws:crownpath:{DEFAULT_REGION}:{account}:{DEFAULT_NAME}"
    yield UNHEARD_OF, anything
    yield UNHEARD_OF, "*"
    for action, kind in KEYSTONES.items():
        yield action, f"arn:aws:iam::{account}:{kind}/{DEFAULT_NAME}"
    left_out = dict.fromkeys(text for statement in _allows(asking) for text in _left_out(statement))
    for text in list(left_out)[:_MOST_PROBES]:
        action, resource = (UNHEARD_OF, text) if text.startswith("arn:") else (text, anything)
        yield action, resource


def _left_out(statement: Statement) -> Iterator[str]:
    """One example of each action and resource that an Allow makes an exception of."""
    if statement.not_action:
        yield from (_example(each) for each in statement.actions)
    if statement.not_resource:
        yield from (_example(each.glob) for each in statement.resources or () if each.glob)


def _example(pattern: Glob) -> str:
    """A text that the pattern matches."""
    filled = {Wild.ANY: DEFAULT_NAME, Wild.WITHIN_SEGMENT: DEFAULT_NAME, Wild.ONE: "x"}
    return "".join(filled[each] if isinstance(each, Wild) else each for each in pattern.symbols)


def _allows(asking: Asking) -> Iterator[Statement]:
    for policy in (*asking.holder.identity, *asking.holder.boundary):
        yield from (each for each in policy.document.statements if each.effect == "Allow")


def _answer(asking: Asking, action: str, resource: str) -> Outcome:
    """One probe; what only Deny statements under conditions keep open counts as granted."""
    outcome = asking.decide(action, resource, region=DEFAULT_REGION)
    if outcome.rank != 2:
        return outcome
    decision = asking.decision(action, resource, DEFAULT_REGION)
    if not _granted_for_certain(decision):
        return outcome
    return Outcome(4, outcome.because, actions=outcome.actions)


def _granted_for_certain(decision: Decision) -> bool:
    """Some way to grant has in every layer a statement without open conditions."""
    return any(
        all(any(not each.open for each in need.statements) for need in way) for way in decision.ways
    ) and not any(layer.faults for layer in decision.layers)
