"""Where an account stands in its organisation: the nodes whose guardrail policies bear on it.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_auth.html
"""

from collections.abc import Mapping

import msgspec

from graph.facts import Facts
from graph.model import Asset, Coverage

_SCOPES = ("Folder", "Organization")


class Place(msgspec.Struct, frozen=True):
    """An account's organisation and the nodes above it: root first, the account itself last.

    No guardrail policy binds the principals or the resources of the `management` account.
    """

    organization: str = ""
    nodes: tuple[str, ...] = ()
    management: bool = False

    @property
    def organization_id(self) -> str:
        """`o-...`, as aws:PrincipalOrgID gives it."""
        return self.organization.rpartition("/")[2]

    @property
    def path(self) -> str:
        """As aws:PrincipalOrgPaths gives it: organisation, root and units, without the account.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html#access_policies_last-accessed-viewing-orgs-entity-path
        """
        names = [self.organization_id, *(node.rpartition("/")[2] for node in self.nodes[:-1])]
        return "/".join(names) + "/"


class Places(msgspec.Struct, frozen=True):
    """Where each account of the snapshot stands. An account that is in none is in none of the `told`
    organisations, whose members were all listed."""

    of: Mapping[str, Place] = msgspec.field(default_factory=dict)
    told: tuple[str, ...] = ()


def places_of(facts: Facts) -> Places:
    accounts = [asset.id.removeprefix("aws://") for asset in facts.of("Account")]
    found = {account: place_of(facts, account) for account in accounts if account.isdigit()}
    told = _organizations(facts) if _members_told(facts) else ()
    return Places({account: place for account, place in found.items() if place.nodes}, told)


def _organizations(facts: Facts) -> tuple[str, ...]:
    return tuple(asset.id.rpartition("/")[2] for asset in facts.of("Organization"))


def _members_told(facts: Facts) -> bool:
    """Whether every list of accounts, roots and units was answered to somebody: only the management account
    and delegated administrators may ask."""
    calls = [each for each in facts.coverage if each.call in _MEMBERSHIP]
    answered = {(each.call, _asked(each)) for each in calls if each.complete}
    asked = {(each.call, _asked(each)) for each in calls}
    return asked == answered and {call for call, _ in answered} == _MEMBERSHIP


_MEMBERSHIP = frozenset(
    f"aws:organizations:{name}"
    for name in ("ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent")
)


def _asked(call: Coverage) -> str:
    return str(call.parameters.get("ParentId", ""))


def place_of(facts: Facts, account: str) -> Place:
    """Where the account stands; an empty place when no organisation was seen around it."""
    nodes = [f"aws://{account}"]
    while above := _above(facts, nodes[-1]):
        if above.kind == "Organization":
            management = above.get("management_account") == account
            return Place(above.id, tuple(reversed(nodes)), management)
        if above.id in nodes:
            break
        nodes.append(above.id)
    return Place()


def _above(facts: Facts, node: str) -> Asset | None:
    for link in facts.into(node, "CONTAINS"):
        asset = facts.asset(link.source)
        if asset is not None and asset.kind in _SCOPES:
            return asset
    return None
