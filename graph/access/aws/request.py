"""What is asked, the policies that may bear on it, and the keys that follow from who asks for what."""

from collections.abc import Mapping
from typing import get_args

import msgspec

from graph.access.aws.context import NOTHING_EXCLUDED, Context
from graph.access.aws.document import NamedDocument
from graph.access.aws.principal import Kind, Principal

ARN_PARTS = 6
AWS_ITSELF = "aws"

Level = tuple[NamedDocument, ...]


class Request(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """May this principal do this to that?

    `resource` is an ARN, a pattern ("is there any such?"), or `*` for actions that take none.
    `context` keys may be in any case; a key that is not given is absent, or unknown with `open_context`.
    `excluded` are values that an unknown key does not have, by key in lower case.
    """

    action: str
    resource: str
    principal: Principal
    resource_account: str = ""
    context: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    open_context: bool = False
    excluded: Mapping[str, tuple[str, ...]] = NOTHING_EXCLUDED

    @property
    def service(self) -> str:
        return self.action.split(":", 1)[0].lower()

    @property
    def owner(self) -> str:
        """The account of the resource: said, read from the ARN, or else the principal's own.

        What is AWS's own (`aws` in the place of the account: managed policies) is for every account to read.
        """
        if self.resource_account not in ("", AWS_ITSELF):
            return self.resource_account
        parts = self.resource.split(":", ARN_PARTS - 1)
        if len(parts) == ARN_PARTS and parts[4].isdigit():
            return parts[4]
        return self.principal.account


class Policies(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The policies that may bear on a request. An empty layer restricts nothing and grants nothing.

    A level of `scp` and `rcp` is a node of the organisation, from the root down to the account.
    `restrict_public` is the S3 setting RestrictPublicBuckets, of the bucket or of its account.
    """

    identity: Level = ()
    boundary: Level = ()
    session: Level = ()
    resource: Level = ()
    scp: tuple[Level, ...] = ()
    rcp: tuple[Level, ...] = ()
    vpc_endpoint: Level = ()
    restrict_public: bool = False


def context_of(request: Request) -> Context:
    """The request's keys, and those that follow from the request itself.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    absent = _ABSENT[request.principal.kind]
    return Context(
        request.context,
        lambda key: _following(request, key),
        absent,
        is_open=request.open_context,
        excluded=request.excluded,
    )


def _following(request: Request, key: str) -> tuple[str, ...] | None:
    """The value of a key that the request itself says, or None when it says nothing of it."""
    who = request.principal
    match key:
        case "aws:principaltype":
            return (_PRINCIPAL_TYPES[who.kind],)
        case "aws:principalisawsservice":
            return ("true" if who.kind == "service" else "false",)
        case "aws:principalaccount" if who.account.isdigit():
            return (who.account,)
        case "aws:principalarn" if who.account.isdigit():
            return (_principal_arn(who),)
        case "aws:username" if who.kind == "user":
            return (who.name.rsplit("/", 1)[-1],)
        case "aws:principalservicename" if who.kind == "service":
            return (who.name,)
        case "aws:resourceaccount" if request.owner:
            return (request.owner,)
    return None


_IDENTITIES = ("user", "role", "session", "federated_user", "root")
_ONLY_OF = (
    (
        _IDENTITIES,
        ("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"),
    ),
    (("user",), ("aws:username",)),
    (("service",), ("aws:principalservicename", "aws:principalservicenameslist")),
)
"""Keys that only these kinds of principals can have."""

_ABSENT: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(key for kinds, keys in _ONLY_OF if kind not in kinds for key in keys)
    for kind in get_args(Kind)
}

_PRINCIPAL_TYPES = {
    "user": "User",
    "role": "AssumedRole",
    "session": "AssumedRole",
    "federated_user": "FederatedUser",
    "root": "Account",
    "service": "AWSService",
    "federated": "Anonymous",
    "anonymous": "Anonymous",
}


def _principal_arn(principal: Principal) -> str:
    """For a session it is the role's ARN, with the path when that is known."""
    if principal.kind != "session":
        return principal.name
    partition = principal.name.split(":", 2)[1]
    fallback = f"arn:{partition}:iam::{principal.account}:role/{principal.role}"
    return min(principal.aliases, default=fallback)
