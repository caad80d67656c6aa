"""Who asks, and whether a Principal element names them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Literal

import msgspec

Kind = Literal["user", "role", "session", "federated_user", "root", "service", "federated", "anonymous"]


class Naming(IntEnum):
    """How a Principal element names the requester: not at all, its account, its role, or itself.

    The order matters: a stronger naming is limited by fewer other policies.
    """

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    ITSELF = 3


class Principal(msgspec.Struct, frozen=True, gc=False):
    """A requester; `name` is the ARN, the service's host name or the identity provider.

    `role` is the role's name for a role and its sessions; `aliases` are the further ARNs that name it.
    """

    kind: Kind
    name: str
    account: str = ""
    role: str = ""
    aliases: frozenset[str] = frozenset()

    @property
    def service_linked(self) -> bool:
        """Service-linked roles are not bound by an organisation's policies."""
        return self.kind in ("role", "session") and (
            ":role/aws-service-role/" in self.name or self.role.startswith("AWSServiceRoleFor")
        )


class PrincipalElement(msgspec.Struct, frozen=True, gc=False):
    """A compiled Principal (or NotPrincipal, the same list) element."""

    everyone: bool
    aws: frozenset[str]
    services: frozenset[str]
    federated: frozenset[str]

    @property
    def accounts(self) -> frozenset[str]:
        """Accounts named as a whole."""
        return frozenset(account for each in self.aws if (account := account_named(each)))


ANONYMOUS = Principal("anonymous", "anonymous")

CANONICAL = "canonical:aws:"
"""What stands before a canonical user id whose account's number is not known: it means the account."""

_ACCOUNT = re.compile(r"^\d{12}$")
_ROOT = re.compile(r"^arn:[^:]+:iam::(\d{12}):root$")
_ARN = re.compile(r"^arn:[^:]+:(iam|sts)::(\d{12}):([^/]+)(?:/(.+))?$", re.DOTALL)


def account_named(text: str) -> str:
    """The account when the text names one as a whole (12 digits or its root ARN), else nothing."""
    if _ACCOUNT.match(text):
        return text
    found = _ROOT.match(text)
    return found.group(1) if found else ""


def principal_of(text: str, role_arn: str = "") -> Principal | None:
    """The requester that an ARN or account id names; None when it names none.

    `role_arn` is the role's full ARN (`aws:PrincipalArn`) for a session, whose own ARN lacks the path.
    """
    if account := account_named(text):
        return Principal("root", f"arn:aws:iam::{account}:root", account)
    if text.startswith(CANONICAL):
        return Principal("root", text, text)
    found = _ARN.match(text)
    if found is None or found.group(4) is None:
        return None
    service, account, kind, rest = found.groups()
    if (service, kind) == ("iam", "user"):
        return Principal("user", text, account)
    if (service, kind) == ("iam", "role"):
        return Principal("role", text, account, role=rest.rsplit("/", 1)[-1])
    if (service, kind) == ("sts", "federated-user"):
        return Principal("federated_user", text, account)
    if (service, kind) == ("sts", "assumed-role") and "/" in rest:
        aliases = frozenset({role_arn}) if role_arn else frozenset()
        return Principal("session", text, account, role=rest.split("/", 1)[0], aliases=aliases)
    return None


def naming(element: PrincipalElement, principal: Principal, user_id: str = "") -> Naming:
    """How strongly the element names the requester."""
    if element.everyone:
        return Naming.ITSELF
    if principal.kind == "service":
        return Naming.ITSELF if principal.name in element.services else Naming.NONE
    if principal.kind == "federated":
        return Naming.ITSELF if principal.name in element.federated else Naming.NONE
    if principal.kind == "anonymous":
        return Naming.NONE
    if principal.kind != "role" and principal.name in element.aws:
        return Naming.ITSELF
    if principal.role and _names_role(element.aws, principal):
        return Naming.ROLE
    if user_id and user_id.split(":", 1)[0] in element.aws:
        return Naming.ROLE if principal.role else Naming.ITSELF
    if {principal.account, f"arn:aws:iam::{principal.account}:root"} & element.aws or (
        principal.account in element.accounts
    ):
        return Naming.ITSELF if principal.kind == "root" else Naming.ACCOUNT
    return Naming.NONE


def _names_role(named: frozenset[str], principal: Principal) -> bool:
    """Role names are unique in an account, so the path may differ (a session's ARN has none)."""
    if principal.kind == "role":
        return principal.name in named
    if principal.aliases & named:
        return True
    return any(
        found.group(2) == principal.account and found.group(4).rsplit("/", 1)[-1] == principal.role
        for each in named
        if (found := _ARN.match(each))
        and found.group(1) == "iam"
        and found.group(3) == "role"
        and found.group(4)
    )


def spared(element: PrincipalElement, principal: Principal, *, bounded: bool) -> bool:
    """Whether a Deny with NotPrincipal spares the requester.

    Its account must be listed too, and for a session the role and the session; an IAM principal with a
    permissions boundary is never spared (reference_policies_elements_notprincipal.html).
    """
    if element.everyone:
        return True
    if principal.kind in ("service", "federated", "anonymous"):
        return naming(element, principal) is Naming.ITSELF
    if bounded or principal.account not in element.accounts:
        return False
    if principal.kind == "root":
        return True
    if principal.kind == "role":
        return _names_role(element.aws, principal)
    if principal.kind == "session":
        return principal.name in element.aws and _names_role(element.aws, principal)
    return principal.name in element.aws


def element_of(value: object) -> PrincipalElement | str:
    """A Principal element, or what is wrong with it."""
    if value == "*":
        return PrincipalElement(everyone=True, aws=frozenset(), services=frozenset(), federated=frozenset())
    if not isinstance(value, Mapping):
        return 'Principal must be "*" or an object'
    found: dict[str, frozenset[str]] = {}
    for kind, names in value.items():
        texts = [names] if isinstance(names, str) else names
        if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
            return f"Principal has the unknown type {kind!r}"
        if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
            return f"Principal {kind} must hold text"
        found[kind] = frozenset(texts)
    return PrincipalElement(
        everyone="*" in found.get("AWS", ()),
        aws=found.get("AWS", frozenset()) | found.get("CanonicalUser", frozenset()),
        services=found.get("Service", frozenset()),
        federated=found.get("Federated", frozenset()),
    )
