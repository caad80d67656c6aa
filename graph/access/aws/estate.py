"""The AWS part of a snapshot, compiled for the engine: who there is, and which policies bear on whom.

Built once per `Facts`. Principals with the same policies share a fingerprint, and what was found out for
one holds for all.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from weakref import WeakKeyDictionary

import msgspec

from graph.access.aws import acl, kms_grants, managed
from graph.access.aws.blocks import Blocks
from graph.access.aws.conditions import Clause, holds
from graph.access.aws.document import Document, NamedDocument, PolicyKind, Statement, compile_document
from graph.access.aws.organization import Place, Places, places_of
from graph.access.aws.principal import (
    ANONYMOUS,
    Naming,
    Principal,
    PrincipalElement,
    account_named,
    naming,
    principal_of,
)
from graph.access.aws.request import Level, Request, context_of
from graph.access.aws.scope import POINT
from graph.facts import Facts
from graph.model import ANYONE, Asset, Evidence, Json, Layer, Policy

ANYONE_OF_AWS = "anyone:aws"
STRANGER = Principal("user", "arn:aws:iam::000000000000:user/stranger", "000000000000")
"""Somebody with an AWS account of their own, about whom nothing else is known."""

EVERYTHING: Json = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}
EVERYONE_DENIED: dict[str, Json] = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
ASSUMED = "assumed: outsiders may do what they like on their side"


_RECORDS = ("key_grant", "acl")
"""Layers whose records are grants and no documents of their own."""


class Holder(msgspec.Struct, frozen=True):
    """A principal with its policies. Holders with the same `fingerprint` get the same answers.

    `memberships` maps a group to the relation that makes the principal a member; `outside`: its own
    policies are not in the snapshot and are taken to allow everything. `scp` are the organisation's levels,
    `places` says where each account of the snapshot stands in its organisation.
    """

    id: str
    principal: Principal
    identity: Level
    boundary: Level
    fingerprint: tuple[str, ...]
    memberships: Mapping[str, str]
    tags: tuple[tuple[str, str], ...] = ()
    outside: bool = False
    scp: tuple[Level, ...] = ()
    places: Places = Places()


class ResourcePolicy(msgspec.Struct, frozen=True):
    """The policies that bear on one resource, and the names by which their Allow statements call principals.

    `rcp` are the levels of the organisation that its account is in. `unseen` is the call that would have told
    of its own policy, when that failed. `blocks` are the settings that keep strangers out, `ignored` the
    grants that they make void. Where `doubts` say that such a setting was not seen, `sure` is what counts in
    any case, and `sure_restricted` that public policies do not.
    """

    on: str
    documents: Level
    restrict_public: bool
    blocks: tuple[Policy, ...] = ()
    ignored: Level = ()
    doubts: tuple[str, ...] = ()
    sure: Level = ()
    sure_restricted: bool = False
    named: frozenset[str] = frozenset()
    everyone: bool = False
    rcp: tuple[Level, ...] = ()
    unseen: str = ""


class Estate:
    """Holders, resource policies by resource, and the policy records behind document names."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._compiled: dict[tuple[str, str, PolicyKind], Document] = {}
        self._records: dict[str, Policy] = {}
        self._whole: set[str] = set()
        self._members = self._memberships()
        self._unseen = dict(_unseen(facts))
        self._blocks = Blocks(facts)
        self._accounts = acl.accounts_of(facts)
        self._bare: dict[str, ResourcePolicy | None] = {}
        self._variables: dict[str, bool] = {}
        self._evidence: dict[tuple[str, str], Evidence] = {}
        self._identifiers: dict[tuple[str, str], str] = {}
        self._shapes: dict[Hashable, int] = {}
        self._shaped: dict[tuple[str, Statement], int] = {}
        self.resources = {each.on: each for each in self._resource_policies()}

    @cached_property
    def places(self) -> Places:
        """Where each account of the snapshot stands in its organisation, as far as that was seen."""
        return places_of(self._facts)

    def guardrails(self, account: str, layer: Layer, kind: PolicyKind) -> tuple[Level, ...]:
        """The levels of SCPs or RCPs over an account; none where no organisation was seen or has any.

        Where SCPs are switched on at all, something is attached to the root.
        """
        place = self.places.of.get(account, Place())
        if place.management:
            return ()
        levels = tuple(self._level(node, layer, kind) for node in place.nodes)
        return levels if levels and levels[0] else ()

    def policy_on(self, identifier: str, owner: str) -> ResourcePolicy | None:
        """What bears on a resource: its own policies, and those of its owner's organisation."""
        found = self.resources.get(identifier)
        if found is not None or not owner:
            return found
        if owner not in self._bare:
            rcp = self.guardrails(owner, "resource_control", "rcp")
            bare = ResourcePolicy("", (), restrict_public=False, rcp=rcp)
            self._bare[owner] = bare if rcp else None
        return self._bare[owner]

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """Users and roles of the accounts that were looked at, by id."""
        assets = [*self._facts.of("User"), *self._facts.of("Role")]
        found = [self._holder(asset) for asset in assets if asset.id.startswith("arn:")]
        return tuple(holder for holder in found if holder)

    @cached_property
    def outsiders(self) -> tuple[Holder, ...]:
        """Anyone, anyone with an AWS account, and the foreign principals that resource policies name."""
        everything = (NamedDocument(ASSUMED, compile_document(EVERYTHING, "identity")),)
        accounts = {holder.principal.account for holder in self.holders}
        named = sorted({name for each in self.resources.values() for name in each.named})
        foreign = {
            f"arn:aws:iam::{account}:root" if (account := account_named(name)) else name: principal
            for name in named
            if (principal := principal_of(name)) and principal.account not in accounts
        }
        return (
            Holder(ANYONE, ANONYMOUS, (), (), (ANYONE,), {}, outside=True),
            Holder(ANYONE_OF_AWS, STRANGER, everything, (), (ANYONE_OF_AWS,), {}, outside=True),
            *(
                Holder(
                    identifier,
                    principal,
                    everything,
                    (),
                    (identifier,),
                    {},
                    outside=True,
                    places=self.places,
                )
                for identifier, principal in sorted(foreign.items())
            ),
        )

    def evidence(self, document: str, pointer: str = "") -> Evidence | None:
        """The evidence of a statement, by its document's name and its pointer in it."""
        place = document, pointer
        if place not in self._evidence:
            record = self._records.get(document)
            if record is None:
                return None
            base = record.evidence
            whole = document in self._whole
            self._evidence[place] = (
                base if whole else Evidence(base.call, base.document, base.pointer + pointer)
            )
        return self._evidence[place]

    def identifier(self, document: str, pointer: str = "") -> str:
        """The id of a statement's evidence, or the document's name where there is none."""
        place = document, pointer
        if place not in self._identifiers:
            evidence = self.evidence(document, pointer)
            self._identifiers[place] = evidence.id if evidence else document
        return self._identifiers[place]

    def policy(self, document: str) -> Policy | None:
        """The policy record behind a document's name."""
        return self._records.get(document)

    def shape_of(self, layer: str, statement: Statement) -> int:
        """A number for all that bears on a decision but the principals and resources a statement names."""
        number = self._shaped.get((layer, statement))
        if number is None:
            actions = tuple(each.symbols for each in statement.actions)
            rest = statement.effect, statement.not_action, statement.not_resource, statement.clauses
            number = self._shapes.setdefault((layer, actions, *rest), len(self._shapes))
            self._shaped[layer, statement] = number
        return number

    def _holder(self, asset: Asset) -> Holder | None:
        principal = principal_of(asset.id)
        if principal is None:
            return None
        groups = self._members.get(asset.id, {})
        identity = (
            *self._level(asset.id, "identity", "identity"),
            *(doc for group in sorted(groups) for doc in self._level(group, "identity", "identity", group)),
        )
        boundary = self._level(asset.id, "boundary", "boundary")
        scp = self.guardrails(principal.account, "service_control", "scp")
        holder = Holder(
            asset.id,
            principal,
            identity,
            boundary,
            (),
            groups,
            _tags(asset),
            scp=scp,
            places=self.places,
        )
        return msgspec.structs.replace(holder, fingerprint=self._fingerprint(holder))

    def _fingerprint(self, holder: Holder) -> tuple[str, ...]:
        """Equal for principals that no policy tells apart: the same account and policies, and the same
        answers to every condition that looks at the principal itself."""
        own = (*holder.identity, *holder.boundary, *(each for level in holder.scp for each in level))
        clauses = {clause for each in own for clause in _about_principals(each.document)}
        named = holder.principal.name in self._all_named
        variable = any(_has_variables(each.document) for each in own) or self._variable_resources
        context = context_of(request_by(holder))
        answers = sorted(
            f"{_words(each)}: {holds(each, context)}" for each in clauses | self._resource_clauses
        )
        return (
            holder.principal.account,
            *sorted({each.name for each in holder.identity}),
            "|",
            *sorted({each.name for each in holder.boundary}),
            "|",
            *answers,
            holder.id if named or variable else "",
        )

    def fingerprint_on(self, holder: Holder, resources: Iterable[str]) -> tuple[str, ...]:
        """The fingerprint for questions about these resources alone: what only others' policies tell apart
        counts as the same."""
        *shared, itself = holder.fingerprint
        if not shared or not itself or self._tells_apart(holder, resources):
            return holder.fingerprint
        return tuple(shared)

    def _tells_apart(self, holder: Holder, resources: Iterable[str]) -> bool:
        own = (*holder.identity, *holder.boundary, *(each for level in holder.scp for each in level))
        if any(self._varies(each) for each in own):
            return True
        for on in resources:
            found = self.resources.get(on)
            documents = (*found.documents, *(d for level in found.rcp for d in level)) if found else ()
            if any(_tells_apart(each.document, holder.principal) for each in documents):
                return True
        return False

    def _varies(self, policy: NamedDocument) -> bool:
        if policy.name not in self._variables:
            self._variables[policy.name] = _has_variables(policy.document)
        return self._variables[policy.name]

    @cached_property
    def _all_named(self) -> frozenset[str]:
        return frozenset(name for each in self._statements_of_resources() for name in _names(each.principal))

    def _statements_of_resources(self) -> Iterator[Statement]:
        for each in self.resources.values():
            for document in each.documents:
                yield from document.document.statements

    @cached_property
    def _variable_resources(self) -> bool:
        """Some resource policy has variables, so that it may treat any two principals differently."""
        return any(_has_variables(each.document) for each in self._documents_of_resources())

    @cached_property
    def _resource_clauses(self) -> frozenset[Clause]:
        """The conditions of resource policies that look at the principal itself."""
        documents = self._documents_of_resources()
        return frozenset(clause for each in documents for clause in _about_principals(each.document))

    def _documents_of_resources(self) -> Iterator[NamedDocument]:
        for each in self.resources.values():
            yield from each.documents
            for level in each.rcp:
                yield from level

    def _memberships(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for link in self._facts.relations("MEMBER_OF"):
            found.setdefault(link.source, {})[link.target] = link.id
        return found

    def _level(self, on: str, layer: Layer, kind: PolicyKind, group: str = "") -> Level:
        """The compiled policies on an asset; a document's name is its evidence's id (and its group)."""
        return tuple(self._named(policy, kind, group) for policy in self._facts.policies(on, layer))

    def _named(self, policy: Policy, kind: PolicyKind, group: str = "") -> NamedDocument:
        name = f"{policy.evidence.id}@{group}" if group else policy.evidence.id
        if policy.layer == "acl":  # lists that say the same are one document
            name = f"{name}#{policy.on}"
        self._records.setdefault(name, policy)
        if policy.layer in _RECORDS or self._facts.document(policy.evidence) == policy.name:
            self._whole.add(name)  # a grant is one statement; of a name the text is not in the snapshot
        key = (policy.evidence.document, policy.evidence.pointer, kind)
        if key not in self._compiled:
            value = self._text_of(policy)
            missing = Document(fault="its text is not in the snapshot")
            self._compiled[key] = missing if value is None else compile_document(value, kind)
        return NamedDocument(name, self._compiled[key], listed=policy.layer == "acl")

    def _text_of(self, policy: Policy) -> Json:
        """The policy's document. One that is known by name alone is taken from the shipped copy."""
        value = self._facts.document(policy.evidence)
        if policy.layer == "key_grant":
            return kms_grants.as_policy(value)
        if policy.layer == "acl":
            return acl.as_policy(value, self._accounts)
        return managed.document(policy.name) if value == policy.name else value

    def _origin(self, on: str) -> Iterator[NamedDocument]:
        """An access point in a network serves no request from elsewhere, which is a Deny by another name.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html
        """
        for link in self._facts.out_of(on, "IN_NETWORK") if POINT in on else ():
            network = link.target.rpartition("/")[2]
            condition: Json = {"StringNotEquals": {"aws:SourceVpc": network}}
            denied: Json = {**EVERYONE_DENIED, "Condition": condition}
            document = compile_document({"Version": "2012-10-17", "Statement": denied}, "resource")
            yield NamedDocument(link.id, document)

    def _resource_policies(self) -> Iterator[ResourcePolicy]:
        found: dict[str, list[Policy]] = {}
        for layer in ("resource", "trust", "key_grant", "acl"):
            for policy in self._facts.policies_of(layer):
                if policy.on.startswith("arn:"):
                    found.setdefault(policy.on, []).append(policy)
        for on in (*self._unseen, *(point.id for point in self._facts.of("AccessPoint"))):
            found.setdefault(on, [])
        for on in sorted(found):
            every = (*(self._named(policy, "resource") for policy in found[on]), *self._origin(on))
            allows = [
                statement.principal
                for each in every
                for statement in each.document.statements
                if statement.effect == "Allow" and statement.principal
            ]
            kept = self._blocks.of(on, every)
            owner = self._facts.account_of(on)
            yield ResourcePolicy(
                on=on,
                documents=kept.documents,
                restrict_public=kept.restrict_public,
                blocks=kept.blocks,
                ignored=kept.ignored,
                doubts=kept.doubts,
                sure=kept.sure,
                sure_restricted=kept.sure_restricted,
                named=frozenset(name for element in allows for name in element.aws),
                everyone=any(element.everyone for element in allows)
                or any(each.document.fault for each in every)
                or any(s.not_principal for each in every for s in each.document.statements),
                rcp=self.guardrails(owner, "resource_control", "rcp") if owner else (),
                unseen=self._unseen.get(on, ""),
            )


_ESTATES: "WeakKeyDictionary[Facts, Estate]" = WeakKeyDictionary()


def estate_of(facts: Facts) -> Estate:
    """The compiled AWS part of these facts."""
    if facts not in _ESTATES:
        _ESTATES[facts] = Estate(facts)
    return _ESTATES[facts]


def _names(element: PrincipalElement | None) -> Iterable[str]:
    return element.aws if element else ()


def request_by(holder: Holder) -> Request:
    """A request that tells only who makes it."""
    context = {f"aws:PrincipalTag/{key}": (value,) for key, value in holder.tags}
    return Request(action="*", resource="*", principal=holder.principal, context=context, open_context=True)


def _tells_apart(document: Document, principal: Principal) -> bool:
    """Whether a statement names this principal itself, or may mean it and has variables."""
    for statement in document.statements:
        element = statement.principal
        if element is not None and principal.name in element.aws:
            return True
        meant = element is None or statement.not_principal or naming(element, principal) is not Naming.NONE
        if meant and statement.variable:
            return True
    return False


def _has_variables(document: Document) -> bool:
    return any(statement.variable for statement in document.statements)


def _about_principals(document: Document) -> Iterator[Clause]:
    for statement in document.statements:
        yield from statement.about_principal


def _words(clause: Clause) -> str:
    return f"{clause.key} {clause.spelled} {','.join(value.text for value in clause.values)}"


POLICY_CALLS = frozenset(
    {
        "aws:s3:GetBucketPolicy",
        "aws:s3control:GetAccessPointPolicy",
        "aws:lambda:GetPolicy",
        "aws:kms:GetKeyPolicy",
        "aws:secretsmanager:GetResourcePolicy",
        "aws:ecr:GetRepositoryPolicy",
        "aws:sqs:GetQueueAttributes",
        "aws:sns:GetTopicAttributes",
    }
)
"""The calls that tell of a resource's own policy, each made for one resource."""


def _unseen(facts: Facts) -> Iterator[tuple[str, str]]:
    """Resources whose own policy nobody saw, and the call that failed."""
    for each in facts.coverage:
        if each.call in POLICY_CALLS and not each.complete and each.parent:
            yield each.parent, each.call


def _tags(asset: Asset) -> tuple[tuple[str, str], ...]:
    tags = asset.get("tags")
    texts = [str(each) for each in tags] if isinstance(tags, tuple | list) else []
    return tuple((key, value) for key, _, value in (text.partition("=") for text in texts))
