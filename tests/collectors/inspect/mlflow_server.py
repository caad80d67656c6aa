"""A real MLflow server on this machine: SQLite, files behind its proxy; it is filled by its own interface."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import requests

THERE = all(find_spec(each) for each in ("mlflow", "alembic", "huey", "aiohttp"))
SECONDS = 120


class Tracking:
    """What tests do to such a server."""

    def __init__(self, url: str) -> None:
        self.url, self.host = url, url.removeprefix("http://")

    def post(self, what: str, **said: str) -> dict[str, dict[str, str]]:
        answer = requests.post(f"{self.url}/api/2.0/mlflow/{what}", json=said, timeout=60)
        assert answer.status_code == 200, answer.text
        found: dict[str, dict[str, str]] = answer.json()
        return found

    def run(self, **tags: str) -> tuple[str, str]:
        """A run's id, and the path of its files with the proxy."""
        said = [{"key": key.replace("_", "."), "value": value} for key, value in tags.items()]
        answer: dict[str, dict[str, dict[str, str]]] = requests.post(
            f"{self.url}/api/2.0/mlflow/runs/create",
            json={"experiment_id": "0", "user_id": "jane.roe", "tags": said},
            timeout=60,
        ).json()
        about = answer["run"]["info"]
        return about["run_id"], about["artifact_uri"].removeprefix("mlflow-artifacts:/")

    def put(self, path: str, data: bytes) -> None:
        where = f"{self.url}/api/2.0/mlflow-artifacts/artifacts/{path}"
        assert requests.put(where, data=data, timeout=60).status_code == 200

    def version(self, model: str, source: str, run: str, **more: str) -> str:
        requests.post(f"{self.url}/api/2.0/mlflow/registered-models/create", json={"name": model}, timeout=60)
        said = self.post("model-versions/create", name=model, source=source, run_id=run, **more)
        return said["model_version"]["version"]


@contextmanager
def serving(folder: Path) -> Iterator[Tracking]:
    port = _free_port()
    command = (
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/store.db"),
        *("--artifacts-destination", str(folder / "artifacts"), "--serve-artifacts"),
    )
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, env={**os.environ, **quiet}, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    tracking = Tracking(f"http://127.0.0.1:{port}")
    try:
        _wait(tracking.url, server)
        yield tracking
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            if requests.get(f"{url}/health", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError("MLflow does not start")
