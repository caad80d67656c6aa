"""An object store on this machine that speaks as much of S3 as a reader needs: a few files under many keys.

ListObjectsV2, HEAD and ranged GET of one bucket, by threads; it counts requests and bytes. Signatures are not
looked at: it listens on the loopback address only.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import msgspec

PART = 1 << 20


class Traffic(msgspec.Struct):
    """What was asked for and sent."""

    requests: int = 0
    sent: int = 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, bucket: str, keys: Mapping[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bucket, self.keys = bucket, keys
        self.traffic, self.lock = Traffic(), Lock()

    def count(self, sent: int) -> None:
        with self.lock:
            self.traffic.requests += 1
            self.traffic.sent += sent


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
        """Nothing is logged."""

    def do_HEAD(self) -> None:
        self._file(body=False)

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path.strip("/") == self.server.bucket:
            self._list(parse_qs(path.query))
        else:
            self._file(body=True)

    def _list(self, asked: Mapping[str, list[str]]) -> None:
        prefix = asked.get("prefix", [""])[0]
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{file.stat().st_size}</Size><ETag>&quot;1&quot;</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for key, file in sorted(self.server.keys.items())
            if key.startswith(prefix)
        )
        answer = (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{self.server.bucket}</Name><KeyCount>{rows.count('<Key>')}</KeyCount>"
            f"<IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        ).encode()
        self._answer(200, len(answer), {"Content-Type": "application/xml"})
        self.wfile.write(answer)
        self.server.count(len(answer))

    def _file(self, *, body: bool) -> None:
        key = urlsplit(self.path).path.removeprefix(f"/{self.server.bucket}/")
        file = self.server.keys.get(key)
        if file is None:
            self._answer(404, 0, {})
            self.server.count(0)
            return
        size = file.stat().st_size
        start, end = _range(self.headers.get("Range", ""), size)
        length = end - start
        headers = {"Accept-Ranges": "bytes", "ETag": '"1"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        if "Range" in self.headers:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        self._answer(206 if "Range" in self.headers else 200, length, headers)
        self.server.count(length if body else 0)
        if body:
            self._send(file, start, length)

    def _send(self, file: Path, start: int, length: int) -> None:
        with file.open("rb") as content:
            content.seek(start)
            while length > 0 and (part := content.read(min(PART, length))):
                self.wfile.write(part)
                length -= len(part)

    def _answer(self, status: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def _range(header: str, size: int) -> tuple[int, int]:
    first, _, last = header.removeprefix("bytes=").partition("-")
    if not header:
        return 0, size
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)


@contextmanager
def served(bucket: str, keys: Mapping[str, Path]) -> Iterator[tuple[str, Traffic]]:
    """The address of a store with these keys, and its traffic so far."""
    server = _Server(bucket, keys)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.traffic
    finally:
        server.shutdown()
        server.server_close()
