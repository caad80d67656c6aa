"""One question, answered with its proof: may this principal do this to that, and which statements say so?

AWS only so far: the decision is the engine's own, layer by layer, each statement with its evidence.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from graph.access.aws.decision import Decision, LayerVerdict, StatementRef, evaluate
from graph.access.aws.estate import Estate, Holder, estate_of
from graph.access.aws.grants import policies_for, request_for
from graph.access.aws.layers import Truth
from graph.access.aws.principal import ANONYMOUS
from graph.access.aws.request import Policies, Request
from graph.access.aws.scope import Target, bucket_of
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
    """The answer, what it hangs on, who stops it, and every layer's part in it."""

    effect: Literal["allow", "deny", "conditional"]
    explicit: bool
    conditions: tuple[str, ...]
    blocked_by: tuple[str, ...]
    layers: tuple[LayerProof, ...]


class NotExplained(Exception):
    """There is no such principal in the snapshot, or it is not of AWS."""


def explain(facts: Facts, principal: str, action: str, resource: str) -> Explanation:
    """Layer by layer, whether `principal` (an asset's id) may do `action` to `resource` (an ARN)."""
    estate = estate_of(facts)
    holder = _holder(estate, principal)
    policy = estate.resources.get(bucket_of(resource))
    owner = facts.account_of(bucket_of(resource))
    target = Target(resource, resource, owner, bucket_of(resource))
    decision = evaluate(request_for(holder, action, target, ""), policies_for(holder, policy))
    return Explanation(
        effect=decision.effect,
        explicit=decision.explicit,
        conditions=tuple(each.name for each in decision.conditions),
        blocked_by=decision.blocked_by,
        layers=tuple(_layer(facts, estate, verdict) for verdict in decision.layers),
    )


def _holder(estate: Estate, principal: str) -> Holder:
    for holder in (*estate.holders, *estate.outsiders):
        if holder.id == principal:
            return holder
    raise NotExplained(
        f"{principal} is no user, role or outsider that AWS policies of this snapshot know; "
        "give the id as the snapshot has it"
    )


def _layer(facts: Facts, estate: Estate, verdict: LayerVerdict) -> LayerProof:
    statements = tuple(
        proof for ref in verdict.statements if (proof := _statement(facts, estate, ref)) is not None
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


def _statement(facts: Facts, estate: Estate, ref: StatementRef) -> StatementProof | None:
    """None for what the engine assumes itself (an outsider's own policies)."""
    record, evidence = estate.policy(ref.policy), estate.evidence(ref.policy, ref.pointer)
    if record is None or evidence is None:
        return None
    return StatementProof(record.name, record.on, ref.effect, ref.open, facts.document(evidence), evidence)


def anonymous_decision(
    facts: Facts, action: str, resource: str, context: Mapping[str, Iterable[str]], *, on: str
) -> Decision:
    """What the policy on an asset grants to requests without any credentials, for one resource of it."""
    policy = estate_of(facts).resources.get(on)
    request = Request(
        action=action,
        resource=resource,
        principal=ANONYMOUS,
        resource_account=facts.account_of(on),
        context={key: tuple(values) for key, values in context.items()},
        open_context=True,
    )
    return evaluate(request, Policies(resource=policy.documents if policy else ()))
