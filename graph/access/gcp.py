"""Google Cloud: allow policies, inherited down the hierarchy; they only add up.

https://cloud.google.com/iam/docs/allow-policies, https://cloud.google.com/iam/docs/conditions-overview and
https://cloud.google.com/storage/docs/public-access-prevention
"""

from collections.abc import Iterator, Mapping

import msgspec

from graph.access.capabilities import Capability, entries
from graph.access.grants import Grant
from graph.access.members import Hierarchy, Members, best_only
from graph.facts import Facts
from graph.model import ANYONE, Evidence, Json, Policy

ANYONE_OF_GOOGLE = "anyone:gcp"
BASIC_ROLES = {
    "projectOwner": "roles/owner",
    "projectEditor": "roles/editor",
    "projectViewer": "roles/viewer",
}
PROJECT = "//cloudresourcemanager.googleapis.com/projects/"
ACCOUNTS = "/serviceAccounts/"


class Binding(msgspec.Struct, frozen=True):
    """One binding of an allow policy: on what, which role, whom, and under which condition."""

    on: str
    role: str
    members: tuple[str, ...]
    condition: str
    evidence: Evidence


def grants(facts: Facts, name: str) -> Iterator[Grant]:
    """What every principal that an allow policy names holds of a capability."""
    bindings = list(_bindings(facts))
    roles = _permissions(facts)
    search = _Search(facts, bindings)
    yield from best_only(
        grant
        for capability in entries("gcp", name)
        for binding in bindings
        if (actions := _granted_by(capability, roles.get(binding.role, frozenset())))
        for grant in search.grants(binding, capability, actions)
    )


class _Search:
    """The principals behind members, and the resources below a policy."""

    def __init__(self, facts: Facts, bindings: list[Binding]) -> None:
        self._facts = facts
        self._members = Members(facts)
        self._hierarchy = Hierarchy(facts)
        self._bindings = bindings
        accounts = (asset.id for asset in facts.of("ServiceIdentity"))
        self._accounts = {i.partition(ACCOUNTS)[2]: i for i in accounts if ACCOUNTS in i}
        self._targets: dict[Capability, frozenset[str]] = {}

    def grants(self, binding: Binding, capability: Capability, actions: tuple[str, ...]) -> Iterator[Grant]:
        """The grants of one binding: to its members, and to whoever is in a group among them."""
        targets = self._all_targets(capability) & self._hierarchy.below(binding.on)
        if not targets:
            return
        for member in binding.members:
            for principal in self._principals(member, binding):
                for identifier, memberships in self._members.of(principal):
                    yield from self._to(identifier, memberships, binding, sorted(targets), actions)

    def _to(
        self,
        principal: str,
        memberships: tuple[str, ...],
        binding: Binding,
        targets: list[str],
        actions: tuple[str, ...],
    ) -> Iterator[Grant]:
        stopped = self._stopped(principal, targets)
        for guard in sorted(set(stopped.values()) | {""}):
            chosen = tuple(t for t in targets if stopped.get(t, "") == guard)
            if chosen:
                yield Grant(
                    source=principal,
                    targets=chosen,
                    because=((*memberships, binding.evidence.id),),
                    evidence=(binding.evidence, *self._guard_evidence(guard, chosen)),
                    actions=actions,
                    conditions=(binding.condition,) if binding.condition else (),
                    guards=(guard,) if guard else (),
                )

    def _stopped(self, principal: str, targets: list[str]) -> Mapping[str, str]:
        """Buckets and their content that public access prevention keeps from the public, by its evidence."""
        if not principal.startswith(ANYONE):
            return {}
        found = ((target, self._prevention(target)) for target in targets)
        return {target: policy.evidence.id for target, policy in found if policy}

    def _prevention(self, target: str) -> Policy | None:
        bucket = target.partition("/objects/")[0]
        for policy in self._facts.policies(bucket, "public_access_block"):
            value = self._facts.document(policy.evidence)
            if isinstance(value, dict) and value.get("publicAccessPrevention") == "enforced":
                return policy
        return None

    def _guard_evidence(self, guard: str, targets: tuple[str, ...]) -> Iterator[Evidence]:
        if guard and (policy := self._prevention(targets[0])):
            yield policy.evidence

    def _all_targets(self, capability: Capability) -> frozenset[str]:
        if capability not in self._targets:
            found = capability.assets(self._facts, "gcp")
            self._targets[capability] = frozenset(asset.id for asset in found)
        return self._targets[capability]

    def _principals(self, member: str, binding: Binding) -> Iterator[str]:
        """The nodes that a member stands for. https://cloud.google.com/iam/docs/principal-identifiers"""
        kind, _, rest = member.partition(":")
        match kind:
            case "allUsers":
                yield ANYONE
            case "allAuthenticatedUsers":
                yield ANYONE_OF_GOOGLE
            case "serviceAccount":
                yield self._service_account(rest)
            case "principal" | "principalSet":
                yield f"federated:{rest.removeprefix('//')}"
            case "user" | "group" | "domain":
                yield f"google:{kind}:{rest}"
            case _ if kind in BASIC_ROLES:
                yield from self._basic(BASIC_ROLES[kind], PROJECT + rest, binding)
            case _:
                return  # deleted principals can do nothing

    def _basic(self, role: str, project: str, binding: Binding) -> Iterator[str]:
        """Whoever has a basic role on the project, for the members that stand for them."""
        for other in self._bindings:
            if other.on == project and other.role == role and other is not binding:
                for member in other.members:
                    if member.partition(":")[0] not in BASIC_ROLES:
                        yield from self._principals(member, other)

    def _service_account(self, email: str) -> str:
        known = self._accounts.get(email)
        project = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        owner = project if email.endswith(".iam.gserviceaccount.com") else "-"
        return known or f"//iam.googleapis.com/projects/{owner}{ACCOUNTS}{email}"


def _granted_by(capability: Capability, permissions: frozenset[str]) -> tuple[str, ...]:
    """The actions of the first alternatives that the permissions meet in full."""
    met = [actions for actions in capability.alternatives() if permissions.issuperset(actions)]
    return tuple(sorted({action for actions in met for action in actions}))


def _bindings(facts: Facts) -> Iterator[Binding]:
    for policy in facts.policies_of("allow"):
        value = facts.document(policy.evidence)
        rows = value.get("bindings") if isinstance(value, dict) else None
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            if isinstance(row, dict):
                yield _binding(policy, index, row)


def _binding(policy: Policy, index: int, row: Mapping[str, Json]) -> Binding:
    members = row.get("members")
    base = policy.evidence
    return Binding(
        on=policy.on,
        role=str(row.get("role") or ""),
        members=tuple(str(each) for each in members) if isinstance(members, list) else (),
        condition=_condition(row.get("condition")),
        evidence=Evidence(base.call, base.document, f"{base.pointer}/bindings/{index}"),
    )


def _condition(value: Json) -> str:
    """The name of a condition: its title with the expression."""
    if not isinstance(value, dict) or not value.get("expression"):
        return ""
    return f"{value.get('title') or 'condition'}: {value['expression']}"


def _permissions(facts: Facts) -> Mapping[str, frozenset[str]]:
    """Role name to its permissions."""
    found: dict[str, frozenset[str]] = {}
    for policy in facts.policies_of("role_definition"):
        value = facts.document(policy.evidence)
        held = value.get("includedPermissions") if isinstance(value, dict) else None
        if isinstance(held, list):
            found[policy.on] = frozenset(str(each) for each in held)
    return found
