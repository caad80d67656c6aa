"""The attack graph: footholds (an asset and what the attacker holds there) and the steps between them.

Being able to call a thing is not being able to become it, so paths run over footholds: only `run` on a
workload leads to `act` as its identity. A step comes from a derived edge, whose kind declares the state it
needs and the one it gives, or from a structural relation by the table `STRUCTURAL`. Steps that something
stops are kept with their guards.

Sets of resources get footholds of their own, so that steps never number identities times resources; they
are plumbing and are taken out of a path before it is shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from graph import ontology
from graph.facts import Facts, Link
from graph.model import (
    ANYONE,
    INTERNET,
    Asset,
    Confidence,
    Derived,
    EdgeKind,
    Relation,
    State,
    relation_id,
)

Effective = Literal["now", "next_run", "next_deployment", "never"]
WEAK_TO_STRONG: tuple[Confidence, ...] = ("possible", "likely", "confirmed")
LOCK_UNKNOWN = "the door must ask nobody who they are: whether it does is not known"
NO_DOOR_SEEN = "the internet must reach it: no door was seen"
MALICIOUS = "malicious"
SMALL_SET = 32
"""A set up to this size leads to its members in one step; a larger one through the tree."""


class Passage(msgspec.Struct, frozen=True):
    """How a structural relation leads on: from `needs` on one end to `gives` on the other.

    `backwards` goes from target to source. `source` and `target` limit the kinds, read along the relation.
    """

    relation: str
    needs: State
    gives: State
    backwards: bool = False
    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    effective: Effective = "now"


STRUCTURAL: tuple[Passage, ...] = (
    # A workload that is called hands the caller's words to the agent or model behind it.
    Passage("CALLS_MODEL", "invoke", "invoke", source=("Function", "Workload", "VM")),
    Passage("SERVES", "query", "query"),
    # A steered agent uses what is attached to it, and nothing else of its role.
    Passage("RETRIEVES_FROM", "steer", "read", source=("Agent",)),
    Passage("INDEXES", "read", "read"),
    Passage("STORED_IN", "read", "read", source=("KnowledgeBase",)),
    Passage("USES_TOOL", "steer", "invoke"),
    Passage("IMPLEMENTED_BY", "invoke", "invoke", source=("Tool", "MCPServer", "Agent")),
    Passage("DELEGATES_TO", "steer", "invoke"),
    # Code that runs acts as its identity.
    Passage("RUNS_AS", "run", "act"),
    # What is written is learned, retrieved or run.
    Passage("INDEXES", "write", "write", backwards=True, effective="next_run"),
    Passage("RETRIEVES_FROM", "write", "invoke", backwards=True, source=("Agent",)),
    # What is stored can be taken away.
    Passage("STORED_IN", "read", "read", backwards=True, source=("Model",)),
    Passage("AUTHENTICATES", "act", "act"),
)

EFFECTIVE: Mapping[str, Effective] = {"CAN_POISON": "next_run", "CAN_REPLACE": "next_deployment"}
"""When a change made over an edge of this kind takes effect; others at once."""

AMOUNTS_TO: Mapping[tuple[State, str], State] = {
    ("invoke", "Agent"): "steer",
    ("invoke", "Endpoint"): "query",
    ("run", "Agent"): "steer",
    ("invoke", "Repository"): "read",
}
"""What a state amounts to on a kind: an agent that answers, or whose parts are changed, does what it is told
with what is attached to it; that does not give its role. To be served by a repository is to read it."""


ADMINISTERED: tuple[tuple[str, tuple[State, ...]], ...] = (
    ("Identity", ("act",)),
    ("Data", ("read", "write")),
    ("Secret", ("read", "write")),
)
"""What whoever becomes administrator of an account holds on the kinds of things in it."""


class Attack(msgspec.Struct, frozen=True):
    """Footholds as nodes, and their relations: ON, STEP, BLOCKED_STEP."""

    footholds: tuple[Asset, ...]
    relations: tuple[Relation, ...]


def build(facts: Facts, kinds: Mapping[str, EdgeKind]) -> Attack:
    """The attack graph of all facts and derived edges."""
    builder = _Builder(facts)
    for kind in sorted(kinds.values(), key=lambda k: k.name):
        if kind.name == "EXPOSES" or kind.needs is None or kind.gives is None:
            continue
        for edge in (*facts.relations(kind.name), *facts.blocked(kind.name)):
            builder.edge(edge, kind.needs, kind.gives)
    for door in (*facts.relations("EXPOSES"), *facts.blocked("EXPOSES")):
        builder.door(door)
    for passage in STRUCTURAL:
        for link in facts.relations(passage.relation):
            builder.structural(link, passage)
    for leak in facts.relations("LEAKS"):
        builder.step(leak.source, "read", leak.target, "act", leak)
    builder.administered()
    builder.planted()
    builder.sets()
    builder.written_code()
    return builder.attack()


def amounts_to(state: State, kind: str) -> State:
    """What holding a state on an asset of this kind really is."""
    return AMOUNTS_TO.get((state, kind), state)


def foothold_id(state: State, asset: str) -> str:
    return f"foothold:{state}@{asset}"


class _Builder:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._footholds: dict[str, tuple[str, State]] = {}
        self._relations: dict[str, Relation] = {}

    def edge(self, edge: Link, needs: State, gives: State) -> None:
        """A derived edge as a step, blocked by its guards or by a door that anyone would have to pass."""
        guards = edge.guards if isinstance(edge, Derived) else ()
        if edge.source == ANYONE and not guards:
            for member in self._facts.members(edge.target):
                door, closed = self._doors_to(member)
                conditions = () if door or closed else (NO_DOOR_SEEN,)
                guards = () if door else closed
                self.step(edge.source, needs, member, gives, edge, guards, conditions=conditions)
        else:
            self.step(edge.source, needs, edge.target, gives, edge, guards)

    def door(self, door: Link) -> None:
        """EXPOSES: packets arrive; without authentication, or over an open gateway, requests are served."""
        guards = door.guards if isinstance(door, Derived) else ()
        from_internet = door.source == INTERNET
        needs: State = "reach" if from_internet else "invoke"
        self.step(door.source, needs, door.target, "reach", door, guards)
        auth = door.properties.get("auth")
        unknown = (LOCK_UNKNOWN,) if auth == "unknown" and not guards else ()
        closed = guards or (() if auth == "none" or unknown else self._lock(door))
        self.step(door.source, needs, door.target, "invoke", door, closed, conditions=unknown)
        if from_internet:  # what arrives through a gateway was let in there, not at this door
            self.step(door.target, "reach", door.target, "invoke", door, closed, conditions=unknown)

    def structural(self, link: Link, passage: Passage) -> None:
        source, target = self._facts.asset(link.source), self._facts.asset(link.target)
        if source is None or target is None or not _fits(source, passage.source):
            return
        if not _fits(target, passage.target):
            return
        start, end = (target, source) if passage.backwards else (source, target)
        guards = _own_guards(link)
        for held in (
            end.id,
            *(self._contents(end.id) if link.type == "INDEXES" and not passage.backwards else ()),
        ):
            self.step(start.id, passage.needs, held, passage.gives, link, guards, effective=passage.effective)

    def _contents(self, prefix: str) -> Iterator[str]:
        """The datasets below one: what indexes it gives away all of them."""
        for link in self._facts.out_of(prefix, "CONTAINS"):
            below = self._facts.asset(link.target)
            if below is not None and below.kind == "Dataset":
                yield below.id
                yield from self._contents(below.id)

    def written_code(self) -> None:
        """Whoever may change the code of what runs, runs in it; an unsafe model file is such code."""
        for foothold in [f for f, (_, state) in self._footholds.items() if state == "write"]:
            asset = self._facts.asset(self._footholds[foothold][0])
            if asset is not None and asset.kind in ("Function", "Workload"):
                self.step(asset.id, "write", asset.id, "run", None)
            if asset is not None and asset.kind == "Model":
                self._unsafe_model(asset)

    def planted(self) -> None:
        """Whoever wrote a model file that a look inside found malicious runs in what serves it already."""
        for model in self._facts.of("Model"):
            for file in self._files(model.id):
                if file.get("verdict") == MALICIOUS:
                    for serves in self._facts.into(model.id, "SERVES"):
                        self.step(file.id, "write", serves.source, "run", serves)

    def _files(self, model: str) -> Iterator[Asset]:
        """The files that a model is stored in, and those in the prefixes that it is stored in."""
        todo = [link.target for link in self._facts.out_of(model, "STORED_IN")]
        seen = set(todo)
        while todo:
            held = self._facts.asset(todo.pop())
            if held is not None and held.kind == "ModelFile":
                yield held
            elif held is not None and held.kind == "Dataset":
                inside = {link.target for link in self._facts.out_of(held.id, "CONTAINS")} - seen
                seen |= inside
                todo.extend(sorted(inside))

    def _unsafe_model(self, model: Asset) -> None:
        if any(file.get("unsafe_format") for file in self._files(model.id)):
            for serves in self._facts.into(model.id, "SERVES"):
                self.step(model.id, "write", serves.source, "run", serves, effective="next_deployment")

    def administered(self) -> None:
        """From an account that somebody becomes administrator of to the identities and the data in it."""
        states = {kind: held for name, held in ADMINISTERED for kind in ontology.expand(name)}
        for account in sorted(asset for asset, state in self._footholds.values() if state == "act"):
            held = self._facts.asset(account)
            for link in self._facts.out_of(account, "CONTAINS") if held and held.kind == "Account" else ():
                for target in (link.target, *self._contents(link.target)):
                    asset = self._facts.asset(target)
                    for state in states.get(asset.kind, ()) if asset else ():
                        self.step(account, "act", target, state, link)

    def sets(self) -> None:
        """From a set's foothold to its members': in one step when it is small, else down the tree."""
        todo = [f for f, (asset, _) in self._footholds.items() if self._facts.tree.is_set(asset)]
        seen: set[str] = set()
        while todo:
            foothold = todo.pop()
            if foothold in seen:
                continue
            seen.add(foothold)
            identifier, state = self._footholds[foothold]
            for child in self._below(identifier):
                held = self._held(state, child)
                reached = self._foothold(child, held)
                by = f"COVERS {relation_id('COVERS', identifier, child, {})}"
                self._relate(
                    "STEP", foothold, reached, {"by": by, "confidence": "confirmed", "effective": "now"}
                )
                if self._facts.tree.is_set(child):
                    todo.append(reached)

    def step(
        self,
        source: str,
        needs: State,
        target: str,
        gives: State,
        link: Link | None,
        guards: Iterable[str] = (),
        effective: Effective | None = None,
        conditions: tuple[str, ...] = (),
    ) -> None:
        """One step, or a blocked one when there are guards."""
        # What is needed stays what it is, but for being served: `run` on an agent is not had by steering it.
        start = self._foothold(source, self._held(needs, source) if needs == "invoke" else needs)
        end = self._foothold(target, self._held(gives, target))
        if start == end:
            return
        by = f"{link.type} {link.id}" if link else "CODE"
        properties: dict[str, str | bool | tuple[str, ...]] = {"by": by}
        if blocked := tuple(guards):
            self._relate("BLOCKED_STEP", start, end, {**properties, "guards": blocked})
            return
        properties["confidence"] = link.confidence if isinstance(link, Derived) else "confirmed"
        properties["effective"] = effective or EFFECTIVE.get(link.type if link else "", "now")
        if open_ones := (*conditions, *(link.conditions if isinstance(link, Derived) else ())):
            properties |= {"conditional": True, "conditions": open_ones}
        self._relate("STEP", start, end, properties)

    def attack(self) -> Attack:
        footholds = []
        for identifier, (asset, state) in sorted(self._footholds.items()):
            properties: dict[str, str | bool] = {"state": state}
            if self._is_entry(asset, state):
                properties["entry"] = True
            held = self._facts.asset(asset)
            name = f"{state} on {held.name if held and held.name else asset}"
            footholds.append(Asset(id=identifier, kind="Foothold", name=name, properties=properties))
            self._relate("ON", identifier, asset, {})
        return Attack(tuple(footholds), tuple(self._relations[key] for key in sorted(self._relations)))

    def _is_entry(self, asset: str, state: State) -> bool:
        """Where attackers may start: the internet, anyone, outsiders, people of low trust, leaked keys, and
        what somebody planted in a model file."""
        held = self._facts.asset(asset)
        if asset == INTERNET:
            return state == "reach"
        if held is not None and held.kind == "ModelFile":
            return state == "write" and held.get("verdict") == MALICIOUS
        if state != "act" or held is None:
            return False
        if held.kind == "ExternalPrincipal":
            return self._facts.value(asset, "in_organization") is False
        if held.kind == "Credential":
            return bool(self._facts.into(asset, "LEAKS"))
        return held.get("low_trust") is True

    def _foothold(self, asset: str, state: State) -> str:
        identifier = foothold_id(state, asset)
        self._footholds[identifier] = (asset, state)
        return identifier

    def _held(self, state: State, asset: str) -> State:
        held = self._facts.asset(asset)
        return amounts_to(state, held.kind) if held is not None else state

    def _below(self, identifier: str) -> tuple[str, ...]:
        members = self._facts.members(identifier)
        return members if len(members) <= SMALL_SET else self._facts.tree.children(identifier)

    def _lock(self, door: Link) -> tuple[str, ...]:
        """The evidence that a door asks who is there; the door itself when there is no better."""
        evidence = tuple(e.id for e in door.evidence if "auth" in e.supports) or tuple(
            e.id for e in door.evidence
        )
        because = door.because[0] if isinstance(door, Derived) and door.because else ()
        return evidence or because or (door.id,)

    def _doors_to(self, identifier: str) -> tuple[bool, tuple[str, ...]]:
        """Whether the internet arrives at it, its containers or the gateways before them; else what shuts
        the doors that would be there."""
        todo, seen = [identifier], {identifier}
        while todo:
            here = todo.pop()
            doors = self._facts.into(here, "EXPOSES")
            if any(door.source == INTERNET for door in doors):
                return True, ()
            for link in (*doors, *self._facts.into(here, "CONTAINS")):
                if link.source not in seen:
                    seen.add(link.source)
                    todo.append(link.source)
        shut = [edge for edge in self._facts.blocked("EXPOSES") if edge.target in seen]
        return False, tuple(sorted({guard for edge in shut for guard in edge.guards}))

    def _relate(
        self, kind: str, source: str, target: str, properties: Mapping[str, str | bool | tuple[str, ...]]
    ) -> None:
        relation = Relation(kind, source, target, properties)
        self._relations[relation.id] = relation


def _own_guards(link: Link) -> tuple[str, ...]:
    """What a structural relation says itself stops it: a person who confirms each use of a tool."""
    if link.properties.get("needs_approval") is not True:
        return ()
    told = tuple(e.id for e in link.evidence if "needs_approval" in e.supports)
    return told or tuple(e.id for e in link.evidence) or (link.id,)


def _fits(asset: Asset, kinds: tuple[str, ...]) -> bool:
    return not kinds or asset.kind in kinds


def reachable(attack: Attack, entry: str) -> Iterator[str]:
    """The ids of all footholds that steps lead to from those on an asset, itself included."""
    following: dict[str, list[str]] = {}
    for relation in attack.relations:
        if relation.type == "STEP":
            following.setdefault(relation.source, []).append(relation.target)
    todo = [r.source for r in attack.relations if r.type == "ON" and r.target == entry]
    seen = set(todo)
    while todo:
        here = todo.pop()
        yield here
        for there in following.get(here, ()):
            if there not in seen:
                seen.add(there)
                todo.append(there)
