"""Amazon S3 access points: further doors to a bucket, each with a policy and a block of public access."""

from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Json, Policy, Relation

LIST = Call(
    "aws:s3control:ListAccessPoints",
    lists=("AccessPoint",),
    fills=("AccessPoint.network_origin", "ROUTES_TO", "IN_NETWORK"),
)
POINT = Call("aws:s3control:GetAccessPoint", fills=("policy:public_access_block",))
POLICY = Call(
    "aws:s3control:GetAccessPointPolicy",
    lists=("ExternalPrincipal",),
    fills=("policy:resource",),
    empty_on=("NoSuchAccessPointPolicy",),
)

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _point(source, row), _rows(source)):
        yield from facts


def _rows(source: Source) -> Iterator[Answer]:
    """The listing over all its pages, which boto3 does not turn by itself."""
    token: dict[str, Json] = {}
    while True:
        page = source.call(LIST, AccountId=source.account, **token)
        yield from page.items("/AccessPointList")
        if not page.text("/NextToken"):
            return
        token = {"NextToken": page.text("/NextToken")}


def _point(source: Source, row: Answer) -> Sequence[Fact]:
    arn, name = row.text("/AccessPointArn") or "", row.text("/Name") or ""
    own = source.within(arn)
    point = own.call(POINT, AccountId=own.account, Name=name)
    if point.vanished:
        return ()
    asset = Asset(
        id=arn,
        kind="AccessPoint",
        name=name,
        listed_by=row.listed_by,
        properties=names.known(native_kind="access_point", network_origin=row.text("/NetworkOrigin")),
        evidence=row.evidence(name="/Name", network_origin="/NetworkOrigin"),
    )
    return (asset, *_ends(own, row), *_policies(own, point, name))


def _ends(own: Source, row: Answer) -> Iterator[Relation]:
    bucket = names.bucket(row.text("/Bucket") or "", own.region)
    yield Relation(
        "ROUTES_TO",
        own.parent,
        bucket,
        {"auth": "iam", "port": 443},
        row.evidence(target="/Bucket"),
        target_kind="Bucket",
    )
    if network := row.text("/VpcConfiguration/VpcId"):
        target = names.arn("ec2", own.region, own.account, f"vpc/{network}")
        evidence = row.evidence(target="/VpcConfiguration/VpcId")
        yield Relation("IN_NETWORK", own.parent, target, evidence=evidence, target_kind="Network")


def _policies(own: Source, point: Answer, name: str) -> Iterator[Fact]:
    if point.get("/PublicAccessBlockConfiguration"):
        evidence = point.document("/PublicAccessBlockConfiguration").evidence()[0]
        yield Policy(own.parent, "public_access_block", "public access block", evidence)
    policy = own.call(POLICY, AccountId=own.account, Name=name)
    if policy.text("/Policy"):
        document = policy.document("/Policy")
        yield Policy(own.parent, "resource", "access point policy", document.evidence()[0])
        yield from outsiders(document, own.account)
