"""`who-can` on 10,000 principals and 100,000 resources, once the policies are compiled."""

from collections.abc import Iterator
from functools import partial
from statistics import median

from benchmarks.accounts import Size, bucket, organisation
from benchmarks.measurement import Measurement, seconds
from graph.access.ask import WhoCan, who_can
from graph.access.aws.estate import estate_of
from graph.access.question import answer, question
from graph.facts import Facts

ASKED = (0, 1, 100, 500, 5_000, 19_999)
SAMPLE = 500
ACTION = "s3:GetObject"


def measure() -> list[Measurement]:
    """The usual estate, and one whose resource policies tell every principal apart."""
    usual, apart = organisation(Size()), organisation(Size(individual=True))
    found = [*_measured("who-can", usual), *_measured("who-can, all apart", apart)]
    return [*found, _beside_one_by_one(usual)]


def _measured(name: str, facts: Facts) -> Iterator[Measurement]:
    compiled = seconds(lambda: _ask(facts, 2))
    yield Measurement(name=f"{name}: first question, policies compiled", value=compiled, unit="s")
    worst = max(seconds(partial(_ask, facts, number)) for number in ASKED)
    yield Measurement(name=f"{name}: a question", value=worst, unit="s", target=1.0)


def _ask(facts: Facts, number: int) -> list[WhoCan]:
    return who_can(facts, ACTION, f"{bucket(number)}/x")


def _beside_one_by_one(facts: Facts) -> Measurement:
    """The middle one of the questions, beside deciding for each principal alone (from a sample)."""
    holders = estate_of(facts).holders
    sample = holders[:: max(1, len(holders) // SAMPLE)]
    asked = question(facts, ACTION, f"{bucket(1)}/x")
    alone = seconds(lambda: [answer(facts, holder, asked) for holder in sample])
    return Measurement(
        name="who-can: a question, beside each principal alone",
        value=median(seconds(partial(_ask, facts, number)) for number in ASKED),
        unit="s",
        baseline=alone * len(holders) / len(sample),
        target=1.0,
    )
