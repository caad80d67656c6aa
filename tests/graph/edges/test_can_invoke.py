"""CAN_INVOKE: being served, and nothing of what the served thing may do."""

import pytest

from graph.edges import can_invoke, can_read
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, pairs, role, user

AGENT = f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:agent/AGENT1"
ENDPOINT = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:endpoint/triage"
MODEL = "arn:aws:bedrock:eu-central-1::foundation-model/example.large"


def estate() -> EstateBuilder:
    built = EstateBuilder()
    for kind, identifier in (("Agent", AGENT), ("Endpoint", ENDPOINT)):
        built.asset(kind, identifier)
    built.asset("FoundationModel", MODEL, account="")
    built.asset("Role", role("caller"))
    built.asset("Role", role("agent"))
    built.relation("RUNS_AS", AGENT, role("agent"))
    return built


def test_each_is_called_by_its_own_action() -> None:
    for action, resource, target in (
        ("bedrock:InvokeAgent", f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:agent-alias/AGENT1/*", AGENT),
        ("sagemaker:InvokeEndpoint", ENDPOINT, ENDPOINT),
        ("bedrock:InvokeModel", MODEL, MODEL),
    ):
        built = estate()
        built.statements(role("caller"), "identity", allow(action, resource))
        facts = built.facts()
        assert pairs(facts, can_invoke.derive(facts)) == {(role("caller"), target)}


def test_another_agent_is_not_called() -> None:
    built = estate()
    other = f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:agent-alias/AGENT2/*"
    built.statements(role("caller"), "identity", allow("bedrock:InvokeAgent", other))
    assert list(can_invoke.derive(built.facts())) == []


def test_calling_an_agent_gives_nothing_of_its_role() -> None:
    built = estate()
    built.asset("Bucket", "arn:aws:s3:::records")
    built.statements(role("caller"), "identity", allow("bedrock:InvokeAgent"))
    built.statements(role("agent"), "identity", allow("s3:GetObject"))
    facts = built.facts()
    assert pairs(facts, can_read.derive(facts)) == {(role("agent"), "arn:aws:s3:::records")}


def test_a_predict_permission_calls_a_vertex_endpoint() -> None:
    built = EstateBuilder()
    endpoint = "//aiplatform.googleapis.com/projects/linden/locations/europe-west3/endpoints/1"
    project = "//cloudresourcemanager.googleapis.com/projects/linden"
    built.asset("Endpoint", endpoint)
    built.asset("Account", project)
    built.relation("CONTAINS", project, endpoint)
    built.policy("roles/x", "role_definition", {"includedPermissions": ["aiplatform.endpoints.predict"]})
    built.policy("roles/y", "role_definition", {"includedPermissions": ["aiplatform.endpoints.get"]})
    members = {"roles/x": "user:ana@example.org", "roles/y": "user:bob@example.org"}
    built.policy(project, "allow", {"bindings": [{"role": r, "members": [m]} for r, m in members.items()]})
    facts = built.facts()
    assert pairs(facts, can_invoke.derive(facts)) == {("google:user:ana@example.org", endpoint)}


AGENTCORE = f"arn:aws:bedrock-agentcore:eu-central-1:{ACCOUNT}:"
RUNTIME, INTERPRETER = f"{AGENTCORE}runtime/helper-1", f"{AGENTCORE}code-interpreter-custom/calc-1"


@pytest.mark.parametrize(
    ("actions", "called"),
    [
        (["bedrock-agentcore:InvokeAgentRuntime"], {RUNTIME}),
        (["bedrock:InvokeAgent"], set[str]()),
        (["bedrock-agentcore:InvokeCodeInterpreter"], set[str]()),
        (
            ["bedrock-agentcore:InvokeCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession"],
            {INTERPRETER},
        ),
    ],
)
def test_agents_runtimes_and_code_interpreters(actions: list[str], called: set[str]) -> None:
    built = EstateBuilder()
    built.asset("Agent", RUNTIME)
    built.asset("Tool", INTERPRETER)
    built.asset("User", user("ana"))
    built.statements(user("ana"), "identity", *(allow(action) for action in actions))
    facts = built.facts()
    assert pairs(facts, can_invoke.derive(facts)) == {(user("ana"), each) for each in called}
