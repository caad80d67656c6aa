"""CAN_WRITE: content and code."""

from graph.edges import can_write
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, pairs, role

FUNCTION = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:tool"
PREFIX = "arn:aws:s3:::records/raw/"


def estate() -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Function", FUNCTION)
    built.asset("Dataset", PREFIX)
    built.asset("Role", role("writer"))
    return built


def test_an_allow_to_put_objects_writes_the_prefix() -> None:
    built = estate()
    built.statements(role("writer"), "identity", allow("s3:PutObject", f"{PREFIX}*"))
    facts = built.facts()
    assert pairs(facts, can_write.derive(facts)) == {(role("writer"), PREFIX)}


def test_updating_code_writes_the_function() -> None:
    built = estate()
    built.statements(role("writer"), "identity", allow("lambda:Update*", FUNCTION))
    facts = built.facts()
    assert pairs(facts, can_write.derive(facts)) == {(role("writer"), FUNCTION)}


def test_reading_and_invoking_write_nothing() -> None:
    built = estate()
    built.statements(role("writer"), "identity", allow(["s3:Get*", "lambda:InvokeFunction"]))
    assert list(can_write.derive(built.facts())) == []
