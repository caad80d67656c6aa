"""Who may be asked about: identities, root users, outsiders, services, federations."""

from collections.abc import Iterable, Iterator

import msgspec

from graph.access.aws.document import NamedDocument, compile_document
from graph.access.aws.estate import (
    ASSUMED,
    EVERYTHING,
    Estate,
    Holder,
    ResourcePolicy,
)
from graph.access.aws.organization import Places
from graph.access.aws.principal import Principal, principal_of
from graph.access.question import NotAsked, Question
from graph.model import Policy

NOWHERE = Places()
SERVICE, FEDERATED = "service:aws:", "federated:"


def requesters(estate: Estate, asked: Question) -> Iterator[Holder]:
    """Everybody who could be allowed: identities, root users, outsiders, services and federations.

    Of what nobody knows the owner of, only identities: whom its own policy lets in was not seen.
    """
    yield from estate.holders
    if asked.ownerless:
        return
    yield from estate.outsiders
    for account in sorted({holder.principal.account for holder in estate.holders}):
        yield root_of(estate, account)
    policies = (estate.resources.get(target.policy_on) for target in asked.targets)
    yield from called_by(policy for policy in policies if policy)


def called_by(policies: Iterable[ResourcePolicy]) -> Iterator[Holder]:
    """The services and identity providers that resource policies name."""
    elements = [
        statement.principal
        for policy in policies
        for document in policy.documents
        for statement in document.document.statements
        if statement.principal
    ]
    for name in sorted(_all(each.services for each in elements)):
        yield stranger(f"{SERVICE}{name}", Principal("service", name))
    for name in sorted(_all(each.federated for each in elements)):
        yield stranger(f"{FEDERATED}{name}", Principal("federated", name))


def root_of(estate: Estate, account: str) -> Holder:
    """The root user: no identity policy and no boundary binds it, the organisation's policies do."""
    identifier = f"arn:aws:iam::{account}:root"
    return Holder(
        id=identifier,
        principal=Principal("root", identifier, account),
        identity=(),
        boundary=(),
        fingerprint=(identifier,),
        memberships={},
        scp=estate.guardrails(account, "service_control", "scp"),
        places=estate.places,
    )


def stranger(identifier: str, principal: Principal, places: Places = NOWHERE) -> Holder:
    """Somebody whose own policies nobody saw: taken to be allowed everything on their side."""
    own = NamedDocument(ASSUMED, compile_document(EVERYTHING, "identity"))
    identity = (own,) if principal.account else ()
    return Holder(identifier, principal, identity, (), (identifier,), {}, outside=True, places=places)


def requester(estate: Estate, name: str) -> Holder:
    """Who is meant by an asset's id, an ARN (of a session, too), a root user or a service's host name."""
    for holder in (*estate.holders, *estate.outsiders):
        if holder.id == name:
            return holder
    if found := principal_of(name):
        return _principal(estate, found)
    if name.startswith(FEDERATED):
        return stranger(name, Principal("federated", name.removeprefix(FEDERATED)))
    service = name.removeprefix(SERVICE)
    if service.endswith((".amazonaws.com", ".aws.internal")):
        return stranger(f"{SERVICE}{service}", Principal("service", service))
    raise NotAsked(
        f"{name} is no user, role or outsider that AWS policies of this snapshot know; "
        "give the id as the snapshot has it (of other clouds `crownpath access what-can` tells)"
    )


def _principal(estate: Estate, found: Principal) -> Holder:
    """A root user, a session of a role that was seen, or somebody of an account that was not looked at."""
    accounts = {holder.principal.account for holder in estate.holders}
    if found.account not in accounts:
        return stranger(found.name, found, estate.places)
    if found.kind == "root":
        return root_of(estate, found.account)
    for holder in estate.holders:
        same = holder.principal.account == found.account and holder.principal.kind == "role"
        if found.kind == "session" and same and holder.principal.role == found.role:
            session = msgspec.structs.replace(found, aliases=frozenset({holder.id}))
            return msgspec.structs.replace(holder, principal=session, fingerprint=(found.name,))
    raise NotAsked(f"{found.name} is not in this snapshot, although its account {found.account} is.")


def _all(names: Iterable[Iterable[str]]) -> set[str]:
    return {name for each in names for name in each}


def hangs_on(record: Policy, name: str, holder: Holder) -> str:
    """What a policy that decides hangs on: one text may be attached to many, and to the groups of some."""
    group = name.partition("@")[2]
    if group:
        return group
    return holder.id if record.layer in ("identity", "boundary") else record.on
