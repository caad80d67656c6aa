"""Azure Storage: accounts and their blob containers, and what decides whether anyone may read them.

A storage account is a scope: it holds containers and role assignments. Whether a container is public
hangs on the container's own access level (its `acl`) and on the account (`public_access_block`), so each
container carries both documents.
"""

from collections.abc import Iterator

from collectors.azure import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Json, Policy, Relation

ACCOUNTS = Call(
    "azure:storage:StorageAccounts_List",
    lists=("ResourceGroup",),
    fills=(
        "Bucket.public_network_access",
        "Bucket.network_default",
        "Bucket.local_auth",
        "ResourceGroup.tags",
        "ENCRYPTED_WITH",
        "policy:public_access_block",
    ),
    empty_on=("MissingSubscriptionRegistration",),
)
CONTAINERS = Call(
    "azure:storage:BlobContainers_List",
    lists=("Bucket",),
    fills=("Bucket.immutable", "Bucket.tags", "CONTAINS", "policy:acl"),
)
SERVICE = Call("azure:storage:BlobServices_GetServiceProperties", fills=("Bucket.versioning",))

REGIONAL = False

ACCOUNT_KIND = "microsoft.storage/storageaccounts"


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: tuple(_account(source, row)), source.pages(ACCOUNTS)):
        yield from facts


def _account(source: Source, row: Answer) -> Iterator[Fact]:
    wire = row.text("/id") or ""
    account = names.resource(wire)
    own = source.within(account)
    where: dict[str, Json] = {
        "resourceGroupName": names.group_of(wire),
        "accountName": row.text("/name") or "",
    }
    yield Asset(
        id=account,
        kind="ResourceGroup",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind=ACCOUNT_KIND,
            region=row.text("/location"),
            tags=names.tags(row, "/tags"),
        ),
        evidence=row.evidence(name="/name", region="/location", tags="/tags"),
    )
    service = own.call(SERVICE, **where)
    for container in own.pages(CONTAINERS, **where):
        yield from _container(container, row, service, account)


def _container(row: Answer, account: Answer, service: Answer, parent: str) -> Iterator[Fact]:
    container = names.resource(row.text("/id") or "")
    yield Asset(
        id=container,
        kind="Bucket",
        name=f"{account.text('/name')}/{row.text('/name')}",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind=f"{ACCOUNT_KIND}/blobservices/containers",
            region=account.text("/location"),
            tags=sorted({*names.tags(account, "/tags"), *names.tags(row, "/properties/metadata")}),
            immutable=_immutable(row),
            versioning=_versioned(service),
            public_network_access=names.enabled(account.text("/properties/publicNetworkAccess")),
            network_default=names.network_default(account),
            local_auth=account.flag("/properties/allowSharedKeyAccess") is not False,  # on unless forbidden
        ),
        evidence=(
            *row.evidence(name="/name", tags="/properties/metadata", immutable="/properties"),
            *account.evidence(
                region="/location",
                tags="/tags",
                public_network_access="/properties/publicNetworkAccess",
                network_default="/properties/networkAcls",
                local_auth="/properties/allowSharedKeyAccess",
            ),
            *service.evidence(versioning="/properties/isVersioningEnabled"),
        ),
    )
    yield Relation("CONTAINS", parent, container, evidence=row.evidence(target="/id"))
    yield Policy(container, "acl", "public access level", row.document().evidence()[0])
    yield Policy(
        container, "public_access_block", account.text("/name") or "", account.document().evidence()[0]
    )
    yield from _key(account, container)


def _immutable(row: Answer) -> bool | None:
    """A retention policy or a legal hold is on; None when Azure said nothing of either."""
    flags = [row.flag("/properties/hasImmutabilityPolicy"), row.flag("/properties/hasLegalHold")]
    known = [flag for flag in flags if flag is not None]
    return any(known) if known else None


def _versioned(service: Answer) -> bool | None:
    """Versioning is off unless it was switched on; None when the service did not answer."""
    return bool(service.flag("/properties/isVersioningEnabled")) if service.ok else None


def _key(account: Answer, container: str) -> Iterator[Relation]:
    """The vault key of the account, if it brings its own: all containers are encrypted with it."""
    pointer = "/properties/encryption/keyvaultproperties"
    vault, name = account.text(f"{pointer}/keyvaulturi"), account.text(f"{pointer}/keyname")
    if vault and name:
        evidence = account.evidence(target=pointer)
        yield Relation("ENCRYPTED_WITH", container, names.key(vault, name), evidence=evidence)
