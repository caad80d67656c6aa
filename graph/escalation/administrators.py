"""The administrators of AWS accounts as they stand, and those whom something keeps from being that."""

from collections import defaultdict
from collections.abc import Iterator

from graph.access.aws.estate import Holder, estate_of
from graph.access.grants import Grant
from graph.escalation.asking import Asking
from graph.escalation.power import power
from graph.escalation.proof import Proof
from graph.escalation.targets import Targets
from graph.facts import Facts


def administrators(facts: Facts) -> Iterator[Grant]:
    """Who has every action on every resource of its account, worked out once for the same policies."""
    estate = estate_of(facts)
    keys = Targets(facts, estate).keys
    alike: dict[tuple[object, ...], list[Holder]] = defaultdict(list)
    for holder in estate.holders:
        alike[holder.principal.kind, *holder.fingerprint].append(holder)
    for holders in alike.values():
        outcome = power(Asking(estate, holders[0], keys))
        for holder in holders if outcome.rank else ():
            proof = Proof(estate, holder)
            yield Grant(
                source=holder.id,
                targets=(f"aws://{holder.principal.account}",),
                because=tuple(proof.named(way) for way in outcome.because),
                evidence=proof.evidence_of([outcome]),
                actions=outcome.actions,
                conditions=outcome.conditions,
                guards=tuple(proof.identifier(each) for each in outcome.guards),
            )
