"""Scans of the practice estate through Google's real clients."""

from collections.abc import Callable, Iterable, Iterator

import msgspec
import pytest

from collectors.gcp.client import GcpDoor
from collectors.practice.estate.gcp import ESTATE
from collectors.practice.gcp import GcpServer
from collectors.redaction import Redactor
from collectors.scan import Scan
from collectors.source import Door
from graph.model import Asset, Coverage, Policy, Relation, Shard


class Seen(msgspec.Struct, frozen=True):
    """What a scan saw, over all its units."""

    shards: tuple[Shard, ...]

    @property
    def assets(self) -> Iterator[Asset]:
        return (asset for shard in self.shards for asset in shard.assets)

    @property
    def relations(self) -> Iterator[Relation]:
        return (relation for shard in self.shards for relation in shard.relations)

    @property
    def policies(self) -> Iterator[Policy]:
        return (policy for shard in self.shards for policy in shard.policies)

    @property
    def coverage(self) -> Iterator[Coverage]:
        return (record for shard in self.shards for record in shard.coverage)

    def of(self, *kinds: str) -> dict[str, Asset]:
        return {asset.id: asset for asset in self.assets if asset.kind in kinds}

    def ends(self, *types: str) -> set[tuple[str, str, str]]:
        """Relations as (source, type, target), without the long common beginnings."""
        return {
            (short(r.source), r.type, short(r.target)) for r in self.relations if not types or r.type in types
        }

    def outcomes(self, call: str) -> list[str]:
        return [record.outcome for record in self.coverage if record.call == call]


def short(identifier: str) -> str:
    for beginning in (
        "//aiplatform.googleapis.com/projects/linden-imaging/locations/europe-west3/",
        "//iam.googleapis.com/projects/linden-imaging/serviceAccounts/",
        "//cloudresourcemanager.googleapis.com/",
        "//storage.googleapis.com/projects/_/buckets/",
    ):
        identifier = identifier.removeprefix(beginning)
    return identifier


def scan(door: Door) -> Seen:
    shards = Scan([door], Redactor(b"a key for tests only, 32 bytes..")).run()
    return Seen(tuple(sorted(shards, key=lambda shard: shard.unit)))  # units end in any order


@pytest.fixture
def server() -> Iterator[GcpServer]:
    """The practice estate in pages of two, for one test to break."""
    with GcpServer(ESTATE, page_size=2) as server:
        yield server


@pytest.fixture
def look(server: GcpServer) -> Callable[..., Seen]:
    """Scan the server, with settings changed as the test wants."""

    def look(**changes: object) -> Seen:
        return scan(GcpDoor(msgspec.structs.replace(server.settings(), **changes)))

    return look


@pytest.fixture(scope="session")
def seen() -> Seen:
    """What a scan of the whole estate sees."""
    with GcpServer(ESTATE, page_size=2) as server:
        return scan(GcpDoor(server.settings()))


@pytest.fixture(scope="session")
def search() -> Seen:
    """What a scan sees that was told of no project."""
    with GcpServer(ESTATE, page_size=2) as server:
        return scan(GcpDoor(msgspec.structs.replace(server.settings(), projects=())))


def ids(assets: Iterable[str]) -> set[str]:
    return {short(identifier) for identifier in assets}
