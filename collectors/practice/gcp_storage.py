"""Cloud Storage on this machine: the JSON interface's buckets and their policies, over HTTPS.

https://cloud.google.com/storage/docs/json_api/v1
"""

import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from collectors.practice.tls import Certificate
from graph.model import Json

ROUTES = (
    ("storage.buckets.getIamPolicy", re.compile(r"/storage/v1/b/(?P<bucket>[^/]+)/iam")),
    ("storage.buckets.get", re.compile(r"/storage/v1/b/(?P<bucket>[^/]+)")),
    ("storage.buckets.list", re.compile(r"/storage/v1/b")),
)

BUCKET_FIELDS = frozenset(
    {
        *("acl", "autoclass", "billing", "cors", "customPlacementConfig", "defaultEventBasedHold"),
        *("defaultObjectAcl", "encryption", "etag", "generation", "hierarchicalNamespace"),
        *("iamConfiguration", "id", "ipFilter", "kind", "labels", "lifecycle", "location", "locationType"),
        *("logging", "metageneration", "name", "objectRetention", "owner", "projectNumber"),
        *("retentionPolicy", "rpo", "satisfiesPZI", "satisfiesPZS", "selfLink", "softDeletePolicy"),
        *("storageClass", "timeCreated", "updated", "versioning", "website"),
    }
)
"""What a bucket may say, so that a misspelt field of the estate is refused."""


class HttpFault(msgspec.Struct, frozen=True):
    """An error that an operation answers with once: HTTP status, message, Google's reason for it."""

    status: int
    message: str = "injected"
    reason: str = "forbidden"


class StorageServer:
    """Buckets by project id, and their allow policies by bucket; lists in pages of `page_size` at most."""

    def __init__(
        self,
        buckets: Mapping[str, Sequence[Mapping[str, Json]]],
        policies: Mapping[str, Mapping[str, Json]],
        page_size: int = 50,
    ) -> None:
        for bucket in (bucket for owned in buckets.values() for bucket in owned):
            if unknown := bucket.keys() - BUCKET_FIELDS:
                raise ValueError(
                    f"bucket {bucket['name']} of the practice estate: no fields {sorted(unknown)}"
                )
        self._buckets, self._policies, self._page_size = buckets, policies, page_size
        self._faults: defaultdict[str, deque[HttpFault]] = defaultdict(deque)
        self._lock = threading.Lock()
        self.requests: list[tuple[str, str]] = []
        """Every request so far: the operation, and the bucket or project it names."""

    def fault(self, operation: str, *faults: HttpFault) -> None:
        """The next answers of an operation (`storage.buckets.list`), before it answers well again."""
        self._faults[operation].extend(faults)

    def start(self, certificate: Certificate) -> None:
        self._server = _QuietServer(("127.0.0.1", 0), self._handler())
        self._server.socket = certificate.server_context().wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )  # the handshake is the connection's own thread's business, or one slow client stops all others
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"https://localhost:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, target: str) -> tuple[int, Mapping[str, Json]]:
        """HTTP status and body for a request target."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for operation, pattern in ROUTES:
            if match := pattern.fullmatch(parts.path):
                bucket = unquote(match.groupdict().get("bucket", ""))
                return self._operate(operation, bucket, query)
        return _error(HttpFault(404, f"No such address: {parts.path}", "notFound"))

    def _operate(
        self, operation: str, bucket: str, query: Mapping[str, str]
    ) -> tuple[int, Mapping[str, Json]]:
        with self._lock:
            self.requests.append((operation, bucket or query.get("project", "")))
            if self._faults[operation]:
                return _error(self._faults[operation].popleft())
        if operation == "storage.buckets.list":
            return self._list(query)
        rows = {str(row["name"]): row for owned in self._buckets.values() for row in owned}
        if bucket not in rows:
            return _error(HttpFault(404, "The specified bucket does not exist.", "notFound"))
        if operation == "storage.buckets.get":
            return 200, rows[bucket]
        if bucket not in self._policies:
            return _error(
                HttpFault(403, f"Permission 'storage.buckets.getIamPolicy' denied on resource {bucket}.")
            )
        return 200, self._policies[bucket]

    def _list(self, query: Mapping[str, str]) -> tuple[int, Mapping[str, Json]]:
        if query["project"] not in self._buckets:
            return _error(HttpFault(403, "Permission 'storage.buckets.list' denied on the project."))
        rows: list[Json] = [dict(row) for row in self._buckets[query["project"]]]
        start = int(query.get("pageToken", 0))
        end = start + min(int(query.get("maxResults", self._page_size)), self._page_size)
        more = {"nextPageToken": str(end)} if end < len(rows) else {}
        return 200, {"kind": "storage#buckets", "items": rows[start:end], **more}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet an answer: delayed acknowledgements cost 40 ms a call
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                status, body = answer(self.path)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Practice servers keep quiet."""

        return Handler


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, or does not trust the certificate, is no business of the terminal."""


def _error(fault: HttpFault) -> tuple[int, Mapping[str, Json]]:
    reasons: list[Json] = [{"message": fault.message, "domain": "global", "reason": fault.reason}]
    return fault.status, {"error": {"code": fault.status, "message": fault.message, "errors": reasons}}
