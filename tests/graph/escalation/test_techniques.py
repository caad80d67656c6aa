"""Every technique of the catalogue: it gives what it says, and every single thing it needs is needed."""

import pytest

from graph.escalation.technique import PASS_ROLE, Technique, techniques
from tests.graph.access.estates import allow, deny
from tests.graph.escalation.scenes import Scene, reached, stopped

ALL = list(techniques().values())
PASSED = [each for each in ALL if each.gives == "passed"]
NEEDED = [
    (each, action)
    for each in ALL
    for action, place in each.permissions()
    if not place.startswith("trusting")  # who is named by a role's trust needs no permission of its own
]
OWN = [
    each for each in ALL if each.gives in ("own", "own_group", "own_policy", "own_version", "joined_group")
]


def named(value: object) -> str | None:
    return value.id if isinstance(value, Technique) else None


@pytest.mark.parametrize("technique", ALL, ids=named)
def test_with_all_it_needs_it_gives_what_it_says(technique: Technique) -> None:
    scene = Scene(technique)
    facts, edges = scene.edges()
    assert scene.expected in reached(facts, edges)
    assert all(all(way) for edge in edges for way in edge.because)


@pytest.mark.parametrize(("technique", "action"), NEEDED, ids=named)
def test_without_one_permission_it_gives_nothing(technique: Technique, action: str) -> None:
    facts, edges = Scene(technique, without=action).edges()
    assert reached(facts, edges) == set()


@pytest.mark.parametrize("technique", ALL, ids=named)
def test_a_boundary_that_denies_it_is_the_guard(technique: Technique) -> None:
    scene = Scene(technique)
    denied = technique.actions[0]
    scene.bound(allow("*"), deny(denied))
    facts, edges = scene.edges()
    assert reached(facts, edges) == set()
    if technique.gives not in ("unbounded", "undenied", "undenied_inline"):
        assert scene.expected in stopped(facts, edges)


@pytest.mark.parametrize("technique", ALL, ids=named)
def test_an_organisations_policy_that_denies_it_is_the_guard(technique: Technique) -> None:
    scene = Scene(technique)
    scene.guarded(deny(technique.actions))
    facts, edges = scene.edges()
    assert reached(facts, edges) == set()
    assert scene.expected in stopped(facts, edges)


@pytest.mark.parametrize("technique", ALL, ids=named)
def test_an_organisation_that_denies_nothing_changes_nothing(technique: Technique) -> None:
    scene = Scene(technique)
    scene.guarded()
    assert scene.expected in reached(*scene.edges())


@pytest.mark.parametrize("technique", PASSED, ids=named)
def test_a_role_may_be_passed_to_the_named_service_only(technique: Technique) -> None:
    right = Scene(technique, passed_to=technique.passed_to or technique.trusts[0])
    assert right.expected in reached(*right.edges())
    assert Scene(technique, passed_to="polly.amazonaws.com").edges()[1] == []


@pytest.mark.parametrize("technique", PASSED, ids=named)
def test_a_role_that_does_not_trust_the_service_is_not_reached(technique: Technique) -> None:
    assert Scene(technique, trusted=False).edges()[1] == []


@pytest.mark.parametrize("technique", [each for each in ALL if each.existing], ids=named)
def test_what_does_not_exist_cannot_be_used(technique: Technique) -> None:
    assert Scene(technique, existing=False).edges()[1] == []


@pytest.mark.parametrize("technique", [each for each in ALL if each.profile], ids=named)
def test_a_role_without_instance_profile_goes_on_no_instance(technique: Technique) -> None:
    assert Scene(technique, profile=False).edges()[1] == []


@pytest.mark.parametrize("technique", OWN, ids=named)
def test_a_gain_that_a_boundary_caps_stays_capped(technique: Technique) -> None:
    scene = Scene(technique)
    scene.bound(allow([*technique.actions, "s3:*"]))
    facts, edges = scene.edges()
    assert reached(facts, edges) == set()
    assert scene.expected in stopped(facts, edges)


def test_every_technique_says_where_it_comes_from() -> None:
    assert len(ALL) >= 60
    assert all(each.source.startswith("https://") and each.attack and each.fix and each.abuse for each in ALL)
    assert all(PASS_ROLE in each.needs for each in PASSED)
