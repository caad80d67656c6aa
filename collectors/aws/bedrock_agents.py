"""Amazon Bedrock agents: as whom they act, the tools they use, what they know, whom they delegate to."""

import hashlib
import json
from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call("aws:bedrock-agent:ListAgents", lists=("Agent",))
GET = Call(
    "aws:bedrock-agent:GetAgent",
    lists=("AgentMemory",),
    fills=(
        "RUNS_AS",
        "CALLS_MODEL",
        "GUARDED_BY",
        "ENCRYPTED_WITH",
        "REMEMBERS_IN",
        "AgentMemory.scope",
        "AgentMemory.retention_days",
    ),
)
ALIASES = Call("aws:bedrock-agent:ListAgentAliases")
GROUPS = Call("aws:bedrock-agent:ListAgentActionGroups", lists=("Tool",), fills=("USES_TOOL",))
GROUP = Call(
    "aws:bedrock-agent:GetAgentActionGroup",
    fills=("Tool.definition_digest", "IMPLEMENTED_BY", "USES_TOOL"),
)
KNOWLEDGE = Call("aws:bedrock-agent:ListAgentKnowledgeBases", fills=("RETRIEVES_FROM",))
COLLABORATORS = Call("aws:bedrock-agent:ListAgentCollaborators", fills=("DELEGATES_TO",))
TAGS = Call(
    "aws:bedrock-agent:ListTagsForResource", fills=("Agent.tags", "KnowledgeBase.tags", "Prompt.tags")
)

REGIONAL = True

DRAFT = "DRAFT"


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _agent(source, row), source.pages(LIST)):
        yield from facts


def _agent(source: Source, row: Answer) -> Sequence[Fact]:
    agent_id = row.text("/agentId") or ""
    arn = names.arn("bedrock", source.region, source.account, f"agent/{agent_id}")
    own = source.within(arn)
    agent = own.call(GET, agentId=agent_id)
    if agent.vanished:
        return ()
    facts: list[Fact] = [_asset(own, row, agent), *_relations(own, agent), *_memory(own, agent)]
    for version in _versions(own, agent_id):
        facts += _tools(own, agent_id, version)
        facts += _knowledge(own, agent_id, version)
        if agent.text("/agent/agentCollaboration") not in (None, "DISABLED"):
            facts += _collaborators(own, agent_id, version)
    return facts


def _versions(own: Source, agent_id: str) -> Sequence[str]:
    """The versions that can be called: those that an alias routes to, and the draft (by the test alias)."""
    found = {DRAFT}
    for alias in own.pages(ALIASES, agentId=agent_id):
        for route in alias.items("/routingConfiguration"):
            found.add(route.text("/agentVersion") or DRAFT)
    return sorted(found)


def _asset(own: Source, row: Answer, agent: Answer) -> Asset:
    labels = own.call(TAGS, resourceArn=own.parent)
    return Asset(
        id=own.parent,
        kind="Agent",
        name=row.text("/agentName") or "",
        listed_by=row.listed_by,
        properties=names.known(native_kind="agent", tags=names.tags(labels, "/tags")),
        evidence=(*row.evidence(name="/agentName"), *agent.evidence(), *labels.evidence(tags="/tags")),
    )


def _relations(own: Source, agent: Answer) -> Iterator[Relation]:
    guardrail = agent.text("/agent/guardrailConfiguration/guardrailIdentifier")
    if guardrail and not guardrail.startswith("arn:"):
        guardrail = names.arn("bedrock", own.region, own.account, f"guardrail/{guardrail}")
    model = names.foundation_model(agent.text("/agent/foundationModel") or "", own.region)
    for relation, pointer, target, kind in (
        ("RUNS_AS", "/agent/agentResourceRoleArn", agent.text("/agent/agentResourceRoleArn"), "Role"),
        ("CALLS_MODEL", "/agent/foundationModel", model, "FoundationModel"),
        ("GUARDED_BY", "/agent/guardrailConfiguration/guardrailIdentifier", guardrail, "Guardrail"),
        (
            "ENCRYPTED_WITH",
            "/agent/customerEncryptionKeyArn",
            agent.text("/agent/customerEncryptionKeyArn"),
            "EncryptionKey",
        ),
    ):
        if target:
            yield Relation(relation, own.parent, target, {}, agent.evidence(target=pointer), kind)


def _memory(own: Source, agent: Answer) -> Iterator[Fact]:
    pointer = "/agent/memoryConfiguration"
    if not agent.get(f"{pointer}/enabledMemoryTypes"):
        return
    memory = f"{own.parent}/memory"
    yield Asset(
        id=memory,
        kind="AgentMemory",
        name=f"memory of {agent.text('/agent/agentName')}",
        listed_by=agent.listed_by,
        properties=names.known(
            native_kind="agent_memory", scope="user", retention_days=agent.number(f"{pointer}/storageDays")
        ),
        evidence=agent.evidence(
            scope=f"{pointer}/enabledMemoryTypes", retention_days=f"{pointer}/storageDays"
        ),
    )
    yield Relation("REMEMBERS_IN", own.parent, memory, evidence=agent.evidence(target=pointer))


def _tools(own: Source, agent_id: str, version: str) -> Iterator[Fact]:
    """An action group is a tool; what runs it is a Lambda function, or the caller itself."""
    for row in own.pages(GROUPS, agentId=agent_id, agentVersion=version):
        group_id = row.text("/actionGroupId") or ""
        if row.text("/actionGroupState") != "ENABLED":
            continue
        group = own.call(GROUP, agentId=agent_id, agentVersion=version, actionGroupId=group_id)
        if group.vanished:
            continue
        detail, tool = group.at("/agentActionGroup"), f"{own.parent}/action-group/{group_id}"
        yield Asset(
            id=tool,
            kind="Tool",
            name=row.text("/actionGroupName") or "",
            listed_by=row.listed_by,
            properties=names.known(native_kind="action_group", definition_digest=_definition(detail)),
            evidence=(
                *row.evidence(name="/actionGroupName"),
                *detail.evidence(definition_digest=_schema(detail)),
            ),
        )
        yield Relation(
            "USES_TOOL",
            own.parent,
            tool,
            names.known(needs_approval=_approval(detail)),
            (
                *row.evidence(target="/actionGroupId"),
                *detail.evidence(needs_approval="/functionSchema/functions"),
            ),
        )
        if function := detail.text("/actionGroupExecutor/lambda"):
            evidence = detail.evidence(target="/actionGroupExecutor/lambda")
            yield Relation(
                "IMPLEMENTED_BY", tool, names.unqualified(function), {}, evidence, target_kind="Function"
            )


def _schema(group: Answer) -> str:
    return "/functionSchema" if group.get("/functionSchema") else "/apiSchema"


def _definition(group: Answer) -> str | None:
    """A digest that changes when what the model is told about the tool changes."""
    schema = group.get(_schema(group))
    if schema is None:
        return None
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()


def _approval(group: Answer) -> bool | None:
    """Whether a person must confirm each function; not known for API schemas, which say it elsewhere."""
    functions = list(group.items("/functionSchema/functions"))
    if not functions:
        return None
    return all(function.text("/requireConfirmation") == "ENABLED" for function in functions)


def _knowledge(own: Source, agent_id: str, version: str) -> Iterator[Relation]:
    for row in own.pages(KNOWLEDGE, agentId=agent_id, agentVersion=version):
        if row.text("/knowledgeBaseState") == "ENABLED":
            base = row.text("/knowledgeBaseId") or ""
            target = names.arn("bedrock", own.region, own.account, f"knowledge-base/{base}")
            evidence = row.evidence(target="/knowledgeBaseId")
            yield Relation("RETRIEVES_FROM", own.parent, target, {}, evidence, target_kind="KnowledgeBase")


def _collaborators(own: Source, agent_id: str, version: str) -> Iterator[Relation]:
    for row in own.pages(COLLABORATORS, agentId=agent_id, agentVersion=version):
        alias = row.text("/agentDescriptor/aliasArn") or ""
        head, _, rest = alias.partition(":agent-alias/")
        if rest:
            target = f"{head}:agent/{rest.partition('/')[0]}"
            evidence = row.evidence(target="/agentDescriptor/aliasArn")
            yield Relation("DELEGATES_TO", own.parent, target, {}, evidence, target_kind="Agent")
