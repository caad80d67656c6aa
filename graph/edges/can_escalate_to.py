"""CAN_ESCALATE_TO: who can become another identity, or administrator, by a technique of the catalogue."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from graph.access.aws.estate import Holder, estate_of
from graph.access.aws.outcome import Outcome
from graph.access.engine import BUILDS_ON
from graph.escalation.asking import Asking
from graph.escalation.power import power
from graph.escalation.proof import Proof
from graph.escalation.rewriting import Rewriting
from graph.escalation.takeover import Gain, Takeover
from graph.escalation.targets import Targets
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_ESCALATE_TO",
    meaning="The identity can act as the other one, or become the account's administrator, by a technique"
    " that uses rights it has.",
    needs="act",
    gives="act",
    builds_on=(
        *BUILDS_ON,
        "policy:trust",
        "policy:earlier_version",
        "CAN_ASSUME",
        "RUNS_AS",
        "IMPLEMENTED_BY",
        "USES_TOOL",
        "Role.instance_profiles",
        "Role.tags",
        "User.tags",
    ),
    attack=("T1098", "T1548.005", "T1078.004"),
    atlas=("AML.T0012",),
    abuse="Use the technique that the edge names; docs/escalation.md says how each one goes.",
    fix="Take away one of the permissions that the technique needs, or bound the identity.",
)

Key = tuple[str, str, tuple[str, ...], tuple[str, ...]]
ADMINISTRATOR = 4


def derive(facts: Facts) -> Iterator[Derived]:
    """Worked out once for all principals with the same policies; administrators have nothing to gain."""
    estate = estate_of(facts)
    targets = Targets(facts, estate)
    rewriting = Rewriting(estate, targets)
    alike: dict[tuple[object, ...], list[Holder]] = defaultdict(list)
    for holder in estate.holders:
        alike[holder.principal.kind, *holder.fingerprint].append(holder)
    for key in sorted(alike, key=str):
        holders = alike[key]
        asking = Asking(estate, holders[0], targets.keys)
        if power(asking).rank < ADMINISTRATOR:
            takeover = Takeover(asking, targets)
            new = list(rewriting.new(takeover))
            for holder in holders:
                changes = _by_changes(facts, rewriting, holder, takeover)
                yield from _edges(facts, Proof(estate, holder), [*takeover.gains, *new, *changes])


def _by_changes(facts: Facts, rewriting: Rewriting, holder: Holder, takeover: Takeover) -> Iterator[Gain]:
    """What a principal gains by changing what it has itself, or whom it can take over."""
    if rewriting.changes_anything(takeover.asking):
        yield from rewriting.own(holder, takeover)
        yield from rewriting.taken(takeover, _takeable(facts, holder, takeover.gains))


def _takeable(
    facts: Facts, holder: Holder, gains: Iterable[Gain]
) -> Mapping[str, tuple[Outcome, tuple[str, ...]]]:
    """Whom the principal can take over in one step, and by what: trust, or a technique."""
    found: dict[str, tuple[Outcome, tuple[str, ...]]] = {}
    for gain in gains:
        held = found.get(gain.target)
        if gain.technique.confidence == "possible":
            continue
        if gain.outcome.rank > max(1, held[0].rank if held else 0) and gain.target != holder.id:
            found[gain.target] = (gain.outcome, gain.facts[0] if gain.facts else ())
    for link in facts.out_of(holder.id, "CAN_ASSUME"):
        conditions = link.conditions if isinstance(link, Derived) else ()
        outcome = Outcome(2 if conditions else 4, ((),), conditions)
        for role in facts.members(link.target):
            if role not in found or found[role][0].rank < outcome.rank:
                found[role] = (outcome, (link.id,))
    return found


def _edges(facts: Facts, proof: Proof, gains: Iterable[Gain]) -> Iterator[Derived]:
    """One edge per technique and set of identities; what differs only in its proof goes together."""
    groups: dict[Key, list[Gain]] = defaultdict(list)
    for gain in gains:
        if gain.target != proof.holder.id:
            outcome = gain.outcome
            guards = tuple(proof.identifier(each) for each in outcome.guards)
            groups[gain.technique.id, gain.technique.service, outcome.conditions, guards].append(gain)
    for key in sorted(groups):
        technique, service, conditions, guards = key
        members = groups[key]
        yield Derived(
            type=KIND.name,
            source=proof.holder.id,
            target=facts.set_of({gain.target for gain in members}),
            because=proof.because(members),
            confidence=members[0].technique.confidence,
            conditions=conditions,
            guards=guards,
            properties={"technique": technique, "service": service},
            evidence=proof.evidence(members),
        )
