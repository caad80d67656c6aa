"""The scan frame: what is run where, what a broken collector costs, how a stopped scan goes on."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import collectors
from collectors.redaction import Redactor
from collectors.scan import Scan, Unit, calls_of, declared_calls, modules
from collectors.source import CallFailed, Page
from graph.model import Json, Shard
from graph.snapshot import SnapshotProblem, open_snapshot, write_shard
from tests.collectors.cloud import (
    CountingDoor,
    door_of,
    finished,
    reachable_from,
    resumed,
    write_cloud,
)
from tests.collectors.door import KEY, MemoryDoor, noon

UNITS = {
    "{}.scopes",
    *(f"{{}}.{name} on {account}" for name in ("alpha", "gamma") for account in ("111", "222")),
    *(f"{{}}.beta on {account}/{region}" for account in ("111", "222") for region in ("eu", "us")),
}


@pytest.fixture
def cloud(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A provider of its own for each test, as modules are imported once."""
    name = "cloud_" + str(abs(hash(request.node.name)))
    write_cloud(tmp_path / "clouds", name, getattr(request, "param", None))
    monkeypatch.setattr(collectors, "__path__", reachable_from(tmp_path / "clouds"))
    return name


def scan_of(door: MemoryDoor | CountingDoor, **settings: object) -> Scan:
    return Scan([door], Redactor(KEY), now=noon, **settings)  # type: ignore[arg-type]  # settings as given


def by_unit(shards: Iterator[Shard] | list[Shard]) -> dict[str, Shard]:
    return {shard.unit: shard for shard in shards}


def test_every_collector_runs_once_an_account_or_once_a_region(cloud: str) -> None:
    shards = by_unit(scan_of(door_of(cloud)).run())
    assert set(shards) == {name.format(cloud) for name in UNITS}
    beta = shards[f"{cloud}.beta on 111/eu"]
    assert [asset.id for asset in beta.assets] == ["beta:111:eu:one", "beta:111:eu:two"]
    assert {asset.get("region") for asset in beta.assets} == {"eu"}


def test_collectors_are_found_by_looking_into_the_folder(cloud: str) -> None:
    assert [module.__name__.rpartition(".")[2] for module in modules(cloud)] == ["alpha", "beta", "gamma"]
    assert [call.operation for call in calls_of(modules(cloud)[0])] == ["Get", "List"]


def test_every_real_collector_declares_its_calls() -> None:
    calls = {call.id for call in declared_calls()}
    assert {"aws:s3:ListBuckets", "gcp:storage:ListBuckets", "azure:resourcegraph:Resources"} <= calls


def test_an_account_that_two_configured_scopes_find_is_seen_once(cloud: str) -> None:
    door = door_of(cloud)
    door.accounts = lambda: ("", "111")  # type: ignore[method-assign]  # a second scope that sees the same
    units = [shard.unit for shard in scan_of(door).run()]
    assert len(units) == len(set(units)) == len(UNITS) + 1


def test_a_shard_takes_only_its_accounts(cloud: str) -> None:
    shards = by_unit(scan_of(door_of(cloud), accounts=lambda account: account == "222").run())
    assert {name.rpartition(" on ")[2][:3] for name in shards if " on " in name} == {"222"}


def test_progress_is_told_as_units_start_and_end(cloud: str) -> None:
    told: list[tuple[Unit, bool]] = []
    list(scan_of(door_of(cloud), progress=lambda unit, shard: told.append((unit, shard is None))).run())
    assert len([1 for _, started in told if started]) == len([1 for _, started in told if not started]) == 9


@pytest.mark.parametrize("cloud", [{"alpha": "raise KeyError('token ' + 'hf_' + 'Qx7' * 12)"}], indirect=True)
def test_a_broken_collector_does_not_end_the_scan_and_its_calls_are_failed(cloud: str) -> None:
    shards = by_unit(scan_of(door_of(cloud)).run())
    assert len(shards) == len(UNITS)
    broken = shards[f"{cloud}.alpha on 111"]
    assert [asset.id for asset in broken.assets] == ["alpha:111::one"]
    failed = [record for record in broken.coverage if record.outcome == "failed"]
    assert {record.call for record in failed} == {f"{cloud}:alpha:List", f"{cloud}:alpha:Get"}
    assert f"{cloud}.alpha on 111 stopped at an answer it does not understand (KeyError" in failed[0].sentence
    assert "hf_" not in failed[0].sentence
    assert all(record.complete for record in shards[f"{cloud}.beta on 111/eu"].coverage)


@pytest.mark.parametrize(
    "cloud", [{"gamma": "yield Asset(id='x', kind='Bucket', properties={'colour': 'red'})"}], indirect=True
)
def test_an_unknown_property_does_not_end_the_scan_and_names_the_collector(cloud: str) -> None:
    shards = by_unit(scan_of(door_of(cloud)).run())
    sentences = {r.sentence for r in shards[f"{cloud}.gamma on 111"].coverage if r.outcome == "failed"}
    assert any(s.startswith(f"{cloud}.gamma on 111: Bucket x: unknown property 'colour'") for s in sentences)


def test_a_denied_call_is_covered_and_what_it_would_fill_is_unknown(cloud: str) -> None:
    gamma = by_unit(scan_of(door_of(cloud)).run())[f"{cloud}.gamma on 111"]
    assert [asset.get("versioning") for asset in gamma.assets] == [None, None]
    denied = [record for record in gamma.coverage if record.outcome == "denied"]
    assert [record.parent for record in denied] == ["gamma:111::one", "gamma:111::two"]
    assert "allow it" in denied[0].sentence


def test_regions_that_may_not_be_listed_leave_the_calls_to_say_so(cloud: str) -> None:
    door = door_of(cloud)

    def refused(account: str) -> tuple[str, ...]:
        raise CallFailed("denied", "The regions may not be listed.")

    door.regions = refused  # type: ignore[method-assign]  # a provider that refuses
    assert f"{cloud}.beta on 111" in by_unit(scan_of(door).run())


def test_an_account_without_an_id_does_not_end_the_scan(cloud: str) -> None:
    door = door_of(cloud)
    door._answers = {f"{cloud}:scopes:Who": []}
    assert [shard.unit for shard in scan_of(door).run()] == [f"{cloud}.scopes"]


def test_ctrl_c_in_the_reader_keeps_finished_shards_and_stops_the_rest(cloud: str) -> None:
    stopped = threading.Event()
    door = CountingDoor(door_of(cloud, gamma=lambda: stopped.wait(5)))
    scan = scan_of(door, threads=1)
    stop, kept = scan.stop, []

    def told() -> None:
        stop()
        stopped.set()

    scan.stop = told  # type: ignore[method-assign]  # the first gamma goes on once the scan is told to stop

    def read() -> None:
        for shard in scan.run():
            kept.append(shard.unit)
            if len(kept) == 3:
                raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        read()
    before_gamma = ("scopes", "alpha on 111", "beta on 111/eu", "beta on 111/us")
    assert set(kept) < {f"{cloud}.{name}" for name in before_gamma}
    assert threading.active_count() == before
    assert not [call for call in door.calls if " 222" in call]


def test_a_unit_cut_short_by_stop_is_left_out(cloud: str) -> None:
    scans: list[Scan] = []
    scan = scan_of(door_of(cloud, gamma=lambda: scans[0].stop()), threads=1)
    scans.append(scan)
    shards = list(scan.run())
    assert all("gamma" not in shard.unit for shard in shards)
    assert all(record.outcome != "interrupted" for shard in shards for record in shard.coverage)


def test_resuming_runs_only_what_is_missing(cloud: str) -> None:
    every = list(scan_of(door_of(cloud)).run())
    done = [shard for shard in every if "gamma" not in shard.unit]
    door = CountingDoor(door_of(cloud))
    again = by_unit(scan_of(door, done=done).run())
    assert again == by_unit(every)
    assert {call.split(":")[1] for call in door.calls} == {"gamma"}


def test_a_killed_scan_leaves_a_partial_snapshot_that_resumes_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cloud(tmp_path / "clouds", "killed")
    monkeypatch.setattr(collectors, "__path__", reachable_from(tmp_path / "clouds"))
    home = tmp_path / "home"
    command = [sys.executable, "-m", "tests.collectors.cloud", str(tmp_path / "clouds"), str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        units = [child.stdout.readline().strip() for _ in range(4)]
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert all(units)
    (home / "snapshots" / "s.partial" / "units" / "torn.json").write_text('{"unit": "half a')

    with pytest.raises(SnapshotProblem, match="is partial: its scan was stopped"):
        open_snapshot(home / "snapshots" / "s")
    done = resumed(home)
    assert {shard.unit for shard in done} >= set(units)
    door = CountingDoor(door_of("killed"))
    shards = list(scan_of(door, done=done).run())
    assert len(shards) == len(UNITS)
    ran = {call.partition(":")[2].split(":")[0] for call in door.calls}
    assert "scopes" not in ran
    snapshot = finished(home, "s", shards)
    undisturbed = finished(tmp_path / "other", "s", list(scan_of(door_of("killed")).run()))
    assert contents(snapshot.folder) == contents(undisturbed.folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_shards_kept_and_read_again_are_the_same(cloud: str, tmp_path: Path) -> None:
    shards = list(scan_of(door_of(cloud)).run())
    for shard in shards:
        write_shard(tmp_path / "home" / "snapshots" / "s.partial", shard)
    assert by_unit(resumed(tmp_path / "home")) == by_unit(shards)


def test_no_canary_is_in_any_file_of_a_snapshot(cloud: str, tmp_path: Path) -> None:
    canary = "hf_" + "Qx7" * 12
    door = door_of(cloud)
    answers = dict(door._answers)
    refused = CallFailed("denied", f"Denied for the token {canary}.", "AccessDenied")
    who = answers[f"{cloud}:scopes:Who"]
    answers |= {f"{cloud}:alpha:Get": [refused], f"{cloud}:scopes:Who": who}
    rows: Json = {"buckets": [{"id": canary}, {"id": f"key {canary}"}, {canary: "as a key", "id": "x"}]}
    page = Page(rows, "/buckets")
    door._answers = {**answers, f"{cloud}:beta:List": [page]}
    shards = list(scan_of(door).run())
    for shard in shards:
        write_shard(tmp_path / "snapshots" / "s.partial", shard)
    snapshot = finished(tmp_path, "s", shards)
    texts = [path.read_text() for path in (tmp_path / "snapshots").rglob("*") if path.is_file()]
    assert any("redacted:huggingface_token:" in text for text in texts)
    assert not any(canary in text for text in texts)
    assert any("redacted:" in r.sentence for r in snapshot.coverage())
    assert any("redacted:" in str(r.parameters) for r in snapshot.coverage())
