"""Every kind, family, property and relation of the graph, as plain data: the one schema for every cloud.

The loader, the Cypher linter, the neomodel classes and `docs/data-model.md` are generated from this file.
A property says where its value may come from: `api` (a provider's answer), `declared` (estate.yaml, which
wins), `scanned` (content was looked at) or `derived` (worked out from the rest).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

import msgspec

Origin = Literal["api", "declared", "scanned", "derived"]
ValueType = Literal["string", "integer", "float", "boolean", "time", "strings"]


class Property(msgspec.Struct, frozen=True):
    """One property: the type of its values, where they come from first, and what they mean."""

    type: ValueType
    origin: Origin
    meaning: str = ""


class RelationKind(msgspec.Struct, frozen=True):
    """One relation kind: what it joins, read from source to target.

    `ends` are pairs of (source names, target names); a name is a kind, a family, or `*`.
    `key` are the properties that keep parallel relations apart (see `relation_id` in `graph.model`).
    """

    meaning: str
    ends: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    derived: bool = False
    key: tuple[str, ...] = ()
    properties: Mapping[str, Property] = {}


FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Scope": (
            "Organization",
            "Folder",
            "Account",
            "ResourceGroup",
            "ResourceSet",
        ),
        "Identity": (
            "User",
            "Group",
            "Role",
            "ServiceIdentity",
            "ExternalPrincipal",
        ),
        "KeyMaterial": (
            "Credential",
            "Secret",
            "EncryptionKey",
        ),
        "AI": (
            "Model",
            "FoundationModel",
            "ModelProvider",
            "ModelRegistry",
            "AIService",
            "Endpoint",
            "TrainingJob",
            "Pipeline",
            "Notebook",
            "Workspace",
            "Experiment",
            "Agent",
            "AgentMemory",
            "Tool",
            "MCPServer",
            "KnowledgeBase",
            "Guardrail",
            "Prompt",
            "FeatureStore",
        ),
        "Data": (
            "Dataset",
            "Bucket",
            "Database",
            "Table",
            "VectorIndex",
            "FileShare",
            "Queue",
            "LogStore",
        ),
        "Compute": (
            "Function",
            "VM",
            "Workload",
            "Cluster",
        ),
        "Networking": (
            "Internet",
            "ApiGateway",
            "LoadBalancer",
            "Network",
            "Subnet",
            "FirewallRule",
            "PrivateEndpoint",
            "AccessPoint",
        ),
        "Code": (
            "Repository",
            "ImageRepository",
            "ContainerImage",
            "Package",
            "ModelFile",
            "Vulnerability",
        ),
        "Governance": (
            "AISystem",
            "Rule",
            "Finding",
            "Control",
            "Framework",
            "Exemption",
            "Snapshot",
            "Foothold",
        ),
    }
)
"""Family (a further label of a node) to its kinds (the first label)."""

KINDS: Mapping[str, str] = MappingProxyType(
    {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
)
"""Kind to its family."""


ALL: Mapping[str, Property] = MappingProxyType(
    {
        "name": Property("string", "api"),
        "account": Property("string", "api"),
        "region": Property("string", "api"),
        "provider": Property("string", "api"),
        "service": Property("string", "api"),
        "native_kind": Property("string", "api", "the provider's own word"),
        "tags": Property("strings", "api", "list of key=value"),
        "owner": Property("string", "derived", "from tags, CODEOWNERS, last change; estate.yaml decides"),
        "environment": Property(
            "string",
            "derived",
            "prod, staging, dev or sandbox; from tags and names; estate.yaml decides; unknown counts as prod",
        ),
        "crown_jewel": Property("boolean", "declared", "or by rule; with why"),
        "missing": Property("boolean", "derived", "facts point to it, nobody collected it"),
        "listed_by": Property("string", "derived"),
        "first_seen": Property("time", "derived"),
        "last_seen": Property("time", "derived"),
        "stale_since": Property("time", "derived"),
        "id": Property(
            "string", "api", "globally unique: ARN, full resource name, lower-cased Azure id, or a URI"
        ),
        "kind": Property("string", "derived", "the kind, which is also the first label"),
        "evidence": Property("strings", "derived", "ids of the evidence behind the node"),
        "crown_jewel_why": Property("string", "declared", "why it is one"),
    }
)
"""Properties of every node."""

PROPERTIES: Mapping[str, Mapping[str, Property]] = MappingProxyType(
    {
        "AI": {
            "data_class": Property(
                "string", "declared", "public, internal, confidential, regulated; a tag or estate.yaml"
            ),
            "data_classes": Property(
                "strings", "derived", "carried along the lineage: personal, health, payment, credential, ..."
            ),
            "data_classes_why": Property("strings", "derived", "by which way each kind came here"),
            "created_by": Property("string", "derived", "iac, console, api"),
            "software": Property("string", "derived", "product name of what is self-hosted"),
        },
        "Data": {
            "data_class": Property("string", "declared", "as for AI"),
            "data_classes": Property(
                "strings",
                "derived",
                "kinds of sensitive data: found in the content, told by tags, carried along containment and "
                "lineage; estate.yaml decides",
            ),
            "data_classes_why": Property("strings", "derived", "who says so, one sentence for each kind"),
            "detected_classes": Property("strings", "scanned", "kinds that a look inside found"),
            "detected": Property(
                "strings", "scanned", "what was found where, in sentences; counts only, never values"
            ),
            "detected_law": Property(
                "strings", "scanned", "provisions that what was found falls under: GDPR, HIPAA, PCI DSS"
            ),
            "names_looked_for": Property(
                "boolean", "scanned", "names of persons in free text were looked for, by a language model"
            ),
            "scanned_at": Property("time", "scanned", "time of the last look inside; null means never"),
            "scan_complete": Property(
                "boolean", "scanned", "nothing was refused or left out; a sample of the rows counts as all"
            ),
            "transformation": Property(
                "string",
                "declared",
                "what was done to the data that it was made of: pseudonymised, aggregated, synthetic",
            ),
            "attested_by": Property("string", "declared", "who answers for the transformation"),
            "attested_on": Property("time", "declared", "since when"),
            "jurisdiction": Property(
                "string", "declared", "legal home of the people in the data, for example EU"
            ),
            "retention_days": Property("integer", "api", "null means kept for ever"),
            "immutable": Property(
                "boolean",
                "api",
                "object lock or retention policy: old versions cannot be destroyed; a new version can still be written",
            ),
            "versioning": Property("boolean", "api"),
            "backed_up": Property("boolean", "api"),
            "masked": Property("boolean", "api", "personal data is masked on the way in"),
        },
        "Identity": {
            "is_pipeline": Property("boolean", "derived", "acts for CI or a pipeline"),
            "is_default": Property("boolean", "derived", "the service's default identity"),
            "is_security": Property("boolean", "declared"),
            "low_trust": Property(
                "boolean", "api", "contractors, labellers, guests; outside collaborators of a code host"
            ),
            "last_used": Property(
                "time", "api", "time of last use; null: never, or not readable (see coverage)"
            ),
        },
        "Role": {
            "instance_profiles": Property(
                "strings", "api", "ids of the profiles by which instances have it; empty: it is in none"
            ),
        },
        "Compute": {
            "public_ip": Property("boolean", "api"),
            "egress_open": Property("boolean", "derived", "may send to the whole internet"),
            "worst_severity": Property(
                "string",
                "derived",
                "of the flaws that AFFECTS its image or packages, or of the cloud's own scanner",
            ),
            "known_exploited": Property("boolean", "derived", "same"),
        },
        "Organization": {
            "management_account": Property("string", "api", "no guardrail policy binds what is in it"),
            "ai_data_use_opt_out": Property("boolean", "api", "the provider may not use content"),
        },
        "Account": {
            "enabled_apis": Property("strings", "api", "GCP services switched on"),
        },
        "User": {
            "mfa": Property("boolean", "api"),
            "enabled": Property("boolean", "api"),
        },
        "ExternalPrincipal": {
            "in_organization": Property("boolean", "derived"),
            "subject_wildcard": Property("boolean", "derived", "the federation subject is a pattern"),
            "native_kind": Property("string", "api", "account, federated, cloud_service or anyone"),
        },
        "Credential": {
            "active": Property("boolean", "api", "false: switched off or expired; it opens nothing"),
            "created_at": Property("time", "api"),
            "expires_at": Property("time", "api", "null: never, or not readable (see coverage)"),
            "last_used": Property("time", "api", "null: never, or not readable (see coverage)"),
            "api_targets": Property("strings", "api", "APIs the key is limited to; empty: all"),
            "leaked": Property("boolean", "derived", "a LEAKS edge ends here"),
            "live": Property("boolean", "declared", "someone entitled to try says so; null when not tried"),
        },
        "EncryptionKey": {
            "customer_managed": Property("boolean", "api"),
            "rotation": Property("boolean", "api"),
        },
        "ModelProvider": {
            "ai_data_use_opt_out": Property("boolean", "api"),
            "budget_alarm": Property("boolean", "api"),
        },
        "AIService": {
            "public_network_access": Property(
                "boolean", "api", "reachable from public networks, in the provider's sense"
            ),
            "network_default": Property("string", "api", "allow or deny, of the rule set"),
            "local_auth": Property("boolean", "api", "keys of the service are accepted"),
            "invocation_logging": Property("boolean", "api"),
            "audit_logging": Property("boolean", "api"),
            "abuse_alerting": Property("boolean", "api"),
            "budget_alarm": Property("boolean", "api"),
        },
        "Endpoint": {
            "public_network_access": Property(
                "boolean", "api", "reachable from public networks, in the provider's sense"
            ),
            "exposure": Property("string", "derived", "private, partner or public; from EXPOSES"),
            "throttled": Property(
                "boolean",
                "derived",
                "every way in has a rate limit, the endpoint's own or one on the gateways before it",
            ),
            "budget_alarm": Property("boolean", "api"),
            "invocation_logging": Property("boolean", "api"),
            "generative": Property("boolean", "derived", "writes text or media"),
            "returns": Property("strings", "declared", "list of text, probabilities, logprobs, embeddings"),
            "protocol": Property("string", "api"),
            "routing": Property("string", "api", "regional, data_zone, cross_region or global"),
            "decision": Property("boolean", "declared", "its answer decides about people or money"),
            "auto_deploy": Property("boolean", "api", "new registry versions go live by themselves"),
            "drift_monitor": Property("boolean", "api"),
            "instances": Property("integer", "api"),
            "invocations_30d": Property("integer", "api"),
            "last_evaluated_at": Property("time", "declared", "or an evaluation job of the provider"),
        },
        "Agent": {
            "network_mode": Property("string", "api", "PUBLIC or VPC"),
            "generative": Property("boolean", "derived"),
            "entry": Property("boolean", "derived", "people can call it"),
            "identity_propagation": Property("boolean", "api", "acts with the caller's identity"),
            "untrusted_input": Property(
                "strings",
                "derived",
                "sources an outsider can write to: web, email, ticket, upload, public_repository",
            ),
            "tracing": Property("boolean", "api"),
            "invocations_30d": Property("integer", "api"),
            "last_evaluated_at": Property("time", "declared", "or an evaluation job of the provider"),
        },
        "AgentMemory": {
            "scope": Property("string", "api", "user, session or shared"),
            "retention_days": Property("integer", "api", "null means kept for ever"),
        },
        "Tool": {
            "impact": Property(
                "string",
                "derived",
                "read, write, delete, payment, external_send, shell, sql, admin; from its schema, estate.yaml decides",
            ),
            "egress": Property("boolean", "derived", "can carry data out"),
            "declared_actions": Property("strings", "declared", "native actions it needs"),
            "version": Property("string", "api"),
            "definition_digest": Property("string", "api"),
            "approved_digest": Property("string", "declared"),
            "publisher_verified": Property("boolean", "api"),
            "network_mode": Property("string", "api", "code interpreters also SANDBOX"),
            "recording": Property("boolean", "api"),
        },
        "MCPServer": {
            "auth": Property("string", "api", "none, static, key, iam, oauth"),
            "version": Property("string", "api"),
            "definition_digest": Property("string", "api"),
            "approved_digest": Property("string", "declared"),
            "publisher_verified": Property("boolean", "api"),
            "policy_mode": Property("string", "api", "AgentCore gateway: LOG_ONLY, ENFORCE"),
            "exception_level": Property("string", "api"),
            "web_acl": Property("string", "api"),
        },
        "Guardrail": {
            "prompt_attack": Property("string", "api", "strength of the prompt-attack filter"),
            "mode": Property("string", "api", "block or detect"),
            "filter_tier": Property("string", "api"),
            "pii_filter": Property("boolean", "api"),
        },
        "KnowledgeBase": {
            "entitlement_filter": Property("boolean", "api", "metadata filter or document ACL in force"),
            "multi_tenant": Property("boolean", "declared"),
        },
        "Model": {
            "model_card": Property("string", "api", "digest or address of the card"),
            "signed": Property("boolean", "api"),
            "digest": Property("string", "api", "of the artefact"),
            "pinned": Property("boolean", "api", "taken at a fixed revision"),
            "proprietary": Property("boolean", "declared"),
            "license": Property("string", "api"),
            "publisher_verified": Property("boolean", "api"),
            "network_isolation": Property("boolean", "api"),
        },
        "FoundationModel": {
            "lifecycle": Property("string", "api", "ACTIVE, LEGACY, DEPRECATED, END_OF_LIFE"),
            "publisher": Property("string", "api"),
        },
        "TrainingJob": {
            "status": Property(
                "string", "api", "the provider's own word, lower-cased: completed, failed ..."
            ),
            "started_at": Property("time", "api"),
            "inter_container_tls": Property("boolean", "api"),
            "network_isolation": Property("boolean", "api"),
        },
        "Notebook": {
            "direct_internet": Property("boolean", "api", "outbound"),
            "public_ip": Property("boolean", "api"),
            "root_access": Property("boolean", "api"),
            "imds_v1": Property("boolean", "api"),
            "platform_supported": Property("boolean", "derived"),
            "image_age_days": Property("integer", "derived"),
            "local_auth": Property("boolean", "api"),
            "invocations_30d": Property("integer", "api", "sessions"),
        },
        "Workspace": {
            "public_network_access": Property(
                "boolean", "api", "reachable from public networks, in the provider's sense"
            ),
            "auth_mode": Property("string", "api", "SSO or IAM"),
        },
        "Dataset": {
            "withdrawn_at": Property("time", "declared", "consent or licence withdrawn at"),
            "approval_ref": Property("string", "declared", "reference of the approval or impact assessment"),
        },
        "Bucket": {
            "absent": Property("boolean", "api", "the provider says that no such bucket exists"),
            "acl_enabled": Property(
                "boolean", "api", "access control lists of the bucket and its objects count"
            ),
            "predictable_name": Property(
                "boolean", "derived", "follows a service default and holds nothing secret"
            ),
            "public_network_access": Property(
                "boolean", "api", "reachable from public networks, in the provider's sense"
            ),
            "network_default": Property("string", "api", "allow or deny, of the rule set"),
            "local_auth": Property("boolean", "api", "keys of the storage account are accepted"),
        },
        "VectorIndex": {
            "public_network_access": Property(
                "boolean", "api", "reachable from public networks, in the provider's sense"
            ),
            "local_auth": Property("boolean", "api"),
        },
        "Cluster": {
            "local_auth": Property("boolean", "api"),
        },
        "ApiGateway": {
            "public_network_access": Property(
                "boolean", "api", "reachable from public networks, in the provider's sense"
            ),
            "throttled": Property(
                "boolean",
                "api",
                "each way in that asks for nothing, or for a key, has a limit of its own; the limit that the "
                "provider sets every account does not count",
            ),
        },
        "AccessPoint": {
            "network_origin": Property(
                "string", "api", "Internet, or VPC: requests come from one network only"
            ),
        },
        "PrivateEndpoint": {
            "target_service": Property("string", "api", "the service it reaches"),
        },
        "Repository": {
            "visibility": Property("string", "api"),
            "branch_protection": Property("boolean", "api"),
            "fork_workflows": Property("boolean", "api", "workflows run for forks with secrets"),
            "remote_code_loads": Property(
                "integer", "scanned", "call sites with trust_remote_code=True or a custom loader"
            ),
        },
        "ImageRepository": {
            "tags_fixed": Property("boolean", "api", "a tag cannot be moved to another image"),
        },
        "ContainerImage": {
            "public_registry": Property("boolean", "api"),
            "tag": Property("string", "api"),
            "digest": Property("string", "api"),
            "scanned_at": Property(
                "time", "scanned", "time of the last vulnerability scan; null means never"
            ),
        },
        "Package": {
            "version": Property("string", "scanned"),
            "ai": Property("boolean", "derived", "AI framework, serving or agent library"),
        },
        "ModelFile": {
            "digest": Property("string", "scanned"),
            "unsafe_format": Property("boolean", "scanned", "format can run code on load"),
            "dangerous_ops": Property("integer", "scanned", "number found; null means not scanned"),
            "verdict": Property(
                "string", "scanned", "malicious, suspicious, clean or unreadable: never loaded to find out"
            ),
            "verdict_why": Property("strings", "scanned", "what the scanners say"),
            "signature": Property("string", "scanned", "none, present, valid, invalid or unreadable"),
            "provenance": Property(
                "strings",
                "scanned",
                "where it is said to come from, each time with who says so: claims; of an attestation whose digest is the file's own, that is said",
            ),
            "detected_classes": Property("strings", "scanned", "kinds of sensitive data in its texts"),
            "detected": Property("strings", "scanned", "what was found where, in sentences; never values"),
            "scanned_at": Property("time", "scanned", "time of the last look inside; null means never"),
        },
        "Vulnerability": {
            "severity": Property("string", "api", "critical, high, medium, low"),
            "known_exploited": Property("boolean", "api", "on a list of flaws that are exploited"),
        },
        "Foothold": {
            "state": Property("string", "derived", "reach, invoke, query, steer, run, act, read, write"),
            "entry": Property("boolean", "derived", "an attacker may start here"),
        },
        "Snapshot": {
            "state": Property("string", "derived", "loading or published"),
            "version": Property("string", "derived", "changes with every load that changes anything"),
            "published_at": Property("time", "derived", "when the load ended"),
            "results": Property("string", "derived", "digest of the results that are loaded"),
        },
        "Finding": {
            "rule": Property("string", "derived", "id of the rule"),
            "state": Property("string", "derived", "FAIL, UNKNOWN or EXCEPTED"),
            "severity": Property("string", "derived", "critical, high, medium or low"),
            "score": Property("float", "derived", "see docs/scoring.md"),
            "subject": Property("string", "derived", "id of the node it is about"),
            "path": Property("strings", "derived", "ids of the nodes on the path, in order"),
            "sentence": Property("string", "derived", "the finding in one sentence"),
        },
        "Rule": {
            "severity": Property("string", "derived", "critical, high, medium or low"),
            "theme": Property("string", "derived"),
        },
        "Framework": {
            "edition": Property("string", "derived"),
        },
        "Control": {
            "framework": Property("string", "derived", "id of the framework edition"),
        },
        "Exemption": {
            "rule": Property("string", "declared", "id of the rule"),
            "subject": Property("string", "declared", "id of the node"),
            "reason": Property("string", "declared"),
            "approver": Property("string", "declared"),
            "expires_at": Property("time", "declared"),
        },
        "AISystem": {
            "purpose": Property("string", "declared", "what it is for"),
            "risk_class": Property("string", "declared", "as the law or the standard names it"),
        },
        "ResourceSet": {
            "level": Property("string", "derived", "estate, account, kind, block or set"),
            "size": Property("integer", "derived", "number of resources below"),
        },
    }
)
"""Properties of a kind or a family, beside those of `ALL`."""

EDGE: Mapping[str, Property] = MappingProxyType(
    {
        "id": Property("string", "derived", "see relation_keys"),
        "confidence": Property(
            "string", "derived", "confirmed (by configuration), likely or possible; observed is kept for logs"
        ),
        "conditional": Property("boolean", "derived", "true when it holds only under conditions"),
        "conditions": Property("strings", "derived", "names of the conditions left open"),
        "because": Property(
            "strings",
            "derived",
            "alternatives, each a conjunction of ids of facts and statements; a cut must hit them all",
        ),
        "evidence": Property("strings", "derived", "ids of the evidence behind a fact"),
        "stale_since": Property(
            "time", "derived", "the listing call failed since then; copied from the predecessor"
        ),
    }
)
"""Properties of every relation."""

GRANT: Mapping[str, Property] = MappingProxyType(
    {
        "actions": Property("strings", "derived", "the native actions granted"),
        "partial": Property("boolean", "derived", "the Allow covers part of the prefix only"),
    }
)
"""Properties of what an identity can do."""

RELATIONS: Mapping[str, RelationKind] = MappingProxyType(
    {
        "CONTAINS": RelationKind(
            "Scope -> anything in it; AIService -> FoundationModel, Endpoint; Bucket -> Dataset, ModelFile; Dataset -> Dataset (a longer prefix), ModelFile; ImageRepository -> ContainerImage; ContainerImage -> Package; MCPServer -> Tool",
            ends=(
                (("Scope",), ("*",)),
                (("AIService",), ("FoundationModel", "Endpoint")),
                (("Bucket",), ("Dataset", "ModelFile")),
                (("Dataset",), ("Dataset", "ModelFile")),
                (("ImageRepository",), ("ContainerImage",)),
                (("ContainerImage",), ("Package",)),
                (("MCPServer",), ("Tool",)),
            ),
        ),
        "RUNS_AS": RelationKind(
            "AI or Compute -> Identity it acts as; Repository -> ExternalPrincipal (the federated subject of its CI workflows)",
            ends=(
                (("AI", "Compute"), ("Identity",)),
                (("Repository",), ("ExternalPrincipal",)),
            ),
        ),
        "MEMBER_OF": RelationKind(
            "Identity -> Group",
            ends=((("Identity",), ("Group",)),),
        ),
        "TRUSTS": RelationKind(
            "Role or ServiceIdentity -> Identity or ExternalPrincipal that its trust policy names",
            ends=((("Role", "ServiceIdentity"), ("Identity",)),),
            properties={
                "source_condition": Property(
                    "boolean", "api", "the trust statement has aws:SourceAccount or aws:SourceArn"
                ),
            },
        ),
        "IN_NETWORK": RelationKind(
            "AI, Compute, Data, PrivateEndpoint or AccessPoint -> Network or Subnet",
            ends=((("AI", "Compute", "Data", "PrivateEndpoint", "AccessPoint"), ("Network", "Subnet")),),
        ),
        "USES_IMAGE": RelationKind(
            "Workload, Function, Notebook, Model, TrainingJob -> ContainerImage",
            ends=((("Workload", "Function", "Notebook", "Model", "TrainingJob"), ("ContainerImage",)),),
        ),
        "ENCRYPTED_WITH": RelationKind(
            "AI, Data, Secret or ImageRepository -> EncryptionKey",
            ends=((("AI", "Data", "Secret", "ImageRepository"), ("EncryptionKey",)),),
        ),
        "LOGS_TO": RelationKind(
            "AI -> LogStore (a log group, workspace or bucket prefix that keeps its logs)",
            ends=((("AI",), ("LogStore", "Bucket", "Dataset")),),
        ),
        "STORED_IN": RelationKind(
            "Model -> ModelFile, Dataset or Bucket; KnowledgeBase -> VectorIndex",
            ends=(
                (("Model",), ("ModelFile", "Dataset", "Bucket")),
                (("KnowledgeBase",), ("VectorIndex",)),
            ),
        ),
        "TRAINED_ON": RelationKind(
            "TrainingJob -> Dataset (Model -> Dataset when the job is not known)",
            ends=((("TrainingJob", "Model"), ("Dataset",)),),
        ),
        "EVALUATED_ON": RelationKind(
            "Model -> Dataset",
            ends=((("Model",), ("Dataset",)),),
        ),
        "PRODUCED": RelationKind(
            "TrainingJob or Pipeline -> Model or Dataset",
            ends=((("TrainingJob", "Pipeline"), ("Model", "Dataset")),),
        ),
        "SERVES": RelationKind(
            "Endpoint -> Model or FoundationModel",
            ends=((("Endpoint",), ("Model", "FoundationModel")),),
        ),
        "DERIVED_FROM": RelationKind(
            "Model -> Model or FoundationModel; ModelFile -> Model (its base, as it or its documents claim); Dataset -> Dataset",
            ends=(
                (("Model",), ("Model", "FoundationModel")),
                (("ModelFile",), ("Model",)),
                (("Dataset",), ("Dataset",)),
            ),
            properties={
                "revision": Property(
                    "string", "api", "commit or version that was taken; null or a branch name means unpinned"
                ),
                "claimed_by": Property(
                    "strings",
                    "scanned",
                    "documents of strangers that alone say so (model card, GGUF ...); null means that the provider does",
                ),
            },
        ),
        "REGISTERED_IN": RelationKind(
            "Model -> ModelRegistry",
            ends=((("Model",), ("ModelRegistry",)),),
            properties={
                "version": Property("string", "api"),
                "registry_status": Property(
                    "string",
                    "api",
                    "the registry's own word, lower-cased: approved, pending, rejected, production, staging, archived",
                ),
            },
        ),
        "ROUTES_TO": RelationKind(
            "ApiGateway, LoadBalancer, PrivateEndpoint, Network edge -> the backend it forwards to (EXPOSES is derived from it); AccessPoint -> Bucket",
            ends=(
                (("ApiGateway", "LoadBalancer", "PrivateEndpoint", "Network"), ("*",)),
                (("AccessPoint",), ("Bucket",)),
            ),
            key=("auth", "role"),
            properties={
                "auth": Property("string", "api", "none, key, iam, oauth, custom (code decides), unknown"),
                "port": Property("integer", "api"),
                "role": Property("string", "api", "id of the identity that the request goes on as"),
                "ways": Property("strings", "api", "method and path of the requests that go there"),
                "throttled": Property("boolean", "api", "each of these ways has a limit of its own"),
            },
        ),
        "LOADS": RelationKind(
            "Compute or Repository -> Model or ModelFile that its code loads at run time",
            ends=((("Compute", "Repository"), ("Model", "ModelFile")),),
            properties={
                "revision": Property("string", "scanned"),
                "trust_remote_code": Property("boolean", "scanned"),
            },
        ),
        "USES_PROMPT": RelationKind(
            "Agent or Endpoint -> Prompt",
            ends=((("Agent", "Endpoint"), ("Prompt",)),),
        ),
        "REMEMBERS_IN": RelationKind(
            "Agent -> AgentMemory",
            ends=((("Agent",), ("AgentMemory",)),),
        ),
        "AFFECTS": RelationKind(
            "Vulnerability -> Package or ContainerImage",
            ends=((("Vulnerability",), ("Package", "ContainerImage")),),
        ),
        "CALLS_MODEL": RelationKind(
            "Agent, Compute or Repository -> FoundationModel, Endpoint or Agent that it sends text to",
            ends=((("Agent", "Compute", "Repository"), ("FoundationModel", "Endpoint", "Agent")),),
        ),
        "USES_TOOL": RelationKind(
            "Agent -> Tool or MCPServer",
            ends=((("Agent",), ("Tool", "MCPServer")),),
            properties={
                "needs_approval": Property("boolean", "api", "a person confirms before the tool is used"),
            },
        ),
        "IMPLEMENTED_BY": RelationKind(
            "Tool, MCPServer, Agent or Endpoint -> Compute",
            ends=((("Tool", "MCPServer", "Agent", "Endpoint"), ("Compute",)),),
        ),
        "DELEGATES_TO": RelationKind(
            "Agent -> Agent",
            ends=((("Agent",), ("Agent",)),),
        ),
        "RETRIEVES_FROM": RelationKind(
            "Agent -> KnowledgeBase or VectorIndex; Endpoint -> FeatureStore",
            ends=(
                (("Agent",), ("KnowledgeBase", "VectorIndex")),
                (("Endpoint",), ("FeatureStore",)),
            ),
        ),
        "INDEXES": RelationKind(
            "KnowledgeBase or VectorIndex -> Dataset, Bucket or Table it was built from",
            ends=((("KnowledgeBase", "VectorIndex"), ("Dataset", "Bucket", "Table")),),
        ),
        "GUARDED_BY": RelationKind(
            "Agent or Endpoint -> Guardrail",
            ends=((("Agent", "Endpoint"), ("Guardrail",)),),
        ),
        "HOLDS_CREDENTIAL": RelationKind(
            "anything -> Credential found in it",
            ends=((("*",), ("Credential",)),),
            key=("place",),
            properties={
                "place": Property(
                    "string",
                    "scanned",
                    "environment, lifecycle_script, hyperparameter, notebook, file, history, prompt, config",
                ),
            },
        ),
        "AUTHENTICATES": RelationKind(
            "Credential -> Identity, or the AIService, ModelProvider or Data node that accepts a local key",
            ends=((("Credential",), ("Identity", "AIService", "ModelProvider", "Data")),),
        ),
        "BUILT_FROM": RelationKind(
            "ContainerImage, Function or Model -> Repository",
            ends=((("ContainerImage", "Function", "Model"), ("Repository",)),),
        ),
        "OWNED_BY": RelationKind(
            "anything -> User or Group",
            ends=((("*",), ("User", "Group")),),
            derived=True,
            properties={
                "origin": Property("string", "derived", "tag, CODEOWNERS, last change, declared"),
            },
        ),
        "PART_OF": RelationKind(
            "AI, Data or Compute -> AISystem",
            ends=((("AI", "Data", "Compute"), ("AISystem",)),),
        ),
        "EXPOSES": RelationKind(
            "Internet, ApiGateway, LoadBalancer -> what it lets a caller reach: AI, Compute, Data, Repository, ApiGateway, LoadBalancer",
            ends=(
                (
                    ("Internet", "ApiGateway", "LoadBalancer"),
                    ("AI", "Compute", "Data", "Repository", "ApiGateway", "LoadBalancer"),
                ),
            ),
            derived=True,
            key=("port", "auth"),
            properties={
                "auth": Property("string", "derived", "none, key, iam, oauth, custom, unknown"),
                "port": Property("integer", "derived"),
                "throttled": Property("boolean", "derived", "what goes this way has a limit of its own"),
            },
        ),
        "CAN_ASSUME": RelationKind(
            "Identity -> Identity, or a ResourceSet of identities",
            ends=((("Identity",), ("Identity", "ResourceSet")),),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_READ": RelationKind(
            "Identity -> resource or ResourceSet it can read; on an EncryptionKey: may decrypt with it",
            ends=((("Identity",), ("*",)),),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_WRITE": RelationKind(
            "Identity -> resource or ResourceSet it can write; on a Function, Workload, ContainerImage, ImageRepository or Repository: may change the code that runs",
            ends=((("Identity",), ("*",)),),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_INVOKE": RelationKind(
            "Identity -> Endpoint, FoundationModel, Agent, Tool, MCPServer, Function or ResourceSet it can call",
            ends=(
                (
                    ("Identity",),
                    (
                        "Endpoint",
                        "FoundationModel",
                        "Agent",
                        "Tool",
                        "MCPServer",
                        "Function",
                        "AIService",
                        "ResourceSet",
                    ),
                ),
            ),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_ADMIN": RelationKind(
            "Identity -> resource, Account or ResourceSet it can administer (change its policy or settings); an effective administrator has one edge, to the Account",
            ends=((("Identity",), ("*",)),),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_ESCALATE_TO": RelationKind(
            "Identity -> Role, User or ServiceIdentity it can act as by using a service or changing IAM; Account it can become administrator of",
            ends=((("Identity",), ("Role", "User", "ServiceIdentity", "Account", "ResourceSet")),),
            derived=True,
            key=("technique", "conditions"),
            properties={
                "service": Property("string", "derived"),
                "technique": Property("string", "derived"),
            },
        ),
        "COVERS": RelationKind(
            "ResourceSet -> ResourceSet (tree nodes below it) or resource",
            ends=((("ResourceSet",), ("*",)),),
            derived=True,
        ),
        "CAN_POISON": RelationKind(
            "Identity -> Model, KnowledgeBase or Agent whose data it can write",
            ends=((("Identity",), ("Model", "KnowledgeBase", "Agent", "ResourceSet")),),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_REPLACE": RelationKind(
            "Identity -> Model or Endpoint whose artefact, image or registry entry it can overwrite",
            ends=((("Identity",), ("Model", "Endpoint", "ResourceSet")),),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_HIJACK": RelationKind(
            "Identity -> Agent, Notebook or Workload whose code, tool or console it can take over",
            ends=((("Identity",), ("Agent", "Notebook", "Workload", "ResourceSet")),),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_EXFILTRATE": RelationKind(
            "Identity or Agent -> Data it can read and carry out",
            ends=((("Identity", "Agent"), ("Data", "ResourceSet")),),
            derived=True,
            key=("conditions",),
            properties=GRANT,
        ),
        "CAN_EXTRACT": RelationKind(
            "Endpoint -> Dataset its model can give away",
            ends=((("Endpoint",), ("Dataset", "ResourceSet")),),
            derived=True,
            key=("conditions",),
        ),
        "LEAKS": RelationKind(
            "Repository, Prompt, LogStore, Notebook, Dataset, ModelFile, ContainerImage -> Credential that lies open there",
            ends=(
                (
                    (
                        "Repository",
                        "Prompt",
                        "LogStore",
                        "Notebook",
                        "Dataset",
                        "ModelFile",
                        "ContainerImage",
                    ),
                    ("Credential",),
                ),
            ),
            derived=True,
        ),
        "STEP": RelationKind(
            "Foothold -> Foothold that it leads to",
            ends=((("Foothold",), ("Foothold",)),),
            derived=True,
            key=("by",),
            properties={
                "by": Property("string", "derived", "the kind and id of the edge it came from"),
                "confidence": Property("string", "derived"),
                "effective": Property("string", "derived", "now, next_run, next_deployment, never"),
            },
        ),
        "BLOCKED_STEP": RelationKind(
            "Foothold -> Foothold that it would lead to but for its guards; guards (evidence ids) on the relation",
            ends=((("Foothold",), ("Foothold",)),),
            derived=True,
            key=("by", "guards"),
            properties={
                "by": Property("string", "derived", "the kind and id of the edge it would come from"),
                "guards": Property("strings", "derived", "ids of the evidence that stops it"),
            },
        ),
        "ON": RelationKind(
            "Foothold -> the asset it is held on",
            ends=((("Foothold",), ("*",)),),
            derived=True,
        ),
    }
)


def properties_of(kind: str) -> dict[str, Property]:
    """All properties that a node of `kind` may have: its own, its family's, everyone's."""
    return {**ALL, **PROPERTIES.get(KINDS[kind], {}), **PROPERTIES.get(kind, {})}


def relation_properties(relation: str) -> dict[str, Property]:
    """All properties that a relation of this kind may have."""
    return {**EDGE, **RELATIONS[relation].properties}


def expand(name: str) -> Iterator[str]:
    """The kinds that a kind, family or `*` stands for."""
    if name == "*":
        yield from KINDS
    elif name in FAMILIES:
        yield from FAMILIES[name]
    else:
        yield name


def expand_all(names: tuple[str, ...]) -> Iterator[str]:
    """The kinds that several names stand for."""
    for name in names:
        yield from expand(name)


@cache
def may_join(relation: str, source_kind: str, target_kind: str) -> bool:
    """Whether a relation of this kind may lead from one kind to the other."""
    return any(
        source_kind in expand_all(sources) and target_kind in expand_all(targets)
        for sources, targets in RELATIONS[relation].ends
    )
