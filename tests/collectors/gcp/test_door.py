"""How calls end when Google Cloud does not answer well, and what the reader is told."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from google.api_core.exceptions import Unauthenticated
from google.auth.exceptions import RefreshError

from collectors.gcp.client import GcpDoor, Settings
from collectors.gcp.sdk.errors import translated
from collectors.practice.gcp import Fault, GcpServer
from collectors.practice.gcp_storage import HttpFault
from collectors.recording import ReplayDoor, recorded
from graph.model import Call, Coverage
from tests.collectors.gcp.conftest import Seen, ids, scan

LIST_MODELS = "google.cloud.aiplatform.v1.ModelService/ListModels"
MODELS = Call("gcp:aiplatform:ListModels")
Look = Callable[..., Seen]


def the(seen: Seen, call: str) -> Coverage:
    (record,) = (record for record in seen.coverage if record.call == call)
    return record


def test_every_listing_is_read_to_its_last_page(server: GcpServer, look: Look) -> None:
    look()
    pages = [request for method, request in server.grpc.requests if method == LIST_MODELS]
    assert [page.get("pageToken") for page in pages] == [None, "2"]
    assert [what for operation, what in server.storage.requests if operation.endswith("list")] == [
        "linden-imaging"
    ] * 3


@pytest.mark.parametrize("status", ["UNAVAILABLE", "RESOURCE_EXHAUSTED"])
def test_a_throttled_call_succeeds_later(server: GcpServer, look: Look, status: str) -> None:
    server.grpc.fault(LIST_MODELS, Fault(status), Fault(status))
    seen = look(timeout=10.0)
    assert len(seen.of("Model")) == 4
    assert seen.outcomes("gcp:aiplatform:ListModels") == ["ok"]


def test_a_throttled_bucket_listing_succeeds_later(server: GcpServer, look: Look) -> None:
    server.storage.fault("storage.buckets.list", HttpFault(429), HttpFault(503))
    assert len(look(timeout=10.0).of("Bucket")) == 6


def test_a_call_throttled_to_the_end_says_so(server: GcpServer, look: Look) -> None:
    server.grpc.fault(LIST_MODELS, *[Fault("RESOURCE_EXHAUSTED")] * 200)
    seen = look(timeout=0.5)
    assert the(seen, "gcp:aiplatform:ListModels").outcome == "throttled"
    assert not seen.of("Model")


def test_a_denied_call_names_the_permission_and_stops_nothing_else(server: GcpServer, look: Look) -> None:
    server.grpc.fault(LIST_MODELS, Fault("PERMISSION_DENIED", reason="IAM_PERMISSION_DENIED"))
    seen = look()
    record = the(seen, "gcp:aiplatform:ListModels")
    assert record.outcome == "denied"
    assert "aiplatform.models.list" in record.sentence
    assert len(seen.of("Endpoint")) == 3


def test_google_s_own_word_on_the_missing_permission_wins(server: GcpServer, look: Look) -> None:
    missing = {"permission": "aiplatform.models.list.extra"}
    server.grpc.fault(LIST_MODELS, Fault("PERMISSION_DENIED", "no", "IAM_PERMISSION_DENIED", missing))
    assert "aiplatform.models.list.extra" in the(look(), "gcp:aiplatform:ListModels").sentence


def test_a_denial_on_the_second_page_keeps_the_first(server: GcpServer, look: Look) -> None:
    settings = server.settings()
    pages = GcpDoor(settings).pages(
        MODELS, {"parent": "projects/linden-imaging/locations/europe-west3"}, "", ""
    )
    next(pages)
    server.grpc.fault(LIST_MODELS, Fault("PERMISSION_DENIED"))
    with pytest.raises(Exception, match=r"aiplatform\.models\.list"):
        next(pages)


def test_denied_buckets_are_no_empty_list(server: GcpServer, look: Look) -> None:
    server.storage.fault("storage.buckets.list", HttpFault(403))
    record = the(look(), "gcp:storage:ListBuckets")
    assert (record.outcome, "storage.buckets.list" in record.sentence) == ("denied", True)


def test_an_interface_that_is_switched_off_is_unsupported(server: GcpServer, look: Look) -> None:
    server.grpc.fault(LIST_MODELS, Fault("PERMISSION_DENIED", "API is disabled", "SERVICE_DISABLED"))
    record = the(look(), "gcp:aiplatform:ListModels")
    assert (record.outcome, "switched on" in record.sentence) == ("unsupported", True)


def test_what_is_gone_between_list_and_get_is_left_out(server: GcpServer, look: Look) -> None:
    server.grpc.fault("google.iam.admin.v1.IAM/GetIamPolicy", Fault("NOT_FOUND"))
    server.storage.fault("storage.buckets.getIamPolicy", HttpFault(404, reason="notFound"))
    seen = look()
    assert len(seen.of("ServiceIdentity")) == 3
    by_storage = [shard for shard in seen.shards if shard.unit.startswith("gcp.storage")]
    assert len([a for shard in by_storage for a in shard.assets if a.kind == "Bucket"]) == 5
    assert seen.outcomes("gcp:storage:GetIamPolicy").count("vanished") == 1


def test_keys_that_may_not_be_listed_are_no_empty_list(server: GcpServer, look: Look) -> None:
    denied = Fault("PERMISSION_DENIED", reason="IAM_PERMISSION_DENIED")
    server.grpc.fault("google.iam.admin.v1.IAM/ListServiceAccountKeys", *[denied] * 4)
    server.grpc.fault("google.api.apikeys.v2.ApiKeys/ListKeys", denied)
    seen = look()
    assert len([a for a in seen.of("ServiceIdentity").values() if a.get("native_kind")]) >= 4
    assert not seen.of("Credential")
    assert set(seen.outcomes("gcp:iam_admin:ListServiceAccountKeys")) == {"denied"}
    assert "apikeys.keys.list" in the(seen, "gcp:api_keys:ListKeys").sentence


def test_a_folder_that_may_not_be_seen_still_stands_above_its_project(server: GcpServer, look: Look) -> None:
    server.grpc.fault("google.cloud.resourcemanager.v3.Folders/GetFolder", Fault("PERMISSION_DENIED"))
    seen = look()
    assert ids(seen.of("Folder")) == {"folders/310000000007"}
    assert the(seen, "gcp:resourcemanager:GetFolder").outcome == "denied"


def test_a_location_without_vertex_is_off(look: Look) -> None:
    seen = look(locations=("europe-west3", "moon-east1"))
    off = {record.region for record in seen.coverage if record.outcome == "region_off"}
    assert off == {"moon-east1"}
    assert len(seen.of("Model")) == 4


def test_a_location_that_no_host_is_named_for_is_off(server: GcpServer, look: Look) -> None:
    elsewhere = {**server.settings().endpoints, "aiplatform": "{location}-aiplatform.invalid"}
    seen = look(endpoints=elsewhere, locations=("moon-east1",))
    vertex = [record for record in seen.coverage if record.call.startswith("gcp:aiplatform")]
    assert {record.outcome for record in vertex} == {"region_off"}
    assert "moon-east1" in vertex[0].sentence


def test_an_unknown_project_is_said_to_be_one(look: Look) -> None:
    seen = look(projects=("linden-imaging", "no-such-project"))
    record = next(r for r in seen.coverage if r.account == "no-such-project")
    assert (record.outcome, record.call) == ("failed", "gcp:resourcemanager:GetProject")
    assert "no-such-project" in record.sentence


def test_without_projects_all_that_can_be_seen_are_scanned(search: Seen) -> None:
    assert ids(search.of("Account")) == {"projects/linden-imaging"}
    assert len(search.of("Model")) == 4


def test_no_credentials_end_in_one_clear_sentence(
    server: GcpServer, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    record = the(look(credentials="default"), "gcp:resourcemanager:GetProject")
    assert record.outcome == "no_credentials"
    assert "gcloud auth application-default login" in record.sentence
    assert server.grpc.requests == []


def test_refused_credentials_are_expired_or_missing(server: GcpServer, look: Look) -> None:
    server.grpc.fault(LIST_MODELS, Fault("UNAUTHENTICATED"))
    assert the(look(), "gcp:aiplatform:ListModels").outcome == "no_credentials"  # none were sent
    for error in (Unauthenticated, RefreshError):
        assert translated(error("bad token"), MODELS, "p", "r").outcome == "expired"


def test_a_server_that_is_not_trusted_is_not_talked_to(server: GcpServer, look: Look) -> None:
    seen = look(ca_bundle="", timeout=1.0)
    assert {record.outcome for record in seen.coverage} == {"failed"}
    assert server.grpc.requests == []


def test_a_server_that_is_gone_is_a_failure(server: GcpServer) -> None:
    settings = server.settings()
    gone = dict.fromkeys(settings.endpoints, "localhost:9") | {"storage": "https://localhost:9"}
    door = GcpDoor(Settings(projects=("p",), endpoints=gone, credentials="anonymous", timeout=0.5))
    (record,) = scan(door).coverage
    assert record.outcome == "failed"
    assert "gcp:resourcemanager:GetProject" in record.sentence


def test_a_recorded_scan_replays_to_the_same_facts(seen: Seen) -> None:
    calls = [call for shard in seen.shards for call in recorded(shard.coverage, shard.documents)]
    replayed = scan(ReplayDoor("gcp", calls))
    assert set(replayed.policies) == set(seen.policies)
    assert {a.id: a for a in replayed.assets} == {a.id: a for a in seen.assets}
    assert {r.id: r for r in replayed.relations} == {r.id: r for r in seen.relations}


def test_settings_and_collectors_load_no_sdk() -> None:
    code = (
        "import sys, collectors.gcp.client; from collectors.scan import modules; modules('gcp'); "
        "print([name for name in ('grpc', 'google.auth', 'google.cloud.storage') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_addresses_take_the_location() -> None:
    assert Settings().endpoints == {}
    assert GcpDoor(Settings()).regions("p")[0] == "africa-south1"
    assert GcpDoor(Settings()).accounts() == ("",)
