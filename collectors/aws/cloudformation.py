"""AWS CloudFormation: stacks, and as whom they change what is in them."""

from collections.abc import Iterator

from collectors.aws import things
from collectors.source import Source
from graph.model import Call, Fact

LIST = Call("aws:cloudformation:DescribeStacks", lists=("Workload",), fills=("Workload.tags", "RUNS_AS"))

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    """A stack without a role of its own acts as whoever updates it: then there is nobody it runs as.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    """
    for row in source.pages(LIST):
        if row.text("/StackStatus") != "DELETE_COMPLETE":
            own = source.within(row.text("/StackId") or "")
            yield things.thing(own, row, "Workload", "cloudformation_stack", "/StackName", tags="/Tags")
            yield from things.runs_as(own, row, "/RoleARN")
