"""The server as its command starts it: headers, routes, hosts, signals."""

import json
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.canvas.component import bundle
from app.serve import PortTaken, serve
from app.standalone import POLICY
from tests.app.conftest import START
from tests.app.sample import HOSTILE


def got(address: str, path: str, host: str = "") -> HTTPResponse:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.request("GET", path, headers={"Host": host} if host else {})
    return connection.getresponse()


def test_every_answer_has_the_security_headers(address: str) -> None:
    for path in ("/", "/ready", f"/assets/{bundle().name}", "/_stcore/health", "/nowhere"):
        answer = got(address, path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_it_says_when_it_is_ready_and_from_which_snapshot(address: str) -> None:
    assert json.load(got(address, "/ready")) == {"status": "ok", "snapshot": "20261123T020000Z"}


def test_a_request_for_another_host_is_refused(address: str) -> None:
    assert got(address, "/", host="rebound.example").status == 400
    assert got(address, "/_stcore/stream", host="rebound.example").status == 400


def test_the_canvas_may_be_kept_for_ever(address: str) -> None:
    answer = got(address, f"/assets/{bundle().name}")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.read() == bundle().read_bytes()
    assert "immutable" not in got(address, "/assets/canvas-0.js").headers.get("cache-control", "")


def test_nothing_outside_the_bundle_is_served(address: str) -> None:
    for path in ("/assets/../component.py", "/assets/%2e%2e/component.py"):
        assert b"streamlit" not in got(address, path).read()[:400].replace(b"Streamlit", b"")


def test_the_graph_comes_sandboxed_and_as_a_download(hostile_address: str, hostile_home: Path) -> None:
    written = next((hostile_home / "results").glob("*/results.jsonl")).read_text().splitlines()
    path = next(json.loads(line) for line in written if '"AISPM-PATH-01"' in line)
    answer = got(hostile_address, f"/download/graph/{path['id']}")
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert POLICY.startswith("sandbox allow-scripts;")
    assert answer.headers["content-disposition"].startswith("attachment")
    page = answer.read().decode()
    assert '<html lang="en">' in page
    assert HOSTILE[0] not in page
    assert HOSTILE[0].replace("<", "&lt;")[:8] in page


def test_a_path_that_is_not_there_is_a_sentence(address: str) -> None:
    answer = got(address, "/download/graph/f:none")
    assert answer.status == 404
    assert b"no such path" in answer.read()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(home: Path, tmp_path: Path, sent: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(home), f"embedded:{tmp_path / 'graph.kgl'}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
    assert got(address, "/ready").status == 200
    process.send_signal(sent)
    _, errors = process.communicate(timeout=20)
    assert process.returncode in (0, -sent)
    assert "Traceback" not in errors


def test_a_port_that_is_taken_is_a_sentence(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} .* leave the port out"):
            serve(port, home, "embedded:none")
