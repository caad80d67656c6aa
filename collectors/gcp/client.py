"""The door to Google Cloud. Google's own clients stand behind it, loaded when the first call is made."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec

from collectors.gcp.calls import LOCATIONS
from collectors.source import Page
from graph.model import Call, Json

if TYPE_CHECKING:  # the SDK takes a second to import; the command line must not wait for it
    from collectors.gcp.sdk.transport import Clients


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where Google Cloud is, whom to ask as, and how patiently.

    `projects` are project ids, none meaning every project that the credentials can see; `locations` none
    meaning all where Vertex AI is offered. `endpoints` lead a service (aiplatform, api_keys, dlp,
    iam_admin, resourcemanager, storage) elsewhere: host and port for gRPC, a URL for storage; `{location}`
    is filled in. `ca_bundle` is the path of a PEM file. `timeout` is how many seconds one call may take,
    retries included.
    """

    projects: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    endpoints: Mapping[str, str] = {}
    credentials: Literal["default", "anonymous"] = "default"
    ca_bundle: str = ""
    threads: int = 8
    timeout: float = 60.0


class GcpDoor:
    """Google Cloud, live: one `Page` per answer in protobuf's JSON, every error a `CallFailed`."""

    provider = "gcp"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def accounts(self) -> Sequence[str]:
        return self._settings.projects or ("",)

    def regions(self, account: str) -> Sequence[str]:  # noqa: ARG002  (the same locations for every project)
        return self._settings.locations or LOCATIONS

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        return self._clients.pages(call, parameters, account, region)

    @cached_property
    def _clients(self) -> "Clients":
        from collectors.gcp.sdk.transport import Clients

        return Clients(self._settings)
