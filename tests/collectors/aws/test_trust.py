"""Whom a trust policy names."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import pytest

from collectors.aws.trust import trusted
from collectors.source import CallFailed, Page, Source
from graph.model import Asset, Call, Json, Relation
from tests.collectors.aws.scanning import REDACTOR

ROLE = "arn:aws:iam::111122223333:role/r"
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"


class OneAnswer:
    """A door that answers everything with one document."""

    provider = "aws"

    def __init__(self, answer: Json) -> None:
        self._answer = answer

    def accounts(self) -> list[str]:
        return [""]

    def regions(self, account: str) -> list[str]:
        return [""]

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        if self._answer is None:
            raise CallFailed("denied", "no")
        yield Page(self._answer)


def facts(*statements: Mapping[str, Json]) -> list[Asset | Relation]:
    policy: Json = {"Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    answer = Source(OneAnswer(policy), REDACTOR, now=lambda: datetime(2026, 1, 1)).call(
        Call("aws:iam:GetRole")
    )
    return [fact for fact in trusted(ROLE, answer.document()) if isinstance(fact, Asset | Relation)]


def named(*statements: Mapping[str, Json]) -> set[str]:
    return {fact.target for fact in facts(*statements) if isinstance(fact, Relation)}


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", {"anyone:aws"}),
        ({"AWS": "*"}, {"anyone:aws"}),
        ({"AWS": "999988887777"}, {"arn:aws:iam::999988887777:root"}),
        ({"AWS": ["arn:aws:iam::999988887777:root"]}, {"arn:aws:iam::999988887777:root"}),
        ({"AWS": "arn:aws:iam::999988887777:role/x"}, {"arn:aws:iam::999988887777:role/x"}),
        ({"AWS": "arn:aws:iam::111122223333:root"}, set()),
        ({"AWS": "AIDAEXAMPLEOFADELETEDUSER"}, set()),
        (
            {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
            {"service:aws:ec2.amazonaws.com", "service:aws:lambda.amazonaws.com"},
        ),
        ({"Federated": PROVIDER}, {f"federated:{GITHUB}/*"}),
        ({"Federated": "arn:aws:iam::111122223333:saml-provider/linden"}, {"federated:linden/*"}),
        ({"Federated": "cognito-identity.amazonaws.com"}, {"federated:cognito-identity.amazonaws.com/*"}),
    ],
)
def test_a_principal_has_an_id(principal: Json, expected: set[str]) -> None:
    assert named({"Principal": principal}) == expected


@pytest.mark.parametrize(
    ("subject", "wildcard"),
    [("repo:linden/app:ref:refs/heads/main", False), ("repo:linden/*", True), ("repo:linden/ap?:x", True)],
)
def test_a_federated_subject_is_what_the_condition_says(subject: str, wildcard: bool) -> None:
    condition: Json = {"StringLike": {f"{GITHUB}:sub": [subject], f"{GITHUB}:aud": "sts.amazonaws.com"}}
    found = facts({"Principal": {"Federated": PROVIDER}, "Condition": condition})
    (asset,) = [fact for fact in found if isinstance(fact, Asset)]
    assert asset.id == f"federated:{GITHUB}/{subject}"
    assert asset.properties["subject_wildcard"] is wildcard
    assert asset.properties["native_kind"] == "federated"


def test_several_subjects_are_several_outsiders() -> None:
    condition: Json = {"StringEquals": {f"{GITHUB}:sub": ["repo:a/b:x", "repo:c/d:y"]}}
    expected = {f"federated:{GITHUB}/repo:a/b:x", f"federated:{GITHUB}/repo:c/d:y"}
    assert named({"Principal": {"Federated": PROVIDER}, "Condition": condition}) == expected


@pytest.mark.parametrize(
    ("key", "expected"), [("aws:SourceAccount", True), ("AWS:SourceArn", True), ("aws:PrincipalTag/x", False)]
)
def test_a_condition_on_the_source_is_told(key: str, expected: bool) -> None:
    condition: Json = {"StringEquals": {key: "111122223333"}}
    found = facts({"Principal": {"Service": "lambda.amazonaws.com"}, "Condition": condition})
    (relation,) = [fact for fact in found if isinstance(fact, Relation)]
    assert relation.properties["source_condition"] is expected


def test_a_deny_trusts_nobody() -> None:
    assert named({"Effect": "Deny", "Principal": "*"}) == set()


def test_a_single_statement_needs_no_list() -> None:
    policy: Json = {"Statement": {"Effect": "Allow", "Principal": {"AWS": "999988887777"}}}
    answer = Source(OneAnswer(policy), REDACTOR).call(Call("aws:iam:GetRole"))
    targets = {fact.target for fact in trusted(ROLE, answer.document()) if isinstance(fact, Relation)}
    assert targets == {"arn:aws:iam::999988887777:root"}
