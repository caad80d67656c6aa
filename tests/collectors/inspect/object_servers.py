"""Object stores of Google and Azure on this machine, as far as they are listed and read here."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 2
"""Objects of one page, so that paging is tried."""


class _Handler(BaseHTTPRequestHandler):
    objects: Mapping[str, bytes] = {}
    denied = False
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        path, query = unquote(urlsplit(self.path).path), parse_qs(urlsplit(self.path).query)
        if self.denied:
            self.deny()
        elif self.is_list(path, query):
            self.list(query)
        elif (data := self.objects.get(self.name_of(path))) is None:
            self.answer(404, b"")
        else:
            self.part(data)

    def part(self, data: bytes) -> None:
        wanted = self.headers.get("Range") or self.headers.get("x-ms-range") or ""
        if not (found := re.fullmatch(r"bytes=(\d+)-(\d+)", wanted)):
            self.answer(200, data)
            return
        start, end = int(found[1]), min(int(found[2]), len(data) - 1)
        self.answer(206, data[start : end + 1], {"Content-Range": f"bytes {start}-{end}/{len(data)}"})

    def page(self, prefix: str, token: str) -> tuple[list[str], str]:
        names = [each for each in sorted(self.objects) if each.startswith(prefix) and each > token]
        return names[:PAGE], names[PAGE - 1] if len(names) > PAGE else ""

    def answer(self, status: int, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def is_list(self, path: str, query: Mapping[str, list[str]]) -> bool:
        raise NotImplementedError

    def list(self, query: Mapping[str, list[str]]) -> None:
        raise NotImplementedError

    def name_of(self, path: str) -> str:
        raise NotImplementedError

    def deny(self) -> None:
        raise NotImplementedError


class Google(_Handler):
    """https://cloud.google.com/storage/docs/json_api/v1/objects"""

    def is_list(self, path: str, query: Mapping[str, list[str]]) -> bool:
        return path.endswith("/b/training/o")

    def list(self, query: Mapping[str, list[str]]) -> None:
        names, token = self.page(query.get("prefix", [""])[0], query.get("pageToken", [""])[0])
        items = [{"name": each, "size": str(len(self.objects[each]))} for each in names]
        said = {"items": items, **({"nextPageToken": token} if token else {})}
        self.answer(200, json.dumps(said).encode(), {"Content-Type": "application/json"})

    def name_of(self, path: str) -> str:
        return path.partition("/b/training/o/")[2]

    def deny(self) -> None:
        said = {"error": {"code": 403, "message": "canary.quince may not", "errors": []}}
        self.answer(403, json.dumps(said).encode(), {"Content-Type": "application/json"})


class Azure(_Handler):
    """https://learn.microsoft.com/rest/api/storageservices/list-blobs, /get-blob"""

    def is_list(self, path: str, query: Mapping[str, list[str]]) -> bool:
        return query.get("comp") == ["list"]

    def list(self, query: Mapping[str, list[str]]) -> None:
        names, token = self.page(query.get("prefix", [""])[0], query.get("marker", [""])[0])
        blobs = "".join(
            f"<Blob><Name>{escape(each)}</Name><Properties><Content-Length>{len(self.objects[each])}"
            "</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>"
            for each in names
        )
        said = (
            f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{token}</NextMarker></EnumerationResults>"
        )
        self.answer(200, said.encode(), {"Content-Type": "application/xml"})

    def name_of(self, path: str) -> str:
        return path.removeprefix("/account/training/")

    def deny(self) -> None:
        said = b"<Error><Code>AuthorizationFailure</Code><Message>canary.quince may not</Message></Error>"
        headers = {"Content-Type": "application/xml", "x-ms-error-code": "AuthorizationFailure"}
        self.answer(403, said, headers)


@contextmanager
def serving(kind: type[_Handler], objects: Mapping[str, bytes], *, denied: bool = False) -> Iterator[str]:
    """The address of such a server."""
    handler = type("Handler", (kind,), {"objects": objects, "denied": denied})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
