"""Small servers on this machine: GitHub's API, Git over HTTP, and a registry of images."""

import base64
import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Mapping[str, str], bytes]


class Server:
    """Answers by its method `answer`; remembers what it was asked, with the headers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.url = ""

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        raise NotImplementedError


def as_json(status: int, value: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return status, {"Content-Type": "application/json", **named}, json.dumps(value).encode()


@contextmanager
def running(server: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self._body()
            headers = dict(self.headers.items())
            server.asked.append((self.path, headers))
            status, told, content = server.answer(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") == "chunked":
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        do_GET = do_POST = do_HEAD = _do  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Nobody reads it."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_port}"
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()


class GitServer(Server):
    """Bare repositories in a folder, by git's own program for servers; `token` is wanted when it is set."""

    def __init__(self, root: Path, token: str = "") -> None:
        super().__init__()
        self.root = root
        self.token = token

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self.token and not self.knows(headers):
            return 401, {"WWW-Authenticate": 'Basic realm="git"'}, b""
        parts = urlsplit(path)
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "REQUEST_METHOD": method,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        }
        ended = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, env=environment, check=True
        )
        head, _, content = ended.stdout.partition(b"\r\n\r\n")
        told = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(told.pop("Status", "200").split()[0])
        return status, told, content

    def knows(self, headers: Mapping[str, str]) -> bool:
        login = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return headers.get("Authorization") == f"Basic {login}"


class GitHub(GitServer):
    """The API beside the repositories of one owner, two rows a page.

    `lists` are further lists by their paths (`orgs/clinic/teams`), `denied` paths that are answered so.
    """

    def __init__(self, root: Path, token: str = "", *, owner: str = "clinic", person: bool = False) -> None:
        super().__init__(root, token)
        self.owner, self.person = owner, person
        self.about: dict[str, dict[str, object]] = {}
        self.limits: list[Answer] = []
        self.elsewhere = ""
        self.lists: dict[str, list[object]] = {}
        self.denied: dict[str, Answer] = {}
        self.organization: dict[str, object] = {}

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(path)
        if not parts.path.startswith("/api/"):
            return super().answer(method, path, headers, body)
        if self.limits:
            return self.limits.pop(0)
        if self.token and headers.get("Authorization") != f"Bearer {self.token}":
            return as_json(401, {"message": "Bad credentials"})
        path = parts.path.removeprefix("/api/")
        asked = parse_qs(parts.query)
        names = (f"{path}?{parts.query.partition('&')[0]}", path)
        denied = next((self.denied[name] for name in names if name in self.denied), None)
        rows = next((self.lists[name] for name in names if name in self.lists), None)
        return denied or (self._about(path, asked) if rows is None else self._page(parts.path, rows, asked))

    def _about(self, path: str, asked: Mapping[str, Sequence[str]]) -> Answer:
        place = path.split("/")
        if place[0] == "repos":
            return as_json(200, self._repository(place[2]))
        if place == ["orgs", self.owner] and not self.person:
            return as_json(200, {"login": self.owner, **self.organization})
        if place != ["users" if self.person else "orgs", self.owner, "repos"]:
            return as_json(404, {"message": "Not Found"})
        rows = [self._repository(name) for name in sorted(self.about)]
        return self._page(f"/api/{path}", rows, asked)

    def _page(self, path: str, rows: Sequence[object], asked: Mapping[str, Sequence[str]]) -> Answer:
        page = int(asked.get("page", ["1"])[0])
        more = {}
        if page * 2 < len(rows):
            kept = "&".join(f"{name}={text[0]}" for name, text in asked.items() if name != "page")
            base = self.elsewhere or self.url
            more["Link"] = f'<{base}{path}?{kept}&page={page + 1}>; rel="next"'
        return as_json(200, rows[page * 2 - 2 : page * 2], **more)

    def _repository(self, name: str) -> dict[str, object]:
        return {
            "id": 1,
            "name": name,
            "full_name": f"{self.owner}/{name}",
            "clone_url": f"{self.url}/{name}.git",
            "private": True,
            "visibility": "private",
            "default_branch": "main",
            "size": 1,
            "owner": {"login": self.owner, "type": "User" if self.person else "Organization"},
            **self.about[name],
        }


class Registry(Server):
    """Images by the distribution API; with `token` set, its own service hands that out for a password."""

    def __init__(self, token: str = "", password: str = "") -> None:
        super().__init__()
        self.token, self.password = token, password
        self.blobs: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}

    def put(self, data: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.blobs[digest] = data
        return digest

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(path)
        if parts.path == "/token":
            login = base64.b64encode(f"anna:{self.password}".encode()).decode()
            if self.password and headers.get("Authorization") != f"Basic {login}":
                return as_json(401, {})
            return as_json(200, {"token": self.token})
        if self.token and headers.get("Authorization") != f"Bearer {self.token}":
            realm = f'Bearer realm="{self.url}/token",service="here"'
            return 401, {"WWW-Authenticate": realm}, b""
        _, kind, reference = parts.path.rsplit("/", 2)
        data = self.blobs.get(self.tags.get(reference, reference))
        if data is None:
            return as_json(404, {})
        told = {"Docker-Content-Digest": self.tags.get(reference, reference)} if kind == "manifests" else {}
        return 200, told, data
