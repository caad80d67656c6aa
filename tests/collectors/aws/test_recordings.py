"""A scan that was recorded gives the same facts when it is replayed, without a network."""

from collections.abc import Iterable

import msgspec
import pytest

from collectors.recording import Recorded, ReplayDoor, recorded
from collectors.scan import Scan
from graph.model import Json
from tests.collectors.aws.scanning import NOW, REDACTOR, Seen


def replay(calls: Iterable[Recorded]) -> Seen:
    return Seen(Scan([ReplayDoor("aws", calls)], REDACTOR, now=lambda: NOW).run())


def recording(seen: Seen) -> list[Recorded]:
    return [call for shard in seen.shards for call in recorded(shard.coverage, shard.documents)]


@pytest.fixture(scope="module")
def replayed(linden: Seen) -> Seen:
    return replay(recording(linden))


def test_the_facts_are_the_same(linden: Seen, replayed: Seen) -> None:
    assert {(asset.id, asset.kind, asset.name) for asset in linden.all_assets} == {
        (asset.id, asset.kind, asset.name) for asset in replayed.all_assets
    }
    assert {each.id for each in linden.relations} == {each.id for each in replayed.relations}
    assert {(each.on, each.layer, each.name, each.evidence.document) for each in linden.policies} == {
        (each.on, each.layer, each.name, each.evidence.document) for each in replayed.policies
    }


def test_recorded_failures_are_failures_again(bad_day: Seen) -> None:
    again = replay(recording(bad_day))
    assert again.outcomes("aws:lambda:GetPolicy") == {"denied"}


def test_what_was_not_recorded_is_not_empty(linden: Seen) -> None:
    calls = [call for call in recording(linden) if call.operation != "list_agents"]
    again = replay(calls)
    assert again.outcomes("aws:bedrock-agent:ListAgents") == {"not_recorded"}
    assert again.ids("Agent") == set()


def test_bare_authorization_details_are_a_recording(linden: Seen) -> None:
    """What `aws iam get-account-authorization-details` prints, for an account that nobody else speaks of."""
    details = [call for call in recording(linden) if call.operation == "get_account_authorization_details"]
    whole: dict[str, list[Json]] = {}
    for call in details:
        if call.account == "444455556666" and isinstance(call.response, dict):
            for key, rows in call.response.items():
                whole.setdefault(key, []).extend(rows if isinstance(rows, list) else [])
    one = Recorded(
        "iam",
        "get_account_authorization_details",
        account="444455556666",
        response=msgspec.to_builtins(whole),
    )
    again = replay([one])
    assert again.ids("Account") == {"aws://444455556666"}
    assert again.ids("User") == {user for user in linden.ids("User") if ":444455556666:" in user}
