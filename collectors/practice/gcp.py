"""Google Cloud on this machine: gRPC with the services' own messages over TLS, and Cloud Storage beside it.

The client packages know every method and the messages it takes and answers with, so the estate is data
in protobuf's JSON form, checked against those messages when it is loaded. A method for which the estate
holds nothing answers PERMISSION_DENIED: a forgotten seed shows up in the coverage, never as an empty list.
"""

import importlib
import inspect
import tempfile
import threading
import typing
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from pathlib import Path
from types import TracebackType

import grpc
import msgspec
from google.protobuf import any_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status  # type: ignore[import-untyped]  # it carries no types

from collectors.gcp.client import Settings
from collectors.practice.gcp_storage import StorageServer
from collectors.practice.tls import issue
from graph.model import Json

SERVICES = (
    "google.cloud.aiplatform_v1.services.dataset_service",
    "google.cloud.aiplatform_v1.services.endpoint_service",
    "google.cloud.aiplatform_v1.services.gen_ai_tuning_service",
    "google.cloud.aiplatform_v1.services.job_service",
    "google.cloud.aiplatform_v1.services.model_service",
    "google.cloud.aiplatform_v1.services.pipeline_service",
    "google.cloud.api_keys_v2.services.api_keys",
    "google.cloud.dlp_v2.services.dlp_service",
    "google.cloud.iam_admin_v1.services.iam",
    "google.cloud.resourcemanager_v3.services.folders",
    "google.cloud.resourcemanager_v3.services.organizations",
    "google.cloud.resourcemanager_v3.services.projects",
)
"""The client packages' service modules whose methods are served."""

Seed: typing.TypeAlias = Sequence[Mapping[str, Json]] | Mapping[str, Mapping[str, Json]]
"""The rows of a list method, or the answers of another one by the resource that the request names."""


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """What exists. Keys of `answers` are methods (`google.cloud.aiplatform.v1.ModelService/ListModels`).

    `projects` are numbers by project id: the services take either in a request, and answer with numbers
    where the real ones do. `locations` are the ones where Vertex AI is offered. `buckets` and
    `bucket_policies` are Cloud Storage's own JSON.
    """

    projects: Mapping[str, str]
    locations: Sequence[str]
    answers: Mapping[str, Seed]
    buckets: Mapping[str, Sequence[Mapping[str, Json]]]
    bucket_policies: Mapping[str, Mapping[str, Json]]

    def named_by_id(self, name: str) -> str:
        """A resource name with the project's id where it has the number."""
        for project, number in self.projects.items():
            if name == f"projects/{number}" or name.startswith(f"projects/{number}/"):
                return name.replace(number, project, 1)
        return name


class Fault(msgspec.Struct, frozen=True):
    """An error that a method answers with once: gRPC status name, message, and Google's reason for it."""

    status: str
    message: str = "injected"
    reason: str = ""
    metadata: Mapping[str, str] = {}


class Method(msgspec.Struct, frozen=True):
    """One method: its wire path and the message classes of its request and its answer."""

    path: str
    request: type[Message]
    answer: type[Message]


class _Recorder(grpc.Channel):  # type: ignore[misc]  # grpc carries no types
    """A channel that sends nothing and remembers which method was asked for."""

    path = ""

    def unary_unary(self, method: str, *_args: object, **_options: object) -> Callable[..., None]:
        def silent(*_args: object, **_options: object) -> None:
            self.path = method
            raise NotImplementedError(method)

        silent.with_call = silent  # type: ignore[attr-defined]  # interceptors call this one
        return silent

    unary_stream = stream_unary = stream_stream = unary_unary

    def subscribe(self, *_args: object, **_options: object) -> None:
        """A channel must have it; nothing ever connects."""

    unsubscribe = subscribe

    def close(self) -> None:
        """A channel must have it; there is nothing to close."""


def methods(service: str) -> Iterator[Method]:
    """The methods of a client package's service, learned from its own transport."""
    module = importlib.import_module(f"{service}.transports.grpc")
    (transport,) = (
        typing.cast("Callable[..., object]", member)
        for name, member in inspect.getmembers(module, inspect.isclass)
        if name.endswith("GrpcTransport") and member.__module__ == module.__name__
    )
    recorder = _Recorder()
    stubs = transport(channel=recorder)
    for name, member in inspect.getmembers(transport, lambda member: isinstance(member, property)):
        arguments = typing.get_args(member.fget.__annotations__.get("return"))
        if len(arguments) != 2 or not isinstance(arguments[0], list):
            continue
        try:
            getattr(stubs, name)(None)
        except NotImplementedError:
            yield Method(recorder.path, _message(arguments[0][0]), _message(arguments[1]))


def _message(wrapper: object) -> type[Message]:
    """The protobuf class behind a message class of a client package; shared messages are one already."""
    unwrap = getattr(wrapper, "pb", None)
    return typing.cast("type[Message]", unwrap() if unwrap else wrapper)


class GrpcServer:
    """Answers the methods of `SERVICES` from an estate; lists by parent, in pages of `page_size` at most."""

    def __init__(self, estate: Estate, page_size: int = 50) -> None:
        self._estate, self._page_size = estate, page_size
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._lock = threading.Lock()
        self.requests: list[tuple[str, dict[str, Json]]] = []
        """Every request so far: the method and the message."""
        self._methods = {method.path[1:]: method for service in SERVICES for method in methods(service)}
        self._check()

    def fault(self, method: str, *faults: Fault) -> None:
        """The next answers of a method, before it answers well again."""
        self._faults[method].extend(faults)

    def listen(self, key_pem: bytes, cert_pem: bytes) -> tuple[grpc.Server, int]:
        server = grpc.server(futures.ThreadPoolExecutor(8, thread_name_prefix="practice-gcp"))
        for handlers in self._handlers():
            server.add_generic_rpc_handlers((handlers,))
        credentials = grpc.ssl_server_credentials([(key_pem, cert_pem)])
        port = server.add_secure_port("127.0.0.1:0", credentials)
        server.start()
        return server, port

    def _handlers(self) -> Iterator[grpc.GenericRpcHandler]:
        by_service: defaultdict[str, dict[str, grpc.RpcMethodHandler]] = defaultdict(dict)
        for path, method in self._methods.items():
            service, name = path.split("/")
            by_service[service][name] = grpc.unary_unary_rpc_method_handler(self._behaviour(path, method))
        for service, handlers in by_service.items():
            yield grpc.method_handlers_generic_handler(service, handlers)

    def _behaviour(self, path: str, method: Method) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def behave(raw: bytes, context: grpc.ServicerContext) -> bytes:
            request = method.request.FromString(raw)
            fault = self._next_fault(path, MessageToDict(request))
            answer = fault or self._answer(path, method, request)
            if isinstance(answer, Fault):
                context.abort_with_status(rpc_status.to_status(_status(answer)))
            return bytes(ParseDict(answer, method.answer()).SerializeToString())

        return behave

    def _next_fault(self, path: str, request: dict[str, Json]) -> Fault | None:
        with self._lock:
            self.requests.append((path, request))
            return self._faults[path].popleft() if self._faults[path] else None

    def _answer(self, path: str, method: Method, request: Message) -> Fault | Mapping[str, Json]:
        seed = self._estate.answers.get(path)
        if seed is None:
            return Fault("PERMISSION_DENIED", f"Nothing is seeded for {path}.", "IAM_PERMISSION_DENIED")
        asked = [getattr(request, field, "") for field in ("parent", "resource", "name")]
        name = self._estate.named_by_id(next(filter(None, asked), ""))
        location = name.split("/locations/")[1].split("/")[0] if "/locations/" in name else ""
        vertex = path.startswith("google.cloud.aiplatform.")
        if vertex and location and location not in self._estate.locations:
            return Fault("INVALID_ARGUMENT", f"Unsupported region for Vertex AI: {location}.")
        if isinstance(seed, Mapping):
            return seed.get(name) or Fault("NOT_FOUND", f"Requested entity was not found: {name}.")
        rows: list[Json] = [dict(row) for row in seed if self._belongs(row, name)]
        field = _rows_field(method)
        if not hasattr(request, "page_token"):  # a list that comes whole
            return {field: rows}
        start = int(request.page_token or 0)
        end = start + min(request.page_size or self._page_size, self._page_size)
        return {field: rows[start:end], **({"nextPageToken": str(end)} if end < len(rows) else {})}

    def _belongs(self, row: Mapping[str, Json], parent: str) -> bool:
        return not parent or self._estate.named_by_id(str(row["name"])).startswith(parent + "/")

    def _check(self) -> None:
        """Refuse an estate that the real services could not have answered with."""
        for path, seed in self._estate.answers.items():
            if path not in self._methods:
                raise ValueError(f"{path} is not a method of the services that the practice server speaks")
            method = self._methods[path]
            answers = seed.values() if isinstance(seed, Mapping) else [{_rows_field(method): seed}]
            for answer in answers:
                ParseDict(answer, method.answer())


def _rows_field(method: Method) -> str:
    """The name of an answer's list of rows: its one list of messages, as in every list method."""
    fields = method.answer.DESCRIPTOR.fields
    return next(str(field.json_name) for field in fields if field.is_repeated and field.message_type)


def _status(fault: Fault) -> status_pb2.Status:
    status = status_pb2.Status(code=code_pb2.Code.Value(fault.status), message=fault.message)
    if fault.reason:
        detail = any_pb2.Any()
        detail.Pack(
            error_details_pb2.ErrorInfo(
                reason=fault.reason, domain="googleapis.com", metadata=dict(fault.metadata)
            )
        )
        status.details.append(detail)
    return status


class GcpServer:
    """Google Cloud with an estate in it, while the `with` block lasts; `settings()` leads there."""

    def __init__(self, estate: Estate, page_size: int = 50) -> None:
        self.grpc = GrpcServer(estate, page_size)
        self.storage = StorageServer(estate.buckets, estate.bucket_policies, page_size)
        self._estate = estate

    def __enter__(self) -> typing.Self:
        self._folder = tempfile.TemporaryDirectory(prefix="practice-gcp-")
        self._certificate = issue(Path(self._folder.name))
        self._server, self._port = self.grpc.listen(self._certificate.key_pem, self._certificate.cert_pem)
        self.storage.start(self._certificate)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.storage.stop()
        self._server.stop(grace=1).wait()
        self._folder.cleanup()

    def settings(self) -> Settings:
        """The public settings that lead the collectors here, and nothing else."""
        grpc_address = f"localhost:{self._port}"
        return Settings(
            projects=tuple(self._estate.projects),
            locations=tuple(self._estate.locations),
            endpoints={
                "aiplatform": grpc_address,
                "api_keys": grpc_address,
                "dlp": grpc_address,
                "iam_admin": grpc_address,
                "resourcemanager": grpc_address,
                "storage": self.storage.address,
            },
            credentials="anonymous",
            ca_bundle=str(self._certificate.ca_path),
        )
