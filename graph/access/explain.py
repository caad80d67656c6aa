"""One question, answered with its proof: may this principal do this to that, and which statements say so?

AWS only so far: the decision is the engine's own, layer by layer, each statement with its evidence.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from graph.access.aws.decision import Decision, LayerVerdict, StatementRef, evaluate
from graph.access.aws.estate import Estate, Holder, estate_of
from graph.access.aws.layers import Truth
from graph.access.aws.principal import ANONYMOUS, Principal
from graph.access.aws.request import Policies, Request
from graph.access.question import answer, assumptions, notes, one_action, question
from graph.access.requesters import hangs_on, requester
from graph.facts import Facts
from graph.model import Evidence, Json


class StatementProof(msgspec.Struct, frozen=True):
    """A statement that matched: the policy's name, whose it is, its own text and where that stands."""

    policy: str
    on: str
    effect: Literal["Allow", "Deny"]
    conditional: bool
    text: Json
    evidence: Evidence


class LayerProof(msgspec.Struct, frozen=True):
    """What a layer says: `allows`, `denies`, `may allow`, `may deny`, `is silent`, or that there is none."""

    layer: str
    verdict: Literal["allows", "denies", "may allow", "may deny", "is silent", "none"]
    statements: tuple[StatementProof, ...]
    faults: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True):
    """The answer, what it hangs on, who stops it, and every layer's part in it.

    `assumed` is what was taken for granted, `notes` what to know about the question itself.
    """

    principal: str
    action: str
    resource: str
    effect: Literal["allow", "deny", "conditional"]
    explicit: bool
    conditions: tuple[str, ...]
    blocked_by: tuple[str, ...]
    layers: tuple[LayerProof, ...]
    assumed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def explain(facts: Facts, principal: str, action: str, resource: str) -> Explanation:
    """Layer by layer, whether `principal` (an asset's id, an ARN, a service) may do it to `resource`."""
    estate = estate_of(facts)
    asked = question(facts, one_action(action), resource)
    holder = requester(estate, principal)
    found = answer(facts, holder, asked)
    decision = found.decision
    return Explanation(
        principal=holder.id if holder.principal.kind != "session" else principal,
        action=asked.action,
        resource=asked.resource,
        effect=found.effect,
        explicit=decision.explicit and (found.effect != "deny" or decision.effect == "deny"),
        conditions=found.conditions,
        blocked_by=decision.blocked_by,
        layers=tuple(_layer(facts, estate, holder, verdict) for verdict in decision.layers),
        assumed=assumptions(facts, asked, () if holder.outside else (holder.principal.account,)),
        notes=notes(asked, holder),
    )


def _layer(facts: Facts, estate: Estate, holder: Holder, verdict: LayerVerdict) -> LayerProof:
    statements = tuple(
        proof for ref in verdict.statements if (proof := _statement(facts, estate, holder, ref)) is not None
    )
    return LayerProof(verdict.layer, _word(verdict), statements, verdict.faults)


def _word(
    verdict: LayerVerdict,
) -> Literal["allows", "denies", "may allow", "may deny", "is silent", "none"]:
    if verdict.denies is Truth.YES:
        return "denies"
    if verdict.denies is Truth.MAYBE:
        return "may deny"
    if not verdict.present:
        return "none"
    words: Mapping[Truth, Literal["allows", "may allow", "is silent"]] = {
        Truth.YES: "allows",
        Truth.MAYBE: "may allow",
        Truth.NO: "is silent",
    }
    return words[verdict.allows]


def _statement(facts: Facts, estate: Estate, holder: Holder, ref: StatementRef) -> StatementProof | None:
    """None for what the engine assumes itself (an outsider's own policies)."""
    record, evidence = estate.policy(ref.policy), estate.evidence(ref.policy, ref.pointer)
    if record is None or evidence is None:
        return None
    on = hangs_on(record, ref.policy, holder)
    return StatementProof(record.name, on, ref.effect, ref.open, facts.document(evidence), evidence)


def anonymous_decision(
    facts: Facts, action: str, resource: str, context: Mapping[str, Iterable[str]], *, on: str
) -> Decision:
    """What the policy on an asset grants to requests without any credentials, for one resource of it."""
    return policy_decision(facts, ANONYMOUS, action, resource, context, on=on)


def policy_decision(
    facts: Facts,
    principal: Principal,
    action: str,
    resource: str,
    context: Mapping[str, Iterable[str]],
    *,
    on: str,
) -> Decision:
    """What the policy on an asset grants to somebody without policies of their own: a service, a stranger."""
    policy = estate_of(facts).resources.get(on)
    request = Request(
        action=action,
        resource=resource,
        principal=principal,
        resource_account=facts.account_of(on),
        context={key: tuple(values) for key, values in context.items()},
        open_context=True,
    )
    return evaluate(request, Policies(resource=policy.documents if policy else ()))
