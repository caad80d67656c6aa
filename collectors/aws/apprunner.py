"""AWS App Runner: services, as whom they run, and the addresses that the internet reaches them at."""

from collections.abc import Iterator, Sequence

from collectors.aws import things
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call("aws:apprunner:ListServices", lists=("Workload",))
DESCRIBE = Call("aws:apprunner:DescribeService", lists=("ApiGateway",), fills=("RUNS_AS", "ROUTES_TO"))

REGIONAL = True

PUBLIC = "/Service/NetworkConfiguration/IngressConfiguration/IsPubliclyAccessible"


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _service(source, row), source.pages(LIST)):
        yield from facts


def _service(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/ServiceArn") or "")
    answer = own.call(DESCRIBE, ServiceArn=own.parent)
    if answer.vanished or row.text("/Status") == "DELETED":
        return ()
    return (
        things.configured(things.thing(own, row, "Workload", "apprunner_service", "/ServiceName"), answer),
        *things.runs_as(own, answer, "/Service/InstanceConfiguration/InstanceRoleArn"),
        *_front_door(own, answer),
    )


def _front_door(own: Source, answer: Answer) -> Iterator[Fact]:
    """A public service answers without authentication of its own.

    https://docs.aws.amazon.com/apprunner/latest/dg/network-pl.html
    """
    if answer.flag(PUBLIC) is not True:
        return
    yield Asset(
        id=f"{own.parent}:url",
        kind="ApiGateway",
        name=answer.text("/Service/ServiceUrl") or own.parent,
        listed_by=answer.listed_by,
        properties={"native_kind": "apprunner_url"},
        evidence=answer.evidence(name="/Service/ServiceUrl"),
    )
    evidence = answer.evidence(auth=PUBLIC, port="/Service/ServiceUrl")
    yield Relation("ROUTES_TO", f"{own.parent}:url", own.parent, {"auth": "none", "port": 443}, evidence)
