"""AWS Step Functions: state machines, and as whom their states act. What they do is not kept."""

from collections.abc import Iterator, Sequence

from collectors.aws import things
from collectors.source import Answer, Source
from graph.model import Call, Fact

LIST = Call("aws:stepfunctions:ListStateMachines", lists=("Pipeline",))
DESCRIBE = Call("aws:stepfunctions:DescribeStateMachine", fills=("RUNS_AS", "ENCRYPTED_WITH"))

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _machine(source, row), source.pages(LIST)):
        yield from facts


def _machine(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/stateMachineArn") or "")
    answer = own.call(DESCRIBE, stateMachineArn=own.parent)
    if answer.vanished:
        return ()
    return (
        things.configured(things.thing(own, row, "Pipeline", "state_machine", "/name"), answer),
        *things.runs_as(own, answer, "/roleArn"),
        *things.encrypted(own, answer, "/encryptionConfiguration/kmsKeyId"),
    )
