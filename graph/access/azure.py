"""Azure: role assignments inherited by scope, deny assignments, and containers that are open to everyone.

https://learn.microsoft.com/azure/role-based-access-control/overview#how-azure-rbac-determines-if-a-user-has-access-to-a-resource
https://learn.microsoft.com/azure/role-based-access-control/role-definitions
https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from graph.access.aws.match import Glob, action_glob
from graph.access.capabilities import Capability, entries
from graph.access.grants import Grant
from graph.access.members import Hierarchy, Members, best_only
from graph.facts import Facts
from graph.model import ANYONE, Evidence, Json, Policy

EVERYONE = "00000000-0000-0000-0000-000000000000"
BLOB_READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


class Rights(msgspec.Struct, frozen=True):
    """One permission block of a role: what it lists, minus what it excepts, for one of the two planes."""

    listed: tuple[Glob, ...]
    excepted: tuple[Glob, ...]

    def include(self, operation: str) -> bool:
        """The exceptions subtract within this block only: another role may still grant the operation."""
        lowered = operation.lower()
        return any(each.matches(lowered) for each in self.listed) and not any(
            each.matches(lowered) for each in self.excepted
        )


class Role(msgspec.Struct, frozen=True):
    """A role's permission blocks: for managing resources, and for the data in them."""

    control: tuple[Rights, ...]
    data: tuple[Rights, ...]

    def operations(self, capability: Capability) -> tuple[str, ...]:
        """The capability's operations that the role includes; empty when none of its alternatives is met."""
        met = [
            *((a,) for a in capability.data_actions if any(block.include(a) for block in self.data)),
            *(
                actions
                for actions in capability.alternatives()
                if all(any(block.include(a) for block in self.control) for a in actions)
            ),
        ]
        return tuple(sorted({action for actions in met for action in actions}))


class Assignment(msgspec.Struct, frozen=True):
    """A role that a principal has at a scope and below."""

    principal: str
    role: str
    scope: str
    condition: str
    evidence: Evidence


class Denial(msgspec.Struct, frozen=True):
    """A deny assignment: it bites before any role grants."""

    scope: str
    here_only: bool
    principals: frozenset[str]
    excluded: frozenset[str]
    role: Role
    evidence: Evidence


def grants(facts: Facts, name: str) -> Iterator[Grant]:
    """What every principal with a role assignment holds of a capability, and what anyone does."""
    search = _Search(facts)
    found = (grant for capability in entries("azure", name) for grant in search.grants(capability))
    yield from best_only(found)
    for capability in entries("azure", name):
        if name == "CAN_READ" and BLOB_READ in capability.data_actions:
            yield from _public(facts, capability, search)


class _Search:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._members = Members(facts)
        self._hierarchy = Hierarchy(facts)
        self._roles = {_guid(policy.on): role for policy, role in _roles(facts)}
        self._assignments = list(_assignments(facts))
        self._denials = list(_denials(facts))

    def below(self, scope: str) -> frozenset[str]:
        return self._hierarchy.below(scope)

    def grants(self, capability: Capability) -> Iterator[Grant]:
        """What each assignment gives its principal, and whoever is in it."""
        targets = {asset.id: capability.asked(asset.id) for asset in capability.assets(self._facts, "azure")}
        for assignment in self._assignments:
            role = self._roles.get(assignment.role)
            if role and (operations := role.operations(capability)):
                yield from self._granted(assignment, capability, operations, targets)

    def _granted(
        self,
        assignment: Assignment,
        capability: Capability,
        operations: tuple[str, ...],
        targets: Mapping[str, str],
    ) -> Iterator[Grant]:
        reached = [i for i, asked in targets.items() if self._within(asked, assignment.scope)]
        if not reached:
            return
        for principal, memberships in self._members.of(assignment.principal):
            by_guard: dict[tuple[Evidence, ...], list[str]] = defaultdict(list)
            for identifier in sorted(reached):
                denied = self._denied(principal, targets[identifier], capability)
                by_guard[denied].append(identifier)
            for guards, chosen in by_guard.items():
                yield Grant(
                    source=principal,
                    targets=tuple(chosen),
                    because=((*memberships, assignment.evidence.id),),
                    evidence=(assignment.evidence, *guards),
                    actions=operations,
                    conditions=(assignment.condition,) if assignment.condition else (),
                    guards=tuple(each.id for each in guards),
                )

    def _within(self, identifier: str, scope: str) -> bool:
        """A scope is a prefix on `/`; a management group or the tenant holds what CONTAINS says."""
        if identifier == scope or identifier.startswith(f"{scope}/"):
            return True
        if scope.startswith("/subscriptions/"):
            return False
        return any(
            identifier == each or identifier.startswith(f"{each}/")
            for each in self._hierarchy.below(scope)
            if each.startswith("/subscriptions/")
        )

    def _denied(self, principal: str, asked: str, capability: Capability) -> tuple[Evidence, ...]:
        """The deny assignments that keep the principal from every operation of the capability there."""
        names = {*self._members.groups(principal), f"entra:{EVERYONE}"}
        return tuple(
            denial.evidence
            for denial in self._denials
            if names & denial.principals
            and not names & denial.excluded
            and (denial.scope == asked if denial.here_only else self._within(asked, denial.scope))
            and _denies_all(denial.role, capability)
        )


def _denies_all(role: Role, capability: Capability) -> bool:
    data = all(any(block.include(a) for block in role.data) for a in capability.data_actions)
    control = all(
        any(any(block.include(a) for block in role.control) for a in actions)
        for actions in capability.alternatives()
    )
    return data and control


# Containers that are open to everyone


def _public(facts: Facts, capability: Capability, search: _Search) -> Iterator[Grant]:
    """Anonymous reading needs two switches: the container's level, and an account that allows it."""
    wanted = {asset.id for asset in capability.assets(facts, "azure")}
    for policy in facts.policies_of("acl"):
        level = str(_properties(facts.document(policy.evidence)).get("publicAccess") or "None").lower()
        targets = tuple(sorted(wanted & search.below(policy.on)))
        if level not in ("blob", "container") or not targets:
            continue
        block = _closed_account(facts, policy.on)
        evidence = _at(policy, "/properties/publicAccess")
        guards = (_at(block, "/properties/allowBlobPublicAccess"),) if block else ()
        yield Grant(
            source=ANYONE,
            targets=targets,
            because=((evidence.id,),),
            evidence=(evidence, *guards),
            actions=(BLOB_READ,),
            guards=tuple(each.id for each in guards),
        )


def _closed_account(facts: Facts, container: str) -> Policy | None:
    """The account's setting when it does not allow anonymous reading; not set means not allowed."""
    for policy in facts.policies(container, "public_access_block"):
        if _properties(facts.document(policy.evidence)).get("allowBlobPublicAccess") is not True:
            return policy
    return None


# Reading the documents


def _roles(facts: Facts) -> Iterator[tuple[Policy, Role]]:
    for policy in facts.policies_of("role_definition"):
        if policy.on.startswith("/"):
            yield policy, _role(_properties(facts.document(policy.evidence)))


def _role(properties: Mapping[str, Json]) -> Role:
    blocks = properties.get("permissions")
    rows = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return Role(
        control=tuple(_rights(row, "actions", "notActions") for row in rows),
        data=tuple(_rights(row, "dataActions", "notDataActions") for row in rows),
    )


def _rights(row: Mapping[str, Json], listed: str, excepted: str) -> Rights:
    return Rights(_globs(row.get(listed)), _globs(row.get(excepted)))


def _globs(value: Json) -> tuple[Glob, ...]:
    return tuple(action_glob(str(each)) for each in value) if isinstance(value, list) else ()


def _assignments(facts: Facts) -> Iterator[Assignment]:
    for policy in facts.policies_of("role_assignment"):
        properties = _properties(facts.document(policy.evidence))
        principal = properties.get("principalId")
        if isinstance(principal, str):
            condition = properties.get("condition")
            yield Assignment(
                principal=f"entra:{principal.lower()}",
                role=_guid(str(properties.get("roleDefinitionId") or "")),
                scope=policy.on if policy.on != "/" else "",
                condition=f"role assignment condition: {condition}" if condition else "",
                evidence=policy.evidence,
            )


def _denials(facts: Facts) -> Iterator[Denial]:
    for policy in facts.policies_of("deny_assignment"):
        properties = _properties(facts.document(policy.evidence))
        yield Denial(
            scope=policy.on if policy.on != "/" else "",
            here_only=properties.get("doNotApplyToChildScopes") is True,
            principals=frozenset(_ids(properties.get("principals"))),
            excluded=frozenset(_ids(properties.get("excludePrincipals"))),
            role=_role(properties),
            evidence=policy.evidence,
        )


def _ids(value: Json) -> Iterable[str]:
    rows = value if isinstance(value, list) else []
    return (f"entra:{str(row['id']).lower()}" for row in rows if isinstance(row, dict) and row.get("id"))


def _properties(value: Json) -> Mapping[str, Json]:
    """A resource's properties; some answers have them flat."""
    if not isinstance(value, dict):
        return {}
    inner = value.get("properties")
    return inner if isinstance(inner, dict) else value


def _guid(identifier: str) -> str:
    """A definition's own name: its id is spelled with different scopes in front."""
    return identifier.lower().rpartition("/")[2]


def _at(policy: Policy, pointer: str) -> Evidence:
    base = policy.evidence
    return Evidence(base.call, base.document, base.pointer + pointer)
