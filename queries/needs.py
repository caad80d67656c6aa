"""What a rule needs to have been read: from its Cypher, through what edges and marks build on, to calls.

Labels, relations and properties are traced back through `builds_on` to the calls that list or fill them. A
rule file states exceptions only. Where in doubt a call counts as needed: unknown is never safe.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from graph import ontology
from graph.model import Call, EdgeKind
from queries.content import Rule
from queries.cypher import Statement, take_apart
from queries.kinds import ANY, asked_for, kinds_of

PLUMBING = frozenset({"Foothold", "ResourceSet", *ontology.FAMILIES["Governance"]})


class Known(msgspec.Struct, frozen=True, dict=True):
    """What the queries must know of the rest, given as data: declared calls, edge kinds, what builds on what.

    `builds_on` is that of `graph.derive`: derived relations by name, derived properties as `*.property`.
    """

    calls: tuple[Call, ...]
    edge_kinds: Mapping[str, EdgeKind]
    builds_on: Mapping[str, Sequence[str]]

    @cached_property
    def by_lists(self) -> Mapping[str, tuple[Call, ...]]:
        """Calls by the kinds they list."""
        return _index((kind, call) for call in self.calls for kind in call.lists)

    @cached_property
    def by_fills(self) -> Mapping[str, tuple[Call, ...]]:
        """Calls by what they fill: `Kind.property`, a relation, `policy:layer`."""
        return _index((name, call) for call in self.calls for name in call.fills)

    def fills_for(self, name: str, provider: str) -> bool:
        """Whether any call of a provider fills this."""
        return any(call.provider == provider for call in self.by_fills.get(name, ()))


def _index(pairs: Iterator[tuple[str, Call]]) -> dict[str, tuple[Call, ...]]:
    index: dict[str, tuple[Call, ...]] = {}
    for name, call in pairs:
        index[name] = (*index.get(name, ()), call)
    return index


class Needs(msgspec.Struct, frozen=True):
    """What a rule stands on.

    `calls` make its PASS possible. `absent` maps what the rule looks for the lack of (a relation, or
    `Kind.property`) to the calls that would have filled it: without them a FAIL is not one. `asked` are the
    properties of the subject by kind, without which nothing is known of that subject.
    """

    calls: frozenset[str]
    absent: Mapping[str, frozenset[str]]
    asked: Mapping[str, tuple[str, ...]]
    through_access: bool


def needs_of(rule: Rule, known: Known) -> Needs:
    """The needs of one rule, its exceptions applied."""
    parts = [p for text in (rule.applies, rule.cypher) for p in take_apart(text).parts()]
    names, kinds = set[str](), set[str]()
    for part in parts:
        names |= _relations(part)
        kinds |= _kinds(part)
        names |= _properties(part)
    excused = {name for name in names if _excused(name, rule)}
    closed = _closure(names - excused, kinds, known)
    listed = kinds - set(rule.needs_not)
    calls = {call.id for kind in listed for call in known.by_lists.get(kind, ())}
    calls |= _filling(closed, kinds, parts, known)
    calls |= _listing(closed - names, known)
    calls = {call for call in calls | set(rule.needs_also) if _of(rule, call)} - set(rule.needs_not)
    return Needs(
        calls=frozenset(calls),
        absent={n: _behind(n, known) for part in parts for n in _absent(part) if n not in rule.needs_not},
        asked=_asked(rule),
        through_access=any(name.startswith("CAN_") or name == "STEP" for name in names),
    )


def _relations(part: Statement) -> set[str]:
    return {name for chain in part.chains for relation in chain.relations for name in relation.types}


def _kinds(part: Statement) -> set[str]:
    """The kinds at the places that say which; a place that may be anything asks for nothing."""
    kinds = set[str]()
    for _, _, possible in asked_for(part):
        if possible != ANY:
            kinds |= possible
    return kinds - PLUMBING


def _properties(part: Statement) -> set[str]:
    kinds = kinds_of(part)
    return {
        f"{kind}.{read.property}"
        for read in part.reads
        for kind in kinds.get(read.variable, frozenset())
        if read.property in ontology.properties_of(kind) and kind not in PLUMBING
    }


def _excused(name: str, rule: Rule) -> bool:
    kind, _, prop = name.partition(".")
    return bool(prop) and any(f"{each}.{prop}" in rule.needs_not for each in (kind, ontology.KINDS[kind]))


def _closure(names: set[str], kinds: set[str], known: Known) -> set[str]:
    """The names and all that they are worked out from; `*.property` becomes one name a kind."""
    todo, closed = sorted(names), set[str]()
    while todo:
        name = todo.pop()
        if name in closed:
            continue
        closed.add(name)
        _, _, prop = name.partition(".")
        for need in (*known.builds_on.get(name, ()), *known.builds_on.get(f"*.{prop}" if prop else "", ())):
            generic = need.startswith("*.")
            todo.extend(sorted(f"{kind}{need[1:]}" for kind in kinds) if generic else [need])
    return closed


def _filling(closed: set[str], kinds: set[str], parts: list[Statement], known: Known) -> set[str]:
    """The calls that fill a name; a relation's only where the call is about a kind that matters here."""
    direct = {name for part in parts for name in _relations(part)}
    found = set[str]()
    for name in closed:
        for call in known.by_fills.get(name, ()):
            about = {*call.lists, *(each.partition(".")[0] for each in call.fills if "." in each)}
            if name in direct and name in ontology.RELATIONS and about and not about & kinds:
                continue
            found.add(call.id)
    return found


def _listing(behind: set[str], known: Known) -> set[str]:
    """The listings of what lies at the ends of relations that derived ones build on."""
    kinds = set[str]()
    for name in behind & ontology.RELATIONS.keys():
        for sources, targets in ontology.RELATIONS[name].ends:
            ends = [end for end in (*sources, *targets) if end != "*"]
            kinds |= set(ontology.expand_all(tuple(ends)))
    return {call.id for kind in kinds - PLUMBING for call in known.by_lists.get(kind, ())}


def _of(rule: Rule, call: str) -> bool:
    """A rule about one cloud needs no call of another."""
    tokens = take_apart(rule.applies).tokens
    for before, equals, value in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (before.text, equals.text, value.kind) == ("provider", "=", "string"):
            return call.split(":", 1)[0] == value.text.strip("'\"")
    return True


def _absent(part: Statement) -> Iterator[str]:
    """Relations inside NOT EXISTS, and properties that IS NULL asks about."""
    for chain in part.chains:
        if chain.absent:
            yield from (name for relation in chain.relations for name in relation.types)
    kinds = kinds_of(part)
    for read in part.reads:
        if read.absent:
            yield from (f"{kind}.{read.property}" for kind in kinds.get(read.variable, ()))


def _behind(name: str, known: Known) -> frozenset[str]:
    kind = name.partition(".")[0]
    closed = _closure({name}, {kind} & set(ontology.KINDS), known)
    return frozenset(call.id for each in closed for call in known.by_fills.get(each, ()))


def _asked(rule: Rule) -> dict[str, tuple[str, ...]]:
    """Properties of the subject that decide, by kind: read where null is no answer, and not excused."""
    asked: dict[str, set[str]] = {}
    for part in take_apart(rule.cypher).parts():
        kinds = kinds_of(part)
        subject = subject_of(part)
        for read in part.reads:
            if read.variable != subject or read.guarded or read.property in ("id", "provider"):
                continue
            for kind in kinds.get(subject, frozenset()):
                name = f"{kind}.{read.property}"
                if read.property in ontology.properties_of(kind) and not _excused(name, rule):
                    asked.setdefault(kind, set()).add(read.property)
    return {kind: tuple(sorted(properties)) for kind, properties in asked.items()}


def subject_of(part: Statement) -> str:
    """The variable behind `x.id AS subject`."""
    texts = [token.text for token in part.tokens]
    for i in range(4, len(texts)):
        if texts[i] == "subject" and texts[i - 1].upper() == "AS" and texts[i - 3 : i - 1] == [".", "id"]:
            return texts[i - 4]
    return ""
