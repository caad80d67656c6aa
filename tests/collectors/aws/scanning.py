"""Collecting from a practice server through the real boto3, for the tests of the AWS collectors."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from collectors.aws.client import AwsDoor, Settings
from collectors.practice.aws import Answer, AwsServer, Estate
from collectors.redaction import Redactor
from collectors.scan import Scan
from collectors.source import Source
from graph.model import Asset, Coverage, Policy, Relation, Shard

ACCOUNT, REGION = "111122223333", "eu-central-1"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
REDACTOR = Redactor(b"a key for the tests of redaction")


class Seen:
    """What a scan yielded."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        self.shards = tuple(sorted(shards, key=lambda shard: shard.unit))  # units end in any order
        self.assets = {asset.id: asset for shard in self.shards for asset in shard.assets}
        self.all_assets: list[Asset] = [asset for shard in self.shards for asset in shard.assets]
        self.relations: list[Relation] = [each for shard in self.shards for each in shard.relations]
        self.policies: list[Policy] = [each for shard in self.shards for each in shard.policies]
        self.coverage: list[Coverage] = [each for shard in self.shards for each in shard.coverage]
        self.documents = {name: text for shard in self.shards for name, text in shard.documents.items()}

    def ids(self, kind: str) -> set[str]:
        return {asset.id for asset in self.assets.values() if asset.kind == kind}

    def pairs(self, relation: str) -> set[tuple[str, str]]:
        return {(each.source, each.target) for each in self.relations if each.type == relation}

    def outcomes(self, call: str) -> set[str]:
        return {each.outcome for each in self.coverage if each.call == call}

    def sentence(self, call: str) -> str:
        return next(each.sentence for each in self.coverage if each.call == call and not each.complete)


@contextmanager
def redirected(server: AwsServer) -> Iterator[None]:
    """boto3's own settings point at the server, and at nothing of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_SESSION_TOKEN", raising=False)
        for name, value in server.environment().items():
            patch.setenv(name, value)
        yield


def scan(server: AwsServer, settings: Settings | None = None) -> Seen:
    regions = server.estate.regions
    settings = settings or Settings(role_arns=server.role_arns(), max_attempts=4, regions=regions)
    with redirected(server):
        return Seen(Scan([AwsDoor(settings)], REDACTOR, now=lambda: NOW).run())


def estate(*answers: Answer, regions: tuple[str, ...] = (REGION,)) -> Estate:
    """An estate of one account and region with these answers."""
    return Estate(ACCOUNT, regions, (ACCOUNT,), answers)


def source(settings: Settings | None = None, region: str = REGION) -> Source:
    """One unit's source behind a live door; use it within `redirected`."""
    door = AwsDoor(settings or Settings(max_attempts=2))
    return Source(door, REDACTOR, account=ACCOUNT, region=region)
