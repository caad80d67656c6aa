"""Why a gain holds, as ids that a snapshot knows: evidence for statements, relations for the rest."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from graph.access.aws.estate import Estate, Holder
from graph.access.aws.outcome import MOST_ALTERNATIVES, Outcome, Statement
from graph.escalation.takeover import Gain
from graph.model import Evidence


class Proof:
    """Names what stands behind the gains of one principal."""

    def __init__(self, estate: Estate, holder: Holder) -> None:
        self._estate = estate
        self.holder = holder

    def because(self, gains: Sequence[Gain]) -> tuple[tuple[str, ...], ...]:
        """The alternatives, each with all that must hold together."""
        return tuple(islice(dict.fromkeys(self._ways(gains)), MOST_ALTERNATIVES))

    def evidence(self, gains: Sequence[Gain]) -> tuple[Evidence, ...]:
        """The statements that no fact carries."""
        return self.evidence_of(gain.outcome for gain in gains)

    def evidence_of(self, outcomes: Iterable[Outcome]) -> tuple[Evidence, ...]:
        places = dict.fromkeys(place for outcome in outcomes for place in _places(outcome))
        return tuple(found for place in places if (found := self._estate.evidence(*place)))

    def named(self, way: Iterable[Statement]) -> tuple[str, ...]:
        """A conjunction as ids: the statements, and the memberships that bring a group's statements."""
        names: list[str] = []
        for document, pointer in way:
            _, _, group = document.partition("@")
            if group in self.holder.memberships:
                names.append(self.holder.memberships[group])
            names.append(self.identifier((document, pointer)))
        return tuple(dict.fromkeys(names))

    def identifier(self, statement: Statement) -> str:
        evidence = self._estate.evidence(*statement)
        return evidence.id if evidence else statement[0]

    def _ways(self, gains: Iterable[Gain]) -> Iterator[tuple[str, ...]]:
        for gain in gains:
            for way in gain.outcome.because or ((),):
                statements = self.named(way)
                for facts in gain.facts or ((),):
                    yield tuple(dict.fromkeys((*statements, *facts)))


def _places(outcome: Outcome) -> Iterator[Statement]:
    for way in outcome.because:
        yield from way
    yield from outcome.guards
