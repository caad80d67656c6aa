"""Amazon SQS: queues, and who may use them by their own policies."""

from collections.abc import Iterator, Sequence

from collectors.aws import names, things
from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Policy

LIST = Call("aws:sqs:ListQueues", lists=("Queue",))
ATTRIBUTES = Call(
    "aws:sqs:GetQueueAttributes",
    lists=("ExternalPrincipal",),
    fills=("policy:resource", "ENCRYPTED_WITH"),
    empty_on=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
)
REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _queue(source, row), source.pages(LIST)):
        yield from facts


def _queue(source: Source, row: Answer) -> Sequence[Fact]:
    address = row.text("") or ""
    name = address.rpartition("/")[2]
    arn = names.arn("sqs", source.region, source.account, name)
    own = source.within(arn)
    answer = own.call(ATTRIBUTES, QueueUrl=address, AttributeNames=["Policy", "KmsMasterKeyId"])
    asset = Asset(
        id=arn,
        kind="Queue",
        name=name,
        listed_by=row.listed_by,
        properties={"native_kind": "queue"},
        evidence=row.evidence(name=""),
    )
    return (asset, *things.encrypted(own, answer, "/Attributes/KmsMasterKeyId"), *_policy(own, arn, answer))


def _policy(own: Source, arn: str, answer: Answer) -> Iterator[Fact]:
    if answer.text("/Attributes/Policy"):
        document = answer.document("/Attributes/Policy")
        yield Policy(arn, "resource", "queue's policy", document.evidence()[0])
        yield from outsiders(document, own.account)
