"""Amazon EKS: clusters, and the roles that their pods' service accounts get."""

from collections.abc import Iterator, Sequence

from collectors.aws import names, things
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact

CLUSTERS = Call("aws:eks:ListClusters", lists=("Cluster",))
CLUSTER = Call("aws:eks:DescribeCluster", fills=("Cluster.tags", "IN_NETWORK"))
ASSOCIATIONS = Call("aws:eks:ListPodIdentityAssociations", lists=("Workload",))
ASSOCIATION = Call("aws:eks:DescribePodIdentityAssociation", fills=("RUNS_AS",))

REGIONAL = True

ROLE, TARGET = "/association/roleArn", "/association/targetRoleArn"


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _cluster(source, row), source.pages(CLUSTERS)):
        yield from facts


def _cluster(source: Source, row: Answer) -> Sequence[Fact]:
    name = row.text("") or ""
    own = source.within(names.arn("eks", source.region, source.account, f"cluster/{name}"))
    answer = own.call(CLUSTER, name=name)
    if answer.vanished:
        return ()
    asset = Asset(
        id=own.parent,
        kind="Cluster",
        name=name,
        listed_by=row.listed_by,
        properties=names.known(native_kind="eks_cluster", tags=names.tags(answer, "/cluster/tags")),
        evidence=(*row.evidence(name=""), *answer.evidence(tags="/cluster/tags")),
    )
    subnets = things.in_subnets(own, answer, "/cluster/resourcesVpcConfig/subnetIds")
    return (asset, *subnets, *_pods(own, name))


def _pods(own: Source, cluster: str) -> Iterator[Fact]:
    """The service accounts that act as a role by an association.

    With a target role the pods get that one's credentials: the association's role only takes it on.
    https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
    https://docs.aws.amazon.com/eks/latest/APIReference/API_PodIdentityAssociation.html
    """
    for row in own.pages(ASSOCIATIONS, clusterName=cluster):
        pods = own.within(row.text("/associationArn") or "")
        asked = row.text("/associationId") or ""
        answer = pods.call(ASSOCIATION, clusterName=cluster, associationId=asked)
        if not answer.vanished:
            yield things.thing(pods, row, "Workload", "pod_identity", "/serviceAccount")
            yield from things.runs_as(pods, answer, TARGET if answer.text(TARGET) else ROLE)
