"""Allow policies: the document, whom it names, and what the roles it grants mean."""

import re
from collections.abc import Iterable, Iterator

from collectors.gcp.names import service_account
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Json, Policy

GET_ROLE = Call("gcp:iam_admin:GetRole", fills=("policy:role_definition",))

POLICY_OPTIONS: dict[str, Json] = {"requested_policy_version": 3}
"""What to ask policies with: in lower versions, bindings with conditions are left out."""

SERVICE_AGENT = re.compile(
    r"service-\d+@[\w.-]+\.gserviceaccount\.com|\d+@cloudservices\.gserviceaccount\.com"
)
"""Google's own accounts, by which its services act in a project: https://cloud.google.com/iam/docs/service-agents"""

PEOPLE = {"user": "User", "group": "Group"}


def allow(answer: Answer, on: str, name: str) -> Iterator[Fact]:
    """The allow policy that is on an asset, and the users and groups that its bindings name.

    Nobody lists people in a project, so the binding is what says that they are there. Service accounts,
    domains and federated identities of elsewhere are named by the policy alone.
    """
    if not answer.ok:
        return
    yield Policy(on, "allow", name, answer.evidence()[0])
    for binding in answer.items("/bindings"):
        for member in binding.items("/members"):
            yield from _person(member)


def _person(member: Answer) -> Iterator[Asset]:
    prefix, _, address = (member.text("") or "").partition(":")
    if prefix in PEOPLE:
        yield Asset(
            id=f"google:{prefix}:{address}",
            kind=PEOPLE[prefix],
            name=address,
            listed_by=member.listed_by,
            # A person is in no project, however many name them.
            properties={"account": "", "service": "cloudidentity", "native_kind": prefix},
            evidence=member.evidence(name="", native_kind=""),
        )
    elif prefix == "serviceAccount" and SERVICE_AGENT.fullmatch(address):
        yield Asset(
            id=service_account(address),
            kind="ExternalPrincipal",
            name=address,
            listed_by=member.listed_by,
            properties={"account": "", "native_kind": "cloud_service"},
            evidence=member.evidence(name="", native_kind=""),
        )


def roles(answers: Iterable[Answer]) -> set[str]:
    """The names of the roles that allow policies grant."""
    named = (binding.text("/role") for answer in answers for binding in answer.items("/bindings"))
    return {role for role in named if role}


def definitions(source: Source, get_role: Call, named: Iterable[str]) -> Iterator[Fact]:
    """What each role means: its permissions, for predefined and custom roles alike."""
    asked = sorted(set(named))
    answers = source.each(lambda role: source.within(role).call(get_role, name=role), asked)
    for role, answer in zip(asked, answers, strict=True):
        if answer.ok:
            yield Policy(role, "role_definition", answer.text("/title") or role, answer.evidence()[0])
