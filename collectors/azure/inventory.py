"""What exists, from Resource Graph: resource groups and what is in them, and managed identities.

The typed collectors say what AI services and storage are like; this one knows where they belong.
"""

from collections.abc import Iterator

from collectors.azure import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

RESOURCES = Call(
    "azure:resourcegraph:Resources",
    lists=("ResourceGroup", "ServiceIdentity"),
    fills=("ResourceGroup.tags", "ServiceIdentity.tags", "CONTAINS"),
)

REGIONAL = False

GROUP = "microsoft.resources/subscriptions/resourcegroups"
IDENTITY = "microsoft.managedidentity/userassignedidentities"
TYPES = ("microsoft.cognitiveservices/accounts", IDENTITY, "microsoft.storage/storageaccounts")
"""Resources whose place we want; only identities are listed here and nowhere else."""

QUERY = (
    f"resources | where type in~ {TYPES}"
    f" | union (resourcecontainers | where type in~ ('{GROUP}'))"
    " | project id, name, type, location, tags, principalId = properties.principalId"
    " | order by id asc"
)
"""Ordered, because pages without an order may repeat rows and leave others out."""


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(RESOURCES, query=QUERY):
        kind = (row.text("/type") or "").lower()
        identifier = row.text("/id") or ""
        if kind == GROUP:
            yield _group(row, identifier)
            continue
        inside = names.resource(identifier)
        if kind == IDENTITY:
            identity = _identity(row)
            inside = identity.id
            yield identity
        if group := names.group_id_of(identifier):
            yield Relation("CONTAINS", group, inside, evidence=row.evidence(target="/id"))


def _group(row: Answer, identifier: str) -> Asset:
    return Asset(
        id=names.resource(identifier),
        kind="ResourceGroup",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind=GROUP,
            region=row.text("/location"),
            tags=names.tags(row, "/tags"),
        ),
        evidence=row.evidence(name="/name", region="/location", tags="/tags"),
    )


def _identity(row: Answer) -> Asset:
    """A user-assigned identity, by what it is in Entra ID: role assignments name it so.

    Principals belong to the tenant, so they have no account; their resource group contains them.
    """
    return Asset(
        id=names.principal(row.text("/principalId") or ""),
        kind="ServiceIdentity",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=names.known(
            account="",
            service="entra",
            native_kind=IDENTITY,
            tags=names.tags(row, "/tags"),
        ),
        evidence=row.evidence(name="/name", tags="/tags", native_kind="/type"),
    )
