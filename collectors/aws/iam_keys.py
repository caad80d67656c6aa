"""AWS IAM: the keys that there are, and whom they authenticate. Nobody can read their values.

The id of an access key is no secret: AWS prints it in logs and lists. It is kept as it is, so that a key that
is found somewhere meets the one that exists.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
"""

from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact, Relation

USERS = Call("aws:iam:ListUsers", fills=("AUTHENTICATES",))
KEYS = Call(
    "aws:iam:ListAccessKeys",
    lists=("Credential",),
    fills=("Credential.active", "Credential.created_at", "AUTHENTICATES"),
)
LAST_USED = Call("aws:iam:GetAccessKeyLastUsed", fills=("Credential.last_used",))
SERVICE_KEYS = Call(
    "aws:iam:ListServiceSpecificCredentials",
    lists=("Credential",),
    fills=("Credential.active", "Credential.created_at", "Credential.expires_at", "AUTHENTICATES"),
)
SUMMARY = Call("aws:iam:GetAccountSummary", lists=("Credential",))

REGIONAL = False

BEDROCK = "bedrock.amazonaws.com"
"""The service whose long-term API keys hang on a user:
https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"""


def collect(source: Source) -> Iterator[Fact]:
    users = {user.text("/UserName") or "": user for user in source.pages(USERS)}
    for facts in source.each(lambda user: _of_user(source, user), users.values()):
        yield from facts
    for key in source.pages(SERVICE_KEYS, AllUsers=True, ServiceName=BEDROCK):
        yield from _bedrock_key(key, users.get(key.text("/UserName") or ""))
    yield from _root(source)


def _of_user(source: Source, user: Answer) -> Sequence[Fact]:
    own = source.within(user.text("/Arn") or "")
    rows = own.pages(KEYS, UserName=user.text("/UserName"))
    return [fact for key in rows for fact in _access_key(own, key, user)]


def _access_key(own: Source, key: Answer, user: Answer) -> Iterator[Fact]:
    identifier = key.text("/AccessKeyId") or ""
    used = own.call(LAST_USED, AccessKeyId=identifier)
    if used.vanished:
        return
    last_used = used.text("/AccessKeyLastUsed/LastUsedDate")
    yield _credential(
        key,
        identifier,
        f"Access key of {key.text('/UserName')}",
        "access_key",
        used.evidence(last_used="/AccessKeyLastUsed/LastUsedDate") if last_used else (),
        last_used=last_used,
    )
    yield from _authenticates(key, identifier, user)


def _bedrock_key(key: Answer, user: Answer | None) -> Iterator[Fact]:
    """A long-term API key, also one of a user who was not listed; its alias is its public part."""
    identifier = key.text("/ServiceSpecificCredentialId") or ""
    expires = key.text("/ExpirationDate")
    alias = key.text("/ServiceCredentialAlias") or f"Bedrock API key of {key.text('/UserName')}"
    told = key.evidence(expires_at="/ExpirationDate") if expires else ()
    yield _credential(key, identifier, alias, "bedrock_api_key", told, expires_at=expires)
    if user:
        yield from _authenticates(key, identifier, user)


def _credential(
    key: Answer,
    identifier: str,
    name: str,
    native_kind: str,
    further: tuple[Evidence, ...],
    **times: str | None,
) -> Asset:
    return Asset(
        id=_id(identifier),
        kind="Credential",
        name=name,
        listed_by=key.listed_by,
        properties=names.known(
            native_kind=native_kind,
            active=_active(key),
            created_at=key.text("/CreateDate"),
            **times,
        ),
        evidence=(*key.evidence(active="/Status", created_at="/CreateDate"), *further),
    )


def _authenticates(key: Answer, identifier: str, user: Answer) -> Iterator[Relation]:
    """Only a key that is active opens anything."""
    if _active(key):
        evidence = (*key.evidence(source="/Status"), *user.evidence(target="/Arn"))
        arn = user.text("/Arn") or ""
        yield Relation("AUTHENTICATES", _id(identifier), arn, evidence=evidence, target_kind="User")


def _root(source: Source) -> Iterator[Asset]:
    """The account's own keys, of which AWS tells no id; they open everything in the account."""
    summary = source.call(SUMMARY)
    if summary.number("/SummaryMap/AccountAccessKeysPresent"):
        yield Asset(
            id=_id(f"root:{source.account}"),
            kind="Credential",
            name="Access key of the root user",
            listed_by=summary.listed_by,
            properties={"native_kind": "root_access_key"},
            evidence=summary.evidence(name="/SummaryMap/AccountAccessKeysPresent"),
        )


def _active(key: Answer) -> bool:
    return key.text("/Status") == "Active"


def _id(identifier: str) -> str:
    return f"credential:aws:{identifier}"
