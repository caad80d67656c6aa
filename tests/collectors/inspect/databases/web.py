"""A server on this machine that answers as a test says, for databases that no server package speaks."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from graph.model import Json

Answering = Callable[[str, Mapping[str, str], Mapping[str, str]], tuple[int, Json]]
"""Path, query and headers of a GET in, status and JSON out."""


@contextmanager
def serving(answering: Answering) -> Iterator[str]:
    """The server's address while the block lasts. What is no GET is refused."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, body = answering(unquote(parts.path), query, dict(self.headers.items()))
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Practice servers keep quiet."""

    with _listening(Handler) as address:
        yield address


class Request(msgspec.Struct, frozen=True):
    """What a server was asked: `path` without the query, of which `many` has all values of a name; `body` as
    JSON, None where there was none."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None
    raw: bytes = b""
    many: Mapping[str, list[str]] = {}


Replying = Callable[[Request], tuple[int, Json | bytes]]
"""A request in, status and JSON (or bytes as they are) out."""


@contextmanager
def replying(reply: Replying) -> Iterator[str]:
    """A server's address while the block lasts; it takes any method. A redirect leads to `/elsewhere`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def _do(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            many = parse_qs(parts.query)
            query = {name: values[0] for name, values in many.items()}
            body = json.loads(raw) if raw else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Request(self.command, unquote(parts.path), query, headers, body, raw, many)
            status, said = reply(asked)
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _do  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Practice servers keep quiet."""

    with _listening(Handler) as address:
        yield address


@contextmanager
def _listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
