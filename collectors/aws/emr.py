"""Amazon EMR: running clusters, and as whom the steps on their instances act."""

from collections.abc import Iterator

from collectors.aws import things
from collectors.source import Source
from graph.model import Call, Fact

LIST = Call("aws:emr:ListClusters", lists=("Cluster",))
DESCRIBE = Call("aws:emr:DescribeCluster", fills=("RUNS_AS", "IN_NETWORK"))
PROFILE = things.PROFILE

REGIONAL = True

LIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]
ATTRIBUTES = "/Cluster/Ec2InstanceAttributes"


def collect(source: Source) -> Iterator[Fact]:
    rows = list(source.pages(LIST, ClusterStates=[*LIVE]))
    owns = [source.within(row.text("/ClusterArn") or "") for row in rows]
    pairs = zip(owns, rows, strict=True)
    answers = list(source.each(lambda pair: pair[0].call(DESCRIBE, ClusterId=pair[1].text("/Id")), pairs))
    profile = f"{ATTRIBUTES}/IamInstanceProfile"
    known = things.profiles(source, (answer.text(profile) for answer in answers))
    for own, row, answer in zip(owns, rows, answers, strict=True):
        if answer.vanished:
            continue
        yield things.configured(things.thing(own, row, "Cluster", "emr_cluster", "/Name"), answer)
        yield from things.runs_as_profile(own, answer, profile, known)
        yield from things.in_subnets(own, answer, f"{ATTRIBUTES}/Ec2SubnetId")
