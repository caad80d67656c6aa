"""Where each call lives in the SDK: the client of a call id, and the method of an operation."""

import re
from collections.abc import Mapping

import msgspec

from collectors.azure.permissions import permissions
from graph.model import Call


class SdkClient(msgspec.Struct, frozen=True):
    """Where a client lives in the SDK, and whether one is made for each subscription."""

    module: str
    name: str
    per_subscription: bool = True


CLIENTS: Mapping[str, SdkClient] = {
    "authorization": SdkClient("azure.mgmt.authorization.v2022_04_01", "AuthorizationManagementClient"),
    "cognitiveservices": SdkClient("azure.mgmt.cognitiveservices", "CognitiveServicesManagementClient"),
    "resourcegraph": SdkClient("azure.mgmt.resourcegraph", "ResourceGraphClient", per_subscription=False),
    "storage": SdkClient("azure.mgmt.storage", "StorageManagementClient"),
    "subscription": SdkClient(
        "azure.mgmt.resource.subscriptions", "SubscriptionClient", per_subscription=False
    ),
}
"""The client of a call id (`azure:storage:StorageAccounts_List`) to the SDK's class."""


def sdk_method(call: Call) -> str:
    """The SDK's method for a call: `azure:storage:BlobContainers_List` is `blob_containers.list`."""
    return ".".join(snake(part) for part in call.operation.split("_", 1))


def snake(name: str) -> str:
    """A name of the API description as the SDK spells it: `resourceGroupName` is `resource_group_name`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _full_name(call: Call) -> str:
    sdk = CLIENTS[call.client]
    return f"{sdk.module}.{sdk.name}.{sdk_method(call)}"


SDK_METHODS: Mapping[str, str] = {call: _full_name(Call(call)) for call in permissions()}
"""Call id to the SDK method's full name: what recordings call it."""
