"""The catalogue against AWS's own table: actions that exist, asked on resources that they take."""

import pytest

from graph.access.aws.actions import known, patterns_of
from graph.access.aws.match import glob
from graph.escalation.technique import Technique, techniques
from tests.graph.access.estates import ACCOUNT
from tests.graph.escalation.scenes import BOB, GROUP, MANAGED, PROVIDER, TARGET, example

FILLED = {
    "partition": "aws",
    "account": ACCOUNT,
    "region": "eu-west-1",
    "new": "new",
    "name": "d1/p1",
    "parent": "p1",
}
WORDS = {
    "group": GROUP,
    "policy": MANAGED,
    "provider": PROVIDER,
    "trusting": TARGET,
    "trusting_new": TARGET,
}
PAIRS = [(each, action, place) for each in techniques().values() for action, place in each.permissions()]


def asked(technique: Technique, place: str) -> str:
    """The resource that a word of `needs` stands for."""
    if place in ("target", "self"):
        return BOB if "user" in technique.gives or technique.who == "User" else TARGET
    if place == "existing":
        return example(technique.existing)
    if place == "agent":
        return f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:agent-alias/A1/B1"
    return WORDS.get(place) or place.format(**FILLED)


@pytest.mark.parametrize(("technique", "action", "place"), PAIRS, ids=lambda each: getattr(each, "id", each))
def test_the_action_takes_the_resource_it_is_asked_on(technique: Technique, action: str, place: str) -> None:
    assert known(action), action
    resource, taken = asked(technique, place), patterns_of(action)
    assert resource in taken or any(glob(each).matches(resource) for each in taken), (resource, taken)
