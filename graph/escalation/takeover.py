"""Techniques that give another identity: which ones a principal can use, and on whom.

Candidates come first from the facts (roles that trust the service, what exists and runs as a role), then
each needed permission is decided for all of them at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from graph.access.aws.outcome import NOTHING, Outcome, either, together
from graph.access.aws.request import Level
from graph.escalation.asking import Asking, naming, region_of
from graph.escalation.targets import Targets
from graph.escalation.technique import PASS_ROLE, Technique, usable

Facts_ = tuple[str, ...]
WHOLE = 4
"""The rank of what is granted without any reserve."""
MOST_WAYS = 8
"""Alternatives of facts (which function, which instance) that one gain lists."""


_TYPE = re.compile(r"^[^/:]*[/:]?")
"""The type in front of a resource's name."""


class Gain(msgspec.Struct, frozen=True):
    """A technique, whom it gives, with what certainty, and the alternative facts it also rests on."""

    technique: Technique
    target: str
    outcome: Outcome
    facts: tuple[Facts_, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """What a technique would be used on: the words of `needs` as resources.

    `becomes` are the policies that hold instead of those on the target.
    """

    target: str = ""
    existing: str = ""
    agent: str = ""
    provider: str = ""
    facts: Facts_ = ()
    becomes: Level = ()


class Takeover:
    """The identities that one principal (for all with its policies) can take over in one step."""

    def __init__(self, asking: Asking, targets: Targets) -> None:
        self.asking = asking
        self._targets = targets
        self._account = asking.holder.principal.account
        self._partition = asking.holder.principal.name.split(":")[1]

    @cached_property
    def gains(self) -> tuple[Gain, ...]:
        """All of them; the principal itself may be among the targets."""
        return tuple(self._gains())

    def _gains(self) -> Iterator[Gain]:
        actions = self.asking.actions
        for technique in usable(actions, "passed"):
            yield from self._passed(technique)
        for technique in usable(actions, "running"):
            yield from self._running(technique)
        for technique in usable(actions, "user", "role"):
            kind = "User" if technique.gives == "user" else "Role"
            yield from self._direct(technique, self._targets.of_account(kind, self._account))
        for technique in usable(actions, "federated"):
            yield from self._federated(technique)

    def outcomes(
        self,
        technique: Technique,
        places: Sequence[Place],
        context: Mapping[str, tuple[str, ...]] | None = None,
        *,
        without: str = "",
    ) -> Iterator[tuple[Place, Outcome]]:
        """What the needed permissions amount to on each place; `without` leaves one word of `needs` out."""
        given = {**technique.context, **(context or {})}
        needs = [(action, place) for action, place in technique.permissions() if place != without]
        found = [NOTHING] * len(places)
        for name, region in self._choices(needs, places):
            columns = self._columns(needs, places, given, name, region)
            shared: dict[tuple[int, ...], Outcome] = {}
            for row, held in enumerate(found):
                cells = [column[row] for column in columns]
                key = (id(held), *(id(cell) for cell in cells))
                if key not in shared:
                    shared[key] = either((held, together(cells)))
                found[row] = shared[key]
            if all(each.rank == WHOLE for each in found):
                break
        yield from ((place, outcome) for place, outcome in zip(places, found, strict=True) if outcome.rank)

    def _passed(self, technique: Technique) -> Iterator[Gain]:
        """A role that trusts the service and may be passed to it, if all else is there and allowed."""
        fixed, facts = self._fixed(technique)
        if not fixed.rank:
            return
        for service in technique.trusts:
            roles = self._targets.trusting(service, self._account)
            if technique.profile:
                roles = tuple(role for role in roles if self._targets.profiles(role))
            context = {"iam:PassedToService": (technique.passed_to or service,)}
            for role, passing in self.asking.each(PASS_ROLE, roles, context):
                outcome = together((passing, self._targets.trust(role, service), fixed))
                if outcome.rank:
                    yield Gain(technique, role, outcome, facts)

    def _fixed(self, technique: Technique) -> tuple[Outcome, tuple[Facts_, ...]]:
        """The permissions that do not concern the role, on the best of what exists if that is needed."""
        places = [Place()]
        if technique.existing:
            places = [
                Place(existing=each) for each in self._targets.existing(technique.existing, self._account)
            ]
        found = list(self.outcomes(technique, places, without="target"))
        best = max(found, key=lambda each: each[1].rank, default=(Place(), NOTHING))
        evidence = self._targets.evidence(best[0].existing) if best[0].existing else ()
        return best[1], (evidence,)

    def _running(self, technique: Technique) -> Iterator[Gain]:
        """What exists and runs as a role: taking it over gives the role."""
        places = list(self._places(technique))
        context = {"iam:PassedToService": (technique.passed_to,)} if technique.passed_to else {}
        best: dict[str, tuple[Outcome, list[Facts_]]] = {}
        for place, outcome in self.outcomes(technique, places, context):
            held, ways = best.get(place.target, (NOTHING, []))
            if outcome.rank > held.rank:
                best[place.target] = (outcome, [place.facts])
            elif outcome == held and len(ways) < MOST_WAYS:
                ways.append(place.facts)
        for role, (outcome, ways) in sorted(best.items()):
            yield Gain(technique, role, outcome, tuple(ways))

    def _places(self, technique: Technique) -> Iterator[Place]:
        for each in self._targets.running(technique.existing, self._account):
            if not technique.behind:
                yield Place(each.role, each.resource, facts=(each.because,))
            else:
                for agent, because in self._targets.agents(each.resource):
                    yield Place(each.role, each.resource, agent, facts=(each.because, *because))

    def _direct(self, technique: Technique, identities: Iterable[str]) -> Iterator[Gain]:
        places = [Place(target=identity) for identity in identities]
        for place, outcome in self.outcomes(technique, places):
            yield Gain(technique, place.target, outcome)

    def _federated(self, technique: Technique) -> Iterator[Gain]:
        """Roles that trust a SAML provider whose metadata one can replace."""
        places = [
            Place(target=role, provider=provider)
            for role in self._targets.of_account("Role", self._account)
            for provider in self._targets.providers(role)
        ]
        for place, outcome in self.outcomes(technique, places):
            whole = together((outcome, self._targets.trust(place.target, place.provider)))
            if whole.rank:
                yield Gain(technique, place.target, whole)

    # Needs on places

    def _columns(
        self,
        needs: Sequence[tuple[str, str]],
        places: Sequence[Place],
        context: Mapping[str, tuple[str, ...]],
        name: str,
        region: str,
    ) -> list[list[Outcome]]:
        """For each need, its outcome on each place."""
        columns = []
        for action, word in needs:
            resources = [self._resource(word, place, name, region) for place in places]
            if word in ("trusting", "trusting_new"):
                trust = naming(self.asking.holder)
                columns.append([self.asking.decide(action, r, resource_policy=trust) for r in resources])
            else:
                columns.append([o for _, o in self.asking.each(action, resources, context, region)])
        return columns

    def _resource(self, word: str, place: Place, name: str, region: str) -> str:
        if word in ("target", "trusting", "self", "group", "policy"):
            return place.target
        if word == "agent":
            return place.agent.replace(":agent/", ":agent-alias/") + "/TSTALIASID"
        if word == "existing":
            return place.existing
        if word == "provider":
            return place.provider
        if word == "trusting_new":
            return f"arn:{self._partition}:iam::{self._account}:role/{name}"
        if word == "*":
            return word
        own = _TYPE.sub("", place.existing.split(":", 5)[-1], count=1)
        return word.format(
            partition=self._partition,
            account=self._account,
            region=region_of(place.existing) or region,
            new=name,
            name=own,
            parent=own.partition("/")[0],
        )

    def _choices(
        self, needs: Sequence[tuple[str, str]], places: Sequence[Place]
    ) -> Iterator[tuple[str, str]]:
        """Names and regions to try, where the technique leaves them open."""
        new = [(action, word) for action, word in needs if "{new}" in word]
        placed = bool(places) and bool(places[0].existing)
        free = [action for action, word in needs if word == "*" or ("{region}" in word and not placed)]
        if not new and not free:
            yield "", ""
            return
        marker = new[0][1].partition("{new}")[0].rpartition("}")[2] if new else "\0"
        yield from self.asking.choices({action for action, _ in new} | set(free), marker)
