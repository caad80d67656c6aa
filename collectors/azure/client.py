"""The live door to Azure: the management SDK's own clients, whose answers are taken as they came by wire.

The clients build the requests, page, retry and sign in; their models are not used for what they answer,
because these drop every key they don't know. A policy of ours refuses whatever is not a reading request.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol, cast

import msgspec

from collectors.azure.calls import CLIENTS, sdk_method, snake
from collectors.azure.failures import translate
from collectors.source import CallFailed, Page
from graph.model import Call, Json

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline.transport import RequestsTransport

PUBLIC_MANAGER = "https://management.azure.com"
PUBLIC_AUTHORITY = "https://login.microsoftonline.com"
KNOWN_AUTHORITIES = (
    PUBLIC_AUTHORITY,
    "https://login.microsoftonline.us",
    "https://login.chinacloudapi.cn",
    "https://login.partner.microsoftonline.cn",
)
"""Authorities that Microsoft's own list confirms; any other one is a private cloud, and is not looked up."""

GRAPH_PAGE = 1000
"""Rows of Resource Graph in a page, its maximum."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to get at Azure. Without `subscriptions`, all that the credentials can see.

    `credential` is `default` (environment, workload or managed identity, Azure CLI, in the SDK's order)
    or `client_secret`, which reads AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_TENANT_ID (unless
    `tenant_id` names the tenant) from the environment. Addresses are those of the public cloud unless set.
    """

    subscriptions: tuple[str, ...] = ()
    resource_manager: str = PUBLIC_MANAGER
    authority: str = PUBLIC_AUTHORITY
    ca_bundle: str = ""
    tenant_id: str = ""
    credential: Literal["default", "client_secret"] = "default"
    threads: int = 8
    retries: int = 5


class _Response(Protocol):
    status_code: int

    def text(self) -> str: ...


class _PipelineResponse(Protocol):
    http_response: _Response


class AzureDoor:
    """Answers calls with the SDK's own clients; see `collectors.source.Door`."""

    provider = "azure"

    def __init__(self, settings: Settings) -> None:
        logging.getLogger("azure").addHandler(logging.NullHandler())  # failures are told by us, once
        self._settings = settings
        self._clients: dict[tuple[str, str], object] = {}
        self._shared: tuple[TokenCredential, RequestsTransport] | None = None
        self._lock = Lock()

    def accounts(self) -> Sequence[str]:
        """The configured subscriptions; "" is all that the credentials can see."""
        return [subscription.lower() for subscription in self._settings.subscriptions] or [""]

    def regions(self, account: str) -> Sequence[str]:  # noqa: ARG002  the protocol's signature
        """Resource Manager answers for all regions at once."""
        return [""]

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:  # noqa: ARG002
        """The pages of one call; raises CallFailed when Azure, or the SDK, does not answer it."""
        try:
            client = self._client(call.client, account)
            if call.id == "azure:resourcegraph:Resources":
                yield from _graph_pages(client, str(parameters["query"]), account)
            else:
                yield from _pages(client, call, parameters)
        except Exception as error:
            failure = translate(error, call, account, self._settings.resource_manager)
            if failure is None:
                raise
            raise failure from error

    def close(self) -> None:
        """End the connections."""
        if self._shared:
            self._shared[1].close()

    def _client(self, name: str, subscription: str) -> object:
        sdk = CLIENTS[name]
        key = (name, subscription if sdk.per_subscription else "")
        with self._lock:
            if key not in self._clients:
                if self._shared is None:
                    self._shared = (_credential(self._settings), _transport(self._settings))
                credential, transport = self._shared
                make = getattr(import_module(sdk.module), sdk.name)
                self._clients[key] = make(
                    credential,
                    *([subscription] if sdk.per_subscription else []),
                    base_url=self._settings.resource_manager,
                    transport=transport,
                    policies=_policies(self._settings, credential),
                )
            return self._clients[key]


def _pages(client: object, call: Call, parameters: Mapping[str, Json]) -> Iterator[Page]:
    """One call; a listing is paged. The wire's JSON is caught on its way to the SDK's models."""
    caught: list[_PipelineResponse] = []
    method = client
    for step in sdk_method(call).split("."):
        method = getattr(method, step)
    given = {snake(name): value for name, value in parameters.items()}
    answer = method(**given, raw_response_hook=caught.append)  # type: ignore[operator]  # found by name
    if not hasattr(answer, "by_page"):
        yield Page(_wire(caught))
        return
    for _ in answer.by_page():
        body = _wire(caught)
        # The link to the next page is new on every scan; kept, it would make every answer look changed.
        yield Page({name: value for name, value in body.items() if name != "nextLink"}, "/value")


def _graph_pages(client: object, query: str, subscription: str) -> Iterator[Page]:
    """A Resource Graph query; its rows come with a token for the next page."""
    from azure.mgmt.resourcegraph import ResourceGraphClient
    from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

    graph = cast("ResourceGraphClient", client)
    token: str | None = None
    while True:
        caught: list[_PipelineResponse] = []
        options = QueryRequestOptions(top=GRAPH_PAGE, skip_token=token, result_format="objectArray")
        request = QueryRequest(query=query, subscriptions=[subscription], options=options)
        graph.resources(request, raw_response_hook=caught.append)
        body = _wire(caught)
        kept = {name: value for name, value in body.items() if name not in ("$skipToken", "facets")}
        yield Page(kept, "/data")
        token = str(body["$skipToken"]) if body.get("$skipToken") else None
        if token is None:
            break
    if body.get("resultTruncated") == "true":
        raise CallFailed(
            "failed",
            f"Resource Graph cut its answer for subscription {subscription} short, with no way to the rest.",
            "ResultTruncated",
        )


def _wire(caught: list[_PipelineResponse]) -> dict[str, Json]:
    """The answer of the last request that succeeded: attempts that were throttled are caught as well."""
    good = [each.http_response for each in caught if each.http_response.status_code < 300]
    body: Json = json.loads(good[-1].text())
    caught.clear()
    return body if isinstance(body, dict) else {"value": body}


def _policies(settings: Settings, credential: "TokenCredential") -> list[object]:
    """What each request passes through: the SDK's own steps, but for the one that registers providers.

    That one writes to the subscription when an answer says that a resource provider is not registered.
    """
    from azure.core.pipeline import policies
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

    from collectors.azure.read_only import ReadOnlyPolicy

    return [
        policies.RequestIdPolicy(),
        policies.HeadersPolicy(),
        policies.UserAgentPolicy(base_user_agent="crownpath"),
        policies.ProxyPolicy(),
        policies.ContentDecodePolicy(),
        ReadOnlyPolicy(),
        policies.RetryPolicy(
            retry_total=settings.retries, retry_status=settings.retries, retry_connect=settings.retries
        ),
        ARMChallengeAuthenticationPolicy(credential, f"{settings.resource_manager}/.default"),
        policies.CustomHookPolicy(),
    ]


def _transport(settings: Settings) -> "RequestsTransport":
    """One pool of connections for all clients."""
    import requests
    from azure.core.pipeline.transport import RequestsTransport
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=settings.threads, max_retries=0))
    return RequestsTransport(
        session=session, session_owner=False, connection_verify=settings.ca_bundle or True
    )


def _credential(settings: Settings) -> "TokenCredential":
    from azure.identity import ClientSecretCredential, DefaultAzureCredential

    private = settings.authority not in KNOWN_AUTHORITIES
    verify = settings.ca_bundle or True
    if settings.credential == "default":
        return DefaultAzureCredential(
            authority=settings.authority,
            disable_instance_discovery=private,
            connection_verify=verify,
            retry_total=settings.retries,
        )
    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    given = {name: os.environ.get(name, "") for name in names}
    if settings.tenant_id:
        given["AZURE_TENANT_ID"] = settings.tenant_id
    missing = [name for name in names if not given[name]]
    if missing:
        raise CallFailed(
            "no_credentials",
            f"azure.credential is client_secret, but {' and '.join(missing)} is not set in the environment. "
            "Set it, or use `azure.credential: default` and sign in with `az login`.",
            "MissingEnvironment",
        )
    return ClientSecretCredential(
        *(given[name] for name in names),
        authority=settings.authority,
        disable_instance_discovery=private,
        connection_verify=verify,
        retry_total=settings.retries,
    )
