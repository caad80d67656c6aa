"""What the Azure collectors see of the practice estate, as sets, and what they make of calls that fail."""

from itertools import chain

import msgspec
import pytest

from collectors.azure import scopes
from collectors.practice.azure import AzureServer, Fault
from collectors.practice.estate.azure import (
    ACCOUNT,
    ESTATE,
    GROUP,
    HOSTILE_NAME,
    LETTERS,
    LONG_NAME,
    SANDBOX,
    SCOPE,
    SUBSCRIPTION,
    WEBSITE,
)
from collectors.scan import calls_of, modules
from graph import ontology
from graph.model import Asset
from graph.snapshot import Contents
from tests.collectors.azure.conftest import Start, door, outcomes, scan, short

ASSISTANT = "entra:00000000-0000-4000-8000-00000000a551"


@pytest.fixture
def seen(server: AzureServer) -> Contents:
    return scan(door(server))


def by_id(contents: Contents) -> dict[str, Asset]:
    return {short(asset.id): asset for asset in contents.assets}


def of(contents: Contents, kind: str) -> set[str]:
    return {short(a.id) for a in contents.assets if a.kind == kind and not a.get("missing")}


def ends(contents: Contents, kind: str) -> set[tuple[str, str]]:
    return {(short(r.source), short(r.target)) for r in contents.relations if r.type == kind}


def test_every_call_of_a_whole_scan_succeeds(seen: Contents) -> None:
    assert {record.outcome for record in seen.coverage} == {"ok"}
    assert seen.conflicts == ()


def test_subscriptions_are_accounts(seen: Contents) -> None:
    accounts = {a.get("account"): a.name for a in seen.assets if a.kind == "Account"}
    assert accounts == {SUBSCRIPTION: "Linden Health: letters", SANDBOX: HOSTILE_NAME}


def test_one_configured_subscription_is_the_only_one(server: AzureServer) -> None:
    contents = scan(door(server, subscriptions=(SUBSCRIPTION.upper(),)))
    assert {a.id for a in contents.assets if a.kind == "Account"} == {SCOPE}


def test_ai_services_with_their_way_in(seen: Contents) -> None:
    facts = {
        short(a.id): (a.get("public_network_access"), a.get("network_default"), a.get("local_auth"))
        for a in seen.assets
        if a.kind == "AIService"
    }
    assert facts == {
        "linden-letters-ai": (True, "allow", True),
        "linden-triage-vision": (False, "deny", False),
    }


def test_deployments_serve_models_and_say_where_requests_go(seen: Contents) -> None:
    long = f"linden-triage-vision/deployments/{LONG_NAME}"
    tuned = "linden-letters-ai/models/gpt-4o-mini-2024-07-18.ft-9a1b2c"
    assert ends(seen, "SERVES") == {
        ("linden-letters-ai/deployments/letters", "azure://models/openai/gpt-4o/2024-11-20"),
        ("linden-letters-ai/deployments/letters-style", tuned),
        ("linden-letters-ai/deployments/search", "azure://models/openai/text-embedding-3-large/1"),
        (long, "azure://models/microsoft/phi-4/7"),
    }
    assert ends(seen, "DERIVED_FROM") == {(tuned, "azure://models/openai/gpt-4o-mini/2024-07-18")}
    routing = {short(a.id): a.get("routing") for a in seen.assets if a.kind == "Endpoint"}
    assert routing == {
        "linden-letters-ai/deployments/letters": "regional",
        "linden-letters-ai/deployments/letters-style": "regional",
        "linden-letters-ai/deployments/search": "global",
        long: "data_zone",
    }


def test_content_filters_guard_deployments(seen: Contents) -> None:
    policies = {
        short(a.id): (a.get("prompt_attack"), a.get("mode")) for a in seen.assets if a.kind == "Guardrail"
    }
    assert policies == {
        "linden-letters-ai/raipolicies/microsoft.defaultv2": ("HIGH", "block"),
        "linden-letters-ai/raipolicies/letters": ("NONE", "detect"),
        "linden-triage-vision/raipolicies/microsoft.defaultv2": ("HIGH", "block"),
    }
    assert ("linden-letters-ai/deployments/letters-style", "linden-letters-ai/raipolicies/letters") in ends(
        seen, "GUARDED_BY"
    )


def test_services_run_as_their_identities(seen: Contents) -> None:
    own = "entra:00000000-0000-4000-8000-0000000005e1"
    assert ends(seen, "RUNS_AS") == {("linden-letters-ai", ASSISTANT), ("linden-triage-vision", own)}
    assert by_id(seen)[ASSISTANT].name == "id-discharge-assistant"
    assert by_id(seen)[own].name == "linden-triage-vision"


def test_a_key_in_a_vault_encrypts_the_service(seen: Contents) -> None:
    key = "https://kv-linden-ai.vault.example/keys/letters-ai"
    assert ends(seen, "ENCRYPTED_WITH") == {("linden-letters-ai", key)}
    assert by_id(seen)[key].kind == "EncryptionKey"


def test_containers_carry_what_decides_whether_they_are_public(seen: Contents) -> None:
    buckets = {"lindenletters/letters", "lindenletters/leaflets", "lindenarchive/letters-2025"}
    buckets |= {"lindenwebsite/letter-samples", "lindenwebsite/assets"}
    assert of(seen, "Bucket") == buckets
    decided: dict[str, tuple[object, object]] = {}
    for bucket in buckets:
        acl, block = (
            msgspec.json.decode(seen.documents[policy.evidence.document])
            for layer in ("acl", "public_access_block")
            for policy in seen.policies
            if short(policy.on) == bucket and policy.layer == layer
        )
        decided[bucket] = (acl["properties"]["publicAccess"], block["properties"]["allowBlobPublicAccess"])
    assert decided == {
        "lindenletters/letters": ("None", False),
        "lindenletters/leaflets": ("None", False),
        "lindenarchive/letters-2025": ("Blob", False),
        "lindenwebsite/letter-samples": ("Blob", True),
        "lindenwebsite/assets": ("Container", True),
    }


def test_containers_have_the_facts_of_their_account(seen: Contents) -> None:
    letters = by_id(seen)["lindenletters/letters"]
    assert letters.get("tags") == ("data_class=health", "team=clinical-ai")
    names = ("versioning", "immutable", "local_auth", "public_network_access", "network_default", "region")
    assert [letters.get(name) for name in names] == [True, False, True, True, "allow", "westeurope"]


def test_everything_is_where_it_belongs(seen: Contents) -> None:
    assert of(seen, "ResourceGroup") == {
        "resourcegroups/rg-discharge",
        "resourcegroups/rg-empty",
        "lindenletters",
        "lindenwebsite",
        "lindenarchive",
    }
    inside = ends(seen, "CONTAINS")
    assert {target for source, target in inside if source == "resourcegroups/rg-discharge"} == {
        "linden-letters-ai",
        "linden-triage-vision",
        "lindenletters",
        "lindenwebsite",
        "lindenarchive",
        ASSISTANT,
    }
    assert {target for source, target in inside if source == "lindenletters"} == {
        "lindenletters/letters",
        "lindenletters/leaflets",
    }
    root = "/providers/microsoft.management/managementgroups/linden-root"
    assert {target for source, target in inside if source == root} == {SCOPE, f"/subscriptions/{SANDBOX}"}


def test_principals_are_what_the_assignments_say(seen: Contents) -> None:
    found = {a.id: a.kind for a in seen.assets if a.id.startswith("entra:")}
    assert found == {
        f"entra:00000000-0000-4000-8000-{number}": kind
        for number, kind in {
            "00000000a551": "ServiceIdentity",
            "0000000005e1": "ServiceIdentity",
            "00000000e501": "ServiceIdentity",
            "00000000e502": "ServiceIdentity",
            "00000000e503": "ServiceIdentity",
            "00000000e504": "Group",
            "00000000f001": "ExternalPrincipal",
            "00000000d001": "Group",
            "00000000d002": "User",
        }.items()
    }


def test_assignments_hang_on_their_scopes_with_the_roles_they_give(seen: Contents) -> None:
    scopes_ = {short(policy.on) for policy in seen.policies if policy.layer == "role_assignment"}
    assert scopes_ == {
        "lindenletters",
        "lindenletters/letters",
        "lindenletters/leaflets",
        "linden-letters-ai",
        "resourcegroups/rg-discharge",
        SCOPE,
        "/providers/microsoft.management/managementgroups/linden-root",
    }
    assert {policy.name for policy in seen.policies if policy.layer == "role_definition"} == {
        "Storage Blob Data Contributor",
        "Storage Blob Data Reader",
        "Reader",
        "Cognitive Services OpenAI User",
        "Linden Letter Tagging",
    }


def test_an_inherited_assignment_is_one_wherever_it_was_seen(seen: Contents) -> None:
    root = "/providers/microsoft.management/managementgroups/linden-root"
    assert len({p.evidence.id for p in seen.policies if p.on == root}) == 1


def test_deny_assignments_hang_on_their_scopes(start: Start) -> None:
    denial = {
        "id": f"{GROUP}/providers/Microsoft.Authorization/denyAssignments/1",
        "name": "1",
        "type": "Microsoft.Authorization/denyAssignments",
        "properties": {
            "denyAssignmentName": "Nobody deletes letters",
            "scope": GROUP,
            "permissions": [{"dataActions": ["Microsoft.Storage/*/delete"]}],
            "principals": [
                {"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined", "displayName": "All"}
            ],
            "excludePrincipals": [],
        },
    }
    estate = msgspec.structs.replace(ESTATE, resources=[*ESTATE.resources, denial])
    contents = scan(door(start(estate)))
    found = [(short(p.on), p.name) for p in contents.policies if p.layer == "deny_assignment"]
    assert found == [("resourcegroups/rg-discharge", "Nobody deletes letters")]


def test_what_azure_leaves_out_is_unknown_or_its_default(start: Start) -> None:
    bare = [
        {"id": r["id"], "name": r["name"], "type": r["type"], "properties": {}}
        if r["id"] in (ACCOUNT, LETTERS, f"{LETTERS}/blobServices/default/containers/letters")
        else r
        for r in ESTATE.resources
    ]
    found = by_id(scan(door(start(msgspec.structs.replace(ESTATE, resources=bare)))))
    service, bucket = found["linden-letters-ai"], found["lindenletters/letters"]
    for asset in (service, bucket):
        assert asset.get("public_network_access") is None
        assert asset.get("network_default") == "allow"
        assert asset.get("local_auth") is True
    assert bucket.get("immutable") is None


def test_a_denied_call_leaves_the_rest_standing(start: Start) -> None:
    path = f"{ACCOUNT}/deployments".lower()
    contents = scan(door(start(ESTATE, Fault(path, 403, "AuthorizationFailed"))))
    assert outcomes(contents, "azure:cognitiveservices:Deployments_List") == {
        "linden-letters-ai": "denied",
        "linden-triage-vision": "ok",
    }
    assert of(contents, "AIService") == {"linden-letters-ai", "linden-triage-vision"}
    assert {name.partition("/")[0] for name in of(contents, "Endpoint")} == {"linden-triage-vision"}


def test_an_account_that_vanishes_while_it_is_read_is_no_failure(start: Start) -> None:
    path = f"{WEBSITE}/blobServices/default/containers".lower()
    contents = scan(door(start(ESTATE, Fault(path, 404, "ResourceNotFound"))))
    call = "azure:storage:BlobContainers_List"
    assert outcomes(contents, call)["lindenwebsite"] == "vanished"
    assert not [name for name in of(contents, "Bucket") if name.startswith("lindenwebsite")]


def test_a_subscription_without_the_provider_holds_no_such_resources(start: Start) -> None:
    path = f"/subscriptions/{SANDBOX}/providers/microsoft.cognitiveservices/accounts"
    contents = scan(door(start(ESTATE, Fault(path, 409, "MissingSubscriptionRegistration"))))
    records = [r for r in contents.coverage if r.call == "azure:cognitiveservices:Accounts_List"]
    assert {(r.account, r.outcome) for r in records} == {(SUBSCRIPTION, "ok"), (SANDBOX, "ok")}


def test_without_credentials_the_scan_ends_in_one_sentence(
    server: AzureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    contents = scan(door(server))
    assert [(r.call, r.outcome) for r in contents.coverage] == [
        ("azure:subscription:Subscriptions_List", "no_credentials")
    ]


def test_everything_that_a_call_lists_or_fills_is_seen(seen: Contents) -> None:
    declared = set(
        chain.from_iterable(
            (*call.lists, *call.fills) for module in (scopes, *modules("azure")) for call in calls_of(module)
        )
    )
    seen_here = {asset.kind for asset in seen.assets} | {relation.type for relation in seen.relations}
    seen_here |= {f"{asset.kind}.{name}" for asset in seen.assets for name in asset.properties}
    seen_here |= {f"policy:{policy.layer}" for policy in seen.policies}
    assert declared - seen_here == {"policy:deny_assignment"}  # its own test plants one


def test_every_property_that_is_seen_is_declared(seen: Contents) -> None:
    fills = {
        name
        for module in (scopes, *modules("azure"))
        for call in calls_of(module)
        for name in (*call.lists, *call.fills)
    }
    for asset in seen.assets:
        for name in set(asset.properties) - set(ontology.ALL):
            assert f"{asset.kind}.{name}" in fills | {"ExternalPrincipal.native_kind"}
    assert {relation.type for relation in seen.relations} <= fills


def test_evidence_points_at_what_it_supports(seen: Contents) -> None:
    bucket = by_id(seen)["lindenwebsite/letter-samples"]
    (evidence,) = (e for e in bucket.evidence if "network_default" in e.supports)
    page = msgspec.json.decode(seen.documents[evidence.document])
    for step in evidence.pointer.split("/")[1:]:
        page = page[int(step)] if isinstance(page, list) else page[step]
    assert page["defaultAction"] == "Allow"
