"""Trust in identity providers: whom a role lets in that has no AWS identity at all.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
"""

from collections.abc import Iterator

from graph.access.aws.conditions import Clause
from graph.access.aws.decision import evaluate
from graph.access.aws.document import Statement
from graph.access.aws.estate import estate_of
from graph.access.aws.grants import CONTEXT
from graph.access.aws.principal import Principal
from graph.access.aws.providers import providers_of
from graph.access.aws.request import Policies, Request
from graph.access.grants import Grant
from graph.facts import Facts

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
SAML = "sts:AssumeRoleWithSAML"


def federated_grants(facts: Facts) -> Iterator[Grant]:
    """CAN_ASSUME from federated subjects, as patterns, to the roles that trust them."""
    estate = estate_of(facts)
    for role in facts.of("Role"):
        policy = estate.resources.get(role.id)
        for document in policy.documents if policy else ():
            for statement in document.document.statements:
                yield from _statement(facts, role.id, document.name, statement)


def _statement(facts: Facts, role: str, document: str, statement: Statement) -> Iterator[Grant]:
    if statement.effect != "Allow" or statement.principal is None:
        return
    evidence = estate_of(facts).evidence(document, statement.pointer)
    providers = providers_of(facts)
    for provider in sorted(statement.principal.federated):
        issuer = issuer_of(provider)
        absence = providers.absence(provider)
        absent = (absence,) if absence else ()
        for subject in _subjects(statement, issuer):
            conditions = _open(facts, role, provider, subject)
            if conditions is not None and evidence is not None:
                unlisted = providers.unlisted(provider, statement)
                yield Grant(
                    source=f"federated:{issuer}/{subject}",
                    targets=(role,),
                    because=((evidence.id,),),
                    evidence=(evidence, *absent),
                    actions=(_action(provider),),
                    conditions=(*conditions, unlisted) if unlisted else conditions,
                    guards=tuple(each.id for each in absent),
                )


def issuer_of(provider: str) -> str:
    """The issuer's address (OIDC) or the provider's name (SAML) in a provider's ARN."""
    for kind in ("oidc-provider/", ":saml-provider/"):
        if kind in provider:
            return provider.partition(kind)[2]
    return provider


def _action(provider: str) -> str:
    return SAML if ":saml-provider/" in provider else WEB_IDENTITY


def _subjects(statement: Statement, issuer: str) -> list[str]:
    """The subjects that the statement's `ISSUER:sub` conditions accept; `*` when none narrows them."""
    found = [
        value.text for clause in statement.clauses if _is_subject(clause, issuer) for value in clause.values
    ]
    return sorted(set(found)) or ["*"]


def _is_subject(clause: Clause, issuer: str) -> bool:
    narrows = clause.operator in ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
    return narrows and clause.lowered in (f"{issuer.lower()}:sub", "saml:sub")


def _open(facts: Facts, role: str, provider: str, subject: str) -> tuple[str, ...] | None:
    """The conditions left when this subject asks; None when the trust policy turns it away.

    The audience is the role's own requirement on the token, which whoever has the subject meets.
    """
    issuer = issuer_of(provider)
    policy = estate_of(facts).resources[role]
    request = Request(
        action=_action(provider),
        resource=role,
        principal=Principal("federated", provider),
        context={**CONTEXT, f"{issuer}:sub": (subject,)},
        open_context=True,
    )
    decision = evaluate(request, Policies(resource=policy.documents))
    if decision.effect == "deny":
        return None
    audience = (f"{issuer.lower()}:aud", "saml:aud")
    return tuple(sorted(each.name for each in decision.conditions if each.key.lower() not in audience))
