"""The least that looking inside may do: a role of its own beside that of the scan, which reads no content.

`python -m collectors.inspect.permissions` prints docs/permissions/inspect.md.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import yaml


class Needed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What addresses of one scheme need: permissions by what they are given on."""

    cloud: Literal["aws", "gcp", "azure", "registry", "key"]
    allow: Mapping[str, tuple[str, ...]]

    @property
    def permissions(self) -> Sequence[str]:
        return [each for allowed in self.allow.values() for each in allowed]


@cache
def needed() -> Mapping[str, Needed]:
    """Scheme of an address to what looking there needs."""
    text = (files("collectors.inspect") / "permissions.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Needed])


def policy() -> str:
    """An IAM policy that allows looking into a bucket, a table and an index, as JSON."""
    statements = [
        {"Effect": "Allow", "Action": sorted(actions), "Resource": resource}
        for each in needed().values()
        if each.cloud == "aws"
        for resource, actions in each.allow.items()
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def role() -> str:
    """A custom role of Google Cloud, as `gcloud iam roles create --file` reads it."""
    definition = {
        "title": "Crownpath inspect",
        "description": "Reads objects and rows, to say what kinds of data they hold.",
        "stage": "GA",
        "includedPermissions": sorted(
            {each for one in needed().values() if one.cloud == "gcp" for each in one.permissions}
        ),
    }
    return yaml.safe_dump(definition, sort_keys=False, width=110).strip()


def page() -> str:
    """docs/permissions/inspect.md."""
    rows = "\n".join(
        f"| `{scheme}` | {', '.join(f'`{each}`' for each in allowed)} | {_place(on)} |"
        for scheme, one in needed().items()
        for on, allowed in one.allow.items()
    )
    return f"""# Looking inside: a role of its own

`crownpath inspect` reads objects and rows; the scan does not. So it is another identity's work: **do not add
these permissions to the scan's role** ([AWS](aws.md), [Google Cloud](gcp.md), [Azure](azure.md)), but make a
role that is given for the buckets and tables that you name, for as long as the look takes, and used beside
the data. Nothing here writes, and `--plan` needs no more than the schemas. This page is made from
`collectors/inspect/permissions.yaml`; a test compares the two.

| address | needs | on |
| --- | --- | --- |
{rows}

What is encrypted with a key of yours also needs the right to decrypt with that key (AWS: `kms:Decrypt`).

## AWS

Leave out what you don't look into, and name what you do:

```json
{policy()}
```

Who may do what in a collection of OpenSearch Serverless is said by its data access policy
(`aoss:APIAccessAll` only lets requests through); no more is needed than this:

```json
[
  {{
    "Rules": [
      {{
        "ResourceType": "index",
        "Resource": ["index/COLLECTION/*"],
        "Permission": ["aoss:DescribeIndex", "aoss:ReadDocument"]
      }}
    ],
    "Principal": ["ROLE-ARN"]
  }}
]
```

In a domain with fine-grained access control, map the role to one that may `indices:admin/mappings/get`,
`indices:admin/resolve/index` and `indices:data/read/*`. The same holds for a user of a cluster of your own.

## Google Cloud

```yaml
{role()}
```

```
gcloud iam roles create crownpathInspect --project PROJECT --file crownpath-inspect.yaml
gcloud storage buckets add-iam-policy-binding gs://BUCKET --member PRINCIPAL --role ROLE
bq add-iam-policy-binding --member PRINCIPAL --role ROLE PROJECT:DATASET
```

Rows are listed and not queried, so no right to run jobs is needed and nothing is charged for a query.

## Azure

```
az role assignment create --assignee PRINCIPAL --role "Storage Blob Data Reader" --scope CONTAINER-ID
az role assignment create --assignee PRINCIPAL --role "Search Index Data Reader" --scope SEARCH-SERVICE-ID
az role assignment create --assignee PRINCIPAL --role "Reader" --scope SEARCH-SERVICE-ID
```

A search service must accept identities (`Settings`, `Keys`, `Both`). An admin key in `AZURE_SEARCH_API_KEY`
works too, but can do everything.

## Keys

Pinecone has no identities of a cloud: make an API key with the role `ProjectViewer` (or `DataPlaneViewer` and
`ControlPlaneViewer`) for the look, and delete it afterwards. Of Qdrant take the key that may only read
(`service.read_only_api_key`), or one that is made for the collection with access to read.

## Registries of models

* **MLflow**: a user with `READ` on the models and on the experiments that their runs are of, in
  `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or a token in `MLFLOW_TRACKING_TOKEN`. They go to
  the server that `MLFLOW_TRACKING_URI` names (is it not set, to the one that is looked at), encrypted or to
  this machine. A version whose files lie in a bucket is read with the role for that bucket, as above.
* **Hugging Face**: public models need nothing. For others a fine-grained token that may read the content of
  the repositories that you name, in `HF_TOKEN`; it goes to `HF_ENDPOINT` (https://huggingface.co), not to the
  hosts that give the files. A gated model must have been granted to whose token it is.
* **OCI**: a user that may pull from the repository and not push, in `CROWNPATH_REGISTRY_USER` and
  `CROWNPATH_REGISTRY_PASSWORD`.
"""


def _place(on: str) -> str:
    return f"`{on}`" if ":" in on else on


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  (what this module is started for)
