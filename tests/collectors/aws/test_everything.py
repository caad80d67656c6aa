"""Every part of an answer that a collector reads, and that what is declared is really yielded."""

from collections.abc import Iterator

import pytest

from collectors.aws import scopes
from collectors.practice.aws import AwsServer
from collectors.scan import calls_of, modules
from graph.model import Call, Evidence
from tests.collectors.aws import apis, compute
from tests.collectors.aws.everything import AGENT, FUNCTION, KEY_ARN, ROLE, SAGEMAKER, everything
from tests.collectors.aws.scanning import ACCOUNT, REGION, Seen, estate, scan

CALLS = sorted(
    {call for module in (scopes, *modules("aws")) for call in calls_of(module)}, key=lambda c: c.id
)
SUBNET = f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-1"


@pytest.fixture(scope="module")
def seen() -> Seen:
    with AwsServer(estate(*everything())) as server:
        return scan(server)


def supported(*scans: Seen) -> Iterator[tuple[str, str]]:
    """(call, what it fills), as the evidence of the facts says."""
    for each in scans:
        documents = {
            digest: record.call for record in each.coverage for digest in (*record.documents, *record.parts)
        }
        for asset in each.all_assets:
            for listing in asset.listed_by:
                yield listing.call, asset.kind
            for evidence in asset.evidence:
                for name in evidence.supports:
                    if name in asset.properties:
                        yield evidence.call, f"{asset.kind}.{name}"
        for relation in each.relations:
            yield from ((evidence.call, relation.type) for evidence in relation.evidence)
        for policy in each.policies:
            assert documents[policy.evidence.document] == policy.evidence.call
            yield policy.evidence.call, f"policy:{policy.layer}"


@pytest.fixture(scope="module")
def filled(linden: Seen, seen: Seen) -> set[tuple[str, str]]:
    with AwsServer(estate(*compute.compute())) as server, AwsServer(estate(*apis.doors())) as other:
        return set(supported(linden, seen, scan(server), scan(other)))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_what_a_call_declares_is_yielded(call: Call, filled: set[tuple[str, str]]) -> None:
    yielded = {what for of, what in filled if of == call.id}
    assert {*call.lists, *call.fills} - yielded == set()


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_what_a_call_yields_is_declared(call: Call, filled: set[tuple[str, str]]) -> None:
    given = ("name", "native_kind", "account")  # whatever lists a thing says these
    yielded = {what for of, what in filled if of == call.id and what.partition(".")[2] not in given}
    assert yielded - {*call.lists, *call.fills, "CONTAINS"} == set()


def test_only_declared_calls_are_made(seen: Seen, linden: Seen) -> None:
    made = {record.call for each in (seen, linden) for record in each.coverage}
    assert made <= {call.id for call in CALLS}


def test_evidence_points_at_something(seen: Seen, linden: Seen) -> None:
    import json

    from graph.model import at_pointer

    for each in (seen, linden):
        documents = {d: json.loads(data) for shard in each.shards for d, data in shard.documents.items()}
        evidence: list[Evidence] = [one for relation in each.relations for one in relation.evidence]
        assert [one for one in evidence if at_pointer(documents[one.document], one.pointer) is None] == []


def test_networks_keys_and_roles(seen: Seen) -> None:
    things = [
        f"{SAGEMAKER}:{name}" for name in ("notebook-instance/n", "training-job/j", "model/m", "endpoint/e")
    ]
    assert seen.pairs("IN_NETWORK") == {
        *((thing, SUBNET) for thing in (*things, FUNCTION)),
        (
            f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/inner",
            f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1",
        ),
    }
    assert {thing for thing, role in seen.pairs("RUNS_AS") if role == ROLE} == {*things, FUNCTION, AGENT}
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/endpoints"
    guardrail = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g"
    assert seen.pairs("ENCRYPTED_WITH") == {
        (things[0], KEY_ARN),
        (things[1], KEY_ARN),
        (things[3], alias),
        (AGENT, KEY_ARN),
        (guardrail, KEY_ARN),
        *((f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/ml/{name}", KEY_ARN) for name in ("serving", "mixed")),
        (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:model-key-AbCdEf", KEY_ARN),
        (f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs", KEY_ARN),
    }


def test_data_may_lie_in_a_file_system(seen: Seen) -> None:
    assert {data for _, data in seen.pairs("TRAINED_ON")} == {
        "arn:aws:s3:::data/train/",
        f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-00000001/scans/",
    }


def test_weights_may_be_many_and_in_addition(seen: Seen) -> None:
    assert {place for _, place in seen.pairs("STORED_IN")} == {
        "arn:aws:s3:::models/j/output/model.tar.gz",
        "arn:aws:s3:::models/adapter/",
        "arn:aws:s3:::models/shared.models/",
    }
    assert seen.pairs("PRODUCED") == {(f"{SAGEMAKER}:training-job/j", f"{SAGEMAKER}:model/m")}
    assert seen.pairs("REGISTERED_IN") == {(f"{SAGEMAKER}:model/m", f"{SAGEMAKER}:model-package-group/group")}


def test_an_endpoint_may_serve_what_was_not_listed(seen: Seen) -> None:
    assert seen.pairs("SERVES") == {
        (f"{SAGEMAKER}:endpoint/e", f"{SAGEMAKER}:model/m"),
        (f"{SAGEMAKER}:endpoint/e", f"{SAGEMAKER}:model/elsewhere"),
    }


def test_variables_name_what_a_function_calls(seen: Seen) -> None:
    assert {target for source, target in seen.pairs("CALLS_MODEL") if source == FUNCTION} == {
        AGENT,
        f"{SAGEMAKER}:endpoint/e",
        f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-x-v1:0",
    }


def test_an_alias_has_an_address_and_a_policy_of_its_own(seen: Seen) -> None:
    assert (f"{FUNCTION}:live:url", FUNCTION) in seen.pairs("ROUTES_TO")
    (policy,) = [each for each in seen.policies if each.on == FUNCTION]
    assert policy.name == "function policy of alias live"
    assert "arn:aws:iam::999988887777:root" in seen.ids("ExternalPrincipal")


def test_tools_of_the_version_that_is_live(seen: Seen) -> None:
    tool = f"{AGENT}/action-group/T"
    (used,) = [each for each in seen.relations if each.type == "USES_TOOL"]
    assert (used.source, used.target, used.properties["needs_approval"]) == (AGENT, tool, True)
    assert seen.pairs("IMPLEMENTED_BY") == {(tool, FUNCTION)}
    assert seen.assets[f"{AGENT}/memory"].properties["retention_days"] == 30


def test_the_oldest_regions_have_names_of_their_own(seen: Seen) -> None:
    assert seen.assets["arn:aws:s3:::old"].properties["region"] == "eu-west-1"


def test_a_guardrail_without_filters_has_none(seen: Seen) -> None:
    guardrail = seen.assets[f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g"].properties
    assert (guardrail["prompt_attack"], guardrail["pii_filter"]) == ("NONE", False)
    service = seen.assets[f"aws://{ACCOUNT}/bedrock/{REGION}"].properties
    assert service["invocation_logging"] is True


def test_old_notebooks_answer_without_a_session(seen: Seen) -> None:
    notebook = seen.assets[f"{SAGEMAKER}:notebook-instance/n"].properties
    assert notebook["imds_v1"] is True
    assert notebook["direct_internet"] is notebook["root_access"] is False
    assert notebook["tags"] == ("env=prod", "team=imaging")
