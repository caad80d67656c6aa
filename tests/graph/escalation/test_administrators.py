"""Administrator is a result of all policies, not the name of one."""

from typing import Any

import pytest

from graph.escalation.administrators import administrators
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, deny, user

ANA = user("ana")
GROUP = f"arn:aws:iam::{ACCOUNT}:group/admins"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def standing(*statements: dict[str, Any], boundary: tuple[dict[str, Any], ...] = ()) -> str:
    """yes, conditional, but for guards, or no."""
    built = EstateBuilder()
    built.asset("User", ANA)
    built.statements(ANA, "identity", *statements)
    if boundary:
        built.statements(ANA, "boundary", *boundary)
    found = list(administrators(built.facts()))
    if not found:
        return "no"
    return "guarded" if found[0].guards else "conditional" if found[0].conditions else "yes"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("*")], "yes"),
        ([allow("*:*")], "yes"),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, allow("iam:*")], "yes"),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "no"),
        ([{"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"}], "no"),
        ([{"Effect": "Allow", "NotAction": "aws-portal:*", "Resource": "*"}, allow("*")], "yes"),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret"}], "no"),
        ([allow(["iam:*", "s3:*", "ec2:*"])], "no"),
        ([allow("*", "arn:aws:s3:::*")], "no"),
        ([allow("*", Condition=MFA)], "conditional"),
        ([allow("*"), deny("*", Condition=NO_MFA)], "yes"),
        ([allow("*"), deny("iam:*")], "guarded"),
        ([allow("*"), deny("s3:DeleteBucket")], "yes"),
    ],
)
def test_by_what_the_statements_allow(statements: list[dict[str, Any]], expected: str) -> None:
    assert standing(*statements) == expected


def test_a_boundary_matters_when_it_keeps_something_back() -> None:
    assert standing(allow("*"), boundary=(allow("s3:*"),)) == "guarded"
    assert standing(allow("*"), boundary=(allow("*"),)) == "yes"
    assert standing(allow("*"), boundary=(allow("*"), deny("iam:*"))) == "guarded"


def test_by_the_groups_one_is_in() -> None:
    built = EstateBuilder()
    built.asset("User", ANA)
    built.asset("Group", GROUP)
    member = built.relation("MEMBER_OF", ANA, GROUP)
    built.statements(GROUP, "identity", allow("*"))
    (grant,) = administrators(built.facts())
    assert grant.source == ANA
    assert member.id in grant.because[0]


def test_a_policy_whose_text_is_missing_leaves_it_open() -> None:
    built = EstateBuilder()
    built.asset("User", ANA)
    policy = built.policy(ANA, "identity", {}, "arn:aws:iam::aws:policy/Unknown")
    del built.documents[policy.evidence.document]
    (grant,) = administrators(built.facts())
    assert grant.conditions
