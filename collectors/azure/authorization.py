"""Azure role-based access: assignments at every scope, the roles they give, and deny assignments.

Each policy is a document of its own, so that an assignment made above several subscriptions is one and the
same wherever it was seen.
"""

from collections.abc import Iterator, Mapping

from collectors.azure import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Policy, Relation

ASSIGNMENTS = Call(
    "azure:authorization:RoleAssignments_ListForSubscription",
    lists=("User", "Group", "ServiceIdentity", "ExternalPrincipal", "Folder"),
    fills=("policy:role_assignment", "CONTAINS"),
)
DEFINITION = Call("azure:authorization:RoleDefinitions_GetById", fills=("policy:role_definition",))
DENIALS = Call("azure:authorization:DenyAssignments_List", fills=("policy:deny_assignment",))

REGIONAL = False

PRINCIPALS: Mapping[str, str] = {
    "User": "User",
    "Group": "Group",
    "ServicePrincipal": "ServiceIdentity",
    "ForeignGroup": "ExternalPrincipal",
    "Device": "ServiceIdentity",
}
"""`principalType` to the kind; others ("Unknown": deleted from Entra ID) are nobody who could act."""

MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
ROOT = "/"


def collect(source: Source) -> Iterator[Fact]:
    roles: dict[str, str] = {}
    for row in source.pages(ASSIGNMENTS):
        yield from _assignment(row)
        yield from _principal(row)
        yield from _above(row, source.account)
        if role := row.text("/properties/roleDefinitionId"):
            roles.setdefault(names.resource(role), role)
    for facts in source.each(lambda role: tuple(_role(source, role)), sorted(roles.values())):
        yield from facts
    for row in source.pages(DENIALS):
        scope = names.resource(row.text("/properties/scope") or "")
        name = row.text("/properties/denyAssignmentName") or ""
        yield Policy(scope, "deny_assignment", name, row.document().evidence()[0])


def _assignment(row: Answer) -> Iterator[Policy]:
    scope = names.resource(row.text("/properties/scope") or "")
    yield Policy(scope, "role_assignment", row.text("/name") or "", row.document().evidence()[0])


def _principal(row: Answer) -> Iterator[Asset]:
    """Whom an assignment names; their names stand in Entra ID, not here."""
    native = row.text("/properties/principalType") or ""
    kind, object_id = PRINCIPALS.get(native), row.text("/properties/principalId")
    if kind is None or object_id is None:
        return
    # Managed identities are service principals too; what lists them says which kind they are.
    said = {"ServiceIdentity": None, "ExternalPrincipal": "account"}.get(kind, native.lower())
    yield Asset(
        id=names.principal(object_id),
        kind=kind,
        listed_by=row.listed_by,
        properties=names.known(account="", service="entra", native_kind=said),
        evidence=row.document().evidence(native_kind="/properties/principalType"),
    )


def _above(row: Answer, account: str) -> Iterator[Fact]:
    """The management group, or the tenant itself, that an inherited assignment was made at."""
    wire = row.text("/properties/scope") or ""
    scope = names.resource(wire)
    if scope != ROOT and not scope.startswith(MANAGEMENT_GROUP):
        return
    yield Asset(
        id=scope,
        kind="Organization" if scope == ROOT else "Folder",
        name="The tenant" if scope == ROOT else wire.rpartition("/")[2],
        listed_by=row.listed_by,
        properties=names.known(
            account="",
            native_kind="tenant" if scope == ROOT else "microsoft.management/managementgroups",
        ),
        evidence=row.document().evidence(name="/properties/scope"),
    )
    yield Relation(
        "CONTAINS",
        scope,
        names.subscription(account),
        evidence=row.document().evidence(target="/properties/scope"),
        target_kind="Account",
    )


def _role(source: Source, identifier: str) -> Iterator[Policy]:
    definition = source.call(DEFINITION, roleId=identifier)
    if definition.ok:
        name = definition.text("/properties/roleName") or ""
        on = names.resource(identifier)
        yield Policy(on, "role_definition", name, definition.document().evidence()[0])
