"""The AWS part of a snapshot, compiled for the engine: who there is, and which policies bear on whom.

Built once per `Facts`. Principals with the same policies share a fingerprint, and what was found out for
one holds for all.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from weakref import WeakKeyDictionary

import msgspec

from graph.access.aws.document import Document, NamedDocument, PolicyKind, Statement, compile_document
from graph.access.aws.principal import ANONYMOUS, Principal, PrincipalElement, account_named, principal_of
from graph.access.aws.public import is_public
from graph.access.aws.request import Level
from graph.facts import Facts
from graph.model import ANYONE, Asset, Evidence, Json, Layer, Policy

ANYONE_OF_AWS = "anyone:aws"
STRANGER = Principal("user", "arn:aws:iam::000000000000:user/stranger", "000000000000")
"""Somebody with an AWS account of their own, about whom nothing else is known."""

EVERYTHING: Json = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}
ASSUMED = "assumed: outsiders may do what they like on their side"


class Holder(msgspec.Struct, frozen=True):
    """A principal with its policies. Holders with the same `fingerprint` get the same answers.

    `memberships` maps a group to the relation that makes the principal a member; `outside`: its own
    policies are not in the snapshot and are taken to allow everything.
    """

    id: str
    principal: Principal
    identity: Level
    boundary: Level
    fingerprint: tuple[str, ...]
    memberships: Mapping[str, str]
    tags: tuple[tuple[str, str], ...] = ()
    outside: bool = False


class ResourcePolicy(msgspec.Struct, frozen=True):
    """The policies on one resource, and the names by which their Allow statements call principals."""

    on: str
    documents: Level
    restrict_public: bool
    block: Policy | None
    named: frozenset[str]
    everyone: bool


class Estate:
    """Holders, resource policies by resource, and the policy records behind document names."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._compiled: dict[tuple[str, str, PolicyKind], Document] = {}
        self._records: dict[str, Policy] = {}
        self._members = self._memberships()
        self.resources = {each.on: each for each in self._resource_policies()}

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
                Holder(identifier, principal, everything, (), (identifier,), {}, outside=True)
                for identifier, principal in sorted(foreign.items())
            ),
        )

    def evidence(self, document: str, pointer: str = "") -> Evidence | None:
        """The evidence of a statement, by its document's name and its pointer in it."""
        record = self._records.get(document)
        if record is None:
            return None
        base = record.evidence
        return Evidence(base.call, base.document, base.pointer + pointer)

    def policy(self, document: str) -> Policy | None:
        """The policy record behind a document's name."""
        return self._records.get(document)

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
        individual = any(_depends_on_principal(each.document) for each in (*identity, *boundary))
        fingerprint = (
            principal.account,
            *sorted({each.name for each in identity}),
            "|",
            *sorted({each.name for each in boundary}),
            asset.id if individual or self._is_named(principal) else "",
        )
        return Holder(asset.id, principal, identity, boundary, fingerprint, groups, _tags(asset))

    @cached_property
    def _all_named(self) -> frozenset[str]:
        return frozenset(name for each in self._statements_of_resources() for name in _names(each.principal))

    def _statements_of_resources(self) -> Iterator[Statement]:
        for each in self.resources.values():
            for document in each.documents:
                yield from document.document.statements

    @cached_property
    def _individual_resources(self) -> bool:
        """Some resource policy has conditions or variables that tell principals of an account apart."""
        return any(
            _depends_on_principal(document.document)
            for each in self.resources.values()
            for document in each.documents
        )

    def _is_named(self, principal: Principal) -> bool:
        """Whether resource policies may treat this principal differently from others of its account."""
        return principal.name in self._all_named or self._individual_resources

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
        self._records.setdefault(name, policy)
        key = (policy.evidence.document, policy.evidence.pointer, kind)
        if key not in self._compiled:
            value = self._facts.document(policy.evidence)
            missing = Document(fault="its text is not in the snapshot")
            self._compiled[key] = missing if value is None else compile_document(value, kind)
        return NamedDocument(name, self._compiled[key])

    def _resource_policies(self) -> Iterator[ResourcePolicy]:
        found: dict[str, list[Policy]] = {}
        for layer in ("resource", "trust"):
            for policy in self._facts.policies_of(layer):
                if policy.on.startswith("arn:"):
                    found.setdefault(policy.on, []).append(policy)
        for on in sorted(found):
            documents = tuple(self._named(policy, "resource") for policy in found[on])
            allows = [
                statement.principal
                for each in documents
                for statement in each.document.statements
                if statement.effect == "Allow" and statement.principal
            ]
            block = self._block(on)
            yield ResourcePolicy(
                on=on,
                documents=documents,
                restrict_public=block is not None and any(is_public(each.document) for each in documents),
                block=block,
                named=frozenset(name for element in allows for name in element.aws),
                everyone=any(element.everyone for element in allows)
                or any(each.document.fault for each in documents)
                or any(s.not_principal for each in documents for s in each.document.statements),
            )

    def _block(self, bucket: str) -> Policy | None:
        """The setting that keeps strangers out of a public bucket: the bucket's, or its account's."""
        account = f"aws://{self._facts.account_of(bucket)}"
        for on in (bucket, account):
            for policy in self._facts.policies(on, "public_access_block"):
                value = self._facts.document(policy.evidence)
                inner = (
                    value.get("PublicAccessBlockConfiguration", value) if isinstance(value, dict) else None
                )
                if isinstance(inner, dict) and inner.get("RestrictPublicBuckets") is True:
                    return policy
        return None


_ESTATES: "WeakKeyDictionary[Facts, Estate]" = WeakKeyDictionary()


def estate_of(facts: Facts) -> Estate:
    """The compiled AWS part of these facts."""
    if facts not in _ESTATES:
        _ESTATES[facts] = Estate(facts)
    return _ESTATES[facts]


def _names(element: PrincipalElement | None) -> Iterable[str]:
    return element.aws if element else ()


def _depends_on_principal(document: Document) -> bool:
    """Whether principals with this same policy may get different answers: by variables, or by their keys."""
    return any(_individual(statement) for statement in document.statements)


def _individual(statement: Statement) -> bool:
    variables = any(not each.template.fixed for each in statement.resources or ())
    return variables or any(
        clause.lowered.startswith(_PRINCIPAL_KEYS) or any(not value.fixed for value in clause.values)
        for clause in statement.clauses
    )


_PRINCIPAL_KEYS = ("aws:principalarn", "aws:principaltag/", "aws:principaltype", "aws:username", "aws:userid")


def _tags(asset: Asset) -> tuple[tuple[str, str], ...]:
    tags = asset.get("tags")
    texts = [str(each) for each in tags] if isinstance(tags, tuple | list) else []
    return tuple((key, value) for key, _, value in (text.partition("=") for text in texts))
