"""What AWS settles without policies: what nobody can be denied, and what nobody can be granted."""

import re

from graph.access.aws.principal import Principal

_WHO_AM_I = "sts:getcalleridentity"
_SESSION = "sts:getsessiontoken"

_CHANGES_A_ROLE = frozenset(
    f"iam:{name}"
    for name in (
        "addroletoinstanceprofile",
        "attachrolepolicy",
        "deleterole",
        "deleterolepermissionsboundary",
        "deleterolepolicy",
        "detachrolepolicy",
        "putrolepermissionsboundary",
        "putrolepolicy",
        "removerolefrominstanceprofile",
        "updateassumerolepolicy",
    )
)
_CHANGES_A_POLICY = frozenset(
    f"iam:{name}"
    for name in (
        "createpolicyversion",
        "deletepolicy",
        "deletepolicyversion",
        "setdefaultpolicyversion",
        "tagpolicy",
        "untagpolicy",
    )
)
_RESERVED_ROLE = re.compile(r"arn:[^:]+:iam::\d+:role/aws-(service-role|reserved)/")
_AWS_POLICY = re.compile(r"arn:[^:]+:iam::aws:policy/")


def cannot_be_denied(action: str, principal: Principal) -> bool:
    """Nobody can be kept from asking who they are, no user from a session token of their own.

    `action` is in lower case.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    """
    if action == _SESSION:
        return principal.kind in ("user", "root")
    return action == _WHO_AM_I and bool(principal.account)


def cannot_be_granted(action: str, resource: str, principal: Principal) -> bool:
    """Nobody changes a policy of AWS, or a role that only a service may change.

    `action` is in lower case. A service changes its roles by a service-linked role of its own.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
    """
    if action in _CHANGES_A_POLICY:
        return bool(_AWS_POLICY.match(resource))
    return (
        action in _CHANGES_A_ROLE
        and bool(_RESERVED_ROLE.match(resource))
        and not (principal.service_linked or principal.kind == "service")
    )
