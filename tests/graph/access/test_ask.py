"""Who can, and what can they: the answers are those of the decision, one principal at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.access.ask import WhoCan, what_can, who_can
from graph.access.explain import explain
from graph.access.question import NotAsked
from graph.facts import Facts
from graph.model import Coverage
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, deny, role, trust, user

BUCKET = "arn:aws:s3:::records"
OBJECT = f"{BUCKET}/scan.dcm"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
READ = allow("s3:GetObject", f"{BUCKET}/*")
Statement = dict[str, object]
Attached = list[tuple[str, Statement]]
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def estate() -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Bucket", BUCKET, acl_enabled=False)
    for name in ("one", "two", "three"):
        built.asset("Role", role(name))
    return built


def ask(facts: Facts, action: str = "s3:GetObject", resource: str = OBJECT) -> WhoCan:
    (answer,) = who_can(facts, action, resource)
    return answer


def found(answer: WhoCan) -> dict[str, str]:
    return {principal: group.effect for group in answer.groups for principal in group.principals}


def test_whoever_has_a_statement_can_and_so_can_the_root_user() -> None:
    built = estate()
    built.statements(role("one"), "identity", READ)
    answer = ask(built.facts())
    assert found(answer) == {role("one"): "allow", ROOT: "allow"}
    assert answer.denied >= 2


def test_principals_with_the_same_answer_for_the_same_reason_are_one_group() -> None:
    built = estate()
    shared = built.statements(role("one"), "identity", READ)
    built.policies.append(type(shared)(role("two"), "identity", shared.name, shared.evidence))
    built.statements(role("three"), "identity", allow("s3:*"))
    groups = [group.principals for group in ask(built.facts()).groups]
    assert (role("one"), role("two")) in groups
    assert (role("three"),) in groups


def test_a_policy_that_many_have_hangs_on_whoever_is_asked_about() -> None:
    built = estate()
    shared = built.statements(role("one"), "identity", READ)
    built.policies.append(type(shared)(role("two"), "identity", shared.name, shared.evidence))
    proof = explain(built.facts(), role("two"), "s3:GetObject", OBJECT)
    assert [each.on for layer in proof.layers for each in layer.statements] == [role("two")]
    built.asset("User", user("ann"))
    built.relation("MEMBER_OF", user("ann"), f"arn:aws:iam::{ACCOUNT}:group/g")
    built.policies.append(type(shared)(f"arn:aws:iam::{ACCOUNT}:group/g", "identity", "p", shared.evidence))
    proof = explain(built.facts(), user("ann"), "s3:GetObject", OBJECT)
    assert proof.layers[0].statements[0].on == f"arn:aws:iam::{ACCOUNT}:group/g"


def test_a_reserve_is_shown_as_one() -> None:
    built = estate()
    built.statements(role("one"), "identity", {**READ, "Condition": MFA})
    answer = ask(built.facts())
    assert found(answer)[role("one")] == "conditional"
    assert answer.groups[-1].conditions == ("aws:MultiFactorAuthPresent Bool true",)


def test_a_policy_that_is_not_there_leaves_the_answer_open_under_its_own_name() -> None:
    built = estate()
    built.policy(role("one"), "identity", "arn:aws:iam::aws:policy/Unseen", name="Unseen")
    answer = ask(built.facts())
    (group,) = [each for each in answer.groups if role("one") in each.principals]
    assert group.effect == "conditional"
    assert group.conditions[0].startswith(f"policy Unseen on {role('one')} can be read")


def test_everybody_is_anyone_and_anyone_of_aws() -> None:
    built = estate()
    built.statements(BUCKET, "resource", {**READ, "Principal": "*"})
    assert {"anyone:", "anyone:aws", role("one")} <= found(ask(built.facts())).keys()


def test_who_serves_no_strangers_does_not_serve_anyone() -> None:
    built = estate()
    key = built.asset("EncryptionKey", f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/k")
    built.statements(key, "resource", {**allow("kms:Decrypt"), "Principal": "*"})
    answer = found(ask(built.facts(), "kms:Decrypt", key))
    assert "anyone:aws" in answer
    assert "anyone:" not in answer
    proof = explain(built.facts(), "anyone:", "kms:Decrypt", key)
    assert (proof.effect, proof.explicit) == ("deny", False)
    assert proof.notes == ("kms answers nobody without credentials, whatever a policy says",)


def test_outsiders_services_and_federations_are_told() -> None:
    built = estate()
    named = {"AWS": "arn:aws:iam::999988887777:root", "Service": "logging.s3.amazonaws.com"}
    source = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::x"}}
    built.statements(BUCKET, "resource", {**READ, "Principal": named})
    answer = found(ask(built.facts()))
    assert answer["arn:aws:iam::999988887777:root"] == "allow"
    assert answer["service:aws:logging.s3.amazonaws.com"] == "allow"
    other = estate()
    other.statements(BUCKET, "resource", {**READ, "Principal": named, "Condition": source})
    assert found(ask(other.facts()))["service:aws:logging.s3.amazonaws.com"] == "conditional"


def test_federations_may_take_the_role_that_trusts_them() -> None:
    built = estate()
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    built.statements(role("one"), "trust", trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity"))
    answer = found(ask(built.facts(), "sts:AssumeRoleWithWebIdentity", role("one")))
    assert answer[f"federated:{provider}"] == "allow"


def test_a_denied_principal_is_counted_not_listed() -> None:
    built = estate()
    built.statements(role("one"), "identity", READ)
    built.statements(role("one"), "identity", deny("s3:*"))
    assert role("one") not in found(ask(built.facts()))


def test_a_pattern_of_resources_asks_whether_there_is_any() -> None:
    built = estate()
    built.statements(role("one"), "identity", allow("s3:GetObject", f"{BUCKET}/a/*"))
    built.statements(BUCKET, "resource", {**READ, "Principal": {"AWS": role("two")}})
    answer = ask(built.facts(), "s3:GetObject", "arn:aws:s3:::rec*/*")
    assert found(answer)[role("one")] == found(answer)[role("two")] == "allow"
    assert all(group.partial for group in answer.groups if role("one") in group.principals)


def test_a_location_is_all_that_lies_below_it() -> None:
    built = estate()
    built.asset("Dataset", f"{BUCKET}/chest/")
    built.statements(role("one"), "identity", allow("s3:GetObject", f"{BUCKET}/chest/2026/*"))
    answer = ask(built.facts(), resource=f"{BUCKET}/chest/")
    assert found(answer)[role("one")] == "allow"
    assert answer.resource == f"{BUCKET}/chest/*"


def test_a_pattern_of_actions_answers_each_that_somebody_may_do() -> None:
    built = estate()
    built.statements(role("one"), "identity", allow("s3:GetObjectT*"))
    answers = who_can(built.facts(), "s3:GetObject*", OBJECT)
    mine = {each.action for each in answers if role("one") in found(each)}
    assert mine == {"s3:GetObjectTagging", "s3:GetObjectTorrent"}


@pytest.mark.parametrize(
    ("action", "resource", "said"),
    [
        ("s3:GetObjet", OBJECT, "is not in the table of actions"),
        ("s3:ListAllMyBuckets", BUCKET, "takes no resource"),
        ("s3:GetObject", "*", "takes a resource"),
        ("s3:GetObject", BUCKET, "is not asked about such a resource"),
    ],
)
def test_what_is_odd_about_a_question_is_said(action: str, resource: str, said: str) -> None:
    assert any(said in note for note in ask(estate().facts(), action, resource).notes)


def test_what_nobody_saw_may_have_a_policy_that_denies() -> None:
    built = estate()
    built.statements(role("one"), "identity", allow("s3:*"), allow("bedrock:*"))
    answer = ask(built.facts(), resource="arn:aws:s3:::nobody/x")
    assert found(answer) == {role("one"): "conditional"}
    assert "which nobody saw" in answer.groups[0].conditions[0]
    assert "arn:aws:s3:::nobody belongs to each principal's own account" in answer.assumed
    model = "arn:aws:bedrock:us-east-1::foundation-model/m"  # models have no policies
    assert found(ask(built.facts(), "bedrock:InvokeModel", model))[role("one")] == "allow"


def test_organisation_policies_are_assumed_away_only_when_nobody_saw_them() -> None:
    built = estate()
    assert ask(built.facts()).assumed == ("no organisation policies seen",)
    organised(built)
    assert ask(built.facts()).assumed == ()
    built.coverage.append(Coverage(call="aws:organizations:ListPoliciesForTarget", outcome="denied"))
    assert ask(built.facts()).assumed == ("no organisation policies seen",)


def organised(built: EstateBuilder, *statements: dict[str, object]) -> None:
    """The account in an organisation whose root has these statements beside FullAWSAccess."""
    top, root = "arn:aws:organizations::1:organization/o-1", "arn:aws:organizations::1:root/o-1/r-1"
    built.asset("Organization", top)
    built.asset("Folder", root)
    built.relation("CONTAINS", top, root)
    built.relation("CONTAINS", root, built.asset("Account", f"aws://{ACCOUNT}"))
    built.statements(root, "service_control", allow("*"), *statements)
    built.statements(f"aws://{ACCOUNT}", "service_control", allow("*"))


def test_organisation_policies_bind_everybody_in_the_account_and_its_root_user() -> None:
    built = estate()
    built.statements(role("one"), "identity", READ)
    organised(built, deny("s3:GetObject", f"{BUCKET}/secret/*"))
    facts = built.facts()
    assert found(ask(facts)) == {role("one"): "allow", ROOT: "allow"}
    assert found(ask(facts, resource=f"{BUCKET}/secret/x")) == {}
    proof = explain(facts, ROOT, "s3:GetObject", f"{BUCKET}/secret/x")
    assert (proof.effect, proof.blocked_by, proof.assumed) == ("deny", ("scp",), ())
    shown = [each.on for layer in proof.layers for each in layer.statements if each.effect == "Deny"]
    assert shown == ["arn:aws:organizations::1:root/o-1/r-1"]


@pytest.mark.parametrize(("action", "resource"), [("GetObject", OBJECT), ("x:*", OBJECT), ("*", OBJECT)])
def test_what_is_no_action_is_refused_in_a_sentence(action: str, resource: str) -> None:
    with pytest.raises(NotAsked):
        who_can(estate().facts(), action, resource)


def test_what_is_no_resource_is_refused_in_a_sentence() -> None:
    with pytest.raises(NotAsked, match="give an ARN"):
        ask(estate().facts(), resource="records")


def test_a_session_has_what_its_role_has() -> None:
    built = estate()
    built.statements(role("one"), "identity", READ)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/one/me"
    assert explain(built.facts(), session, "s3:GetObject", OBJECT).effect == "allow"
    with pytest.raises(NotAsked, match="is not in this snapshot"):
        explain(built.facts(), session.replace("/one/", "/none/"), "s3:GetObject", OBJECT)


def test_what_a_principal_may_do_is_told_by_resource() -> None:
    built = estate()
    built.asset("Bucket", "arn:aws:s3:::other")
    built.statements(role("one"), "identity", READ, allow("iam:ListRoles"))
    facts = built.facts()
    (only,) = what_can(facts, role("one"), "s3:Get*")
    assert (only.action, only.resources) == ("s3:GetObject", (f"{BUCKET}/*",))
    (only,) = what_can(facts, role("one"), "iam:L*")
    assert (only.action, only.resources) == ("iam:ListRoles", ("*",))
    assert what_can(facts, role("one"), "s3:GetObject", "arn:aws:s3:::other/x") == []


STATEMENTS = st.sampled_from(
    [
        READ,
        allow("s3:*"),
        allow("*", f"{BUCKET}/a*"),
        deny("s3:Get*", f"{BUCKET}/b*"),
        {**READ, "Condition": MFA},
        allow("s3:GetObject", f"{BUCKET}/${{aws:username}}/*"),
    ]
)
PRINCIPALS = (role("one"), role("two"), role("three"), user("ann"))


@given(
    own=st.lists(st.tuples(st.sampled_from(PRINCIPALS), STATEMENTS), max_size=6),
    bucket=st.lists(st.tuples(st.sampled_from([*PRINCIPALS, "*", ACCOUNT]), STATEMENTS), max_size=3),
    bounds=st.lists(st.tuples(st.sampled_from(PRINCIPALS), STATEMENTS), max_size=2),
    guardrails=st.none() | st.lists(STATEMENTS, max_size=2),
    key=st.sampled_from(["a1", "b1", "ann/x", "*", "a*"]),
)
def test_the_list_and_the_proof_agree(
    own: Attached, bucket: Attached, bounds: Attached, guardrails: list[Statement] | None, key: str
) -> None:
    built = estate()
    built.asset("User", user("ann"))
    for who, statement in bounds:
        built.statements(who, "boundary", statement)
    if guardrails is not None:
        organised(built, *guardrails)
    for who, statement in own:
        built.statements(who, "identity", statement)
    if bucket:
        statements = [{**statement, "Principal": {"AWS": who}} for who, statement in bucket]
        built.statements(BUCKET, "resource", *statements)
    facts = built.facts()
    listed = found(ask(facts, resource=f"{BUCKET}/{key}"))
    for who in (*PRINCIPALS, ROOT, "anyone:", "anyone:aws"):
        assert listed.get(who, "deny") == explain(facts, who, "s3:GetObject", f"{BUCKET}/{key}").effect
