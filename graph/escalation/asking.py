"""Single permissions of a principal, decided by the engine; resources that no statement tells apart share
the answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from weakref import WeakKeyDictionary

import msgspec

from graph.access.aws.decision import Decision, evaluate
from graph.access.aws.document import Document, NamedDocument, Statement, compile_document
from graph.access.aws.estate import ASSUMED, Estate, Holder
from graph.access.aws.grants import policies_for, request_for
from graph.access.aws.match import Glob
from graph.access.aws.outcome import Outcome, outcome_of
from graph.access.aws.request import Level, Policies
from graph.access.aws.scope import Target
from graph.escalation.technique import catalogued
from graph.model import Json

Context = Mapping[str, tuple[str, ...]]
Tags = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By resource: the keys that its own tags and boundary give to requests about it."""

DEFAULT_REGION = "us-east-1"
DEFAULT_NAME = "escalation"
GLOBAL_SERVICES = ("iam", "sts")
_OF_TARGET = ("iam:resourcetag/", "aws:resourcetag/", "iam:permissionsboundary")
_BY_RESOURCE = ("sts:", "kms:", "cognito-identity:")  # there the resource's policy or an RCP has a say
_MOST_CHOICES = 4
"""Names and regions that are tried: those that the principal's own statements speak of."""


_ALLOWED: "WeakKeyDictionary[Estate, dict[Document, frozenset[str]]]" = WeakKeyDictionary()
"""By document, for it is shared by many: which of the catalogue's actions it could allow."""


class Asking:
    """What one principal may do, and with it everybody who has the same policies."""

    def __init__(self, estate: Estate, holder: Holder, keys: Tags | None = None) -> None:
        self.estate = estate
        self.holder = holder
        self._policies = policies_for(holder, estate.policy_on("", holder.principal.account))
        self._keys = keys or {}
        self._answers: dict[tuple[object, ...], Outcome] = {}
        self._abouts: dict[str, _About] = {}
        self._documents = _documents(self._policies)
        self._faulty = tuple(each.name for each in holder.identity if each.document.fault)

    def may(self, action: str) -> bool:
        """Whether any identity policy could allow the action somewhere; no is certain."""
        lowered = action.lower()
        return bool(self._faulty) or any(
            statement.effect == "Allow"
            for policy in self.holder.identity
            for statement in policy.document.about(lowered)
        )

    @cached_property
    def actions(self) -> frozenset[str]:
        """The catalogue's actions that some identity policy could allow somewhere, in lower case."""
        known = _ALLOWED.setdefault(self.estate, {})
        if self._faulty:
            return frozenset(catalogued())
        found: frozenset[str] = frozenset()
        for policy in self.holder.identity:
            if policy.document not in known:
                known[policy.document] = _allowed(policy.document)
            found |= known[policy.document]
        return found

    def decide(
        self,
        action: str,
        resource: str,
        *,
        region: str = "",
        context: Context | None = None,
        resource_policy: Level = (),
    ) -> Outcome:
        """One permission; its resource has no policy of its own unless one is given."""
        given = {**(context or {}), **self._keys_for(action, resource)}
        if resource_policy:
            return self._decided(action, resource, region, given, resource_policy)
        about = self._about(action)
        key: tuple[object, ...] = (about.key, *about.matches(resource))
        if not about.plain:
            key = (action, resource, region, repr(sorted(given.items())) if given else "")
        if key not in self._answers:
            self._answers[key] = self._decided(action, resource, region, given)
        return self._answers[key]

    def decision(
        self, action: str, resource: str, region: str = "", given: Context | None = None, policy: Level = ()
    ) -> Decision:
        """The same as the engine says it, with its reasons."""
        account = self.holder.principal.account
        request = request_for(self.holder, action, Target(resource, resource, account, resource), region)
        request = msgspec.structs.replace(request, context={**request.context, **(given or {})})
        policies = msgspec.structs.replace(self._policies, resource=policy) if policy else self._policies
        return evaluate(request, policies)

    def each(
        self, action: str, resources: Iterable[str], context: Context | None = None, region: str = ""
    ) -> Iterator[tuple[str, Outcome]]:
        """The same permission on many resources of the principal's account."""
        shared: dict[tuple[object, ...], Outcome] = {}
        about = self._about(action)
        for resource in resources:
            kind = (resource,) if about.individual else (region_of(resource), *about.matches(resource))
            if kind not in shared:
                asked_in = region_of(resource) or _own_region(action) or region
                shared[kind] = self.decide(action, resource, region=asked_in, context=context)
            yield resource, shared[kind]

    def choices(self, actions: Iterable[str], marker: str) -> Iterator[tuple[str, str]]:
        """Names for something new (after `marker` in its ARN) and regions, as the statements would allow."""
        statements = [each for action in actions for each in self._about(action).statements]
        names = dict.fromkeys([DEFAULT_NAME, *_names(statements, marker)])
        regions = dict.fromkeys([DEFAULT_REGION, *_regions(statements)])
        for region in list(regions)[:_MOST_CHOICES]:
            for name in list(names)[:_MOST_CHOICES]:
                yield name, region

    def _decided(
        self, action: str, resource: str, region: str, given: Context, policy: Level = ()
    ) -> Outcome:
        decision = self.decision(action, resource, region, given, policy)
        found = outcome_of(decision, action, self._documents, missing_trust=False)
        if found.because or not found.rank:
            return found
        doubtful = tuple((name, "") for name in self._faulty) if found.rank == 2 else ()
        return msgspec.structs.replace(found, because=(doubtful,))

    def _keys_for(self, action: str, resource: str) -> Context:
        return self._keys.get(resource, {}) if self._about(action).of_target else {}

    def _about(self, action: str) -> "_About":
        if action not in self._abouts:
            lowered = action.lower()
            statements = [s for policy in _all(self._policies) for s in policy.document.about(lowered)]
            self._abouts[action] = _About(lowered, tuple(statements))
        return self._abouts[action]


def _allowed(document: Document) -> frozenset[str]:
    """The catalogue's actions that the document's Allow statements are about."""
    found: set[str] = set()
    for statement in document.statements:
        if statement.effect == "Allow":
            named = frozenset().union(*(_matching(each) for each in statement.actions))
            found |= (frozenset(catalogued()) - named) if statement.not_action else named
    return frozenset(found)


@lru_cache(maxsize=100_000)
def _matching(pattern: Glob) -> frozenset[str]:
    return frozenset(action for action in catalogued() if pattern.matches(action))


class _About:
    """The statements about an action, in all layers, and what they can tell apart.

    `plain`: they have no conditions and no variables, so that the action and the request's keys do not
    matter beyond them. `of_target`: some look at the resource's own tags or boundary.
    """

    def __init__(self, action: str, statements: tuple[Statement, ...]) -> None:
        self.statements = statements
        self.key = tuple(id(each) for each in statements)
        patterns = [each for statement in statements for each in statement.resources or ()]
        clauses = [clause for statement in statements for clause in statement.clauses]
        variable = any(each.glob is None for each in patterns)
        self.of_target = any(clause.lowered.startswith(_OF_TARGET) for clause in clauses)
        self.individual = variable or self.of_target
        by_resource = action.startswith(_BY_RESOURCE)
        self.plain = not variable and not clauses and not by_resource
        texts = {each.text: each.glob for each in patterns if each.glob and each.text != "*"}
        self._patterns: tuple[Glob, ...] = tuple(texts.values())

    def matches(self, resource: str) -> tuple[bool, ...]:
        """Which of the patterns the resource is in; whether there is none."""
        return (resource == "*", *(each.matches(resource) for each in self._patterns))


def region_of(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[3] if len(parts) > 3 else ""


def _own_region(action: str) -> str:
    """Requests to global services are made in one region.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
    """
    service = action.partition(":")[0]
    return DEFAULT_REGION if service in GLOBAL_SERVICES and action != "iam:PassRole" else ""


def _all(policies: Policies) -> Iterator[NamedDocument]:
    yield from policies.identity
    yield from policies.boundary
    for level in policies.scp:
        yield from level


def _documents(policies: Policies) -> Mapping[str, tuple[str, ...]]:
    """The names of the documents whose silence can stop something, by layer."""
    found: dict[str, list[str]] = defaultdict(list)
    found["boundary"] = [each.name for each in policies.boundary]
    found["scp"] = [each.name for level in policies.scp for each in level]
    return {layer: tuple(names) for layer, names in found.items()}


def naming(holder: Holder) -> Level:
    """A trust policy that names the principal, as it could write it."""
    who = {"AWS": holder.principal.name}
    statement: Json = {"Effect": "Allow", "Principal": dict(who), "Action": "sts:AssumeRole"}
    document: Json = {"Version": "2012-10-17", "Statement": statement}
    return (NamedDocument(ASSUMED, compile_document(document, "resource")),)


def _names(statements: Iterable[Statement], marker: str) -> Iterator[str]:
    """What the statements' own patterns have in the place of a name, without wildcards."""
    for statement in statements:
        for each in statement.resources or ():
            _, found, rest = each.text.partition(marker)
            name = rest.replace("*", "").replace("?", "").split(":")[0].strip("/")
            if found and name and "$" not in name:
                yield name


def _regions(statements: Iterable[Statement]) -> Iterator[str]:
    """The regions that the statements speak of, in ARNs or in conditions on the region."""
    for statement in statements:
        for each in statement.resources or ():
            yield from (part for part in (region_of(each.text),) if part and "*" not in part)
        for clause in statement.clauses:
            if clause.lowered == "aws:requestedregion":
                yield from (value.text for value in clause.values if "*" not in value.text)
