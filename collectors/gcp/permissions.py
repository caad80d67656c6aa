"""The least that a scan of Google Cloud may do: the permission behind each call, and the role made of them.

`python -m collectors.gcp.permissions` prints docs/permissions/gcp.md.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
import yaml

READ_VERBS = ("get", "list", "getIamPolicy")
"""How a permission that only reads ends."""


@cache
def permissions() -> Mapping[str, str]:
    """Call id to the IAM permission that it needs."""
    text = (files("collectors.gcp") / "permissions.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, str])


def role() -> str:
    """The custom role that allows the scan and nothing else, as `gcloud iam roles create --file` reads it."""
    definition = {
        "title": "Crownpath scan",
        "description": "Reads configuration and access policies; no objects, no predictions, no secrets.",
        "stage": "GA",
        "includedPermissions": sorted(set(permissions().values())),
    }
    return yaml.safe_dump(definition, sort_keys=False, width=110).strip()


def page() -> str:
    """docs/permissions/gcp.md."""
    rows = "\n".join(f"| `{call}` | `{permission}` |" for call, permission in permissions().items())
    return f"""# Google Cloud: what a scan may do

Every call reads configuration. None reads an object, a prediction, a prompt, or a key, and none changes
anything. This page is made from `collectors/gcp/permissions.yaml`; a test compares the two.

Keys of service accounts and API keys are listed by their ids, which are no secrets. The call that tells an
API key's string (`apikeys.keys.getKeyString`) is not here.

## The role

Save this as `crownpath-scan.yaml`:

```yaml
{role()}
```

Create it in the organization, so that folders and projects below it can be seen with the policies that they
inherit, and give it to the identity that scans:

```
gcloud iam roles create crownpathScan --organization ORGANIZATION --file crownpath-scan.yaml
gcloud organizations add-iam-policy-binding ORGANIZATION --member PRINCIPAL \\
  --role organizations/ORGANIZATION/roles/crownpathScan
```

For a single project, leave out the permissions that begin with `resourcemanager.folders` and
`resourcemanager.organizations` and use `--project` instead; what the project inherits from above is then
unknown, and says so.

These interfaces must be switched on in each project (`gcloud services enable`): `aiplatform.googleapis.com`,
`apikeys.googleapis.com`, `cloudresourcemanager.googleapis.com`, `iam.googleapis.com`,
`storage.googleapis.com`. Where `dlp.googleapis.com` is off, Sensitive Data Protection found nothing; where
it is on, all of its locations are asked, in each project and in the organization.

## Whom it scans as, and where

Application default credentials: `gcloud auth application-default login`, a workload identity, or
GOOGLE_APPLICATION_CREDENTIALS. Prefer a short-lived identity to a key file.

```yaml
gcp:
  projects: [my-project]          # none: every project that the credentials can see
  locations: [europe-west3]       # none: every location of Vertex AI
  endpoints:                      # private or regional addresses, if you need them
    aiplatform: "{{location}}-aiplatform.googleapis.com"
```

## What a denied call costs

A call that is denied stands in the coverage with the permission to allow. What it would have filled is
unknown, and the rules that need it say UNKNOWN; the scan goes on. Who is in a group is not read: that takes
the Workspace or Cloud Identity directory, which is outside Google Cloud's IAM.

## Call by call

| call | permission |
| --- | --- |
{rows}
"""


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  (what this module is started for)
