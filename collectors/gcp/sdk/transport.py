"""Google's clients behind one door: channels and credentials made once, answers in protobuf's own JSON."""

import importlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Protocol, cast

import google.auth
import grpc
from google.api_core import grpc_helpers
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.cloud.storage import Client as StorageClient
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from collectors.gcp.calls import ADDRESSES, SDK_METHODS
from collectors.gcp.client import Settings
from collectors.gcp.sdk.errors import FAILURES, transient, translated
from collectors.source import Page
from graph.model import Call, Json

os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
# Or the storage client asks for every bucket once more, in the background, for the sake of tracing.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
# Or the end of a connection is reported on the terminal.

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
"""The IAM interface accepts no narrower scope; what may be done is the caller's roles' business."""

POLICY_VERSION = 3
"""Asked for in policies; lower versions leave conditions out."""


class _Method(Protocol):
    """A method of a gRPC client, as they all are."""

    def __call__(self, *, request: Mapping[str, Json], retry: Retry, timeout: float) -> object: ...


class Clients:
    """Every client that a scan needs, each made once and shared by all threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._credentials: Credentials | GoogleAuthError | None = None
        self._channels: dict[str, grpc.Channel] = {}
        self._clients: dict[tuple[str, str], object] = {}
        self._storage: dict[str, StorageClient] = {}
        self._retry = Retry(
            predicate=transient,
            initial=min(1.0, settings.timeout / 20),
            maximum=20.0,
            timeout=settings.timeout,
        )

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        """The call's answers; whatever goes wrong is a `CallFailed`."""
        try:
            if call.client == "storage":
                yield from self._storage_pages(call, parameters, account)
            else:
                yield from self._grpc_pages(call, parameters, region)
        except FAILURES as error:
            raise translated(error, call, account, region, self._settings.credentials) from error

    def _grpc_pages(self, call: Call, parameters: Mapping[str, Json], region: str) -> Iterator[Page]:
        package, client, method = SDK_METHODS[call.id].rsplit(".", 2)
        invoke: _Method = getattr(self._client(package, client, call.client, region), method)
        answer = invoke(request=parameters, retry=self._retry, timeout=self._settings.timeout)
        if (pages := getattr(answer, "pages", None)) is None:
            yield Page(_json(answer))
            return
        for page in pages:
            yield Page(_json(page), items="/" + _rows_field(page))

    def _storage_pages(self, call: Call, parameters: Mapping[str, Json], account: str) -> Iterator[Page]:
        client = self._storage_client(account)
        patience = {"timeout": self._settings.timeout, "retry": self._retry}
        if call.operation == "GetIamPolicy":
            policy = client.bucket(parameters["bucket"]).get_iam_policy(
                requested_policy_version=POLICY_VERSION, **patience
            )
            yield Page(policy.to_api_repr())
        else:
            for page in client.list_buckets(project=parameters["project"], **patience).pages:
                yield Page(page.raw_page, items="/items")

    def _client(self, package: str, name: str, service: str, region: str) -> object:
        """A gRPC client, on the channel to its service's address."""
        address = self._address(service).format(location=region).removeprefix("https://")
        with self._lock:
            if (name, address) not in self._clients:
                make = getattr(importlib.import_module(package), name)
                transport = make.get_transport_class("grpc")
                self._clients[name, address] = make(transport=transport(channel=self._channel(address)))
            return self._clients[name, address]

    def _channel(self, address: str) -> grpc.Channel:
        if address not in self._channels:
            roots = Path(self._settings.ca_bundle).read_bytes() if self._settings.ca_bundle else None
            self._channels[address] = grpc_helpers.create_channel(
                address,
                credentials=self._identity(),
                ssl_credentials=grpc.ssl_channel_credentials(root_certificates=roots),
                options=[("grpc.max_receive_message_length", -1)],
            )
        return self._channels[address]

    def _storage_client(self, project: str) -> StorageClient:
        with self._lock:
            if project not in self._storage:
                session = AuthorizedSession(self._identity())  # type: ignore[no-untyped-call]  # google.auth has none
                session.mount("https://", _Adapter(self._settings.threads, self._settings.ca_bundle))
                self._storage[project] = StorageClient(
                    project=project,
                    credentials=self._identity(),
                    client_options={"api_endpoint": self._address("storage")},
                    _http=session,  # the only way to hand it a CA bundle of its own
                )
            return self._storage[project]

    def _address(self, service: str) -> str:
        return self._settings.endpoints.get(service, ADDRESSES[service])

    def _identity(self) -> Credentials:
        """The credentials, looked for once: where there are none, the search itself takes seconds."""
        if self._credentials is None:
            try:
                self._credentials = (
                    AnonymousCredentials()  # type: ignore[no-untyped-call]  # google.auth has no types
                    if self._settings.credentials == "anonymous"
                    else google.auth.default(scopes=SCOPES)[0]
                )
            except GoogleAuthError as error:
                self._credentials = error
        if isinstance(self._credentials, GoogleAuthError):
            raise self._credentials
        return self._credentials


class _Adapter(HTTPAdapter):
    """Connections for all threads, and the CA bundle of the settings.

    A session's `verify` is overruled by REQUESTS_CA_BUNDLE (https://github.com/psf/requests/issues/3829).
    """

    def __init__(self, connections: int, ca_bundle: str) -> None:
        super().__init__(pool_maxsize=connections)
        self._ca_bundle = ca_bundle

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002  (the signature is that of requests)
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: str | tuple[str, str] | None = None,
        proxies: dict[str, str] | None = None,
    ) -> Response:
        return super().send(request, stream, timeout, self._ca_bundle or verify, cert, proxies)


def _message(answer: object) -> Message:
    """The protobuf message inside a wrapper of the client packages."""
    unwrap = getattr(type(answer), "pb", None)
    return unwrap(answer) if unwrap else answer


def _json(answer: object) -> Json:
    return cast("Json", MessageToDict(_message(answer)))


def _rows_field(page: object) -> str:
    """The JSON name of a list answer's rows: its one list of messages."""
    fields = _message(page).DESCRIPTOR.fields
    return str(next(field.json_name for field in fields if field.is_repeated and field.message_type))
