"""Linden Health in Azure: an assistant that drafts discharge letters, and the letters it was given.

Resources in Resource Manager's wire shape; names, ids and people are invented. What is planted here, and
what nearly is, stands in `collectors/practice/truth/azure.yaml`.
"""

from collections.abc import Iterator, Mapping, Sequence

from collectors.practice.azure import Estate
from graph.model import Json

TENANT = "00000000-0000-4000-8000-00000000d0c5"
SUBSCRIPTION = "00000000-0000-4000-8000-00000000a1de"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{SCOPE}/resourceGroups/rg-discharge"
LOCATION = "westeurope"

ACCOUNT = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/linden-letters-ai"
VISION = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/linden-triage-vision"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-discharge-assistant"
LETTERS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lindenletters"
WEBSITE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lindenwebsite"
ARCHIVE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lindenarchive"
VAULT = "https://kv-linden-ai.vault.example"

ASSISTANT = "00000000-0000-4000-8000-00000000a551"
VISION_IDENTITY = "00000000-0000-4000-8000-0000000005e1"
TRANSCRIBER = "00000000-0000-4000-8000-00000000e501"  # a vendor's service principal: reads the letters
PRINTER = "00000000-0000-4000-8000-00000000e502"  # another vendor's: the leaflets only
TAGGER = "00000000-0000-4000-8000-00000000e503"  # a third one's: tags the letters, may not open them
AUDITORS = "00000000-0000-4000-8000-00000000e504"  # guests: see settings, no content
RESELLER = "00000000-0000-4000-8000-00000000f001"  # a group in the reseller's own tenant
DEVELOPERS = "00000000-0000-4000-8000-00000000d001"
CLINICIAN = "00000000-0000-4000-8000-00000000d002"

BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"

ROLES: Mapping[str, tuple[str, str, Mapping[str, Sequence[str]]]] = {
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": (
        "Storage Blob Data Contributor",
        "BuiltInRole",
        {
            "actions": [
                f"{CONTAINERS}/delete",
                f"{CONTAINERS}/read",
                f"{CONTAINERS}/write",
                "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
            ],
            "dataActions": [
                f"{BLOBS}/delete",
                f"{BLOBS}/read",
                f"{BLOBS}/write",
                f"{BLOBS}/move/action",
                f"{BLOBS}/add/action",
            ],
        },
    ),
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": (
        "Storage Blob Data Reader",
        "BuiltInRole",
        {
            "actions": [
                f"{CONTAINERS}/read",
                "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
            ],
            "dataActions": [f"{BLOBS}/read"],
        },
    ),
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": ("Reader", "BuiltInRole", {"actions": ["*/read"]}),
    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd": (
        "Cognitive Services OpenAI User",
        "BuiltInRole",
        {
            "actions": [
                "Microsoft.CognitiveServices/*/read",
                "Microsoft.Authorization/roleAssignments/read",
                "Microsoft.Authorization/roleDefinitions/read",
            ],
            "dataActions": [
                "Microsoft.CognitiveServices/accounts/OpenAI/*/read",
                "Microsoft.CognitiveServices/accounts/OpenAI/engines/completions/action",
                "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action",
                "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action",
                "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action",
            ],
        },
    ),
    "00000000-0000-4000-8000-0000000b0c09": (
        "Linden Letter Tagging",
        "CustomRole",
        {
            "actions": [f"{CONTAINERS}/read"],
            "dataActions": [f"{BLOBS}/*"],
            "notDataActions": [
                f"{BLOBS}/read",
                f"{BLOBS}/write",
                f"{BLOBS}/delete",
                f"{BLOBS}/move/action",
                f"{BLOBS}/add/action",
                f"{BLOBS}/manageOwnership/action",
                f"{BLOBS}/modifyPermissions/action",
                f"{BLOBS}/runAsSuperUser/action",
                f"{BLOBS}/deleteBlobVersion/action",
                f"{BLOBS}/permanentDelete/action",
            ],
        },
    ),
}
"""Role definitions: the real ids and contents of built-in ones, and one of the hospital's own."""


def _group(name: str, **tags: str) -> Mapping[str, Json]:
    return {
        "id": f"{SCOPE}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/subscriptions/resourceGroups",
        "location": LOCATION,
        "tags": dict(tags),
        "properties": {"provisioningState": "Succeeded"},
    }


def _storage(identifier: str, *, public_blobs: bool, shared_key: bool, **tags: str) -> Mapping[str, Json]:
    name = identifier.rpartition("/")[2]
    return {
        "id": identifier,
        "name": name,
        "type": "Microsoft.Storage/storageAccounts",
        "location": LOCATION,
        "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS", "tier": "Standard"},
        "tags": dict(tags),
        "properties": {
            "provisioningState": "Succeeded",
            "primaryEndpoints": {"blob": f"https://{name}.blob.example/"},
            "publicNetworkAccess": "Enabled",
            "networkAcls": {
                "defaultAction": "Allow",
                "bypass": "AzureServices",
                "ipRules": [],
                "virtualNetworkRules": [],
            },
            "allowBlobPublicAccess": public_blobs,
            "allowSharedKeyAccess": shared_key,
            "supportsHttpsTrafficOnly": True,
            "minimumTlsVersion": "TLS1_2",
            "encryption": {
                "keySource": "Microsoft.Storage",
                "services": {"blob": {"enabled": True, "keyType": "Account"}},
            },
        },
    }


def _container(account: str, name: str, public: str = "None", **metadata: str) -> Mapping[str, Json]:
    return {
        "id": f"{account}/blobServices/default/containers/{name}",
        "name": name,
        "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
        "etag": '"0x8DE0000000000"',
        "properties": {
            "publicAccess": public,
            "leaseState": "Available",
            "lastModifiedTime": "2026-09-30T08:00:00Z",
            "hasImmutabilityPolicy": False,
            "hasLegalHold": False,
            "metadata": dict(metadata),
        },
    }


def _blobs(account: str, *, versioning: bool) -> Mapping[str, Json]:
    return {
        "id": f"{account}/blobServices/default",
        "name": "default",
        "type": "Microsoft.Storage/storageAccounts/blobServices",
        "properties": {
            "isVersioningEnabled": versioning,
            "deleteRetentionPolicy": {"enabled": True, "days": 7},
        },
    }


def _role_id(role: str) -> str:
    return f"{SCOPE}/providers/Microsoft.Authorization/roleDefinitions/{role}"


def _roles() -> Iterator[Mapping[str, Json]]:
    for guid, (name, kind, permissions) in ROLES.items():
        lists = ("actions", "notActions", "dataActions", "notDataActions")
        yield {
            "id": _role_id(guid),
            "name": guid,
            "type": "Microsoft.Authorization/roleDefinitions",
            "properties": {
                "roleName": name,
                "type": kind,
                "description": f"{name}.",
                "assignableScopes": ["/"] if kind == "BuiltInRole" else [SCOPE],
                "permissions": [{each: list(permissions.get(each, ())) for each in lists}],
            },
        }


def _assignment(number: int, scope: str, role: str, principal: str, kind: str) -> Mapping[str, Json]:
    (guid,) = (guid for guid, (name, _, _) in ROLES.items() if name == role)
    name = f"00000000-0000-4000-8000-{number:012x}"
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "scope": scope,
            "roleDefinitionId": _role_id(guid),
            "principalId": principal,
            "principalType": kind,
            "createdOn": "2026-03-02T09:30:00.000000Z",
            "updatedOn": "2026-03-02T09:30:00.000000Z",
        },
    }


def _letters(name: str) -> str:
    return f"{LETTERS}/blobServices/default/containers/{name}"


def _deployment(
    account: str, name: str, model: tuple[str, str, str], sku: str, policy: str
) -> Mapping[str, Json]:
    form, model_name, version = model
    return {
        "id": f"{account}/deployments/{name}",
        "name": name,
        "type": "Microsoft.CognitiveServices/accounts/deployments",
        "sku": {"name": sku, "capacity": 50},
        "properties": {
            "model": {"format": form, "name": model_name, "version": version},
            "raiPolicyName": policy,
            "versionUpgradeOption": "OnceNewDefaultVersionAvailable",
            "provisioningState": "Succeeded",
        },
    }


def _filters(*, jailbreak: bool) -> list[Json]:
    harms = ("Hate", "Sexual", "Violence", "Selfharm")
    filters: list[Json] = [
        {"name": harm, "enabled": True, "blocking": True, "severityThreshold": "Medium", "source": source}
        for harm in harms
        for source in ("Prompt", "Completion")
    ]
    return [*filters, {"name": "Jailbreak", "enabled": jailbreak, "blocking": jailbreak, "source": "Prompt"}]


def _policy(account: str, name: str, *, kind: str, mode: str, jailbreak: bool) -> Mapping[str, Json]:
    return {
        "id": f"{account}/raiPolicies/{name}",
        "name": name,
        "type": "Microsoft.CognitiveServices/accounts/raiPolicies",
        "properties": {
            "type": kind,
            "mode": mode,
            "basePolicyName": "Microsoft.DefaultV2",
            "contentFilters": _filters(jailbreak=jailbreak),
        },
    }


SUBSCRIPTION_ROW: Mapping[str, Json] = {
    "id": SCOPE,
    "type": "Microsoft.Resources/subscriptions",
    "subscriptionId": SUBSCRIPTION,
    "tenantId": TENANT,
    "displayName": "Linden Health: letters",
    "state": "Enabled",
    "authorizationSource": "RoleBased",
    "tags": {"environment": "prod"},
}

IDENTITY_ROW: Mapping[str, Json] = {
    "id": IDENTITY,
    "name": "id-discharge-assistant",
    "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
    "location": LOCATION,
    "tags": {"team": "clinical-ai"},
    "properties": {
        "tenantId": TENANT,
        "principalId": ASSISTANT,
        "clientId": "00000000-0000-4000-8000-0000000c1d01",
    },
}

ACCOUNTS: Sequence[Mapping[str, Json]] = (
    {
        "id": ACCOUNT,
        "name": "linden-letters-ai",
        "type": "Microsoft.CognitiveServices/accounts",
        "location": LOCATION,
        "kind": "OpenAI",
        "sku": {"name": "S0"},
        "tags": {"team": "clinical-ai", "environment": "prod"},
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": {
                IDENTITY: {"principalId": ASSISTANT, "clientId": "00000000-0000-4000-8000-0000000c1d01"}
            },
        },
        "properties": {
            "endpoint": "https://linden-letters-ai.openai.example/",
            "customSubDomainName": "linden-letters-ai",
            "publicNetworkAccess": "Enabled",
            "networkAcls": {"defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []},
            "disableLocalAuth": False,
            "encryption": {
                "keySource": "Microsoft.KeyVault",
                "keyVaultProperties": {
                    "keyVaultUri": VAULT,
                    "keyName": "letters-ai",
                    "keyVersion": "00000000000040008000000000000001",
                    "identityClientId": "00000000-0000-4000-8000-0000000c1d01",
                },
            },
            "userOwnedStorage": [{"resourceId": LETTERS}],
            "provisioningState": "Succeeded",
        },
    },
    {
        "id": VISION,
        "name": "linden-triage-vision",
        "type": "Microsoft.CognitiveServices/accounts",
        "location": "swedencentral",
        "kind": "AIServices",
        "sku": {"name": "S0"},
        "tags": {"team": "emergency"},
        "identity": {"type": "SystemAssigned", "principalId": VISION_IDENTITY, "tenantId": TENANT},
        "properties": {
            "endpoint": "https://linden-triage-vision.ai.example/",
            "customSubDomainName": "linden-triage-vision",
            "publicNetworkAccess": "Disabled",
            "networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "192.0.2.10"}]},
            "disableLocalAuth": True,
            "encryption": {"keySource": "Microsoft.CognitiveServices"},
            "provisioningState": "Succeeded",
        },
    },
)

LONG_NAME = "triage-" + "-".join(["second", "opinion"] * 3)  # 51 characters; 64 is the most Azure takes

SANDBOX = "00000000-0000-4000-8000-00000000a1df"
HOSTILE_NAME = '<img src=x onerror=alert(1)> =HYPERLINK("https://evil.example")'
"""What a person called the sandbox; it is shown wherever names are shown."""

SANDBOX_ROW: Mapping[str, Json] = {
    "id": f"/subscriptions/{SANDBOX}",
    "type": "Microsoft.Resources/subscriptions",
    "subscriptionId": SANDBOX,
    "tenantId": TENANT,
    "displayName": HOSTILE_NAME,
    "state": "Enabled",
    "authorizationSource": "RoleBased",
}

ESTATE = Estate(
    tenant=TENANT,
    resources=(
        SUBSCRIPTION_ROW,
        SANDBOX_ROW,
        _group("rg-discharge", environment="prod"),
        _group("rg-empty"),
        IDENTITY_ROW,
        *ACCOUNTS,
        _deployment(
            ACCOUNT, "letters", ("OpenAI", "gpt-4o", "2024-11-20"), "Standard", "Microsoft.DefaultV2"
        ),
        _deployment(
            ACCOUNT,
            "letters-style",
            ("OpenAI", "gpt-4o-mini-2024-07-18.ft-9a1b2c", "1"),
            "Standard",
            "letters",
        ),
        _deployment(
            ACCOUNT,
            "search",
            ("OpenAI", "text-embedding-3-large", "1"),
            "GlobalStandard",
            "Microsoft.DefaultV2",
        ),
        _deployment(
            VISION, LONG_NAME, ("Microsoft", "Phi-4", "7"), "DataZoneStandard", "Microsoft.DefaultV2"
        ),
        _policy(ACCOUNT, "Microsoft.DefaultV2", kind="SystemManaged", mode="Blocking", jailbreak=True),
        _policy(ACCOUNT, "letters", kind="UserManaged", mode="Asynchronous_filter", jailbreak=False),
        _policy(VISION, "Microsoft.DefaultV2", kind="SystemManaged", mode="Blocking", jailbreak=True),
        _storage(LETTERS, public_blobs=False, shared_key=True, team="clinical-ai"),
        _storage(WEBSITE, public_blobs=True, shared_key=False, team="communications"),
        _storage(ARCHIVE, public_blobs=False, shared_key=False, team="clinical-ai"),
        _blobs(LETTERS, versioning=True),
        _blobs(WEBSITE, versioning=False),
        _blobs(ARCHIVE, versioning=True),
        _container(LETTERS, "letters", data_class="health"),
        _container(LETTERS, "leaflets"),
        # A copy of letters for the redesign of the website: the planted public container.
        _container(WEBSITE, "letter-samples", public="Blob"),
        _container(WEBSITE, "assets", public="Container"),
        # Set public as well, but its account does not allow it.
        _container(ARCHIVE, "letters-2025", public="Blob"),
        *_roles(),
        _assignment(1, LETTERS, "Storage Blob Data Contributor", ASSISTANT, "ServicePrincipal"),
        _assignment(2, ACCOUNT, "Cognitive Services OpenAI User", ASSISTANT, "ServicePrincipal"),
        _assignment(3, _letters("letters"), "Storage Blob Data Contributor", TRANSCRIBER, "ServicePrincipal"),
        _assignment(4, _letters("leaflets"), "Storage Blob Data Contributor", PRINTER, "ServicePrincipal"),
        _assignment(5, _letters("letters"), "Linden Letter Tagging", TAGGER, "ServicePrincipal"),
        _assignment(6, GROUP, "Reader", AUDITORS, "Group"),
        _assignment(7, LETTERS, "Storage Blob Data Reader", RESELLER, "ForeignGroup"),
        _assignment(8, ACCOUNT, "Cognitive Services OpenAI User", DEVELOPERS, "Group"),
        _assignment(9, SCOPE, "Reader", CLINICIAN, "User"),
        _assignment(
            10,
            "/providers/Microsoft.Management/managementGroups/linden-root",
            "Reader",
            DEVELOPERS,
            "Group",
        ),
    ),
    empty=(
        f"{SCOPE}/providers/Microsoft.Authorization/denyAssignments",
        f"/subscriptions/{SANDBOX}/providers/Microsoft.Authorization/denyAssignments",
        f"/subscriptions/{SANDBOX}/providers/Microsoft.CognitiveServices/accounts",
        f"/subscriptions/{SANDBOX}/providers/Microsoft.Storage/storageAccounts",
    ),
)
