"""Amazon EC2: instances and as whom programs on them act; private endpoints and what they let through."""

from collections.abc import Iterator

import msgspec

from collectors.aws import names, things
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact, Policy, Relation

INSTANCES = Call(
    "aws:ec2:DescribeInstances",
    lists=("VM",),
    fills=("VM.tags", "VM.public_ip", "RUNS_AS", "IN_NETWORK"),
)
USER_DATA = Call("aws:ec2:DescribeInstanceAttribute")
"""What an instance is told at its start, often a script: it may hold keys."""
PROFILE = things.PROFILE
ENDPOINTS = Call(
    "aws:ec2:DescribeVpcEndpoints",
    lists=("PrivateEndpoint",),
    fills=("PrivateEndpoint.tags", "PrivateEndpoint.target_service", "IN_NETWORK", "policy:vpc_endpoint"),
)

REGIONAL = True

GONE = ("shutting-down", "terminated")


def collect(source: Source) -> Iterator[Fact]:
    yield from _instances(source)
    for row in source.pages(ENDPOINTS):
        yield from _endpoint(source, row)


def _instances(source: Source) -> Iterator[Fact]:
    reservations = source.pages(INSTANCES)
    rows = [row for each in reservations for row in each.items("/Instances")]
    here = [row for row in rows if row.text("/State/Name") not in GONE]
    known = things.profiles(source, (row.text("/IamInstanceProfile/Arn") for row in here))
    for facts in source.each(lambda row: (*_instance(source, row, known),), here):
        yield from facts


def _instance(source: Source, row: Answer, known: things.Profiles) -> Iterator[Fact]:
    identifier = row.text("/InstanceId") or ""
    own = source.within(names.arn("ec2", source.region, source.account, f"instance/{identifier}"))
    told = own.call(USER_DATA, InstanceId=identifier, Attribute="userData")
    yield _asset(own, row, told.evidence() if told.text("/UserData/Value") else ())
    yield from things.runs_as_profile(own, row, "/IamInstanceProfile/Arn", known)
    yield from things.in_subnets(own, row, "/SubnetId")


def _asset(own: Source, row: Answer, script: tuple[Evidence, ...]) -> Asset:
    found = things.thing(own, row, "VM", "instance", "/InstanceId", tags="/Tags")
    address = "/PublicIpAddress"
    public = bool(row.text(address))
    evidence = row.evidence(public_ip=address if public else "")
    return msgspec.structs.replace(
        found,
        properties={**found.properties, "public_ip": public},
        evidence=(*found.evidence, *evidence, *script),
    )


def _endpoint(source: Source, row: Answer) -> Iterator[Fact]:
    """https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"""
    identifier = row.text("/VpcEndpointId") or ""
    own = source.within(names.arn("ec2", source.region, source.account, f"vpc-endpoint/{identifier}"))
    kind = f"{(row.text('/VpcEndpointType') or 'unknown').lower()} endpoint"
    service = {"target_service": "/ServiceName"}
    yield things.thing(own, row, "PrivateEndpoint", kind, "/VpcEndpointId", tags="/Tags", **service)
    if row.text("/PolicyDocument"):
        document = row.document("/PolicyDocument")
        yield Policy(own.parent, "vpc_endpoint", "endpoint policy", document.evidence()[0])
    yield from things.in_subnets(own, row, "/SubnetIds")
    if network := row.text("/VpcId"):
        target = names.arn("ec2", own.region, own.account, f"vpc/{network}")
        evidence = row.evidence(target="/VpcId")
        yield Relation("IN_NETWORK", own.parent, target, evidence=evidence, target_kind="Network")
