"""Recordings: the same facts without the network, and what was not recorded is unknown, never empty."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from botocore import xform_name

from collectors import recording
from collectors.aws import iam, scopes
from collectors.practice.hospital import Hospital
from collectors.recording import (
    BadRecording,
    Recorded,
    ReplayDoor,
    read_recordings,
    recorded,
    write_recording,
)
from collectors.redaction import Redactor
from collectors.scan import PROVIDERS, Scan, Unit, collect_unit, declared_calls
from collectors.source import CallFailed, Door, Page, Source
from graph.codec import encode
from graph.merge import merge
from graph.model import Asset, Call, Coverage, Evidence, Fact, Json, Outcome, Policy, Relation, Shard
from tests.collectors.door import KEY, MemoryDoor, module_of, noon

LIST = Call("aws:lambda:ListFunctions", lists=("Function",))
GET = Call("aws:lambda:GetFunction", fills=("Function.public_ip",))
POLICY = Call("aws:lambda:GetPolicy", fills=("policy:resource",), empty_on=("ResourceNotFoundException",))
TAGS = Call("aws:lambda:ListTags", empty_on=("None",))
UNIT = Unit("aws", "111122223333", "functions", "eu-central-1")
SECRET = "hf_" + "Qx7" * 12


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(LIST):
        arn = row.text("/Arn") or ""
        own = source.within(arn)
        detail = own.call(GET, FunctionName=arn)
        if detail.vanished:
            continue
        yield Asset(
            id=arn,
            kind="Function",
            name=row.text("/Name") or "",
            listed_by=row.listed_by,
            evidence=(*row.evidence(name="/Name"), *detail.evidence(public_ip="/Open")),
        )
        policy = own.call(POLICY, FunctionName=arn)
        if policy.get("/Policy"):
            yield Policy(arn, "resource", "policy", policy.document("/Policy").evidence()[0])
        for tag in own.pages(TAGS, Resource=arn):
            yield Asset(id=tag.text("/Id") or "", kind="Bucket", listed_by=tag.listed_by)


MODULE = module_of("functions", collect, LIST, GET, POLICY, TAGS)


def get(parameters: object) -> list[Page | CallFailed]:
    assert isinstance(parameters, dict)
    name = parameters["FunctionName"]
    if name == "f3":
        return [CallFailed("vanished", "It is gone.", "ResourceNotFoundException")]
    if name == "f2":
        return [CallFailed("denied", "GetFunction was denied.", "AccessDeniedException")]
    return [Page({"Open": False, "Environment": {"Variables": {"TOKEN": SECRET}}})]


def policy(parameters: object) -> list[Page | CallFailed]:
    assert isinstance(parameters, dict)
    if parameters["FunctionName"] == "f1":
        return [Page({"Policy": '{"Statement": []}'})]
    return [CallFailed("vanished", "No policy.", "ResourceNotFoundException")]


LIVE = MemoryDoor(
    {
        LIST.id: [
            Page({"Functions": [{"Arn": "f1", "Name": "one"}, {"Arn": "f2"}], "Others": []}, "/Functions"),
            Page({"Functions": [{"Arn": "f3"}, {"Arn": "f4"}], "Others": [1]}, "/Functions"),
            CallFailed("throttled", "Too many requests.", "Throttling"),
        ],
        GET.id: get,
        POLICY.id: policy,
        TAGS.id: [CallFailed("failed", "None.", "None")],
    }
)


def run(door: Door) -> Shard:
    return collect_unit(MODULE, door, Redactor(KEY), UNIT, now=noon)


def replayed(*calls: Recorded) -> Source:
    door = ReplayDoor("aws", calls)
    return Source(door, Redactor(KEY), account="111122223333", region="eu-central-1", now=noon)


def function(response: Json = None, **fields: str) -> Recorded:
    call = Recorded("lambda", "list_functions", response=response)
    return msgspec.structs.replace(call, **fields)


def test_a_recorded_scan_replays_to_the_same_facts_byte_for_byte(tmp_path: Path) -> None:
    live = run(LIVE)
    write_recording(tmp_path / "rec", "unit", recorded(live.coverage, live.documents))
    again = run(ReplayDoor("aws", read_recordings([tmp_path / "rec"])))
    assert [asset.id for asset in live.assets] == ["f1", "f2", "f4"]
    assert (again.assets, again.policies) == (live.assets, live.policies)
    assert again.documents == live.documents
    outcomes = [(record.call, record.outcome, record.documents) for record in live.coverage]
    assert [(record.call, record.outcome, record.documents) for record in again.coverage] == outcomes


def test_a_recording_of_a_replay_is_the_same_recording(tmp_path: Path) -> None:
    live = run(LIVE)
    first = recorded(live.coverage, live.documents)
    again = run(ReplayDoor("aws", first))
    second = recorded(again.coverage, again.documents)
    assert [msgspec.structs.replace(call, error=None) for call in second] == [
        msgspec.structs.replace(call, error=None) for call in first
    ]


def test_a_recording_holds_no_secret_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    live = run(LIVE)
    write_recording(tmp_path / "rec", "unit", recorded(live.coverage, live.documents))
    (path,) = (tmp_path / "rec").iterdir()
    assert SECRET not in path.read_text()
    assert "redacted:huggingface_token:" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "call", [c for c in declared_calls() if c.provider == "aws"], ids=lambda call: call.id
)
def test_aws_calls_are_recorded_under_botocores_method_names(call: Call) -> None:
    (kept,) = recorded([Coverage(call=call.id)], {})
    assert (kept.service, kept.operation) == (call.client, xform_name(call.operation))


@pytest.mark.parametrize(
    "call", [c for c in declared_calls() if c.provider in ("azure", "gcp")], ids=lambda call: call.id
)
def test_other_calls_are_recorded_under_the_full_name_of_the_sdks_method(call: Call) -> None:
    (kept,) = recorded([Coverage(call=call.id, outcome="denied", account="a")], {})
    assert kept.operation.startswith({"gcp": "google.cloud.", "azure": "azure."}[call.provider])
    door = ReplayDoor(call.provider, [msgspec.structs.replace(kept, error=None, response={"x": 1})])
    assert [page.json for page in door.pages(call, {}, "a", "")] == [{"x": 1}]


def test_a_recording_without_a_provider_is_known_by_its_methods_full_name(tmp_path: Path) -> None:
    name = "google.cloud.aiplatform_v1.ModelServiceClient.list_models"
    call = {"service": "aiplatform_v1", "operation": name, "response": {"models": [{"name": "m"}]}}
    (tmp_path / "r.json").write_text(json.dumps({"calls": [call]}))
    door = ReplayDoor("gcp", read_recordings([tmp_path / "r.json"]))
    (page,) = door.pages(Call("gcp:aiplatform:ListModels"), {}, "p", "europe-west3")
    assert page.json == {"models": [{"name": "m"}]}


def test_pages_may_be_one_answer_or_several_calls() -> None:
    whole = function({"Functions": [{"Arn": "a"}, {"Arn": "b"}]})
    parts = [
        function({"Functions": [{"Arn": "a"}], "NextMarker": "1"}),
        msgspec.structs.replace(function({"Functions": [{"Arn": "b"}]}), parameters={"Marker": "1"}),
    ]
    for calls in ([whole], parts):
        assert [row.text("/Arn") for row in replayed(*calls).pages(LIST)] == ["a", "b"]


def test_what_two_collectors_asked_alike_is_answered_once() -> None:
    source = replayed(function({"Functions": [{"Arn": "a"}]}), function({"Functions": [{"Arn": "a"}]}))
    assert len(list(source.pages(LIST))) == 1


def test_another_services_operation_of_the_same_name_is_no_answer() -> None:
    eks = Recorded("eks", "list_clusters", account="1", region="eu", response={"clusters": ["k"]})
    door = ReplayDoor("aws", [eks])
    with pytest.raises(CallFailed) as failure:
        list(door.pages(Call("aws:ecs:ListClusters"), {}, "1", "eu"))
    assert failure.value.outcome == "not_recorded"


def test_what_was_not_recorded_is_unknown_and_not_empty() -> None:
    source = replayed(function({"Functions": []}))
    assert list(source.pages(LIST)) == []
    assert not source.call(GET, FunctionName="f").ok
    listed, asked = source.record.coverage()
    assert listed.outcome == "ok"
    assert asked.outcome == "not_recorded"
    assert "aws:lambda:GetFunction for 111122223333 eu-central-1" in asked.sentence
    assert '{"FunctionName": "f"}' in asked.sentence
    assert not asked.complete


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, True),
        ({"account": "111122223333"}, True),
        ({"account": "444455556666"}, False),
        ({"region": "eu-central-1"}, True),
        ({"region": "us-east-1"}, False),
    ],
)
def test_account_and_region_may_be_absent_but_may_not_differ(fields: dict[str, str], found: bool) -> None:
    source = replayed(function({"Functions": [{"Arn": "a"}]}, **fields))
    assert len(list(source.pages(LIST))) == found


def test_parameters_must_be_the_same_but_for_paging() -> None:
    call = Recorded(
        "lambda", "get_function", parameters={"FunctionName": "f", "MaxItems": 5}, response={"x": 1}
    )
    assert replayed(call).call(GET, FunctionName="f").ok
    assert not replayed(call).call(GET, FunctionName="g").ok


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("AccessDenied", "denied"),
        ("AccessDeniedException", "denied"),
        ("AuthorizationFailed", "denied"),
        ("PERMISSION_DENIED", "denied"),
        ("403", "denied"),
        ("ExpiredToken", "expired"),
        ("ThrottlingException", "throttled"),
        ("RESOURCE_EXHAUSTED", "throttled"),
        ("NoSuchBucket", "vanished"),
        ("NOT_FOUND", "vanished"),
        ("404", "vanished"),
        ("OptInRequired", "region_off"),
        ("ValidationException", "failed"),
        ("not_recorded", "not_recorded"),
        ("interrupted", "interrupted"),
    ],
)
def test_a_recorded_error_ends_as_the_providers_code_says(code: str, outcome: Outcome) -> None:
    source = replayed(Recorded("lambda", "get_function", error={"Code": code, "Message": "because"}))
    assert not source.call(GET).ok
    (record,) = source.record.coverage()
    assert record.outcome == outcome
    assert "because" in record.sentence


def test_a_recorded_error_that_means_there_is_none_is_an_answer() -> None:
    source = replayed(Recorded("lambda", "get_policy", error={"Code": "ResourceNotFoundException"}))
    assert source.call(POLICY).ok


def test_what_botocore_says_of_the_exchange_is_no_part_of_the_answer() -> None:
    call = Recorded("lambda", "get_function", response={"a": 1, "ResponseMetadata": {"RequestId": "r"}})
    assert replayed(call).call(GET).json == {"a": 1}


DETAILS = {
    "UserDetailList": [
        {"UserName": "ada", "UserId": "U", "Arn": "arn:aws:iam::111122223333:user/ada", "Path": "/"},
    ],
    "GroupDetailList": [],
    "RoleDetailList": [],
    "Policies": [],
}


def test_the_bare_output_of_get_account_authorization_details_is_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "details.json"
    path.write_text(json.dumps(DETAILS))
    door = ReplayDoor("aws", read_recordings([path]))
    assert door.accounts() == ["111122223333"]
    unit = Unit("aws", "111122223333", "scopes")
    (account,) = collect_unit(scopes, door, Redactor(KEY), unit, now=noon).assets
    assert account.id == "aws://111122223333"
    unit = Unit("aws", "111122223333", "iam")
    shard = collect_unit(iam, door, Redactor(KEY), unit, now=noon)
    assert [asset.id for asset in shard.assets if asset.kind == "User"] == [
        DETAILS["UserDetailList"][0]["Arn"]
    ]


def test_accounts_are_those_that_the_recorded_scan_was_told_to_look_at() -> None:
    own = Recorded("sts", "get_caller_identity", response={"Account": "111122223333"})
    other = Recorded(
        "sts", "get_caller_identity", account="444455556666", response={"Account": "444455556666"}
    )
    iam_of_own = Recorded("iam", "list_users", account="111122223333", response={})
    dump = Recorded("iam", "list_users", account="999988887777", response={})
    door = ReplayDoor("aws", [own, other, iam_of_own, dump])
    assert door.accounts() == ["", "444455556666", "999988887777"]
    assert ReplayDoor("aws", [iam_of_own]).accounts() == ["111122223333"]
    assert ReplayDoor("aws", [Recorded("iam", "list_users", response={})]).accounts() == [""]


def test_each_account_gets_its_own_recorded_answer() -> None:
    calls = [
        Recorded("lambda", "get_function", response={"whose": "anyone's"}),
        Recorded("lambda", "get_function", account="444455556666", response={"whose": "4"}),
    ]
    door = ReplayDoor("aws", calls)
    told = [next(door.pages(GET, {}, account, "")).json for account in ("444455556666", "")]
    assert told == [{"whose": "4"}, {"whose": "anyone's"}]


def test_regions_are_those_recorded() -> None:
    door = ReplayDoor("aws", [function({}, region="us-east-1", account="a"), function({}, account="a")])
    assert door.regions("a") == ["us-east-1"]
    assert door.regions("b") == [""]


def test_a_snapshots_coverage_is_a_recording_but_for_what_was_carried() -> None:
    live = run(LIVE)
    carried = [msgspec.structs.replace(record, carried="earlier") for record in live.coverage]
    assert recorded(carried, live.documents) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not json", "is not a recording"),
        (b"\xff\xfe\x00", "is not a recording"),
        (b"[]", "is not a recording"),
        (b"{}", "is not a recording"),
        (b'{"calls": [{"service": "lambda"}]}', "is not a recording"),
        (
            b'{"calls": [{"service": "lambda", "operation": "get_function"}]}',
            "has neither response nor error",
        ),
        (b'{"RoleDetailList": []}', "names no account in any ARN"),
    ],
)
def test_a_file_that_is_no_recording_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "recording.json"
    path.write_bytes(content)
    with pytest.raises(BadRecording, match=told) as fault:
        read_recordings([path])
    assert str(path) in str(fault.value)


def test_a_recording_that_is_absent_or_a_folder_without_any_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="does not exist"):
        read_recordings([tmp_path / "none"])
    with pytest.raises(BadRecording, match=r"holds no \.json files"):
        read_recordings([tmp_path])


def test_recordings_are_documented() -> None:
    text = (Path(recording.__file__).parents[1] / "docs" / "recordings.md").read_text()
    assert all(f"`{field}`" in text for field in ("service", "operation", "account", "region", "error"))


def test_evidence_of_a_replay_names_the_call_as_a_live_scan_does() -> None:
    source = replayed(function({"Functions": [{"Arn": "a"}]}))
    (row,) = source.pages(LIST)
    (evidence,) = row.evidence(name="/Arn")
    assert evidence == Evidence(LIST.id, evidence.document, "/Functions/0/Arn", ("name",))


def test_a_scan_of_three_clouds_replays_to_the_same_facts_byte_for_byte(tmp_path: Path) -> None:
    with Hospital() as hospital:
        live = list(Scan(hospital.doors(), Redactor(KEY), now=noon).run())
    for number, shard in enumerate(live):
        write_recording(tmp_path, str(number), recorded(shard.coverage, shard.documents))
    calls = read_recordings([tmp_path])
    doors = [ReplayDoor(provider, calls) for provider in PROVIDERS]
    again = list(Scan(doors, Redactor(KEY), now=noon).run())
    assert lines(again) == lines(live)


def lines(shards: list[Shard]) -> list[bytes]:
    merged = merge(shards)
    kinds: tuple[tuple[Asset | Relation | Policy, ...], ...] = (
        merged.assets,
        merged.relations,
        merged.policies,
    )
    return sorted(encode(fact) for facts in kinds for fact in facts)
