"""The least that a scan of AWS may do: the IAM action behind each call, and the policy made of them.

`python -m collectors.aws.permissions` prints docs/permissions/aws.md.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
import yaml

READ_VERBS = ("Get", "List", "Describe", "BatchGet")
"""What the name of a read-only IAM action begins with."""


@cache
def permissions() -> Mapping[str, str]:
    """Call id to the IAM action that allows it."""
    text = (files("collectors.aws") / "permissions.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, str])


def policy() -> str:
    """The IAM policy that allows the scan, and nothing else, as JSON."""
    statement = {
        "Sid": "CrownpathScan",
        "Effect": "Allow",
        "Action": sorted(set(permissions().values())),
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


def page() -> str:
    """docs/permissions/aws.md."""
    rows = "\n".join(f"| `{call}` | `{action}` |" for call, action in permissions().items())
    return f"""# AWS: what a scan may do

Every call reads configuration. None reads an object, a record, a prompt, or a secret's value, and none
changes anything. This page is made from `collectors/aws/permissions.yaml`; a test compares the two.

Keys of users are listed by their ids (`AKIA...`), which are no secrets and are kept as they are, so that a
key that is found somewhere meets the user it authenticates.

## The policy

Attach this to the role or user that scans, in each account:

```json
{policy()}
```

Most of the actions do not take a resource; the policy therefore says `"Resource": "*"`.

## Several accounts

Create a role with this policy in every account, for example `CrownpathAudit`, whose trust policy names the
identity that scans (with an `sts:ExternalId` if a third party scans for you), and allow that identity
`sts:AssumeRole` on these roles. Then name them:

```yaml
aws:
  role_arns:
    - arn:aws:iam::111122223333:role/CrownpathAudit
    - arn:aws:iam::444455556666:role/CrownpathAudit
```

## What a denied call costs

A call that is denied stands in the coverage with the action to allow. What it would have filled is unknown,
and the rules that need it say UNKNOWN; the scan goes on. Without `account:ListRegions`, name the regions in
`aws.regions`.

## Call by call

| call | IAM action |
| --- | --- |
{rows}
"""


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  this is the page's way out
