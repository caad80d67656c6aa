"""The door to Azure: paging, throttling, and every way a call can fail, through the SDK's own clients."""

import pytest

from collectors.azure.client import AzureDoor, Settings
from collectors.azure.inventory import QUERY
from collectors.azure.read_only import NotReadOnly
from collectors.practice.azure import AzureServer, Fault
from collectors.practice.estate.azure import ESTATE, SCOPE, SUBSCRIPTION
from tests.collectors.azure.conftest import Start, ask, door, failure, rows

ACCOUNTS = "azure:cognitiveservices:Accounts_List"
DEPLOYMENTS = "azure:cognitiveservices:Deployments_List"
CONTAINERS = "azure:storage:BlobContainers_List"
GRAPH = "azure:resourcegraph:Resources"
ACCOUNTS_PATH = f"{SCOPE}/providers/microsoft.cognitiveservices/accounts"
GRAPH_PATH = "/providers/microsoft.resourcegraph/resources"
LETTERS = {"resourceGroupName": "rg-discharge", "accountName": "linden-letters-ai"}


def test_a_listing_goes_over_all_its_pages(server: AzureServer) -> None:
    pages = ask(door(server), DEPLOYMENTS, SUBSCRIPTION, **LETTERS)
    assert [len(rows([page])) for page in pages] == [2, 1]
    assert {row["name"] for row in rows(pages)} == {"letters", "letters-style", "search"}


def test_links_to_the_next_page_are_not_part_of_the_answer(server: AzureServer) -> None:
    pages = ask(door(server), DEPLOYMENTS, SUBSCRIPTION, **LETTERS)
    pages += ask(door(server), GRAPH, SUBSCRIPTION, query=QUERY)
    keys = {key for page in pages if isinstance(page.json, dict) for key in page.json}
    assert not keys & {"nextLink", "$skipToken"}


def test_resource_graph_goes_over_all_its_pages(start: Start) -> None:
    pages = ask(door(start(page_size=3)), GRAPH, SUBSCRIPTION, query=QUERY)
    assert [len(rows([page])) for page in pages] == [3, 3, 2]
    assert {row["name"] for row in rows(pages)} >= {"rg-empty", "id-discharge-assistant", "lindenarchive"}


def test_an_answer_keeps_keys_that_the_sdk_does_not_know(server: AzureServer) -> None:
    (subscription,) = ask(
        door(server), "azure:subscription:Subscriptions_Get", "", subscriptionId=SUBSCRIPTION
    )
    assert isinstance(subscription.json, dict)
    assert subscription.json["displayName"] == "Linden Health: letters"


def test_a_throttled_page_is_asked_for_again(start: Start) -> None:
    path = f"{ACCOUNTS_PATH}".lower()
    server = start(ESTATE, Fault(path, 429, "TooManyRequests", retry_after=0), page_size=1)
    assert len(rows(ask(door(server), ACCOUNTS, SUBSCRIPTION))) == 2
    assert server.requests.count(f"GET {path}") == 3


def test_a_throttled_query_goes_on_where_it_was(start: Start) -> None:
    server = start(ESTATE, Fault(GRAPH_PATH, 429, "RateLimiting", retry_after=0, page=2))
    assert len(rows(ask(door(server), GRAPH, SUBSCRIPTION, query=QUERY))) == 8


def test_throttling_without_end_is_told(start: Start) -> None:
    faults = [Fault(ACCOUNTS_PATH, 429, "TooManyRequests", retry_after=0)] * 5
    fault = failure(door(start(ESTATE, *faults)), ACCOUNTS, SUBSCRIPTION)
    assert fault.outcome == "throttled"
    assert "azure.threads" in fault.sentence


def test_a_denied_call_names_the_action(start: Start) -> None:
    message = (
        f"The client 'x' does not have authorization to perform action 'Microsoft.Y/read' over '{SCOPE}'."
    )
    server = start(ESTATE, Fault(ACCOUNTS_PATH, 403, "AuthorizationFailed", message))
    fault = failure(door(server), ACCOUNTS, SUBSCRIPTION)
    assert (fault.outcome, fault.code) == ("denied", "AuthorizationFailed")
    assert "Microsoft.Y/read" in fault.sentence


def test_a_denial_that_names_no_action_takes_it_from_the_table(start: Start) -> None:
    server = start(ESTATE, Fault(ACCOUNTS_PATH, 403, "RequestDisallowedByAzure", "No."))
    assert (
        "Microsoft.CognitiveServices/accounts/read" in failure(door(server), ACCOUNTS, SUBSCRIPTION).sentence
    )


def test_what_was_deleted_after_it_was_listed_has_vanished(server: AzureServer) -> None:
    gone = {**LETTERS, "accountName": "deleted-a-minute-ago"}
    assert failure(door(server), DEPLOYMENTS, SUBSCRIPTION, **gone).outcome == "vanished"


def test_a_subscription_nobody_can_see_has_not_vanished(server: AzureServer) -> None:
    other = "00000000-0000-4000-8000-0000000000aa"
    call = "azure:subscription:Subscriptions_Get"
    assert failure(door(server), call, "", subscriptionId=other).outcome == "failed"
    server.plant(Fault(f"/subscriptions/{other}", 404, "SubscriptionNotFound"))
    assert failure(door(server), call, "", subscriptionId=other).outcome == "denied"


def test_an_expired_token_says_sign_in_again(server: AzureServer) -> None:
    azure = door(server)
    ask(azure, ACCOUNTS, SUBSCRIPTION)
    server.expire_tokens()
    fault = failure(azure, ACCOUNTS, SUBSCRIPTION)
    assert fault.outcome == "expired"
    assert "az login" in fault.sentence


def test_the_default_credential_finds_the_environment(server: AzureServer) -> None:
    assert len(rows(ask(door(server, credential="default"), ACCOUNTS, SUBSCRIPTION))) == 2


def test_missing_credentials_are_named(server: AzureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    monkeypatch.delenv("AZURE_CLIENT_ID")
    fault = failure(door(server), ACCOUNTS, SUBSCRIPTION)
    assert fault.outcome == "no_credentials"
    assert "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET is not set" in fault.sentence


def test_a_wrong_secret_is_told_apart_from_a_denied_call(
    server: AzureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "not-it")
    fault = failure(door(server), ACCOUNTS, SUBSCRIPTION)
    assert fault.outcome == "no_credentials"
    assert "AADSTS7000215" in fault.sentence


def test_a_provider_that_is_not_registered_is_not_registered_by_us(start: Start) -> None:
    server = start(ESTATE, Fault(ACCOUNTS_PATH, 409, "MissingSubscriptionRegistration"))
    fault = failure(door(server), ACCOUNTS, SUBSCRIPTION)
    assert (fault.outcome, fault.code) == ("unsupported", "MissingSubscriptionRegistration")
    assert {request.split()[0] for request in server.requests} <= {"GET", "POST"}
    assert not [request for request in server.requests if "register" in request]


def test_an_old_cloud_without_the_api_version_is_unsupported(start: Start) -> None:
    server = start(ESTATE, Fault(ACCOUNTS_PATH, 400, "NoRegisteredProviderFound"))
    assert failure(door(server), ACCOUNTS, SUBSCRIPTION).outcome == "unsupported"


def test_no_answer_names_the_settings_to_check(server: AzureServer) -> None:
    fault = failure(door(server, resource_manager="https://localhost:1", retries=0), ACCOUNTS, SUBSCRIPTION)
    assert fault.outcome == "failed"
    assert "azure.resource_manager" in fault.sentence


def test_a_certificate_nobody_signed_is_refused(server: AzureServer) -> None:
    fault = failure(door(server, ca_bundle="", retries=0), ACCOUNTS, SUBSCRIPTION)
    assert fault.outcome in ("failed", "no_credentials")
    assert "certificate" in fault.sentence.lower()


def test_what_changes_something_is_never_sent(server: AzureServer) -> None:
    azure = door(server)
    ask(azure, CONTAINERS, SUBSCRIPTION, resourceGroupName="rg-discharge", accountName="lindenletters")
    client = azure._client("storage", SUBSCRIPTION)
    sent = len(server.requests)
    with pytest.raises(NotReadOnly):
        client.storage_accounts.list_keys("rg-discharge", "lindenletters")  # type: ignore[attr-defined]  # found by name
    assert len(server.requests) == sent


def test_subscriptions_come_from_the_settings_or_from_the_credentials() -> None:
    assert AzureDoor(Settings()).accounts() == [""]
    assert AzureDoor(Settings(subscriptions=("ABC",))).accounts() == ["abc"]
