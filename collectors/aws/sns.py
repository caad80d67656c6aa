"""Amazon SNS: topics, and who may use them by their own policies."""

from collections.abc import Iterator, Sequence

from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Policy

LIST = Call("aws:sns:ListTopics", lists=("Queue",))
ATTRIBUTES = Call(
    "aws:sns:GetTopicAttributes",
    lists=("ExternalPrincipal",),
    fills=("policy:resource",),
    empty_on=("NotFound",),
)

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _topic(source, row), source.pages(LIST)):
        yield from facts


def _topic(source: Source, row: Answer) -> Sequence[Fact]:
    arn = row.text("/TopicArn") or ""
    own = source.within(arn)
    answer = own.call(ATTRIBUTES, TopicArn=arn)
    asset = Asset(
        id=arn,
        kind="Queue",
        name=arn.rpartition(":")[2],
        listed_by=row.listed_by,
        properties={"native_kind": "topic"},
        evidence=row.evidence(name="/TopicArn"),
    )
    return (asset, *_policy(own, arn, answer))


def _policy(own: Source, arn: str, answer: Answer) -> Iterator[Fact]:
    if answer.text("/Attributes/Policy"):
        document = answer.document("/Attributes/Policy")
        yield Policy(arn, "resource", "topic's policy", document.evidence()[0])
        yield from outsiders(document, own.account)
