"""The least that a scan of Azure may do: the action behind each call, and the role made of them.

`python -m collectors.azure.permissions` prints docs/permissions/azure.md.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
import yaml

SEEN_IN_GRAPH = (
    "Microsoft.ManagedIdentity/userAssignedIdentities/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
)
"""Resource Graph answers with what the caller may read, and leaves the rest out without a word."""


@cache
def permissions() -> Mapping[str, str]:
    """Call id to the action that allows it."""
    text = (files("collectors.azure") / "permissions.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, str])


def role() -> str:
    """The custom role that allows the scan, and nothing else, as the Azure CLI takes it."""
    definition = {
        "Name": "Crownpath Scan",
        "Description": "Reads configuration for Crownpath. No keys, no data.",
        "Actions": sorted({*permissions().values(), *SEEN_IN_GRAPH}),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": ["/subscriptions/SUBSCRIPTION-ID"],
    }
    return json.dumps(definition, indent=2)


def page() -> str:
    """docs/permissions/azure.md."""
    seen = " and ".join(f"`{action}`" for action in SEEN_IN_GRAPH)
    rows = "\n".join(f"| `{call}` | `{action}` |" for call, action in permissions().items())
    return f"""# Azure: what a scan may do

Every call reads configuration. None reads a blob, a prompt or an account's keys (`listKeys` is an action of
its own, and is not here), and none changes anything: the client refuses to send whatever is not a reading
request, and leaves out the SDK's step that registers resource providers. This page is made from
`collectors/azure/permissions.yaml`; a test compares the two.

Whether a storage account or an AI service accepts its own keys is read from its settings (`local_auth`).
Where it does, the keys exist; they are not listed one by one, because the only calls that tell of them answer
with their values.

## The role

The built-in role **Reader** is enough. The least is this custom role; save it as `crownpath-scan.json` with
the ids of your subscriptions, or of a management group above them
(`/providers/Microsoft.Management/managementGroups/NAME`):

```json
{role()}
```

```
az role definition create --role-definition crownpath-scan.json
az role assignment create --role "Crownpath Scan" --assignee OBJECT-ID --scope /subscriptions/SUBSCRIPTION-ID
```

Assign it at the scope of each subscription or above, not lower: Resource Graph answers with what the caller
may read, and leaves the rest out without a word.

## Signing in

With `azure.credential: default` the credentials are found as the Azure SDKs find them: environment variables,
workload identity, managed identity, `az login`. With `client_secret` they come from AZURE_TENANT_ID,
AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. Without `azure.subscriptions`, every subscription that the
credentials can see is scanned.

```yaml
azure:
  subscriptions: [00000000-0000-4000-8000-00000000a1de]
  resource_manager: https://management.azure.com      # another cloud, or a private link
  authority: https://login.microsoftonline.com
  ca_bundle: /etc/ssl/proxy.pem                       # when a proxy has a certificate of its own
```

## What a denied call costs

A call that is denied stands in the coverage with the action to allow. What it would have filled is unknown,
and the rules that need it say UNKNOWN; the scan goes on. A resource provider that is not registered in a
subscription is no failure: there are no such resources.

## Call by call

| call | action |
| --- | --- |
{rows}

With `azure:resourcegraph:Resources` go the read actions of what it is asked for: {seen}.
"""


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  this is the page's way out
