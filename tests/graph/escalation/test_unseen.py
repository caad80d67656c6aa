"""What no call told is never proof: whoever a thing might lead to a strong role is unknown, not harmless.

The practice server's answers are recorded once, with one of every thing that techniques use, and replayed
with one call denied.
"""

from collections.abc import Sequence
from functools import cache

import msgspec
import pytest

from collectors.practice.aws import AwsServer
from collectors.recording import Recorded, ReplayDoor, recorded
from collectors.scan import Scan
from graph.access.admins import standings, with_edges
from graph.access.aws.estate import estate_of
from graph.escalation.targets import Targets
from graph.escalation.technique import Technique, of
from graph.escalation.unseen import RUNS_FOR, Unseen
from graph.facts import Facts
from graph.model import Coverage, Json
from tests.collectors.aws import compute, everything
from tests.collectors.aws.everything import ROLE, here
from tests.collectors.aws.scanning import ACCOUNT, NOW, REDACTOR, Seen, estate, scan
from tests.graph.access.estates import EstateBuilder, allow, role, trust, user

USING = [each for each in (*of("running"), *of("passed")) if each.existing]
"""The techniques that need something that exists."""

UNCOLLECTED = {"codedeploy-create-deployment"}
"""Those of which no collector tells yet."""

DENIED: dict[str, Json] = {"Code": "AccessDeniedException", "Message": "denied for the test"}
SERVICES = {service for service, _ in RUNS_FOR.values()} | {name for each in USING for name in each.trusts}
POOL = "cognito-identity.amazonaws.com"


@cache
def recording() -> tuple[Recorded, ...]:
    """Everything that runs code, as the practice server answers real boto3 over HTTP."""
    parts = (compute.compute(), everything.notebook(), everything.functions(), everything.agent())
    nobody = here("bedrock-agent", "ListAgentCollaborators", {"agentCollaboratorSummaries": []})
    with AwsServer(estate(*(answer for part in parts for answer in part), nobody)) as server:
        live = scan(server)
    documents = {digest: data for shard in live.shards for digest, data in shard.documents.items()}
    return tuple(recorded(live.coverage, documents))


def replayed(calls: Sequence[Recorded]) -> Seen:
    return Seen(Scan([ReplayDoor("aws", calls)], REDACTOR, now=lambda: NOW).run())


CALLS = sorted({(each.service, each.operation) for each in recording()})


@cache
def known(denied: tuple[str, str] = ("", "")) -> Facts:
    """The facts of a replay without what one call would tell, and who could do one technique each."""
    calls = [
        msgspec.structs.replace(each, response=msgspec.UNSET, error=DENIED)
        if (each.service, each.operation) == denied
        else each
        for each in recording()
    ]
    return with_edges(populated(replayed(calls)).facts())


def populated(found: Seen) -> EstateBuilder:
    """What was found, a strong role that every service may have, and for each technique who may do it."""
    built = EstateBuilder()
    built.assets.update(found.assets)
    built.relations.extend(found.relations)
    built.coverage.extend(found.coverage)
    built.asset("Account", f"aws://{ACCOUNT}")
    built.asset("Role", ROLE, instance_profiles=("machines",))
    built.statements(ROLE, "identity", allow("*"))
    everyone = [trust({"Service": each}) for each in sorted(SERVICES - {POOL})]
    built.statements(ROLE, "trust", *everyone, trust({"Federated": POOL}, "sts:AssumeRoleWithWebIdentity"))
    for technique in USING:
        built.asset("Role" if technique.who == "Role" else "User", who(technique))
        built.statements(who(technique), "identity", allow(list(technique.actions)))
    return built


def who(technique: Technique) -> str:
    return role(technique.id) if technique.who == "Role" else user(technique.id)


def ways(facts: Facts) -> set[str]:
    """The techniques that lead the one who may do them to the strong role."""
    found = {
        (edge.source, edge.properties["technique"])
        for edge in facts.relations("CAN_ESCALATE_TO")
        if ROLE in facts.members(edge.target)
    }
    return {each.id for each in USING if (who(each), each.id) in found}


def hidden(facts: Facts) -> set[str]:
    """The techniques of which something needed was not seen."""
    seen = estate_of(facts)
    unseen = Unseen(facts, seen, Targets(facts, seen), lambda identity: identity == ROLE)
    return {each.id for each in USING if unseen.hides(each, ACCOUNT)}


def answers(facts: Facts) -> dict[str, str]:
    return {each.id: each.admin for each in standings(facts)}


def test_every_technique_finds_what_it_needs() -> None:
    assert ways(known()) == {each.id for each in USING} - UNCOLLECTED
    assert hidden(known()) == UNCOLLECTED


@pytest.mark.parametrize("call", CALLS, ids=".".join)
def test_a_denied_call_leaves_unknown_what_it_would_have_told(call: tuple[str, str]) -> None:
    facts = known(call)
    lost = ways(known()) - ways(facts)
    assert lost <= hidden(facts)
    standing = answers(facts)
    assert [each.id for each in USING if standing[who(each)] == "no"] == []


def test_who_may_use_nothing_of_what_was_not_seen_is_harmless() -> None:
    """So that the answers above are not unknown whatever is asked."""
    built = populated(Seen(()))
    built.asset("User", user("reader"))
    built.statements(user("reader"), "identity", allow("s3:GetObject"))
    standing = answers(with_edges(built.facts()))
    assert standing[user("reader")] == "no"
    assert {standing[who(each)] for each in USING} == {"unknown"}


def test_where_all_was_listed_and_nothing_is_there_nobody_is_unknown() -> None:
    empty = {"lambda": "ListFunctions", "ecs": "ListClusters", "batch": "DescribeJobDefinitions"}
    built = populated(Seen(()))
    built.coverage.extend(
        Coverage(call=f"aws:{service}:{name}", account=ACCOUNT) for service, name in empty.items()
    )
    standing = answers(with_edges(built.facts()))
    harmless = ("lambda-update-function-code", "ecs-execute-command", "batch-submit-job")
    assert {standing[user(each)] for each in harmless} == {"no"}


def test_one_description_of_many_that_was_denied_is_enough() -> None:
    further = compute.arn("ecs", "task-definition/other:1")
    both: Json = {"taskDefinitionArns": [compute.TASK, further]}
    calls = [
        msgspec.structs.replace(each, response=both) if each.operation == "list_task_definitions" else each
        for each in recording()
    ]
    asked: dict[str, Json] = {"taskDefinition": further}
    denied = Recorded("ecs", "describe_task_definition", account=ACCOUNT, parameters=asked, error=DENIED)
    assert hidden(populated(replayed(calls)).facts()) >= NEEDING
    assert hidden(populated(replayed([*calls, denied])).facts()) >= NEEDING


NEEDING = {"ecs-run-existing-task", "ecs-execute-command"}
"""They rest on the roles of task definitions."""


def test_what_an_earlier_scan_listed_is_no_listing_of_today() -> None:
    built = populated(Seen(()))
    built.coverage.append(Coverage(call="aws:lambda:ListFunctions", account=ACCOUNT, carried="yesterday"))
    assert "lambda-update-function-code" in hidden(built.facts())


def test_what_was_not_seen_counts_in_every_partition() -> None:
    built = EstateBuilder()
    home = "arn:aws-cn:iam::111122223333:"
    built.asset("Account", f"aws://{ACCOUNT}")
    built.asset("User", f"{home}user/ana")
    function = f"arn:aws-cn:lambda:cn-north-1:{ACCOUNT}:function:dev-*"
    built.statements(f"{home}user/ana", "identity", allow("lambda:UpdateFunctionCode", function))
    built.asset("Role", f"{home}role/strong")
    built.statements(f"{home}role/strong", "identity", allow("*"))
    built.statements(f"{home}role/strong", "trust", trust({"Service": "lambda.amazonaws.com"}))
    assert answers(with_edges(built.facts()))[f"{home}user/ana"] == "unknown"
