"""Who is, can become, or cannot become administrator; and whom one can take over on the way."""

from typing import Any

import msgspec

from graph.access.admins import Standing, standings, with_edges
from graph.model import Coverage
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, deny, role, trust, user

ANA, BOB = user("ana"), user("bob")
ADMIN, DEPLOY = role("admin"), role("deploy")
HERE = f"aws://{ACCOUNT}"


def estate() -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Account", HERE)
    built.asset("User", ANA)
    built.asset("Role", ADMIN)
    built.asset("Role", DEPLOY)
    built.statements(ADMIN, "identity", allow("*"))
    built.statements(ADMIN, "trust", trust({"AWS": DEPLOY}))
    built.statements(DEPLOY, "trust", trust({"AWS": ANA}))
    return built


def of(built: EstateBuilder, identity: str) -> Standing:
    return next(each for each in standings(with_edges(built.facts())) if each.id == identity)


def test_who_has_every_right_is_administrator() -> None:
    standing = of(estate(), ADMIN)
    assert standing.admin == "is"
    assert [(step.target, step.technique) for step in standing.why] == [(HERE, "administrator")]


def test_a_chain_of_trust_makes_an_administrator() -> None:
    standing = of(estate(), ANA)
    assert standing.admin == "can_become"
    assert standing.direct == (DEPLOY,)
    assert standing.reaches == (ADMIN, DEPLOY)
    assert [step.target for step in standing.why] == [DEPLOY, ADMIN, HERE]
    assert standing.why[0].statements == ({"policy": "policy", "on": DEPLOY, "pointer": "/Statement/0"},)


def test_a_technique_on_oneself_makes_an_administrator() -> None:
    built = estate()
    built.asset("User", BOB)
    built.statements(BOB, "identity", allow("iam:PutUserPolicy", BOB))
    standing = of(built, BOB)
    assert (standing.admin, standing.direct) == ("can_become", ())
    assert standing.reaches == (ADMIN, DEPLOY, ANA)
    assert standing.why[0].technique == "iam-put-user-policy"


def test_who_can_do_nothing_of_the_kind_cannot() -> None:
    built = estate()
    built.asset("User", BOB)
    built.statements(BOB, "identity", allow("s3:*"))
    assert of(built, BOB) == Standing(BOB, ACCOUNT, "no", (), (), ())


def test_a_condition_on_the_way_leaves_it_unknown() -> None:
    built = estate()
    built.asset("User", BOB)
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    built.statements(BOB, "identity", allow("iam:PutUserPolicy", BOB, Condition=condition))
    standing = of(built, BOB)
    assert (standing.admin, standing.direct, standing.reaches) == ("unknown", (), ())


def test_a_policy_without_text_leaves_it_unknown() -> None:
    built = estate()
    built.asset("User", BOB)
    policy = built.policy(BOB, "identity", {"gone": True}, "arn:aws:iam::aws:policy/Unheard")
    del built.documents[policy.evidence.document]
    assert of(built, BOB).admin == "unknown"


def updater(*listed: Coverage, **trusted: Any) -> Standing:
    """Someone who may change the code of functions, where a strong role may be one's."""
    built = estate()
    built.asset("User", BOB)
    built.statements(BOB, "identity", allow("lambda:UpdateFunctionCode"))
    strong = built.asset("Role", role("strong"))
    built.statements(strong, "identity", allow("*"))
    built.statements(strong, "trust", trust({"Service": trusted.get("service", "lambda.amazonaws.com")}))
    built.coverage.extend(listed)
    return of(built, BOB)


def test_functions_that_nobody_listed_leave_it_unknown() -> None:
    assert updater().admin == "unknown"
    listed = Coverage(call="aws:lambda:ListFunctions", account=ACCOUNT)
    assert updater(listed).admin == "no"
    failed = Coverage(call="aws:lambda:ListFunctions", account=ACCOUNT, outcome="denied")
    assert updater(failed).admin == "unknown"


def test_instances_whose_profiles_failed_leave_it_unknown() -> None:
    def operator(*calls: Coverage) -> str:
        built = estate()
        built.asset("User", BOB)
        built.statements(BOB, "identity", allow("ssm:SendCommand"))
        strong = built.asset("Role", role("strong"))
        built.statements(strong, "identity", allow("*"))
        built.statements(strong, "trust", trust({"Service": "ec2.amazonaws.com"}))
        built.asset("VM", f"arn:aws:ec2:eu-central-1:{ACCOUNT}:instance/i-1")
        built.coverage.extend(calls)
        return of(built, BOB).admin

    listed = Coverage(call="aws:ec2:DescribeInstances", account=ACCOUNT)
    asked = Coverage(call="aws:iam:GetInstanceProfile", account=ACCOUNT)
    assert operator(listed, asked) == "no"
    assert operator(listed, msgspec.structs.replace(asked, outcome="denied")) == "unknown"
    assert operator(asked) == "unknown"


def test_unseen_functions_do_not_matter_where_no_strong_role_trusts_them() -> None:
    assert updater(service="ec2.amazonaws.com").admin == "no"


def test_a_deny_on_the_way_is_no_way() -> None:
    built = estate()
    built.statements(ANA, "identity", deny("sts:AssumeRole"))
    assert of(built, ANA).admin == "no"
