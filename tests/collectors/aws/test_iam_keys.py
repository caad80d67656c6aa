"""Keys of users: which there are, which still open something, and what a denied call leaves unknown."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.practice.aws import Answer, AwsServer, Fault
from collectors.practice.estate.aws_parts import Account
from collectors.practice.keys import access_key_id
from graph.model import Json
from tests.collectors.aws import everything
from tests.collectors.aws.scanning import ACCOUNT, Seen, estate, scan

USER = f"arn:aws:iam::{ACCOUNT}:user/builds/ci"
KEY, OLD = (f"credential:aws:{access_key_id(ACCOUNT, number)}" for number in range(2))
BEDROCK, EXPIRED = "credential:aws:ACCAPRACTICE000000001", "credential:aws:ACCAPRACTICE000000002"
USED = "2026-11-20T02:15:00Z"


def answers() -> list[Answer]:
    account = Account(ACCOUNT)
    account.user("ci", path="/builds/")
    account.user("nobody")
    account.access_key("ci", last_used=USED)
    account.access_key("ci", active=False)
    account.bedrock_key("ci", "ACCAPRACTICE000000001", expires="2027-01-01T00:00:00Z")
    account.bedrock_key("ci", "ACCAPRACTICE000000002", status="Expired")
    return list(account.answers(()))


def seen(*faults: Fault, given: list[Answer] | None = None) -> Seen:
    planted = msgspec.structs.replace(estate(*(given or answers())), faults=faults)
    with AwsServer(
        msgspec.structs.replace(planted, pages={("iam", "ListServiceSpecificCredentials"): 1})
    ) as server:
        return scan(server)


def test_every_key_is_listed_by_its_id_and_only_active_ones_authenticate() -> None:
    found = seen()
    assert found.ids("Credential") == {KEY, OLD, BEDROCK, EXPIRED}
    assert {each for each in found.ids("Credential") if found.assets[each].get("active")} == {KEY, BEDROCK}
    assert found.pairs("AUTHENTICATES") == {(KEY, USER), (BEDROCK, USER)}


def test_what_is_said_of_a_key() -> None:
    found = seen()
    key, bedrock = found.assets[KEY], found.assets[BEDROCK]
    assert (key.get("native_kind"), bedrock.get("native_kind")) == ("access_key", "bedrock_api_key")
    assert key.get("last_used") == datetime.fromisoformat(USED)
    assert found.assets[OLD].get("last_used") is None
    assert bedrock.get("expires_at") == datetime.fromisoformat("2027-01-01T00:00:00Z")
    assert bedrock.name == f"ci-at-{ACCOUNT}"  # the public part, of which the key is made


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(["Active", "Inactive", "Expired"]), max_size=2))
def test_whatever_the_states_each_key_is_there_and_the_active_ones_open(states: list[str]) -> None:
    rows: list[Json] = [
        {"UserName": "ci", "AccessKeyId": access_key_id(ACCOUNT, n), "Status": state, "CreateDate": USED}
        for n, state in enumerate(states)
    ]
    user: Json = {
        "UserName": "ci",
        "Arn": USER,
        "Path": "/builds/",
        "UserId": "AIDA" + "0" * 12,
        "CreateDate": USED,
    }
    found = seen(
        given=[
            Answer("iam", "ListUsers", ACCOUNT, response={"Users": [user]}),
            Answer("iam", "ListAccessKeys", ACCOUNT, response={"AccessKeyMetadata": rows}),
        ]
    )
    assert found.ids("Credential") == {
        f"credential:aws:{access_key_id(ACCOUNT, n)}" for n in range(len(states))
    }
    assert found.pairs("AUTHENTICATES") == {
        (f"credential:aws:{access_key_id(ACCOUNT, n)}", USER) for n, s in enumerate(states) if s == "Active"
    }


def test_the_accounts_own_keys_are_listed_without_an_id() -> None:
    given = [each for each in answers() if each.operation != "GetAccountSummary"]
    found = seen(given=[*given, everything.root_key()])
    root = found.assets[f"credential:aws:root:{ACCOUNT}"]
    assert (root.get("native_kind"), root.get("active")) == ("root_access_key", None)


@pytest.mark.parametrize("operation", ["ListUsers", "ListAccessKeys", "GetAccountSummary"])
def test_a_denied_call_is_recorded(operation: str) -> None:
    found = seen(Fault("iam", operation, "AccessDenied", 403, -1))
    assert found.outcomes(f"aws:iam:{operation}") == {"denied"}
    assert f"allow iam:{operation}" in found.sentence(f"aws:iam:{operation}")


def test_a_key_of_which_the_last_use_is_denied_still_opens() -> None:
    found = seen(Fault("iam", "GetAccessKeyLastUsed", "AccessDenied", 403, -1))
    assert found.outcomes("aws:iam:GetAccessKeyLastUsed") == {"denied"}
    assert (KEY, USER) in found.pairs("AUTHENTICATES")


def test_bedrock_keys_are_listed_when_the_users_are_not() -> None:
    found = seen(Fault("iam", "ListUsers", "AccessDenied", 403, -1))
    assert found.ids("Credential") == {BEDROCK, EXPIRED}
    assert found.pairs("AUTHENTICATES") == set()


def test_a_user_or_a_key_that_is_gone_since_it_was_listed_is_not_seen() -> None:
    for operation in ("ListAccessKeys", "GetAccessKeyLastUsed"):
        found = seen(Fault("iam", operation, "NoSuchEntity", 404, -1))
        assert found.ids("Credential") == {BEDROCK, EXPIRED}


def test_ids_are_kept_where_keys_are_listed_and_hidden_elsewhere() -> None:
    identifier = KEY.rpartition(":")[2]
    documents = {d: text for shard in seen().shards for d, text in shard.documents.items()}
    assert any(identifier.encode() in text for text in documents.values())
    (said,) = [each for each in answers() if each.operation == "GetAccountAuthorizationDetails"]
    rows = said.response["UserDetailList"]
    assert isinstance(rows, list)
    row = {**msgspec.convert(rows[0], dict[str, str | list[Json]]), "UserId": identifier}
    leaky = msgspec.structs.replace(said, response={**said.response, "UserDetailList": [row]})
    texts = [text for shard in seen(given=[leaky]).shards for text in shard.documents.values()]
    assert not any(identifier.encode() in text for text in texts)
