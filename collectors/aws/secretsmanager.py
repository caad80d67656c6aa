"""AWS Secrets Manager: secrets, and who may read them by their own policies. Never a value."""

from collections.abc import Iterator, Sequence

from collectors.aws import names, things
from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Policy

LIST = Call("aws:secretsmanager:ListSecrets", lists=("Secret",), fills=("Secret.tags", "ENCRYPTED_WITH"))
POLICY = Call(
    "aws:secretsmanager:GetResourcePolicy", lists=("ExternalPrincipal",), fills=("policy:resource",)
)

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _secret(source, row), source.pages(LIST)):
        yield from facts


def _secret(source: Source, row: Answer) -> Sequence[Fact]:
    arn = row.text("/ARN") or ""
    own = source.within(arn)
    asset = Asset(
        id=arn,
        kind="Secret",
        name=row.text("/Name") or arn,
        listed_by=row.listed_by,
        properties=names.known(native_kind="secret", tags=names.tags(row, "/Tags")),
        evidence=row.evidence(name="/Name", tags="/Tags"),
    )
    return (asset, *things.encrypted(own, row, "/KmsKeyId"), *_policy(own, arn))


def _policy(own: Source, arn: str) -> Iterator[Fact]:
    answer = own.call(POLICY, SecretId=arn)
    if answer.text("/ResourcePolicy"):
        document = answer.document("/ResourcePolicy")
        yield Policy(arn, "resource", "secret's policy", document.evidence()[0])
        yield from outsiders(document, own.account)
