"""The practice server for Azure: it refuses wrong fixtures, and never passes off a gap as an empty answer."""

import json

import msgspec
import pytest

from collectors.practice.azure import CLIENT, SECRET, AzureServer, Estate, FixtureError
from collectors.practice.estate.azure import ACCOUNT, ESTATE, IDENTITY, LETTERS, SCOPE, SUBSCRIPTION, TENANT
from graph.model import Json


@pytest.fixture
def server() -> AzureServer:
    """Not listening: requests are handed to it."""
    return AzureServer(ESTATE)


def get(server: AzureServer, path: str) -> tuple[int, Json]:
    server._tokens.add("t")
    answer = server.reply("GET", f"{path}?api-version=1", {"authorization": "Bearer t"}, b"")
    return answer.status, answer.body


def code(body: Json) -> Json:
    assert isinstance(body, dict)
    error = body["error"]
    return error["code"] if isinstance(error, dict) else error


@pytest.mark.parametrize(
    ("identifier", "pointer", "key"),
    [
        (ACCOUNT, ("properties",), "disableLocalAuthentication"),
        (ACCOUNT, ("properties", "networkAcls"), "defaultActoin"),
        (LETTERS, ("properties",), "allowBlobPublicAcess"),
        (LETTERS, ("properties", "encryption", "services", "blob"), "enbled"),
        (IDENTITY, ("properties",), "principalID"),
        (SCOPE, (), "display_name"),
    ],
)
def test_a_misspelt_key_is_refused(identifier: str, pointer: tuple[str, ...], key: str) -> None:
    resources = msgspec.json.decode(msgspec.json.encode(ESTATE.resources))
    (part,) = (resource for resource in resources if resource["id"] == identifier)
    for step in pointer:
        part = part[step]
    part[key] = "x"
    with pytest.raises(FixtureError, match=key):
        AzureServer(Estate(tenant=TENANT, resources=resources))


def test_a_type_without_a_model_is_refused() -> None:
    strange = {"id": f"{SCOPE}/providers/Microsoft.Strange/things/1", "type": "Microsoft.Strange/things"}
    with pytest.raises(FixtureError, match="no model"):
        AzureServer(Estate(tenant=TENANT, resources=[strange]))


def test_a_collection_that_was_not_seeded_is_denied(server: AzureServer) -> None:
    status, body = get(server, f"{SCOPE}/providers/Microsoft.Search/searchServices")
    assert (status, code(body)) == (403, "AuthorizationFailed")


def test_a_collection_that_is_seeded_as_empty_is_empty(server: AzureServer) -> None:
    assert get(server, f"{SCOPE}/providers/Microsoft.Authorization/denyAssignments") == (200, {"value": []})


def test_children_of_what_is_not_there_are_not_found(server: AzureServer) -> None:
    status, body = get(server, f"{ACCOUNT}x/deployments")
    assert (status, code(body)) == (404, "ResourceNotFound")


def test_a_request_without_a_token_is_refused(server: AzureServer) -> None:
    answer = server.reply("GET", f"/subscriptions/{SUBSCRIPTION}?api-version=1", {}, b"")
    assert (answer.status, code(answer.body)) == (401, "ExpiredAuthenticationToken")


def test_only_the_practice_client_gets_a_token() -> None:
    with AzureServer(ESTATE) as server:
        path = f"/{TENANT}/oauth2/v2.0/token"
        wrong = server.reply("POST", path, {}, f"client_id={CLIENT}&client_secret=guess".encode())
        right = server.reply("POST", path, {}, f"client_id={CLIENT}&client_secret={SECRET}".encode())
    assert (wrong.status, right.status) == (401, 200)


def test_nothing_can_be_changed(server: AzureServer) -> None:
    server._tokens.add("t")
    answer = server.reply("PUT", f"{ACCOUNT}?api-version=1", {"authorization": "Bearer t"}, b"{}")
    assert answer.status == 405


def test_a_query_it_does_not_understand_is_no_empty_answer(server: AzureServer) -> None:
    server._tokens.add("t")
    query = json.dumps({"query": "resources | summarize count()"}).encode()
    path = "/providers/Microsoft.ResourceGraph/resources"
    answer = server.reply("POST", path, {"authorization": "Bearer t"}, query)
    assert (answer.status, code(answer.body)) == (400, "BadRequest")
