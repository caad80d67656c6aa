"""Scans of the practice estate through the SDK's real clients."""

from collections.abc import Callable, Iterator, Mapping

import msgspec
import pytest

from collectors.azure.client import AzureDoor
from collectors.practice.azure import AzureServer, Estate, Fault
from collectors.practice.estate.azure import ESTATE, GROUP, SCOPE
from collectors.redaction import Redactor
from collectors.scan import Scan
from collectors.source import CallFailed, Door, Page
from graph.merge import merge, resolve
from graph.model import Call, Json
from graph.snapshot import Contents

Start = Callable[..., AzureServer]
FIELDS = ("resource_manager", "authority", "ca_bundle", "tenant_id", "credential")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a server of an estate, whose sign-in is in the environment; ends it after the test."""
    running: list[AzureServer] = []

    def starter(estate: Estate = ESTATE, *faults: Fault, page_size: int = 2) -> AzureServer:
        server = AzureServer(estate, page_size=page_size)
        running.append(server.__enter__())
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        server.plant(*faults)
        return server

    yield starter
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def server(start: Start) -> AzureServer:
    return start()


def door(server: AzureServer, **changes: object) -> AzureDoor:
    """The live door to a server, quick to give up."""
    given: dict[str, object] = {"retries": 1, **changes}
    return AzureDoor(msgspec.structs.replace(server.settings(), **given))


def scan(door: Door) -> Contents:
    """What a whole scan sees, merged."""
    return resolve(merge(Scan([door], Redactor(b"practice" * 4)).run()))


def ask(door: Door, call: str, subscription: str, **parameters: Json) -> list[Page]:
    return list(door.pages(Call(call), parameters, subscription, ""))


def failure(door: Door, call: str, subscription: str, **parameters: Json) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        ask(door, call, subscription, **parameters)
    return caught.value


def rows(pages: list[Page]) -> list[Mapping[str, Json]]:
    """The rows of all pages."""
    found: list[Mapping[str, Json]] = []
    for page in pages:
        assert isinstance(page.json, dict)
        assert page.items is not None
        listed = page.json[page.items.removeprefix("/")]
        assert isinstance(listed, list)
        found.extend(row for row in listed if isinstance(row, dict))
    return found


def short(identifier: str) -> str:
    """An id without the long beginnings that they share."""
    for beginning in (
        f"{GROUP}/providers/microsoft.cognitiveservices/accounts/".lower(),
        f"{GROUP}/providers/microsoft.storage/storageaccounts/".lower(),
        f"{SCOPE}/".lower(),
    ):
        identifier = identifier.removeprefix(beginning)
    return identifier.replace("/blobservices/default/containers/", "/")


def outcomes(contents: Contents, call: str) -> dict[str, str]:
    """How a call ended, by the parent it was made for."""
    return {short(record.parent): record.outcome for record in contents.coverage if record.call == call}
