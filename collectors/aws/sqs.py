"""Amazon SQS: queues, and who may use them by their own policies."""

from collections.abc import Iterator, Sequence

from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Policy

LIST = Call("aws:sqs:ListQueues")
ATTRIBUTES = Call(
    "aws:sqs:GetQueueAttributes",
    lists=("Queue", "ExternalPrincipal"),
    fills=("policy:resource",),
    empty_on=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
)
WANTED = ["QueueArn", "Policy"]

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _queue(source, row), source.pages(LIST)):
        yield from facts


def _queue(source: Source, row: Answer) -> Sequence[Fact]:
    address = row.text("") or ""
    name = address.rpartition("/")[2]
    own = source.within(f"arn:aws:sqs:{source.region}:{source.account}:{name}")
    answer = own.call(ATTRIBUTES, QueueUrl=address, AttributeNames=list(WANTED))
    arn = answer.text("/Attributes/QueueArn")
    if arn is None:
        return ()
    asset = Asset(
        id=arn,
        kind="Queue",
        name=name,
        listed_by=answer.listed_by,
        properties={"native_kind": "queue"},
        evidence=row.evidence(name=""),
    )
    return (asset, *_policy(own, arn, answer))


def _policy(own: Source, arn: str, answer: Answer) -> Iterator[Fact]:
    if answer.text("/Attributes/Policy"):
        document = answer.document("/Attributes/Policy")
        yield Policy(arn, "resource", "queue's policy", document.evidence()[0])
        yield from outsiders(document, own.account)
