"""Bedrock in one region of a practice account: models, guardrails, knowledge bases and agents."""

from collections.abc import Mapping, Sequence

from collectors.practice.aws import Answer
from collectors.practice.estate.aws_area import Area
from collectors.practice.estate.aws_parts import AT, NO_TAGS, Tags
from graph.model import Json


class Bedrock:
    """Adds Bedrock's things to an area; each method gives the ARN."""

    def __init__(self, area: Area) -> None:
        self._area = area

    def foundation_model(self, name: str, publisher: str, status: str = "ACTIVE") -> str:
        arn = f"arn:aws:bedrock:{self._area.region}::foundation-model/{name}"
        lifecycle: Json = {"status": status}
        self._area.items["ListFoundationModels"].append(
            {"modelArn": arn, "modelId": name, "providerName": publisher, "modelLifecycle": lifecycle}
        )
        return arn

    def guardrail(self, name: str, identifier: str, *, prompt_attack: str, personal_data: bool) -> str:
        arn = self._area.arn("bedrock", f"guardrail/{identifier}")
        dates: dict[str, Json] = {"createdAt": AT, "updatedAt": AT, "status": "READY", "version": "DRAFT"}
        self._area.items["ListGuardrails"].append({"id": identifier, "arn": arn, "name": name, **dates})
        strength: Json = {"type": "PROMPT_ATTACK", "inputStrength": prompt_attack, "outputStrength": "NONE"}
        pii: Json = {"piiEntities": [{"type": "NAME", "action": "ANONYMIZE"}]}
        detail: dict[str, Json] = {
            "name": name,
            "guardrailId": identifier,
            "guardrailArn": arn,
            **dates,
            "contentPolicy": {"filters": [strength]},
            **({"sensitiveInformationPolicy": pii} if personal_data else {}),
            "blockedInputMessaging": "I cannot help with that.",
            "blockedOutputsMessaging": "I cannot help with that.",
        }
        self._area.add(
            self._area.answer("bedrock", "GetGuardrail", {"guardrailIdentifier": identifier}, detail)
        )
        return arn

    def knowledge_base(
        self,
        name: str,
        identifier: str,
        role: str,
        sources: Mapping[str, Sequence[str]],
        *,
        tags: Tags = NO_TAGS,
    ) -> str:
        """A knowledge base; `sources` are buckets with the prefixes taken in (none: the whole bucket)."""
        arn = self._area.arn("bedrock", f"knowledge-base/{identifier}")
        row: dict[str, Json] = {
            "knowledgeBaseId": identifier,
            "name": name,
            "status": "ACTIVE",
            "updatedAt": AT,
        }
        collection = self._area.arn("aoss", "collection/lindencarevectors01")
        fields: Json = {"vectorField": "vector", "textField": "text", "metadataField": "metadata"}
        store: Json = {"collectionArn": collection, "vectorIndexName": name, "fieldMapping": fields}
        embedding = f"arn:aws:bedrock:{self._area.region}::foundation-model/amazon.titan-embed-text-v2:0"
        vectors: Json = {
            "type": "VECTOR",
            "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": embedding},
        }
        detail: dict[str, Json] = {
            **row,
            "knowledgeBaseArn": arn,
            "roleArn": role,
            "createdAt": AT,
            "knowledgeBaseConfiguration": vectors,
            "storageConfiguration": {
                "type": "OPENSEARCH_SERVERLESS",
                "opensearchServerlessConfiguration": store,
            },
        }
        self._area.items["ListKnowledgeBases"].append(row)
        base: dict[str, Json] = {"knowledgeBaseId": identifier}
        ids = {bucket: f"{identifier[:7]}{index:03}" for index, bucket in enumerate(sources, 1)}
        rows: list[Json] = [
            {**base, "dataSourceId": ids[bucket], "name": bucket, "status": "AVAILABLE", "updatedAt": AT}
            for bucket in sources
        ]
        self._area.add(
            self._area.answer("bedrock-agent", "GetKnowledgeBase", base, {"knowledgeBase": detail}),
            self._area.answer("bedrock-agent", "ListDataSources", base, {"dataSourceSummaries": rows}),
            self._area.answer(
                "bedrock-agent", "ListTagsForResource", {"resourceArn": arn}, {"tags": dict(tags)}
            ),
            *(self._source(base, ids[bucket], bucket, prefixes) for bucket, prefixes in sources.items()),
        )
        return arn

    def agent(
        self,
        name: str,
        identifier: str,
        role: str,
        model: str,
        *,
        knowledge: Sequence[str] = (),
        tools: Mapping[str, str] = NO_TAGS,
        team: Sequence[str] = (),
        guardrail: str | None = None,
        tags: Tags = NO_TAGS,
    ) -> str:
        """An agent; `knowledge` and `team` are ids, `tools` names of action groups with their functions."""
        arn = self._area.arn("bedrock", f"agent/{identifier}")
        row: dict[str, Json] = {
            "agentId": identifier,
            "agentName": name,
            "agentStatus": "PREPARED",
            "updatedAt": AT,
        }
        detail: dict[str, Json] = {
            **row,
            "agentArn": arn,
            "agentVersion": "DRAFT",
            "createdAt": AT,
            "idleSessionTTLInSeconds": 1800,
            "agentResourceRoleArn": role,
            "foundationModel": model,
            "instruction": f"You are {name}, an assistant of Linden Health.",
            "agentCollaboration": "SUPERVISOR" if team else "DISABLED",
        }
        if guardrail:
            detail["guardrailConfiguration"] = {"guardrailIdentifier": guardrail, "guardrailVersion": "1"}
        self._area.items["ListAgents"].append(row)
        who: dict[str, Json] = {"agentId": identifier}
        draft: dict[str, Json] = {**who, "agentVersion": "DRAFT"}
        alias: Json = {
            "agentAliasId": f"{identifier[:7]}AAA",
            "agentAliasName": "live",
            "agentAliasStatus": "PREPARED",
            "routingConfiguration": [{"agentVersion": "DRAFT"}],
            "createdAt": AT,
            "updatedAt": AT,
        }
        bases: list[Json] = [
            {"knowledgeBaseId": base, "knowledgeBaseState": "ENABLED", "updatedAt": AT} for base in knowledge
        ]
        ids = {tool: f"{identifier[:7]}T{index:02}" for index, tool in enumerate(tools, 1)}
        groups: list[Json] = [
            {
                "actionGroupId": ids[tool],
                "actionGroupName": tool,
                "actionGroupState": "ENABLED",
                "updatedAt": AT,
            }
            for tool in tools
        ]
        members: list[Json] = [self._member(identifier, other) for other in team]
        self._area.add(
            self._area.answer("bedrock-agent", "GetAgent", who, {"agent": detail}),
            self._area.answer("bedrock-agent", "ListAgentAliases", who, {"agentAliasSummaries": [alias]}),
            self._area.answer(
                "bedrock-agent", "ListAgentKnowledgeBases", draft, {"agentKnowledgeBaseSummaries": bases}
            ),
            self._area.answer(
                "bedrock-agent", "ListAgentActionGroups", draft, {"actionGroupSummaries": groups}
            ),
            self._area.answer(
                "bedrock-agent", "ListAgentCollaborators", draft, {"agentCollaboratorSummaries": members}
            ),
            self._area.answer(
                "bedrock-agent", "ListTagsForResource", {"resourceArn": arn}, {"tags": dict(tags)}
            ),
            *(self._tool(draft, ids[tool], tool, function) for tool, function in tools.items()),
        )
        return arn

    def _source(self, base: Mapping[str, Json], source: str, bucket: str, prefixes: Sequence[str]) -> Answer:
        where: dict[str, Json] = {"bucketArn": f"arn:aws:s3:::{bucket}"}
        if prefixes:
            where["inclusionPrefixes"] = list(prefixes)
        detail: Json = {
            **base,
            "dataSourceId": source,
            "name": bucket,
            "status": "AVAILABLE",
            "dataSourceConfiguration": {"type": "S3", "s3Configuration": where},
            "createdAt": AT,
            "updatedAt": AT,
        }
        asked: dict[str, Json] = {**base, "dataSourceId": source}
        return self._area.answer("bedrock-agent", "GetDataSource", asked, {"dataSource": detail})

    def _tool(self, draft: Mapping[str, Json], group: str, name: str, function: str) -> Answer:
        called: Json = {"name": name.replace("-", "_"), "requireConfirmation": "DISABLED"}
        detail: Json = {
            **draft,
            "actionGroupId": group,
            "actionGroupName": name,
            "actionGroupState": "ENABLED",
            "actionGroupExecutor": {"lambda": function},
            "functionSchema": {"functions": [called]},
            "createdAt": AT,
            "updatedAt": AT,
        }
        asked: dict[str, Json] = {**draft, "actionGroupId": group}
        return self._area.answer("bedrock-agent", "GetAgentActionGroup", asked, {"agentActionGroup": detail})

    def _member(self, supervisor: str, member: str) -> Json:
        alias = self._area.arn("bedrock", f"agent-alias/{member}/{member[:7]}AAA")
        return {
            "agentId": supervisor,
            "agentVersion": "DRAFT",
            "collaboratorId": f"{member[:7]}COL",
            "agentDescriptor": {"aliasArn": alias},
            "collaborationInstruction": "Ask for what you are not told.",
            "relayConversationHistory": "DISABLED",
            "collaboratorName": member.lower(),
            "createdAt": AT,
            "lastUpdatedAt": AT,
        }
