"""AWS Glue: jobs, development endpoints and interactive sessions, and as whom they run."""

from collections.abc import Iterator

from collectors.aws import names, things
from collectors.source import Source
from graph.model import Call, Fact

JOBS = Call("aws:glue:GetJobs", lists=("Pipeline",), fills=("RUNS_AS",))
ENDPOINTS = Call("aws:glue:GetDevEndpoints", lists=("Workload",), fills=("RUNS_AS", "IN_NETWORK"))
SESSIONS = Call("aws:glue:ListSessions", lists=("Workload",), fills=("RUNS_AS",))
ROLE = things.ROLE

REGIONAL = True

ENDED = ("STOPPED", "STOPPING", "FAILED", "TIMEOUT")


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(JOBS):
        own = _within(source, f"job/{row.text('/Name')}")
        yield things.thing(own, row, "Pipeline", "glue_job", "/Name")
        yield from things.runs_as(own, row, "/Role")
    for row in source.pages(ENDPOINTS):
        own = _within(source, f"devEndpoint/{row.text('/EndpointName')}")
        yield things.thing(own, row, "Workload", "glue_dev_endpoint", "/EndpointName")
        yield from things.runs_as(own, row, "/RoleArn")
        yield from things.in_subnets(own, row, "/SubnetId")
    for page in source.answers(SESSIONS):
        for row in page.items("/Sessions"):
            if row.text("/Status") not in ENDED:
                own = _within(source, f"session/{row.text('/Id')}")
                yield things.thing(own, row, "Workload", "glue_session", "/Id")
                yield from things.runs_as(own, row, "/Role")


def _within(source: Source, resource: str) -> Source:
    return source.within(names.arn("glue", source.region, source.account, resource))
