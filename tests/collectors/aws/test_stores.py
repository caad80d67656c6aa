"""Secrets, queues and topics: who may use them by their own policies, never what is in them."""

import msgspec
import pytest

from collectors.practice.aws import AwsServer, Fault
from graph.model import Json
from tests.collectors.aws import everything
from tests.collectors.aws.scanning import ACCOUNT, REGION, Seen, estate, scan

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:model-key-AbCdEf"
QUEUE, TOPIC = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs", f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"


def seen(*faults: Fault) -> Seen:
    with AwsServer(msgspec.structs.replace(estate(*everything.stores()), faults=faults)) as server:
        return scan(server)


def test_each_is_seen_with_its_policy() -> None:
    found = seen()
    assert found.ids("Secret") == {SECRET}
    assert found.ids("Queue") == {QUEUE, TOPIC}
    assert {(each.on, each.layer) for each in found.policies} == {
        (each, "resource") for each in (SECRET, QUEUE, TOPIC)
    }
    assert "arn:aws:iam::888877776666:root" in found.ids("ExternalPrincipal")
    assert found.assets[SECRET].get("tags") == ("team=ml",)
    assert found.pairs("ENCRYPTED_WITH") == {(SECRET, everything.KEY_ARN), (QUEUE, everything.KEY_ARN)}


@pytest.mark.parametrize(
    ("service", "operation", "listed"),
    [
        (
            "secretsmanager",
            "ListSecrets",
            [{"ARN": f"{SECRET[:-6]}{n:06}", "Name": f"s{n}"} for n in range(5)],
        ),
        ("sqs", "ListQueues", [f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q{n}" for n in range(5)]),
        ("sns", "ListTopics", [{"TopicArn": f"{TOPIC}{n}"} for n in range(5)]),
    ],
)
def test_all_pages_of_a_listing_are_read(service: str, operation: str, listed: list[Json]) -> None:
    rows = {"secretsmanager": "SecretList", "sqs": "QueueUrls", "sns": "Topics"}[service]
    several = estate(everything.here(service, operation, {rows: listed}))
    with AwsServer(msgspec.structs.replace(several, pages={(service, operation): 2})) as server:
        found = scan(server)
    assert len(found.ids("Secret") | found.ids("Queue")) == 5
    assert max(each.pages for each in found.coverage if each.call == f"aws:{service}:{operation}") == 3


@pytest.mark.parametrize(
    ("service", "operation", "asset"),
    [
        ("secretsmanager", "GetResourcePolicy", SECRET),
        ("sns", "GetTopicAttributes", TOPIC),
        ("sqs", "GetQueueAttributes", QUEUE),
    ],
)
def test_a_denied_call_is_recorded(service: str, operation: str, asset: str) -> None:
    found = seen(Fault(service, operation, "AccessDeniedException", 403, -1))
    assert found.outcomes(f"aws:{service}:{operation}") == {"denied"}
    assert asset in found.assets
