"""Attack paths run over CAN_ESCALATE_TO: to other identities, and as administrator to all in the account."""

from graph.attack import foothold_id, reachable
from graph.derive import derive
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, role, trust, user

ANA, TARGET = user("ana"), role("target")
HERE, BUCKET = f"aws://{ACCOUNT}", "arn:aws:s3:::patients"


def estate(*statements: dict[str, object]) -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Account", HERE)
    built.asset("User", ANA)
    built.asset("Role", TARGET)
    built.asset("Bucket", BUCKET)
    built.relation("CONTAINS", HERE, TARGET)
    built.relation("CONTAINS", HERE, BUCKET)
    built.statements(ANA, "identity", *statements)
    built.statements(TARGET, "trust", trust({"Service": "lambda.amazonaws.com"}))
    built.statements(TARGET, "identity", allow("s3:GetObject", f"{BUCKET}/*"))
    return built


def reached(built: EstateBuilder) -> set[str]:
    return set(reachable(derive(built.facts()).attack, ANA))


def test_a_passed_role_leads_to_what_the_role_may_read() -> None:
    run = allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])
    assert {foothold_id("act", TARGET), foothold_id("read", BUCKET)} <= reached(estate(run))


def test_an_administrator_to_be_has_everything_in_the_account() -> None:
    found = reached(estate(allow("iam:PutUserPolicy", ANA)))
    assert {foothold_id("act", TARGET), foothold_id("write", BUCKET)} <= found


def test_without_a_technique_nothing_is_reached() -> None:
    assert foothold_id("act", TARGET) not in reached(estate(allow("iam:PassRole")))
