"""Keys of service accounts: those that people made, which stay valid until somebody deletes them.

Google's own keys, with which it signs tokens, never leave it and are left out. A key's id is the
`private_key_id` of its file, so that a file that is found somewhere meets the account it authenticates.
https://cloud.google.com/iam/docs/keys-list-get
"""

from collections.abc import Iterator
from datetime import datetime

from collectors.gcp.readings import evidence, known
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call(
    "gcp:iam_admin:ListServiceAccountKeys",
    lists=("Credential",),
    fills=("Credential.active", "Credential.created_at", "Credential.expires_at", "AUTHENTICATES"),
)

FOR_EVER = "9999-"
"""How the time begins at which a key without an end becomes invalid."""


def keys(own: Source, account: Answer) -> Iterator[Fact]:
    """The keys of the service account whose id is `own.parent`."""
    for key in own.call(LIST, name=account.text("/name")).items("/keys"):
        if key.text("/keyType") == "USER_MANAGED":
            yield from _key(own, key, account)


def _key(own: Source, key: Answer, account: Answer) -> Iterator[Fact]:
    identifier = f"credential:gcp:{(key.text('/name') or '').rpartition('/')[2]}"
    end = key.text("/validBeforeTime") or FOR_EVER
    ends = not end.startswith(FOR_EVER)
    active = not key.flag("/disabled") and not (ends and datetime.fromisoformat(end) <= own.now())
    yield Asset(
        id=identifier,
        kind="Credential",
        name=f"Key of {account.text('/email')}",
        listed_by=key.listed_by,
        properties=known(
            native_kind="service_account_key",
            active=active,
            created_at=key.text("/validAfterTime"),
            expires_at=end if ends else None,
        ),
        evidence=evidence(
            key, active="/disabled", created_at="/validAfterTime", expires_at="/validBeforeTime"
        ),
    )
    if active and not account.flag("/disabled"):
        proof = evidence(key, source="/disabled")
        yield Relation("AUTHENTICATES", identifier, own.parent, evidence=proof, target_kind="ServiceIdentity")
