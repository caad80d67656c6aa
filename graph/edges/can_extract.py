"""CAN_EXTRACT: an endpoint's model gives away data that it was trained on, to whoever may ask at will."""

from collections import defaultdict
from collections.abc import Iterator

from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_EXTRACT",
    meaning="Whoever can query the endpoint may probe its model for the data it was trained on.",
    needs="query",
    gives="read",
    builds_on=("SERVES", "PRODUCED", "TRAINED_ON", "*.generative"),
    attack=("T1530",),
    atlas=("AML.T0024", "AML.T0057"),
    abuse="Ask systematically: membership inference, inversion, prompts that make a model recite.",
    fix="Limit and log queries; train without personal data or with differential privacy; filter the output.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Likely where the model writes text, which recites; only possible where it returns other answers."""
    for endpoint in facts.of("Endpoint"):
        ways: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for serves in facts.out_of(endpoint.id, "SERVES"):
            for dataset, lineage in _learned(facts, serves.target):
                ways[dataset].append((serves.id, *lineage))
        if not ways:
            continue
        yield Derived(
            type=KIND.name,
            source=endpoint.id,
            target=facts.set_of(ways),
            because=tuple(dict.fromkeys(way for dataset in sorted(ways) for way in ways[dataset])),
            confidence="likely" if facts.value(endpoint.id, "generative") is True else "possible",
        )


def _learned(facts: Facts, model: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The datasets a model was trained on, and the relations that say so."""
    for trained in facts.out_of(model, "TRAINED_ON"):
        yield trained.target, (trained.id,)
    for produced in facts.into(model, "PRODUCED"):
        for trained in facts.out_of(produced.source, "TRAINED_ON"):
            yield trained.target, (produced.id, trained.id)
