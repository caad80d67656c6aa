"""Azure on this machine: Resource Manager, Resource Graph and the token service, over HTTPS.

The estate is a list of resources in their wire shape, each checked against the SDK's model of it; where a
resource is listed follows from its id. A collection for which the estate holds nothing answers
AuthorizationFailed: a forgotten seed shows up in the coverage, never as an empty list.
"""

import json
import re
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

import msgspec

from collectors.azure.client import Settings
from collectors.practice.azure_models import MODELS, SHAPES, unknown_keys
from collectors.practice.tls import issue
from graph.model import Json

Wire = dict[str, Json]

CLIENT = "00000000-0000-4000-8000-0000000c11e7"
SECRET = "-".join(("practice", "estate", "sign", "in"))  # joined, so that no scanner takes it for a real one

GRAPH = "/providers/microsoft.resourcegraph/resources"
SUBSCRIPTIONS = "/subscriptions"
PART = r"(\w+) \| where type in~ \(([^)]*)\)"
QUERY = re.compile(rf"{PART}(?: \| union \({PART}\))? \| project ([\w, =.]+) \| order by id asc")
TABLES: Mapping[str, str] = {
    "microsoft.resources/subscriptions": "resourcecontainers",
    "microsoft.resources/subscriptions/resourcegroups": "resourcecontainers",
}
"""Resource Graph's table of a type; `resources` for the others."""


class FixtureError(ValueError):
    """A resource of the estate is not what Azure would answer; the message says which key of which."""


class Fault(msgspec.Struct, frozen=True):
    """An error that a path (lower-cased, without query) answers with once.

    With `page`, only the request for that page (from 1) of a listing fails.
    """

    path: str
    status: int
    code: str
    message: str = "Injected by a test."
    retry_after: int | None = None
    page: int | None = None


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """What exists: resources with their full `type`, and the collections that exist and are empty."""

    tenant: str
    resources: Sequence[Mapping[str, Json]]
    empty: Sequence[str] = ()

    def check(self) -> None:
        """Refuse keys that the SDK's models don't have: it would drop them without a word."""
        for resource in self.resources:
            kind = str(resource.get("type", "")).lower()
            if kind not in MODELS and kind not in SHAPES:
                raise FixtureError(f"{resource.get('id')}: no model for the type {kind!r}")
            for fault in unknown_keys(kind, _wire(resource)):
                raise FixtureError(f"{resource.get('id')}: {fault}")


class Reply(msgspec.Struct, frozen=True):
    """A status, a JSON body and further headers."""

    status: int
    body: Json
    headers: Mapping[str, str] = {}


class Refusal(Exception):
    """An answer that is an error, in Resource Manager's form."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.reply = Reply(status, {"error": {"code": code, "message": message}}, headers or {})


class AzureServer:
    """Serves an estate while it is entered; `settings()` and `environment()` point the collectors at it."""

    def __init__(self, estate: Estate, *, page_size: int = 2) -> None:
        estate.check()
        self._estate, self._page_size = estate, page_size
        self._by_id = {str(r["id"]).lower(): _wire(r) for r in estate.resources}
        self._collections = _collections(estate)
        self._faults: list[Fault] = []
        self._tokens: set[str] = set()
        self._issued = 0
        self._lock = threading.Lock()
        self.requests: list[str] = []
        """Method and path of every request, in order."""

    def __enter__(self) -> "AzureServer":
        self._folder = tempfile.TemporaryDirectory()
        certificate = issue(Path(self._folder.name))
        self._ca_bundle = str(certificate.ca_path)
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        self._http.socket = certificate.server_context().wrap_socket(
            self._http.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._folder.cleanup()

    @property
    def address(self) -> str:
        return f"https://localhost:{self._http.server_address[1]}"

    def settings(self) -> Settings:
        """The public settings that send the collectors here."""
        return Settings(
            resource_manager=self.address,
            authority=self.address,
            ca_bundle=self._ca_bundle,
            tenant_id=self._estate.tenant,
            credential="client_secret",
        )

    def environment(self) -> dict[str, str]:
        """The environment in which the collectors sign in here."""
        return {
            "AZURE_TENANT_ID": self._estate.tenant,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": SECRET,
        }

    def plant(self, *faults: Fault) -> None:
        """Let paths fail once each, in this order."""
        with self._lock:
            self._faults.extend(faults)

    def expire_tokens(self) -> None:
        """From now on, tokens that were given out are too old."""
        with self._lock:
            self._tokens.clear()

    def reply(self, method: str, address: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to one request; whatever is wrong with it becomes Azure's own kind of error."""
        split = urlsplit(address)
        path = split.path.lower().rstrip("/")
        query = {key: values[0] for key, values in parse_qs(split.query).items()}
        with self._lock:
            self.requests.append(f"{method} {path}")
        try:
            if path.startswith(f"/{self._estate.tenant}/"):
                return self._sign_in(path, body)
            self._authorize(headers)
            if path == GRAPH and method == "POST":
                return self._graph(json.loads(body))
            _check(method, query)
            return self._resource(path, query)
        except Refusal as refusal:
            return refusal.reply

    def _sign_in(self, path: str, body: bytes) -> Reply:
        """The tenant's OpenID configuration, and tokens for the practice client."""
        tenant = f"{self.address}/{self._estate.tenant}"
        if path.endswith("/.well-known/openid-configuration"):
            return Reply(
                200,
                {
                    "issuer": f"{tenant}/v2.0",
                    "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{tenant}/oauth2/v2.0/token",
                },
            )
        form = parse_qs(body.decode())
        if (form.get("client_id"), form.get("client_secret")) != ([CLIENT], [SECRET]):
            error = "AADSTS7000215: Invalid client secret provided."
            return Reply(401, {"error": "invalid_client", "error_description": error})
        with self._lock:
            self._issued += 1
            token = f"practice-token-{self._issued}"
            self._tokens.add(token)
        return Reply(200, {"token_type": "Bearer", "expires_in": 3600, "access_token": token})

    def _authorize(self, headers: Mapping[str, str]) -> None:
        given = headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            known = given in self._tokens
        if not known:
            message = "The access token expiry UTC time is earlier than current UTC time."
            raise Refusal(401, "ExpiredAuthenticationToken", message)

    def _resource(self, path: str, query: Mapping[str, str]) -> Reply:
        page = int(query.get("$skiptoken", "1"))
        self._strike(path, page)
        if path in self._collections:
            rows, following = self._cut(self._collections[path], page)
            body: Wire = {"value": rows}
            if following:
                version = query["api-version"]
                body["nextLink"] = f"{self.address}{path}?api-version={version}&$skiptoken={following}"
            return Reply(200, body)
        if path in self._by_id:
            return Reply(200, self._by_id[path])
        if _is_collection(path) and self._parent_exists(path):
            raise Refusal(403, "AuthorizationFailed", _denial(path))
        kind = "ResourceGroupNotFound" if path.count("/") == 4 else "ResourceNotFound"
        raise Refusal(404, kind, f"The resource {path!r} was not found.")

    def _parent_exists(self, path: str) -> bool:
        """Whether the resource whose children a path lists is there; a listing by subscription has none."""
        before, _, rest = path.rpartition("/providers/")
        steps = rest.split("/")
        return len(steps) == 2 or f"{before}/providers/{'/'.join(steps[:3])}" in self._by_id

    def _graph(self, request: Wire) -> Reply:
        """Resource Graph, for queries of the one form that QUERY describes."""
        options = request.get("options")
        token = options.get("$skipToken") if isinstance(options, dict) else None
        page = int(str(token)) if token else 1
        self._strike(GRAPH, page)
        parts = QUERY.fullmatch(str(request.get("query")))
        if parts is None:
            raise Refusal(400, "BadRequest", f"ParserFailure: {request.get('query')!r}")
        *legs, columns = parts.groups()
        wanted = {
            (table, kind)
            for table, types in zip(legs[::2], legs[1::2], strict=True)
            for kind in re.findall(r"'([^']+)'", (types or "").lower())
        }
        scope = request.get("subscriptions")
        found = [
            _projected(row, columns)
            for row in self._estate.resources
            if (TABLES.get(_kind(row), "resources"), _kind(row)) in wanted
            and (not isinstance(scope, list) or _subscription(row) in scope)
        ]
        rows, following = self._cut(sorted(found, key=lambda row: str(row["id"])), page)
        body: Wire = {
            "totalRecords": len(found),
            "count": len(rows),
            "data": rows,
            "facets": [],
            "resultTruncated": "false",
        }
        return Reply(200, {**body, "$skipToken": str(following)} if following else body)

    def _cut(self, rows: Sequence[Wire], page: int) -> tuple[list[Json], int | None]:
        """One page of rows, and the number of the next one."""
        start = (page - 1) * self._page_size
        cut: list[Json] = list(rows[start : start + self._page_size])
        return cut, page + 1 if start + self._page_size < len(rows) else None

    def _strike(self, path: str, page: int) -> None:
        with self._lock:
            for fault in self._faults:
                if fault.path == path and fault.page in (None, page):
                    self._faults.remove(fault)
                    break
            else:
                return
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        raise Refusal(fault.status, fault.code, fault.message, wait)


def _collections(estate: Estate) -> dict[str, list[Wire]]:
    """Every listing's path with its rows: by subscription, or below the parent for its children."""
    collections: dict[str, list[Wire]] = defaultdict(list)
    for path in estate.empty:
        collections[path.lower()] = []
    subscriptions = [
        _subscription(r) for r in estate.resources if _kind(r) == "microsoft.resources/subscriptions"
    ]
    for resource in estate.resources:
        kind, identifier = _kind(resource), str(resource["id"]).lower()
        if kind == "microsoft.resources/subscriptions":
            collections[SUBSCRIPTIONS].append(_wire(resource))
        elif kind.startswith("microsoft.authorization/"):
            own = _subscription(resource)
            for subscription in [own] if own else subscriptions:  # inherited from above all of them
                collections[f"/subscriptions/{subscription}/providers/{kind}"].append(dict(resource))
        elif kind.count("/") == 1:
            collections[f"/subscriptions/{_subscription(resource)}/providers/{kind}"].append(dict(resource))
        else:
            collections[identifier.rpartition("/")[0]].append(dict(resource))
    return dict(collections)


def _check(method: str, query: Mapping[str, str]) -> None:
    if method != "GET":
        raise Refusal(405, "MethodNotAllowed", f"{method} is not served here: a scan only reads.")
    if "api-version" not in query:
        raise Refusal(400, "MissingApiVersionParameter", "The api-version query parameter is required.")


def _wire(resource: Mapping[str, Json]) -> Wire:
    """A resource as it is answered: subscriptions carry no type."""
    own = _kind(resource) == "microsoft.resources/subscriptions"
    return {name: value for name, value in resource.items() if not (own and name == "type")}


def _kind(resource: Mapping[str, Json]) -> str:
    return str(resource["type"]).lower()


def _subscription(resource: Mapping[str, Json]) -> str:
    """The subscription in an id; empty when it is above them all (a management group)."""
    parts = str(resource["id"]).lower().split("/")
    return parts[2] if parts[1] == "subscriptions" else ""


def _projected(row: Mapping[str, Json], columns: str) -> Wire:
    """The columns of a row; `name = a.b` takes one out of an object. What is not there is null."""
    answer: Wire = {}
    for column in columns.split(", "):
        name, _, path = column.partition(" = ")
        value: Json = dict(row)
        for step in (path or name).split("."):
            value = value.get(step) if isinstance(value, dict) else None
        answer[name] = value
    return answer


def _is_collection(path: str) -> bool:
    """Paths of collections have an odd number of steps after the provider, resources an even one."""
    _, _, rest = path.rpartition("/providers/")
    return path == SUBSCRIPTIONS or ("/providers/" in path and rest.count("/") % 2 == 1)


def _denial(path: str) -> str:
    steps = path.rpartition("/providers/")[2].split("/")
    action = "/".join([steps[0], *steps[1::2]]) + "/read"
    return (
        f"The client {CLIENT!r} does not have authorization to perform action {action!r} over scope {path!r} "
        "or the scope is invalid. If access was recently granted, please refresh your credentials."
    )


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up, or don't trust the certificate, say so themselves; our faults are raised."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typed as a socket


def _handler(server: AzureServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write per answer
        disable_nagle_algorithm = True  # without it a delayed ACK makes it ten times slower
        timeout = 60

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            """Requests are kept in `requests`, not printed."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.reply(self.command, self.path, headers, body)
            content = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  the base class's names

    return Handler
