"""AWS KMS: keys, who may use them by policy and by grant, and whether they rotate."""

from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Policy

LIST = Call("aws:kms:ListKeys", lists=("EncryptionKey",))
KEY = Call("aws:kms:DescribeKey", fills=("EncryptionKey.customer_managed",))
POLICY = Call("aws:kms:GetKeyPolicy", lists=("ExternalPrincipal",), fills=("policy:resource",))
GRANTS = Call("aws:kms:ListGrants", fills=("policy:key_grant",))
ROTATION = Call("aws:kms:GetKeyRotationStatus", fills=("EncryptionKey.rotation",))
TAGS = Call("aws:kms:ListResourceTags", fills=("EncryptionKey.tags",))

REGIONAL = True

DEFAULT_POLICY = "default"
"""The only name that a key's policy can have."""


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _key(source, row), source.pages(LIST)):
        yield from facts


def _key(source: Source, row: Answer) -> Sequence[Fact]:
    arn, identifier = row.text("/KeyArn") or "", row.text("/KeyId") or ""
    own = source.within(arn)
    said = own.call(KEY, KeyId=identifier)
    if said.vanished:
        return ()
    managed = {"CUSTOMER": True, "AWS": False}.get(said.text("/KeyMetadata/KeyManager") or "")
    customers = managed is not False
    rotation = own.call(ROTATION, KeyId=identifier) if customers and _rotates(said) else None
    labels = own.call(TAGS, KeyId=identifier) if customers else None
    asset = Asset(
        id=arn,
        kind="EncryptionKey",
        name=said.text("/KeyMetadata/Description") or identifier,
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="key",
            customer_managed=managed,
            rotation=rotation.flag("/KeyRotationEnabled") if rotation and rotation.ok else None,
            tags=_tags(labels) if labels else None,
        ),
        evidence=(
            *said.evidence(customer_managed="/KeyMetadata/KeyManager"),
            *(rotation.evidence(rotation="/KeyRotationEnabled") if rotation else ()),
            *(labels.evidence(tags="/Tags") if labels else ()),
        ),
    )
    return (asset, *_policy(own, arn, identifier), *(_grants(own, arn, identifier) if customers else ()))


def _rotates(said: Answer) -> bool:
    """Only symmetric keys whose material KMS made can be asked."""
    spec = said.text("/KeyMetadata/KeySpec") or "SYMMETRIC_DEFAULT"
    return spec == "SYMMETRIC_DEFAULT" and said.text("/KeyMetadata/KeyState") == "Enabled"


def _tags(labels: Answer) -> tuple[str, ...] | None:
    rows = labels.items("/Tags")
    return tuple(f"{each.text('/TagKey')}={each.text('/TagValue')}" for each in rows) if labels.ok else None


def _policy(own: Source, arn: str, identifier: str) -> Iterator[Fact]:
    answer = own.call(POLICY, KeyId=identifier, PolicyName=DEFAULT_POLICY)
    if answer.text("/Policy"):
        document = answer.document("/Policy")
        yield Policy(arn, "resource", "key policy", document.evidence()[0])
        yield from outsiders(document, own.account)


def _grants(own: Source, arn: str, identifier: str) -> Iterator[Policy]:
    for grant in own.pages(GRANTS, KeyId=identifier):
        name = grant.text("/Name") or grant.text("/GrantId") or "grant"
        yield Policy(arn, "key_grant", name, grant.evidence()[0])
