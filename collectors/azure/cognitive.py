"""Azure OpenAI and AI Services: accounts, their model deployments, and the content filters on them."""

from collections.abc import Iterator, Mapping

from collectors.azure import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Json, Relation, pointer_token

UNREGISTERED = ("MissingSubscriptionRegistration",)  # a provider that was never used holds no resources

ACCOUNTS = Call(
    "azure:cognitiveservices:Accounts_List",
    lists=("AIService", "ServiceIdentity"),
    fills=(
        "AIService.public_network_access",
        "AIService.network_default",
        "AIService.local_auth",
        "AIService.tags",
        "RUNS_AS",
        "ENCRYPTED_WITH",
    ),
    empty_on=UNREGISTERED,
)
DEPLOYMENTS = Call(
    "azure:cognitiveservices:Deployments_List",
    lists=("Endpoint", "FoundationModel", "Model"),
    fills=(
        "Endpoint.routing",
        "Endpoint.auto_deploy",
        "Endpoint.tags",
        "FoundationModel.publisher",
        "SERVES",
        "CONTAINS",
        "DERIVED_FROM",
        "GUARDED_BY",
    ),
)
POLICIES = Call(
    "azure:cognitiveservices:RaiPolicies_List",
    lists=("Guardrail",),
    fills=("Guardrail.prompt_attack", "Guardrail.mode"),
)

REGIONAL = False

ROUTING: Mapping[str, str] = {"global": "global", "datazone": "data_zone"}
"""How a deployment's SKU begins, to where its requests may be served.
https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types"""

AFTER_THE_FACT = ("asynchronous_filter", "deferred")
"""Modes in which text goes out before the filters have seen it."""


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: tuple(_account(source, row)), source.pages(ACCOUNTS)):
        yield from facts


def _account(source: Source, row: Answer) -> Iterator[Fact]:
    wire = row.text("/id") or ""
    account = names.resource(wire)
    own = source.within(account)
    where: dict[str, Json] = {
        "resourceGroupName": names.group_of(wire),
        "accountName": row.text("/name") or "",
    }
    yield _service(row, account)
    yield from _identities(row, account)
    yield from _key(row, account)
    for deployment in own.pages(DEPLOYMENTS, **where):
        yield from _deployment(deployment, account, row.text("/location"))
    for policy in own.pages(POLICIES, **where):
        yield _guardrail(policy, row.text("/location"))


def _service(row: Answer, account: str) -> Asset:
    return Asset(
        id=account,
        kind="AIService",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind=f"microsoft.cognitiveservices/accounts ({row.text('/kind')})",
            region=row.text("/location"),
            tags=names.tags(row, "/tags"),
            public_network_access=names.enabled(row.text("/properties/publicNetworkAccess")),
            network_default=names.network_default(row),
            local_auth=not row.flag("/properties/disableLocalAuth"),  # keys work unless switched off
        ),
        evidence=row.evidence(
            name="/name",
            native_kind="/kind",
            region="/location",
            tags="/tags",
            public_network_access="/properties/publicNetworkAccess",
            network_default="/properties/networkAcls",
            local_auth="/properties/disableLocalAuth",
        ),
    )


def _identities(row: Answer, account: str) -> Iterator[Fact]:
    """What the service acts as elsewhere: its own identity, and those that were assigned to it."""
    if own := row.text("/identity/principalId"):
        yield Asset(
            id=names.principal(own),
            kind="ServiceIdentity",
            name=row.text("/name") or "",
            listed_by=row.listed_by,
            properties=names.known(account="", service="entra", native_kind="system-assigned identity"),
            evidence=row.evidence(name="/name", native_kind="/identity/type"),
        )
        yield _runs_as(row, account, own, "/identity/principalId")
    assigned = row.get("/identity/userAssignedIdentities")
    for identifier in assigned if isinstance(assigned, dict) else ():
        pointer = f"/identity/userAssignedIdentities/{pointer_token(identifier)}/principalId"
        if principal := row.text(pointer):
            yield _runs_as(row, account, principal, pointer)


def _runs_as(row: Answer, account: str, principal: str, pointer: str) -> Relation:
    return Relation(
        "RUNS_AS",
        account,
        names.principal(principal),
        evidence=row.evidence(target=pointer),
        target_kind="ServiceIdentity",
    )


def _key(row: Answer, account: str) -> Iterator[Relation]:
    pointer = "/properties/encryption/keyVaultProperties"
    vault, name = row.text(f"{pointer}/keyVaultUri"), row.text(f"{pointer}/keyName")
    if vault and name:
        evidence = row.evidence(target=pointer)
        yield Relation("ENCRYPTED_WITH", account, names.key(vault, name), evidence=evidence)


def _deployment(row: Answer, account: str, region: str | None) -> Iterator[Fact]:
    endpoint = names.resource(row.text("/id") or "")
    upgrade = row.text("/properties/versionUpgradeOption")
    yield Asset(
        id=endpoint,
        kind="Endpoint",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="microsoft.cognitiveservices/accounts/deployments",
            region=region,
            tags=names.tags(row, "/tags"),
            routing=_routing(row.text("/sku/name")),
            auto_deploy=None if upgrade is None else upgrade != "NoAutoUpgrade",
        ),
        evidence=row.evidence(
            name="/name",
            tags="/tags",
            routing="/sku/name",
            auto_deploy="/properties/versionUpgradeOption",
        ),
    )
    yield Relation("CONTAINS", account, endpoint, evidence=row.evidence(target="/id"))
    yield from _model(row, account, endpoint)
    if policy := row.text("/properties/raiPolicyName"):
        yield Relation(
            "GUARDED_BY",
            endpoint,
            f"{account}/raipolicies/{policy.lower()}",
            evidence=row.evidence(target="/properties/raiPolicyName"),
        )


def _routing(sku: str | None) -> str | None:
    """Where a deployment's requests may be served, by its SKU's name."""
    if sku is None:
        return None
    return next((place for start, place in ROUTING.items() if sku.lower().startswith(start)), "regional")


def _model(row: Answer, account: str, endpoint: str) -> Iterator[Fact]:
    """The model behind a deployment: one that Azure offers, or one tuned in this account."""
    pointer = "/properties/model"
    name = row.text(f"{pointer}/name")
    if name is None:
        return
    publisher = row.text(f"{pointer}/publisher") or row.text(f"{pointer}/format") or "unknown"
    version = row.text(f"{pointer}/version") or ""
    base = names.tuned_from(name)
    offered = names.model(publisher, *(base or (name, version)))
    served = f"{account}/models/{name.lower()}" if base else offered
    evidence = row.evidence(target=pointer)
    if base:
        yield Asset(
            id=served,
            kind="Model",
            name=name,
            listed_by=row.listed_by,
            properties=names.known(native_kind="tuned model"),
            evidence=row.evidence(name=f"{pointer}/name"),
        )
        yield Relation("DERIVED_FROM", served, offered, evidence=evidence, target_kind="FoundationModel")
    yield Asset(
        id=offered,
        kind="FoundationModel",
        name=" ".join(base or (name, version)).strip(),
        listed_by=row.listed_by,
        properties=names.known(account="", publisher=publisher),  # the same one in every account
        evidence=row.evidence(name=f"{pointer}/name", publisher=pointer),
    )
    yield Relation("SERVES", endpoint, served, evidence=evidence)


def _guardrail(row: Answer, region: str | None) -> Asset:
    return Asset(
        id=names.resource(row.text("/id") or ""),
        kind="Guardrail",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="microsoft.cognitiveservices/accounts/raipolicies",
            region=region,
            prompt_attack=_prompt_attack(row),
            mode=_mode(row),
        ),
        evidence=row.evidence(
            name="/name",
            prompt_attack="/properties/contentFilters",
            mode="/properties",
        ),
    )


def _prompt_attack(row: Answer) -> str:
    """Azure's filter has no strengths: it blocks (HIGH), only marks what it finds (LOW), or is off (NONE)."""
    for each in row.items("/properties/contentFilters"):
        if (each.text("/name") or "").lower() == "jailbreak" and each.flag("/enabled"):
            return "HIGH" if each.flag("/blocking") else "LOW"
    return "NONE"


def _mode(row: Answer) -> str:
    """`block` when some filter stops text before it goes out, `detect` otherwise."""
    if (row.text("/properties/mode") or "").lower() in AFTER_THE_FACT:
        return "detect"
    blocking = [
        f for f in row.items("/properties/contentFilters") if f.flag("/enabled") and f.flag("/blocking")
    ]
    return "block" if blocking else "detect"
