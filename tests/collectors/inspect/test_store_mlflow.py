"""Models that are registered with MLflow: against a real server, and against one that lies."""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.inspect.data import inspect_data
from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from collectors.inspect.places import Budget, Unreachable, store_of
from collectors.inspect.provenance import Provenance
from collectors.inspect.stores.web import below
from tests.collectors import moto_server
from tests.collectors.inspect import crafted, mlflow_server
from tests.collectors.inspect.mlflow_server import Tracking
from tests.collectors.inspect.servers import Answer, Server, as_json, running

CANARY = "canary-quince"
COMMIT = "5" * 40
MLMODEL = b"run_id: 0123456789abcdef0123456789abcdef\nmlflow_version: 3.17.2\n"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URI", "TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)


def looked(*places: str, budget: Budget | None = None) -> dict[str, ModelResult]:
    return {each.path: each for each in inspect_models(places, budget=budget)}


# ---- a real server -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracking]:
    if not mlflow_server.THERE:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("MLflow is not installed (dependency group dev)")
    with mlflow_server.serving(tmp_path_factory.mktemp("mlflow")) as server:
        repository = f"https://jane:{CANARY}@github.com/linden/triage.git"
        run, files = server.run(mlflow_source_git_commit=COMMIT, mlflow_source_git_repoURL=repository)
        server.put(f"{files}/model/MLmodel", MLMODEL)
        server.put(f"{files}/model/data/model.pkl", crafted.marking())
        server.put(f"{files}/model/notes.txt", b"nothing")
        server.put(f"{files}/more files/a b.safetensors", crafted.safetensors((0, 4), data=4))
        server.put(f"{files}/large.safetensors", crafted.safetensors((0, 300_000), data=300_000))
        server.version("triage", f"runs:/{run}/model", run)
        server.version("triage", f"mlflow-artifacts:/{files}/more files", run)
        server.version("triage", f"mlflow-artifacts:/{files}/large.safetensors", run)
        server.version("triage", "s3://models/registered", run)
        server.version("triage", "dbfs:/models/a", run)
        said = server.post("logged-models", experiment_id="0", name="m", source_run_id=run)
        logged: dict[str, str] = json.loads(json.dumps(said["model"]["info"]))
        home = logged["artifact_uri"].removeprefix("mlflow-artifacts:/")
        server.put(f"{home}/weights.safetensors", crafted.safetensors((0, 4), data=4))
        own = logged["model_id"]
        server.version("letters", f"models:/{own}", run, model_id=own)
        server.version("letters", "models:/triage/1", run)
        yield server


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with moto_server.serving() as address:
        for name, value in moto_server.environment(address).items():
            monkeypatch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        client.create_bucket(Bucket="models")
        client.put_object(Bucket="models", Key="registered/model.pkl", Body=crafted.marking())
        yield


def test_every_version_of_every_model_is_looked_at(tracking: Tracking, bucket: None) -> None:
    root = f"mlflow://{tracking.host}"
    found = looked(root)
    assert {path.removeprefix(root): each.verdict for path, each in found.items()} == {
        "/triage/1/data/model.pkl": "malicious",
        "/triage/2/a b.safetensors": "clean",
        "/triage/3/large.safetensors": "clean",
        "s3://models/registered/model.pkl": "malicious",
        "/triage/5": "unreadable",
        "/letters/1/weights.safetensors": "clean",
        "/letters/2/data/model.pkl": "malicious",
    }
    assert found[f"{root}/triage/5"].reasons == ("its files lie in dbfs:, which is not read",)
    assert found[f"{root}/triage/3/large.safetensors"].digest.startswith("sha256:")


def test_a_version_says_where_it_comes_from_and_nobody_by_name(tracking: Tracking) -> None:
    address = f"mlflow://{tracking.host}/triage/1"
    (found,) = looked(address).values()
    told = {(each.says, each.what): each.value for each in found.provenance}
    assert told["registry", "version"] == address
    assert told["registry", "commit"] == COMMIT
    assert told["registry", "source"] == "https://github.com/linden/triage.git"
    assert told["MLmodel", "run"] == "0123456789abcdef0123456789abcdef"
    assert told["MLmodel", "tool"] == "mlflow 3.17.2"
    assert not any(each.verified for each in found.provenance)
    assert CANARY not in repr(found)
    assert "jane" not in repr(found)


def test_one_model_one_version_one_file(tracking: Tracking) -> None:
    root = f"mlflow://{tracking.host}"
    assert len(looked(f"{root}/letters")) == 2
    assert [*looked(f"{root}/triage/1/data/model.pkl")] == [f"{root}/triage/1/data/model.pkl"]


@pytest.mark.parametrize("place", ["nothing", "triage/99", "triage/x"])
def test_what_is_not_registered_is_a_sentence(tracking: Tracking, place: str) -> None:
    with pytest.raises(Unreachable, match="cannot be listed"):
        looked(f"mlflow://{tracking.host}/{place}")


def test_versions_come_by_pages(tracking: Tracking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.inspect.stores.mlflow.PAGE", 1)
    store = store_of(f"mlflow://{tracking.host}")
    assert len({each.name for each in store.files()}) >= 8
    assert store.lists > 8


def test_no_more_than_the_budget_is_fetched(tracking: Tracking) -> None:
    budget = Budget(100_000)
    (found,) = looked(f"mlflow://{tracking.host}/triage/3", budget=budget).values()
    assert budget.bytes <= 100_000
    assert found.verdict == "unreadable"
    assert "budget" in found.reasons[0]


def test_sensitive_data_is_looked_for_there_too(tracking: Tracking) -> None:
    places = [*inspect_data([f"mlflow://{tracking.host}/triage/1"])]
    assert f"mlflow://{tracking.host}/triage/1/notes.txt" in {each.path for each in places}


# ---- a server that lies --------------------------------------------------------------------------------


class Lying(Server):
    """One model with one version whose files are `where`; `answers` are by path, before all else."""

    def __init__(self, where: str = "mlflow-artifacts:/0/x", **files: bytes) -> None:
        super().__init__()
        self.where, self.files = where, {name.replace("_", "."): data for name, data in files.items()}
        self.entries: list[dict[str, object]] | None = None
        self.answers: dict[str, Answer] = {}
        self.ranges = True

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        bare = path.partition("?")[0].removeprefix("/api/2.0/")
        if bare in self.answers:
            return self.answers[bare]
        version = {"name": "m", "version": "1", "source": self.where, "user_id": CANARY}
        match bare.removeprefix("mlflow/").removeprefix("mlflow-artifacts/"):
            case "registered-models/search":
                return as_json(200, {"registered_models": [{"name": "m"}]})
            case "model-versions/search":
                return as_json(200, {"model_versions": [version]})
            case "model-versions/get":
                return as_json(200, {"model_version": version})
            case "model-versions/get-download-uri":
                return as_json(200, {"artifact_uri": self.where})
            case "artifacts":
                own = [{"path": name, "file_size": len(data)} for name, data in self.files.items()]
                return as_json(200, {"files": own if self.entries is None else self.entries})
        name = bare.rpartition("/")[2]
        if name not in self.files:
            return as_json(404, {"message": CANARY})
        return self.part(self.files[name], headers.get("Range", ""))

    def part(self, data: bytes, wanted: str) -> Answer:
        if not self.ranges or not wanted:
            return 200, {}, data
        start, end = (int(each) for each in wanted.removeprefix("bytes=").split("-"))
        told = f"bytes {start}-{min(end, len(data) - 1)}/{len(data)}"
        return 206, {"Content-Range": told, "ETag": "1"}, data[start : end + 1]


def address_of(server: Server) -> str:
    return server.url.replace("http://", "mlflow://")


def only(server: Lying, budget: Budget | None = None) -> ModelResult:
    with running(server):
        (found,) = looked(address_of(server), budget=budget).values()
    return found


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("file:///etc", "disk of the server"),
        ("/etc/passwd", "disk of the server"),
        ("mlflow-artifacts:/0/../../etc", "leads out"),
        ("mlflow-artifacts:/0/%2e%2e/etc", "leads out"),
        ("mlflow-artifacts:/", "all that the server has"),
        ("mlflow-artifacts://elsewhere.example/0/x", "another server"),
        ("wasbs://c@a.blob.core.windows.net/x", "wasbs:, which is not read"),
        ("dbfs:/x", "dbfs:, which is not read"),
        ("https://elsewhere.example/x", "https:, which is not read"),
        (f"{CANARY} x:/y", "disk of the server"),
        (f"x+{CANARY}-{CANARY}:/y", "a place of no known kind"),
        ("s3://models", "none of a model"),
        ("s3://models/x?versionId=1", "none of a model"),
        ("models:/m/1", "in circles"),
        ("runs:/0123/x", "the run that it comes from"),
        ("models:/m-0123/x", "not there"),
    ],
)
def test_a_place_that_is_not_opened_is_told(where: str, reason: str) -> None:
    found = only(Lying(where))
    assert found.verdict == "unreadable"
    assert reason in found.reasons[0]


@pytest.mark.parametrize(
    "name", ["../x.pkl", "/etc/passwd", "a/../../x", "x\0y", "a\\..\\b", "", ".", "a//b"]
)
def test_a_name_that_leads_out_is_refused_and_the_rest_is_read(name: str) -> None:
    server = Lying(model_pkl=crafted.marking())
    server.entries = [
        {"path": name, "file_size": 3},
        {"path": "model.pkl", "file_size": len(crafted.marking())},
    ]
    with running(server):
        found = looked(address_of(server))
    assert sorted(each.verdict for each in found.values()) == ["malicious", "unreadable"]
    assert any("leads out" in each.reasons[0] for each in found.values())
    assert not any(".." in path or "passwd" in path for path, _ in server.asked)


@given(name=st.text(max_size=30), folder=st.sampled_from(["", "a", "a/b"]))
def test_a_name_is_below_its_folder_or_refused(name: str, folder: str) -> None:
    try:
        path = below(folder, name)
    except OSError:
        return
    assert path.startswith(f"{folder}/" if folder else path)
    assert not {"..", "."} & {*path.split("/")}
    assert path.isprintable()
    assert not path.startswith("/")


def test_a_redirect_is_not_followed() -> None:
    other = Lying(model_pkl=b"x")
    server = Lying(model_pkl=b"x" * 9)
    with running(other):
        to = f"{other.url}/api/2.0/mlflow-artifacts/artifacts/0/x/model.pkl"
        server.answers["mlflow-artifacts/artifacts/0/x/model.pkl"] = (302, {"Location": to}, b"")
        assert "another server" in only(server).reasons[0]
        assert other.asked == []


@pytest.mark.parametrize("size", [5, 5_000])
def test_a_size_that_is_a_lie_is_no_clean_file(size: int) -> None:
    server = Lying(model_pkl=crafted.marking())
    server.entries = [{"path": "model.pkl", "file_size": size}]
    for server.ranges in (True, False):
        found = only(server)
        assert found.verdict == "unreadable"
        assert "as large as it was listed" in found.reasons[0]


def test_a_file_that_changes_is_not_read_on() -> None:
    data = crafted.safetensors((0, 300_000), data=300_000)

    class Changing(Lying):
        def part(self, data: bytes, wanted: str) -> Answer:
            status, told, part = super().part(data, wanted)
            return status, {**told, "ETag": wanted}, part

    assert "changed" in only(Changing(w_safetensors=data)).reasons[0]


def test_a_server_without_ranges_is_read_as_it_comes() -> None:
    server = Lying(model_pkl=crafted.marking())
    server.ranges = False
    found = only(server)
    assert (found.verdict, found.digest[:7]) == ("malicious", "sha256:")
    assert len([path for path, _ in server.asked if path.endswith("model.pkl")]) == 1


def test_the_budget_bounds_what_comes_as_a_whole() -> None:
    server = Lying(w_safetensors=crafted.safetensors((0, 3_000_000), data=3_000_000))
    server.ranges = False
    budget = Budget(1_000_000)
    assert "budget" in only(server, budget).reasons[0]
    assert budget.bytes <= 1_000_000


def test_a_list_without_an_end_ends() -> None:
    server = Lying()
    for name in ("mlflow/registered-models/search", "mlflow/model-versions/search"):
        server.answers[name] = as_json(200, {"next_page_token": "again"})
    with running(server):
        assert looked(address_of(server)) == {}
    assert len(server.asked) <= 4


def test_folders_without_an_end_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.inspect.stores.mlflow.MOST_DEPTH", 5)
    server = Lying()
    server.entries = [{"path": "deeper", "is_dir": True}]
    assert "too much" in only(server).reasons[0]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"model_versions": 3}', b"\xff", b"[" * 100_000])
def test_an_answer_that_is_none_is_a_sentence(body: bytes) -> None:
    server = Lying()
    server.answers["mlflow/model-versions/search"] = (200, {}, body)
    with running(server), pytest.raises(Unreachable, match="not as its interface wants it"):
        looked(address_of(server))


# ---- credentials ---------------------------------------------------------------------------------------


def authorizations(server: Server) -> set[str | None]:
    return {headers.get("Authorization") for _, headers in server.asked}


def test_a_token_goes_to_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", CANARY)
    server = Lying(model_pkl=crafted.marking())
    only(server)
    assert authorizations(server) == {f"Bearer {CANARY}"}


def test_a_token_of_another_server_is_kept_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://tracking.example")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", CANARY)
    server = Lying(model_pkl=crafted.marking())
    only(server)
    assert authorizations(server) == {None}


def test_the_tracking_uri_names_a_path_and_a_password_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Lying()
    with running(server):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{server.url}/behind/")
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "anna")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", CANARY)
        with pytest.raises(Unreachable):
            looked(address_of(server))
    assert server.asked[0][0].startswith("/behind/api/2.0/mlflow/registered-models/search")
    assert {str(each)[:6] for each in authorizations(server)} == {"Basic "}


def test_nothing_secret_goes_over_a_network_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    from collectors.inspect.stores.web import Web

    for base, sent in (("http://tracking.example", False), ("https://tracking.example", True)):
        assert bool(Web(base, f"Bearer {CANARY}")._authorization) is sent


def test_what_a_server_says_is_in_no_message_or_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", CANARY)
    server = Lying()
    server.answers["mlflow/registered-models/search"] = as_json(403, {"message": CANARY})
    with running(server), pytest.raises(Unreachable) as raised:
        looked(address_of(server))
    assert "does not allow it" in str(raised.value)
    assert CANARY not in str(raised.value) + caplog.text


@pytest.mark.parametrize(
    "address", ["mlflow://", "mlflow:///m/1", f"mlflow://u:{CANARY}@h/m", "mlflow://a b/m"]
)
def test_an_address_that_is_none_is_said(address: str) -> None:
    with pytest.raises(Unreachable, match="An address of MLflow is") as raised:
        looked(address)
    assert CANARY not in str(raised.value)


def test_claims_of_a_registry_are_not_verified(tmp_path: Path) -> None:
    found = only(Lying(model_pkl=crafted.marking()))
    assert Provenance("registry", "source", "mlflow-artifacts:/0/x") in found.provenance
    assert CANARY not in repr(found)
