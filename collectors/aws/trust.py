"""Whom policies name: TRUSTS relations of roles, and nodes for outsiders that no listing holds."""

from collections.abc import Iterator

import msgspec

from collectors.aws import names
from collectors.source import Answer
from graph.model import Asset, Evidence, Fact, Json, Relation

ANYONE = "anyone:aws"

SOURCE_KEYS = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")
"""Conditions by which a role tells for whom a service may use it (the confused deputy problem)."""


class Named(msgspec.Struct, frozen=True):
    """A principal that a statement names. `native_kind` is empty when it is an identity of IAM itself."""

    id: str
    native_kind: str = ""
    account: str = ""
    wildcard: bool | None = None
    target_kind: str = "ExternalPrincipal"


def trusted(role: str, document: Answer) -> Iterator[Fact]:
    """TRUSTS from a role to everyone whom an Allow of its trust policy names."""
    for statement in _statements(document):
        if statement.text("/Effect") != "Allow":
            continue
        source_condition = any(
            key.lower() in SOURCE_KEYS for key, _ in conditions(statement.get("/Condition"))
        )
        for named in _principals(statement, names.account_of(role)):
            yield from _external(named, statement)
            yield Relation(
                "TRUSTS",
                role,
                named.id,
                properties={"source_condition": source_condition},
                evidence=_evidence(statement, "target", "/Principal"),
                target_kind=named.target_kind,
            )


def outsiders(policy: Answer, own_account: str) -> Iterator[Fact]:
    """Other accounts, services and federated subjects that an Allow of a resource policy names."""
    for statement in _statements(policy):
        if statement.text("/Effect") == "Allow":
            for named in _principals(statement, own_account):
                yield from _external(named, statement)


def conditions(block: Json) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Keys of a Condition block with the values they are compared to."""
    for comparisons in block.values() if isinstance(block, dict) else ():
        for key, values in comparisons.items() if isinstance(comparisons, dict) else ():
            yield key, _texts(values)


def _statements(document: Answer) -> Iterator[Answer]:
    if isinstance(document.get("/Statement"), dict):  # a single statement needs no list
        yield document.at("/Statement")
    else:
        yield from document.items("/Statement")


def _principals(statement: Answer, own_account: str) -> Iterator[Named]:
    principal = statement.get("/Principal")
    if principal == "*":
        yield Named(ANYONE)
    if not isinstance(principal, dict):
        return
    for name in _texts(principal.get("AWS")):
        yield from _identity(name, own_account)
    for service in _texts(principal.get("Service")):
        yield Named(f"service:aws:{service}", "cloud_service")
    for provider in _texts(principal.get("Federated")):
        for subject in _subjects(statement.get("/Condition")):
            issuer = (
                provider.partition("oidc-provider/")[2]
                or provider.partition(":saml-provider/")[2]
                or provider
            )
            yield Named(
                f"federated:{issuer}/{subject}", "federated", wildcard="*" in subject or "?" in subject
            )


def _identity(name: str, own_account: str) -> Iterator[Named]:
    """A principal of IAM. The own account's root delegates to identity policies and is nobody else."""
    account = name if name.isdecimal() else names.account_of(name)
    if name == "*":
        yield Named(ANYONE)
    elif name.isdecimal() or name.endswith(":root"):
        if account != own_account:
            yield Named(names.arn("iam", "", account, "root"), "account", account)
    elif name.startswith("arn:"):  # a deleted principal is left as a bare unique id
        own = {"user": "User", "role": "Role"} if account == own_account else {}
        kind = name.split(":", 5)[5].partition("/")[0]
        yield Named(name, target_kind=own.get(kind, "ExternalPrincipal"))


def _subjects(condition: Json) -> tuple[str, ...]:
    """The patterns that a federated subject must match; everything when nothing narrows it."""
    named = [
        value for key, values in conditions(condition) if key.lower().endswith(":sub") for value in values
    ]
    return tuple(named) or ("*",)


def _external(named: Named, statement: Answer) -> Iterator[Asset]:
    if not named.native_kind:
        return
    yield Asset(
        id=named.id,
        kind="ExternalPrincipal",
        name=f"AWS account {named.account}"
        if named.account
        else named.id.partition(":")[2].removeprefix("aws:"),
        listed_by=statement.listed_by,
        properties=names.known(
            native_kind=named.native_kind,
            subject_wildcard=named.wildcard,
            service="",
            account=named.account,
            region="",
        ),
        evidence=_evidence(statement, "native_kind", "/Principal"),
    )


def _evidence(statement: Answer, supports: str, pointer: str) -> tuple[Evidence, ...]:
    more = {"source_condition": "/Condition"} if statement.get("/Condition") else {}
    if supports != "target":
        more = {"subject_wildcard": "/Condition"} if more else {}
    return statement.evidence(**{supports: pointer}, **more)


def _texts(value: Json) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return () if value is None else (str(value),)
