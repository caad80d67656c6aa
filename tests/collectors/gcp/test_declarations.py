"""What the collectors declare is what they do, and needs nothing but reading."""

from importlib import import_module
from pathlib import Path

import pytest

from collectors.gcp.calls import SDK_METHODS
from collectors.gcp.permissions import READ_VERBS, page, permissions
from collectors.scan import calls_of, modules
from graph.model import Call, Evidence
from tests.collectors.gcp.conftest import Seen

UNDECLARED = {"account", "name", "native_kind", "digest", "tag"}
"""What every listing tells of what it lists; nothing is worked out from it."""

EVERY = sorted(
    {
        call
        for module in (import_module("collectors.gcp.scopes"), *modules("gcp"))
        for call in calls_of(module)
    },
    key=lambda call: call.id,
)


def _filled(seen: Seen, call: str) -> set[str]:
    """What the evidence of a call supports, spelled as calls declare it."""

    def of(evidence: tuple[Evidence, ...]) -> list[Evidence]:
        return [piece for piece in evidence if piece.call == call]

    found = {
        f"{asset.kind}.{name}"
        for asset in seen.assets
        for piece in of(asset.evidence)
        for name in piece.supports
        if name not in UNDECLARED and asset.get(name) is not None
    }
    found |= {relation.type for relation in seen.relations if of(relation.evidence)}
    return found | {f"policy:{policy.layer}" for policy in seen.policies if of((policy.evidence,))}


@pytest.mark.parametrize("call", EVERY, ids=lambda call: call.id)
def test_a_call_fills_and_lists_exactly_what_it_declares(call: Call, seen: Seen, search: Seen) -> None:
    both = [search] if call.id == "gcp:resourcemanager:SearchProjects" else [seen]
    listed = {
        asset.kind for scan in both for asset in scan.assets for at in asset.listed_by if at.call == call.id
    }
    declared = {(c.lists, c.fills) for c in EVERY if c.id == call.id}
    assert declared == {(call.lists, call.fills)}
    assert {name for scan in both for name in _filled(scan, call.id)} == set(call.fills)
    assert listed == set(call.lists)


def test_every_call_that_is_made_is_declared(seen: Seen) -> None:
    assert {record.call for record in seen.coverage} <= {call.id for call in EVERY}
    assert {record.outcome for record in seen.coverage} == {"ok"}


def test_every_call_has_its_permission_and_its_method() -> None:
    assert set(permissions()) == set(SDK_METHODS) == {call.id for call in EVERY}


def test_permissions_only_read() -> None:
    assert {p for p in permissions().values() if p.rpartition(".")[2] not in READ_VERBS} == set()


@pytest.mark.parametrize("method", sorted(set(SDK_METHODS.values())))
def test_the_sdk_has_every_method(method: str) -> None:
    module, client, name = method.rsplit(".", 2)
    assert callable(getattr(getattr(import_module(module), client), name))


def test_the_page_on_permissions_is_fresh() -> None:
    written = Path(__file__).parents[3] / "docs/permissions/gcp.md"
    assert written.read_text("utf-8") == page(), (
        "run: python -m collectors.gcp.permissions > docs/permissions/gcp.md"
    )
