"""A small provider whose collectors are files in a folder, for tests of the scan frame. Also a program:

python -m tests.collectors.cloud FOLDER HOME    scans into HOME/snapshots/s.partial, a line per finished unit
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import collectors
from collectors.redaction import Redactor
from collectors.scan import Scan
from collectors.source import Page
from graph.merge import carry_forward, merge, resolve
from graph.model import Call, Json, Shard
from graph.snapshot import Snapshot, read_shards, write_shard, write_snapshot
from tests.collectors.door import KEY, NOW, Given, MemoryDoor, noon

SCOPES = """
from graph.model import Asset, Call
WHO = Call("{cloud}:scopes:Who", lists=("Account",))
def collect(source):
    for row in source.pages(WHO):
        yield Asset(id="acct:" + row.text("/id"), kind="Account", listed_by=row.listed_by,
                    properties={{"account": row.text("/id")}}, evidence=row.evidence(account="/id"))
"""
COLLECTOR = """
from graph.model import Asset, Call, Relation
LIST = Call("{cloud}:{name}:List", lists=("Bucket",))
GET = Call("{cloud}:{name}:Get", fills=("Bucket.versioning",))
REGIONAL = {regional}
def collect(source):
    for row in source.pages(LIST):
        arn = "{name}:" + source.account + ":" + source.region + ":" + row.text("/id")
        detail = source.within(arn).call(GET, Name=row.text("/id"))
        yield Asset(id=arn, kind="Bucket", name=row.text("/id"), listed_by=row.listed_by,
                    properties={{"versioning": detail.flag("/versioning")}},
                    evidence=row.evidence(name="/id"))
        {extra}
"""


def write_cloud(folder: Path, cloud: str, extra: Mapping[str, str] | None = None) -> None:
    """`alpha` and `gamma` once an account, `beta` once a region; `extra` is a last statement of each."""
    package = folder / cloud
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "scopes.py").write_text(SCOPES.format(cloud=cloud))
    (package / "notes.py").write_text("# no collector: it has no collect\n")
    for name in ("alpha", "beta", "gamma"):
        text = COLLECTOR.format(
            cloud=cloud, name=name, regional=name == "beta", extra=(extra or {}).get(name, "")
        )
        (package / f"{name}.py").write_text(text)


def reachable_from(folder: Path) -> list[str]:
    """The import path of `collectors` with the folder's clouds beside the real ones."""
    return [*collectors.__path__, str(folder)]


def door_of(cloud: str, **hooks: Callable[[], object]) -> MemoryDoor:
    """Two accounts, two regions, two buckets a listing; a hook runs when its collector lists."""

    def listed(name: str) -> Callable[[Mapping[str, Json]], Iterator[Page]]:
        def pages(parameters: Mapping[str, Json]) -> Iterator[Page]:
            yield Page({"buckets": [{"id": "one"}]}, "/buckets")
            if name in hooks:
                hooks[name]()
            yield Page({"buckets": [{"id": "two"}]}, "/buckets")

        return pages

    answers: dict[str, Given] = {f"{cloud}:{name}:List": listed(name) for name in ("alpha", "beta", "gamma")}
    answers |= {
        f"{cloud}:{name}:Get": lambda parameters: iter([Page({"versioning": True})])
        for name in ("alpha", "beta")
    }
    who = [Page({"accounts": [{"id": "111"}, {"id": "222"}]}, "/accounts")]
    return MemoryDoor(
        {**answers, f"{cloud}:scopes:Who": who},
        provider=cloud,
        accounts=("",),
        regions=("eu", "us"),
    )


class CountingDoor:
    """A door that passes calls on and notes their ids."""

    def __init__(self, door: MemoryDoor) -> None:
        self.provider, self._door = door.provider, door
        self.accounts, self.regions = door.accounts, door.regions
        self.calls: list[str] = []

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        self.calls.append(f"{call.id} {account} {region}".strip())
        return self._door.pages(call, parameters, account, region)


def finished(home: Path, name: str, shards: list[Shard], predecessor: Snapshot | None = None) -> Snapshot:
    """A snapshot of the shards, as the pipeline finishes one."""
    contents = resolve(carry_forward(merge(shards), predecessor, NOW))
    return write_snapshot(
        home,
        name,
        contents,
        taken_at=NOW,
        tool="test",
        fingerprint_key=Redactor(KEY).key_id,
        predecessor=predecessor,
    )


def main(folder: Path, home: Path) -> None:
    """Scan with one thread, keep each unit, and tell it; `gamma` of the second account never ends."""
    collectors.__path__ = reachable_from(folder)
    lists = 0

    def stuck() -> None:
        nonlocal lists
        lists += 1
        if lists == 2:
            sys.stdin.read()

    scan = Scan([door_of("killed", gamma=stuck)], Redactor(KEY), threads=1, now=noon)
    for shard in scan.run():
        write_shard(home / "snapshots" / "s.partial", shard)
        sys.stdout.write(shard.unit + "\n")
        sys.stdout.flush()


def resumed(home: Path) -> list[Shard]:
    return read_shards(home / "snapshots" / "s.partial")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
