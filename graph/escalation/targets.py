"""Whom techniques may lead to: roles by the service they trust, by what runs as them, users, groups."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, cached_property

import msgspec

from graph.access.aws.decision import evaluate
from graph.access.aws.document import Document, NamedDocument, compile_document
from graph.access.aws.estate import Estate, Holder
from graph.access.aws.grants import CONTEXT
from graph.access.aws.outcome import Outcome, outcome_of
from graph.access.aws.principal import Kind, Principal
from graph.access.aws.request import Level, Policies, Request
from graph.facts import Facts
from graph.model import Asset, Policy

AWS_MANAGED = ":iam::aws:policy/"
FEDERATED = {"cognito-identity.amazonaws.com": "sts:AssumeRoleWithWebIdentity"}
"""Services that roles trust as identity providers."""


class Running(msgspec.Struct, frozen=True):
    """Something that exists, the role it runs as, and the relation that says so."""

    resource: str
    role: str
    because: str


class Targets:
    """The identities and existing resources of an estate, indexed for the techniques."""

    def __init__(self, facts: Facts, estate: Estate) -> None:
        self._facts = facts
        self._estate = estate
        self._trust: dict[tuple[str, str], Outcome] = {}
        self.trusting = cache(self._trusting)
        self.running = cache(self._running)
        self.existing = cache(self._existing)
        self.of_account = cache(self._of_account)

    @cached_property
    def holders(self) -> Mapping[str, Holder]:
        return {holder.id: holder for holder in self._estate.holders}

    @cached_property
    def keys(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """What requests about an identity say of it: its tags and its boundary.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
        """
        found: dict[str, Mapping[str, tuple[str, ...]]] = {}
        for holder in self._estate.holders:
            keys: dict[str, tuple[str, ...]] = {}
            for name, value in holder.tags:
                keys[f"aws:ResourceTag/{name}"] = keys[f"iam:ResourceTag/{name}"] = (value,)
            bounds = self._facts.policies(holder.id, "boundary")
            keys["iam:PermissionsBoundary"] = tuple(policy.name for policy in bounds)
            found[holder.id] = keys
        return found

    def profiles(self, role: str) -> bool:
        """Whether the role is known to be in an instance profile, without which instances cannot have it.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
        """
        return bool(self._facts.value(role, "instance_profiles"))

    def attached(self, holder: Holder) -> Iterator[str]:
        """The account's own managed policies that an identity has, by itself or through its groups."""
        for on in (holder.id, *holder.memberships):
            for policy in self._facts.policies(on, "identity"):
                if policy.name.startswith("arn:") and AWS_MANAGED not in policy.name:
                    yield policy.name

    def documents(self, group: str) -> Level:
        """The identity policies of a group."""
        return tuple(self._compiled(policy) for policy in self._facts.policies(group, "identity"))

    def earlier(self, holder: Holder) -> Iterator[tuple[str, NamedDocument]]:
        """The versions that are not in force of the managed policies an identity has."""
        for on in (holder.id, *holder.memberships):
            for policy in self._facts.policies(on, "earlier_version"):
                if AWS_MANAGED not in policy.name:
                    yield policy.name, self._compiled(policy)

    def _compiled(self, policy: Policy) -> NamedDocument:
        text = self._facts.document(policy.evidence)
        missing = Document(fault="its text is not in the snapshot")
        document = missing if text is None else compile_document(text, "identity")
        return NamedDocument(policy.evidence.id, document)

    def evidence(self, identifier: str) -> tuple[str, ...]:
        """What says that something exists."""
        asset = self._facts.asset(identifier)
        return tuple(each.id for each in asset.evidence[:1]) if asset else ()

    def trust(self, role: str, service: str) -> Outcome:
        """Whether the role lets the service in, from inside the role's own account."""
        if (role, service) not in self._trust:
            self._trust[role, service] = self._evaluated(role, service)
        return self._trust[role, service]

    def agents(self, function: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The agents that use a function as a tool, and the relations that say so."""
        for implements in self._facts.into(function, "IMPLEMENTED_BY"):
            for uses in self._facts.into(implements.source, "USES_TOOL"):
                yield uses.source, (implements.id, uses.id)

    def _trusting(self, service: str, account: str) -> tuple[str, ...]:
        """The roles of an account that let a service in, for certain or under conditions."""
        return tuple(
            role
            for role in self._named.get(service, ())
            if account_of(role) == account and self.trust(role, service).rank >= 2
        )

    def providers(self, role: str) -> Iterator[str]:
        """The SAML providers that a role trusts."""
        policy = self._estate.resources.get(role)
        for document in policy.documents if policy else ():
            for statement in document.document.statements:
                if statement.effect == "Allow" and statement.principal:
                    yield from (each for each in statement.principal.federated if ":saml-provider/" in each)

    def _running(self, pattern: str, account: str) -> tuple[Running, ...]:
        """What matches a pattern in an account and runs as one of the account's roles."""
        return tuple(
            each
            for each in self._runners[_service(pattern)]
            if account_of(each.resource) == account and fnmatchcase(each.resource, pattern)
        )

    def _existing(self, pattern: str, account: str) -> tuple[str, ...]:
        """The assets of an account that match a pattern."""
        return tuple(
            each
            for each in self._by_service[_service(pattern)]
            if account_of(each) == account and fnmatchcase(each, pattern)
        )

    def _of_account(self, kind: str, account: str) -> tuple[str, ...]:
        """The users, groups or changeable roles of an account."""
        found = (asset.id for asset in self._facts.of(kind))
        return tuple(each for each in found if account_of(each) == account and changeable(each))

    @cached_property
    def _runners(self) -> Mapping[str, list[Running]]:
        found: dict[str, list[Running]] = defaultdict(list)
        for link in self._facts.relations("RUNS_AS"):
            if account_of(link.source) == account_of(link.target):
                found[_service(link.source)].append(Running(link.source, link.target, link.id))
        return found

    @cached_property
    def _by_service(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for asset in self._there():
            found[_service(asset.id)].append(asset.id)
        return found

    def _there(self) -> Iterable[Asset]:
        return (asset for asset in self._facts.assets if asset.get("missing") is not True)

    @cached_property
    def _named(self) -> Mapping[str, list[str]]:
        """Roles by the services that their trust policies name."""
        found: dict[str, list[str]] = defaultdict(list)
        for role in self._facts.of("Role"):
            policy = self._estate.resources.get(role.id)
            documents = policy.documents if policy else ()
            statements = [statement for each in documents for statement in each.document.statements]
            elements = [s.principal for s in statements if s.effect == "Allow" and s.principal]
            for service in {name for each in elements for name in (*each.services, *each.federated)}:
                if changeable(role.id):
                    found[service].append(role.id)
        return found

    def _evaluated(self, role: str, service: str) -> Outcome:
        """The confused-deputy keys are those of a resource that the attacker makes in the same account.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
        """
        policy = self._estate.resources.get(role)
        account = account_of(role)
        kind: Kind = "federated" if service in FEDERATED or ":saml-provider/" in service else "service"
        action = FEDERATED.get(service, "sts:AssumeRole")
        if ":saml-provider/" in service:
            action = "sts:AssumeRoleWithSAML"
        context = {key: values for key, values in CONTEXT.items() if not key.startswith("aws:Source")}
        request = Request(
            action=action,
            resource=role,
            principal=Principal(kind, service),
            context={**context, "aws:SourceAccount": (account,)},
            open_context=True,
        )
        decision = evaluate(request, Policies(resource=policy.documents if policy else ()))
        return outcome_of(decision, action, {}, missing_trust=False)


def account_of(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[4] if len(parts) > 4 else ""


def changeable(identity: str) -> bool:
    """Service-linked roles and those of IAM Identity Center cannot be passed on or changed by hand.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    return ":role/aws-service-role/" not in identity and ":role/aws-reserved/" not in identity


def _service(arn: str) -> str:
    parts = arn.split(":", 3)
    return parts[2] if len(parts) > 2 else ""
