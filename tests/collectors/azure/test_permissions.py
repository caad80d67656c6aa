"""The permissions table covers every call, reads only, and its page is fresh; recordings know every call."""

import re
from importlib import import_module
from pathlib import Path

import msgspec

from collectors.azure import scopes
from collectors.azure.calls import SDK_METHODS
from collectors.azure.permissions import page, permissions, role
from collectors.practice.azure import AzureServer
from collectors.recording import ReplayDoor, recorded
from collectors.scan import calls_of, modules
from graph.model import Asset
from tests.collectors.azure.conftest import door, scan

PAGE = Path(__file__).parents[3] / "docs" / "permissions" / "azure.md"


def test_every_call_has_its_action() -> None:
    declared = {call.id for module in (scopes, *modules("azure")) for call in calls_of(module)}
    assert declared == set(permissions())


def test_every_action_reads() -> None:
    assert all(re.fullmatch(r"Microsoft\.[\w/]+/read", action) for action in permissions().values())
    assert '"DataActions": []' in role()


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page()


def test_every_call_is_a_method_of_the_sdk() -> None:
    for full in SDK_METHODS.values():
        module, client = re.fullmatch(r"(.+)\.(\w+Client)\..+", full).groups()  # type: ignore[union-attr]  # or the test fails
        assert hasattr(import_module(module), client)


def told(asset: Asset) -> Asset:
    """Without the listings: a replay asks for each subscription on its own."""
    return msgspec.structs.replace(asset, listed_by=())


def test_a_recording_replays_to_the_same_facts(server: AzureServer) -> None:
    live = scan(door(server))
    replayed = scan(ReplayDoor("azure", recorded(live.coverage, live.documents)))
    assert [told(asset) for asset in replayed.assets] == [told(asset) for asset in live.assets]
    assert replayed.relations == live.relations
    assert set(replayed.policies) == set(live.policies)
