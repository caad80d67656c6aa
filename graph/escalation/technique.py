"""The catalogue of techniques: one file a family in `techniques/`, read and checked once.

A file holds what its techniques have in common (`service`, `source`, `attack`, `fix`) and the techniques.
"""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Literal

import msgspec
import yaml

from graph.model import Confidence

Gives = Literal[
    "passed",  # a role handed to a service that runs one's own code: a role that trusts one of `trusts`
    "running",  # the role of something that exists and runs one's own code from now on
    "user",  # another user
    "role",  # another role, by its trust policy
    "federated",  # a role that trusts an identity provider
    "own",  # one's own policies: everything is allowed from now on
    "own_group",  # the policies of a group one is in
    "own_policy",  # a managed policy one has
    "own_version",  # an earlier version of a managed policy one has
    "joined_group",  # the policies of a group one joins
    "unbounded",  # one's own boundary is gone
    "undenied",  # managed policies of one's own that deny are gone
    "undenied_inline",  # inline policies of one's own that deny are gone
    "taken_user",  # the policies of a user that one can take over
    "taken_role",  # ... of a role
    "taken_policy",  # a managed policy of either
    "taken_unbounded_user",  # the boundary of a user that one can take over is gone
    "taken_unbounded_role",  # ... of a role
    "new",  # a new identity with every right
]
"""What a technique leads to."""

PLACES = ("target", "self", "group", "policy", "provider", "existing", "agent", "trusting", "trusting_new")
"""Words for a resource: who is taken over, oneself, a group, a managed policy, an identity provider, what
exists, the agent before it; a role (a new one) whose trust policy names oneself by then. All else is an ARN
with {partition}, {region}, {account}, {new} and, of what exists, {name} and {parent}."""

PASS_ROLE = "iam:PassRole"  # noqa: S105 - an action, no password


class Technique(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to more rights; all of `needs` must be allowed.

    `needs` maps actions to the resource each is asked on. `trusts` are the services the passed role must
    trust, `passed_to` what iam:PassedToService says when that is another one. `existing` is the pattern of
    what must be there already, `behind` the kind of thing that must call it; `profile`: the role must be
    in an instance profile. `who`: what kind of principal can do it. `context` are keys that the requester
    chooses. `attack` are ids of MITRE ATT&CK techniques.
    """

    id: str
    title: str
    service: str
    gives: Gives
    needs: Mapping[str, str | tuple[str, ...]]
    abuse: str
    fix: str
    source: str
    attack: tuple[str, ...]
    trusts: tuple[str, ...] = ()
    passed_to: str = ""
    existing: str = ""
    behind: Literal["", "agent"] = ""
    profile: bool = False
    who: Literal["", "User", "Role"] = ""
    context: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    confidence: Confidence = "confirmed"

    def permissions(self) -> Iterator[tuple[str, str]]:
        """Each action with each resource that it is needed on."""
        for action, places in self.needs.items():
            for place in (places,) if isinstance(places, str) else places:
                yield action, place

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(self.needs)

    @property
    def permitted(self) -> frozenset[str]:
        """The actions that must be allowed, in lower case: who is named by a role's trust needs none."""
        return frozenset(a.lower() for a, place in self.permissions() if not place.startswith("trusting"))


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A family: what its techniques share, unless one says otherwise."""

    service: str
    source: str
    attack: list[str]
    fix: str
    techniques: list[dict[str, object]]


class FaultyTechnique(Exception):
    """A technique in the catalogue that cannot be meant."""


@cache
def techniques() -> Mapping[str, Technique]:
    """All techniques by id, in order."""
    found = [each for name in _files() for each in _read(name)]
    by_id = {each.id: each for each in sorted(found, key=lambda each: each.id)}
    if len(by_id) != len(found):
        raise FaultyTechnique("two techniques have the same id; give one another")
    for each in found:
        _check(each)
    return by_id


@cache
def of(*gives: Gives) -> tuple[Technique, ...]:
    """The techniques that lead to one of these."""
    return tuple(each for each in techniques().values() if each.gives in gives)


@cache
def catalogued() -> tuple[str, ...]:
    """Every action that some technique needs a permission for, in lower case."""
    return tuple(sorted({action for each in techniques().values() for action in each.permitted}))


@lru_cache(maxsize=100_000)
def usable(actions: frozenset[str], *gives: Gives) -> tuple[Technique, ...]:
    """The techniques of these kinds for which nothing is missing, if these actions may be allowed."""
    return tuple(each for each in of(*gives) if actions.issuperset(each.permitted))


def _files() -> list[str]:
    folder = resources.files("graph.escalation").joinpath("techniques")
    return sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml"))


def _read(name: str) -> Iterator[Technique]:
    text = resources.files("graph.escalation").joinpath("techniques", name).read_text("utf-8")
    family = msgspec.convert(yaml.safe_load(text), _File)
    shared = {"service": family.service, "source": family.source, "attack": family.attack, "fix": family.fix}
    for row in family.techniques:
        yield msgspec.convert({**shared, **row}, Technique)


def _check(technique: Technique) -> None:
    for action, place in technique.permissions():
        if place not in PLACES and place != "*" and not place.startswith("arn:{partition}:"):
            raise FaultyTechnique(f"{technique.id}: {place} is no place to ask {action} on")
        if place == "existing" and not technique.existing:
            raise FaultyTechnique(f"{technique.id}: {action} is asked on what exists; say what that is")
    if technique.gives == "passed" and not (technique.trusts and PASS_ROLE in technique.needs):
        raise FaultyTechnique(f"{technique.id}: a role is passed; say to whom, and ask for {PASS_ROLE}")
