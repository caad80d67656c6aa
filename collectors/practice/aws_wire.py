"""AWS's wire protocols, driven by botocore's own service models: which operation a request means, its
parameters, and an answer or an error as the service would send it, page by page.

moto's parsers and serialisers do the protocols (json, rest-json, rest-xml, query, ec2).
"""

import base64
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

import msgspec
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader
from botocore.validate import ParamValidator
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS, RequestDict
from moto.core.serialize import SerializationContext, get_serializer_class
from werkzeug.datastructures import Headers, MultiDict

from graph.model import Json

PAGE = 100
"""Items a page holds when neither the request nor the estate says."""

SIGNED_AS = {
    "apigateway": ("apigateway", "apigatewayv2"),
    "bedrock": ("bedrock", "bedrock-agent"),
    "bedrock-agentcore": ("bedrock-agentcore-control",),
    "elasticmapreduce": ("emr",),
    "s3": ("s3", "s3control"),
    "states": ("stepfunctions",),
}
"""Signing names that several services share; otherwise a service signs with its own name."""

CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[\w-]+)/(?P<signed>[\w-]+)/aws4_request")
LABEL = re.compile(r"\\\{(\w+)(\\\+)?\\\}")


class AwsError(Exception):
    """An error as a service sends it: its code, a message, the HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class Request(msgspec.Struct, frozen=True):
    """A signed request, understood: who asks, where, which operation, with which parameters."""

    key: str
    region: str
    service: str
    operation: str
    parameters: Mapping[str, Json]


class Reply(msgspec.Struct, frozen=True):
    """What goes back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Route(msgspec.Struct, frozen=True):
    """Where an operation of a REST protocol lives: method, path pattern, query keys it must have."""

    service: str
    operation: str
    method: str
    path: re.Pattern[str]
    literal: int
    query: frozenset[str]


TOKENS = ("NextToken", "nextToken", "Marker")
"""What an operation takes, to go on from a place, when botocore does not know that it pages."""

LOADER = Loader()


@cache
def model(service: str) -> ServiceModel:
    """The wire model of a service, as botocore ships it."""
    return ServiceModel(LOADER.load_service_model(service, "service-2"), service)


@cache
def pagers(service: str) -> Mapping[str, Mapping[str, Any]]:
    """How the operations of a service page; an operation that does not is not in it."""
    try:
        return cast(
            "Mapping[str, Mapping[str, Any]]",
            LOADER.load_service_model(service, "paginators-1")["pagination"],
        )
    except DataNotFoundError:
        return {}


def check(service: str, operation: str, response: Mapping[str, Json]) -> None:
    """Refuse an answer that the real service could not have sent."""
    names = model(service).operation_names
    if operation not in names:
        raise ValueError(f"{service} has no operation {operation}")
    shape = model(service).operation_model(operation).output_shape
    report = ParamValidator().validate(response, shape)
    if report.has_errors():
        raise ValueError(f"{service}:{operation}: not an answer of this service: {report.generate_report()}")


def understand(headers: Mapping[str, str], method: str, address: str, body: bytes) -> Request:
    """Which operation a request means; raises AwsError when it is not signed or not known."""
    signature = CREDENTIAL.search(headers.get("Authorization", ""))
    if signature is None:
        raise AwsError("MissingAuthenticationToken", "The request is not signed.", 403)
    url = urlsplit(address)
    values = MultiDict(parse_qsl(url.query, keep_blank_values=True))
    if headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        values.update(parse_qsl(body.decode(), keep_blank_values=True))
    services = SIGNED_AS.get(signature["signed"], (signature["signed"],))
    service, operation, labels = _resolve(services, headers, method, url.path, values)
    parameters = _parse(operation, headers, method, url.path, values, labels, body)
    return Request(signature["key"], signature["region"], service, str(operation.name), parameters)


def page(request: Request, response: Mapping[str, Json], size: int | None) -> dict[str, Json]:
    """The part of a complete answer that this request asked for, with the token of the next one."""
    pager = pagers(request.service).get(request.operation) or (_pager_of(request, response) if size else None)
    if pager is None:
        return dict(response)
    named = [pager["result_key"]] if isinstance(pager["result_key"], str) else list(pager["result_key"])
    keys = [key for key in named if isinstance(response.get(key, []), list)]  # some are only counts
    flat = [(key, item) for key in keys for item in _items(response, key)]
    start = _position(request.parameters.get(pager["input_token"]))
    limit = request.parameters.get(pager.get("limit_key", ""))
    asked = limit if isinstance(limit, int) and limit > 0 else PAGE
    end = start + min(asked, size or asked)
    part: dict[str, Json] = {key: value for key, value in response.items() if key not in keys}
    part |= {key: [item for name, item in flat[start:end] if name == key] for key in keys}
    if end < len(flat):
        part[pager["output_token"]] = base64.b64encode(str(end).encode()).decode()
    if "more_results" in pager:
        part[pager["more_results"]] = end < len(flat)
    return part


def _pager_of(request: Request, response: Mapping[str, Json]) -> Mapping[str, Any] | None:
    """How an operation pages of which botocore does not know that it does; None when it takes no token."""
    asked = model(request.service).operation_model(request.operation).input_shape
    token = next((each for each in TOKENS if asked and each in asked.members), None)
    rows = [key for key, value in response.items() if isinstance(value, list)]
    return {"input_token": token, "output_token": token, "result_key": rows} if token else None


def succeed(request: Request, response: Mapping[str, Json]) -> Reply:
    """An answer in the protocol of its service."""
    service = model(request.service)
    serializer = get_serializer_class(request.service, service.resolved_protocol)
    operation = service.operation_model(request.operation)
    wire = serializer(operation, SerializationContext("practice")).serialize(response)
    body = wire["body"] if isinstance(wire["body"], bytes) else str(wire["body"]).encode()
    return Reply(wire["status_code"], {name: str(value) for name, value in wire["headers"].items()}, body)


def fail(error: AwsError, service: str | None) -> Reply:
    """An error in the protocol of its service; None when the service is not known."""
    protocol = model(service).resolved_protocol if service else "json"
    if protocol not in ("query", "ec2", "rest-xml"):
        text = json.dumps({"__type": error.code, "message": error.message})
        return Reply(
            error.status,
            {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": error.code},
            text.encode(),
        )
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    envelope = {
        "query": f"<ErrorResponse><Error>{inner}</Error><RequestId>practice</RequestId></ErrorResponse>",
        "ec2": f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>practice</RequestID></Response>",
        "rest-xml": f"<Error>{inner}<RequestId>practice</RequestId></Error>",
    }[protocol]
    return Reply(error.status, {"Content-Type": "text/xml"}, envelope.encode())


def _resolve(
    services: tuple[str, ...],
    headers: Mapping[str, str],
    method: str,
    path: str,
    values: "MultiDict[str, str]",
) -> tuple[str, OperationModel, dict[str, str]]:
    for service in services:
        named = _named(service, headers.get("X-Amz-Target", ""), values.get("Action", ""))
        if named:
            return service, model(service).operation_model(named), {}
    for route in _routes(services):
        found = route.path.match(path)
        if found and route.method == method and route.query <= set(values):
            labels = {name: unquote(value) for name, value in found.groupdict().items()}
            return route.service, model(route.service).operation_model(route.operation), labels
    raise AwsError("UnknownOperationException", f"{'/'.join(services)} has nothing at {method} {path}", 404)


def _named(service: str, target: str, action: str) -> str | None:
    """The operation that a json or query request names, if it is one of this service."""
    protocol = _model_or_none(service)
    if protocol is None:
        return None
    prefix = protocol.metadata.get("targetPrefix")
    if prefix and target.startswith(f"{prefix}."):
        return target.removeprefix(f"{prefix}.")
    return action if action and action in protocol.operation_names else None


def _model_or_none(service: str) -> ServiceModel | None:
    try:
        return model(service)
    except DataNotFoundError:
        return None


@cache
def _routes(services: tuple[str, ...]) -> tuple[Route, ...]:
    """All REST routes, the most particular first."""
    routes = [
        _route(service, operation)
        for service in services
        if _model_or_none(service)
        for operation in model(service).operation_names
    ]
    return tuple(sorted(routes, key=lambda route: (-route.literal, -len(route.query), route.operation)))


def _route(service: str, operation: str) -> Route:
    http = model(service).operation_model(operation).http
    path, _, query = http.get("requestUri", "/").partition("?")
    keys = frozenset(key for key, _ in parse_qsl(query, keep_blank_values=True) if key != "x-id")
    pattern = LABEL.sub(lambda found: f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})", re.escape(path))
    literal = len(re.sub(r"\{[^}]+\}", "", path).rstrip("/"))
    return Route(
        service,
        operation,
        http.get("method", "POST"),
        re.compile(f"^{pattern.rstrip('/')}/?$"),
        literal,
        keys,
    )


def _parse(
    operation: OperationModel,
    headers: Mapping[str, str],
    method: str,
    path: str,
    values: "MultiDict[str, str]",
    labels: Mapping[str, str],
    body: bytes,
) -> dict[str, Json]:
    parser = PROTOCOL_PARSERS[operation.service_model.resolved_protocol](operation)
    wire = RequestDict(
        body=body,
        headers=Headers(dict(headers)),
        method=method,
        url_params=dict(labels),
        url_path=path,
        values=values,
    )
    return cast("dict[str, Json]", parser.parse(wire))


def _items(response: Mapping[str, Json], key: str) -> list[Json]:
    items = response.get(key, [])
    return items if isinstance(items, list) else []


def _position(token: Json) -> int:
    return int(base64.b64decode(token)) if isinstance(token, str) and token else 0
