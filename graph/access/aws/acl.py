"""A grant in a bucket's access control list, read as the statement of a policy that it amounts to.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html ("Mapping of ACL permissions and
access policy permissions"), for what is granted on a bucket. Objects have lists of their own, which nobody
looks at.
"""

from collections.abc import Iterator, Mapping

from graph.access.aws.principal import CANONICAL
from graph.facts import Facts
from graph.model import Evidence, Json

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "WRITE": ("s3:PutObject",),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
FULL_CONTROL = "FULL_CONTROL"

EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"
SIGNED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
PUBLIC = (EVERYONE, SIGNED)


def as_policy(grant: Json, accounts: Mapping[str, str]) -> Json:
    """The policy document; what cannot be read gives none, and so a document with a fault.

    `accounts` are account numbers by canonical user id, as far as they are known.
    """
    grantee = grant.get("Grantee") if isinstance(grant, dict) else None
    permission = grant.get("Permission") if isinstance(grant, dict) else None
    if not isinstance(grantee, dict) or not isinstance(permission, str):
        return None
    principal = _principal(grantee, accounts)
    actions: list[Json] = [
        action for name, given in ACTIONS.items() if permission in (name, FULL_CONTROL) for action in given
    ]
    if principal is None or not actions:
        return None
    statement: dict[str, Json] = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": "*",
    }
    if grantee.get("URI") == SIGNED:
        statement["Condition"] = {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}
    return {"Version": "2012-10-17", "Statement": statement}


def _principal(grantee: Mapping[str, Json], accounts: Mapping[str, str]) -> Json:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee"""
    group, identifier = grantee.get("URI"), grantee.get("ID")
    if group in PUBLIC:
        return "*"
    if group == LOG_DELIVERY:
        return {"Service": "logging.s3.amazonaws.com"}
    if not isinstance(identifier, str) or not identifier:
        return None
    account = accounts.get(identifier)
    return {"AWS": f"arn:aws:iam::{account}:root" if account else f"{CANONICAL}{identifier}"}


def accounts_of(facts: Facts) -> Mapping[str, str]:
    """The accounts that were looked at by their canonical user id: who lists buckets is told the owner's."""
    return dict(_owners(facts))


def _owners(facts: Facts) -> Iterator[tuple[str, str]]:
    for each in facts.coverage:
        if each.call == "aws:s3:ListBuckets" and each.account:
            for digest in each.documents:
                found = facts.document(Evidence(each.call, digest, "/Owner/ID"))
                if isinstance(found, str):
                    yield found, each.account
