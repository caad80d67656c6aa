"""CAN_HIJACK: consoles, agents, and the code of an agent's tool."""

from graph.edges import can_hijack, can_write
from graph.facts import Facts
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, pairs, role, user

NOTEBOOK = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:notebook-instance/n"
AGENT = f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:agent/A"
FUNCTION = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:f"
BESIDE = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:g"


def derived(*statements: dict[str, object]) -> Facts:
    built = EstateBuilder()
    kinds = {
        NOTEBOOK: "Notebook",
        AGENT: "Agent",
        FUNCTION: "Function",
        BESIDE: "Function",
        f"{AGENT}/t": "Tool",
    }
    for identifier, kind in kinds.items():
        built.asset(kind, identifier)
    built.asset("Role", role("dev"))
    built.relation("USES_TOOL", AGENT, f"{AGENT}/t")
    built.relation("IMPLEMENTED_BY", f"{AGENT}/t", FUNCTION)
    built.statements(role("dev"), "identity", *statements)
    facts = built.facts()
    for edge in can_write.derive(facts):
        facts.add(edge)
    return facts


def test_a_presigned_address_takes_the_notebook() -> None:
    facts = derived(allow("sagemaker:CreatePresigned*", NOTEBOOK))
    assert pairs(facts, can_hijack.derive(facts)) == {(role("dev"), NOTEBOOK)}


def test_editing_an_agent_needs_preparing_it_too() -> None:
    assert list(can_hijack.derive(derived(allow("bedrock:UpdateAgent")))) == []
    facts = derived(allow("bedrock:UpdateAgent"), allow("bedrock:PrepareAgent", AGENT))
    (edge,) = can_hijack.derive(facts)
    assert pairs(facts, [edge]) == {(role("dev"), AGENT)}
    assert [len(way) for way in edge.because] == [2]


def test_the_code_of_its_tool_takes_the_agent() -> None:
    facts = derived(allow("lambda:UpdateFunctionCode", FUNCTION))
    assert pairs(facts, can_hijack.derive(facts)) == {(role("dev"), AGENT)}


def test_the_code_of_another_function_does_not() -> None:
    facts = derived(allow("lambda:UpdateFunctionCode", BESIDE))
    assert list(can_hijack.derive(facts)) == []


def test_invoking_takes_nothing() -> None:
    facts = derived(allow(["bedrock:InvokeAgent", "lambda:InvokeFunction", "sagemaker:Describe*"]))
    assert list(can_hijack.derive(facts)) == []


PROFILE = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:user-profile/d-1/ana"


def test_a_presigned_studio_address_is_its_users_console() -> None:
    built = EstateBuilder()
    built.asset("Workload", PROFILE)
    built.asset("User", user("ana"))
    built.statements(user("ana"), "identity", allow("sagemaker:CreatePresignedDomainUrl"))
    facts = built.facts()
    assert pairs(facts, can_hijack.derive(facts)) == {(user("ana"), PROFILE)}


def test_a_presigned_notebook_address_is_none_of_studio() -> None:
    built = EstateBuilder()
    built.asset("Workload", PROFILE)
    built.asset("User", user("ana"))
    built.statements(user("ana"), "identity", allow("sagemaker:CreatePresignedNotebookInstanceUrl"))
    facts = built.facts()
    assert pairs(facts, can_hijack.derive(facts)) == set()
