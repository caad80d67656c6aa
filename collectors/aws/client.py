"""The live door to AWS: botocore clients, shared and paged, and its errors in words that say what to do."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlsplit, urlunsplit

import msgspec

from collectors.aws.failures import translate
from collectors.source import NOT_OFFERED, CallFailed, Page
from graph.model import Call, Json

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.client import BaseClient
    from botocore.session import Session

LIST_REGIONS = Call("aws:account:ListRegions")
ENABLED: Sequence[Json] = ["ENABLED", "ENABLED_BY_DEFAULT"]
DEFAULT_REGION = "us-east-1"
ACCOUNT_LABEL = re.compile(r"^\d{12}\.")
AWS_HOSTS = (
    *("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws", "amazonwebservices.com.cn"),
    *("amazonwebservices.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk", "csp.hci.ic.gov"),
)
"""How the names of AWS's own servers end, in every partition that botocore knows."""

TOKENS = ("NextToken", "nextToken", "Marker")
"""What operations that page call the place to go on from."""

PAGE_SIZES: Mapping[str, int] = {"aws:s3:ListBuckets": 1000}
"""Listings that page, and name regions, only when a page size is asked for."""

Wire: TypeAlias = object
"""What botocore parsed: JSON, but for times and bytes."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to get at AWS. What is left out is taken from where the AWS command line takes it.

    `role_arns` are the audit roles to assume, one for each further account; `own_account` says whether the
    account of the credentials is looked at as well. Without `regions` all that an account has enabled.
    `threads` is how many connections a client keeps open (32 is where one process stops getting faster).
    """

    profile: str | None = None
    role_arns: tuple[str, ...] = ()
    external_id: str | None = None
    own_account: bool = True
    regions: tuple[str, ...] = ()
    endpoint_url: str | None = None
    ca_bundle: str | None = None
    max_attempts: int = 10
    threads: int = 32


class AwsDoor:
    """Answers calls with boto3's own clients; see `collectors.source.Door`."""

    provider = "aws"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._roles = {arn.split(":")[4]: arn for arn in settings.role_arns}
        self._sessions: dict[str, Session] = {}
        self._clients: dict[tuple[str, str, str], BaseClient] = {}
        self._lock = Lock()

    def accounts(self) -> Sequence[str]:
        """The accounts of the audit roles; "" is the credentials' own."""
        return [*([""] if self._settings.own_account or not self._roles else []), *sorted(self._roles)]

    def regions(self, account: str) -> Sequence[str]:
        """The regions to look at; when they may not be listed, all there are: one that is off says so."""
        if self._settings.regions:
            return list(self._settings.regions)
        try:
            pages = list(self.pages(LIST_REGIONS, {"RegionOptStatusContains": list(ENABLED)}, account, ""))
        except CallFailed as failure:
            if failure.outcome != "denied":
                raise
            session = self._session(account)
            partition = session.get_partition_for_region(self._region(""))
            return sorted(session.get_available_regions("sagemaker", partition_name=partition))
        rows = [row for page in pages for row in _members(page.json, "Regions")]
        return sorted(str(row["RegionName"]) for row in rows if isinstance(row, dict))

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        """The pages of one call; raises CallFailed when AWS, or boto3, does not answer it."""
        try:
            client = self._client(account, call.client, self._region(region))
            yield from _pages(client, call, parameters)
        except Exception as error:
            failure = self._not_offered(error, call, region) or translate(error, call, account, region)
            if failure is None:
                raise
            raise failure from error

    def _not_offered(self, error: Exception, call: Call, region: str) -> CallFailed | None:
        """There is no server, and botocore does not list the region for the service either."""
        if type(error).__name__ != "EndpointConnectionError" or not self._elsewhere(call.client, region):
            return None
        return CallFailed("unsupported", f"{call.client} is not offered in {region}.", NOT_OFFERED)

    def _elsewhere(self, service: str, region: str) -> bool:
        """Whether botocore lists regions for a service, and this is none of them."""
        session = self._session("")
        partition = session.get_partition_for_region(region) if region else "aws"
        listed = session.get_available_regions(service, partition_name=partition)
        return bool(region and listed) and region not in listed

    def _region(self, region: str) -> str:
        return region or self._session("").get_config_variable("region") or DEFAULT_REGION

    def _client(self, account: str, service: str, region: str) -> "BaseClient":
        """One client for each account, service and region: the adaptive retries keep their rate in it."""
        from botocore.config import Config

        session = self._session(account)
        attempts = 1 if self._elsewhere(service, region) else self._settings.max_attempts
        with self._lock:
            client = self._clients.get((account, service, region))
            if client is None:
                config = Config(
                    retries={"mode": "adaptive", "max_attempts": attempts},
                    max_pool_connections=self._settings.threads,
                    connect_timeout=10,
                    user_agent_extra="crownpath",
                )
                client = self._create(session)(service, region_name=region, config=config)
                if service == "s3control":
                    client.meta.events.register("before-sign.s3-control", _address_itself)
                self._clients[account, service, region] = client
        return client

    def _create(self, session: "Session") -> "Callable[..., BaseClient]":
        settings = self._settings
        return partial(session.create_client, endpoint_url=settings.endpoint_url, verify=settings.ca_bundle)

    def _session(self, account: str) -> "Session":
        """The credentials' own session, or that of an audit role; all share one loader of service models.

        A loader of its own would cost each session over a second and 100 MB.
        """
        from botocore.session import Session

        with self._lock:
            own = self._sessions.get("")
            if own is None:
                own = self._sessions[""] = Session(profile=self._settings.profile)
            role = self._roles.get(account)
            if role is None:
                return own
            if account not in self._sessions:
                session = Session(profile=self._settings.profile)
                session.register_component("data_loader", own.get_component("data_loader"))
                session._credentials = self._assume(own, role)  # type: ignore[attr-defined]  # no public way
                self._sessions[account] = session
            return self._sessions[account]

    def _assume(self, own: "Session", role: str) -> object:
        """Credentials of a role that renew themselves: a scan may last longer than they do."""
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
        from botocore.exceptions import NoCredentialsError

        credentials = own.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        extra = {"RoleSessionName": "crownpath"}
        if self._settings.external_id:
            extra["ExternalId"] = self._settings.external_id
        fetcher = AssumeRoleCredentialFetcher(self._create(own), credentials, role, extra_args=extra)
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")


def _address_itself(request: "AWSRequest", **_: object) -> None:
    """S3 Control puts the account's number before the host's name. Another server than AWS's has no such
    subdomains, and an address in digits cannot have any; there the header alone says which account is meant.
    """
    parts = urlsplit(str(request.url))
    if not (parts.hostname or "").endswith(AWS_HOSTS):
        request.url = urlunsplit(parts._replace(netloc=ACCOUNT_LABEL.sub("", parts.netloc)))


def _pages(client: "BaseClient", call: Call, parameters: Mapping[str, Json]) -> Iterator[Page]:
    from botocore import xform_name
    from botocore.exceptions import UnknownClientMethodError

    method = xform_name(call.operation)
    if not hasattr(client, method):
        raise UnknownClientMethodError(method_name=method)
    if not client.can_paginate(method):
        yield from _by_token(client, call.operation, method, parameters)
        return
    paginator = client.get_paginator(method)
    keys = [key.expression for key in paginator.result_keys or ()]
    items = "/" + keys[0].replace(".", "/") if len(keys) == 1 else None
    size = {"PageSize": PAGE_SIZES[call.id]} if call.id in PAGE_SIZES else {}
    for page in paginator.paginate(**parameters, PaginationConfig=size):
        yield Page(plain(page), items)


def _by_token(
    client: "BaseClient", operation: str, method: str, parameters: Mapping[str, Json]
) -> Iterator[Page]:
    """The pages of an operation of which botocore does not know that it pages: by the token it takes and
    gives; one page where there is none."""
    model = client.meta.service_model.operation_model(operation)
    asked, given = model.input_shape, model.output_shape
    both = set(asked.members if asked else ()) & set(given.members if given else ())
    token = next((each for each in TOKENS if each in both), "")
    more: dict[str, Json] = {}
    while True:
        answer = getattr(client, method)(**parameters, **more)
        yield Page(plain(answer))
        if not token or not answer.get(token):
            return
        more = {token: answer[token]}


def plain(answer: Wire) -> Json:
    """What botocore parsed, as JSON: times in ISO 8601 (UTC), bytes in base64, no transport metadata."""
    if isinstance(answer, Mapping):
        return {str(key): plain(value) for key, value in answer.items() if key != "ResponseMetadata"}
    if isinstance(answer, list | tuple):
        return [plain(item) for item in answer]
    if isinstance(answer, datetime):
        return answer.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(answer, date):
        return answer.isoformat()
    if isinstance(answer, bytes):
        return base64.b64encode(answer).decode()
    return cast("Json", answer)


def _members(page: Json, key: str) -> Sequence[Json]:
    rows = page.get(key) if isinstance(page, dict) else None
    return rows if isinstance(rows, list) else []
