"""Amazon ECR: repositories of container images, and who may push to them and pull from them."""

from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Policy, Relation

LIST = Call(
    "aws:ecr:DescribeRepositories",
    lists=("ImageRepository",),
    fills=("ImageRepository.tags_fixed", "ENCRYPTED_WITH"),
)
POLICY = Call(
    "aws:ecr:GetRepositoryPolicy",
    lists=("ExternalPrincipal",),
    fills=("policy:resource",),
    empty_on=("RepositoryPolicyNotFoundException",),
)
TAGS = Call("aws:ecr:ListTagsForResource", fills=("ImageRepository.tags",))

REGIONAL = True

FIXED = {"IMMUTABLE": True, "MUTABLE": False}
"""Whether tags stay on their images; with exclusions it depends on the tag.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
"""


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _repository(source, row), source.pages(LIST)):
        yield from facts


def _repository(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/repositoryArn") or "")
    policy = own.call(POLICY, repositoryName=row.text("/repositoryName"))
    if policy.vanished:
        return ()
    labels = own.call(TAGS, resourceArn=own.parent)
    asset = Asset(
        id=own.parent,
        kind="ImageRepository",
        name=row.text("/repositoryName") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="repository",
            tags=names.tags(labels, "/tags"),
            tags_fixed=FIXED.get(row.text("/imageTagMutability") or ""),
        ),
        evidence=(
            *row.evidence(name="/repositoryName", tags_fixed="/imageTagMutability"),
            *labels.evidence(tags="/tags"),
        ),
    )
    return (asset, *_key(own, row), *_policy(own, policy))


def _key(own: Source, row: Answer) -> Iterator[Relation]:
    pointer = "/encryptionConfiguration/kmsKey"
    if key := names.key_arn(row.text(pointer), own.region, own.account):
        evidence = row.evidence(target=pointer)
        yield Relation("ENCRYPTED_WITH", own.parent, key, evidence=evidence, target_kind="EncryptionKey")


def _policy(own: Source, answer: Answer) -> Iterator[Fact]:
    if answer.text("/policyText"):
        document = answer.document("/policyText")
        yield Policy(own.parent, "resource", "repository policy", document.evidence()[0])
        yield from outsiders(document, own.account)
