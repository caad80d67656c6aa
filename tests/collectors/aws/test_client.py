"""The live door: paging, several accounts and regions, and every failure in a sentence that helps."""

from collections.abc import Iterator

import pytest

from collectors.aws import datapipeline, lambda_functions, sagemaker, sagemaker_notebooks
from collectors.aws.client import AwsDoor, Settings
from collectors.practice.aws import Answer, AwsServer, Estate, Fault
from collectors.source import CallFailed
from graph.model import Asset, Call, Json, Outcome
from tests.collectors.aws.scanning import ACCOUNT, REGION, estate, redirected, scan, source

AT = "2026-01-01T00:00:00Z"
LIST_MODELS = Call("aws:sagemaker:ListModels", lists=("Model",))
OFF = "af-south-1"
OTHER = "444455556666"


def row(name: str) -> dict[str, Json]:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/{name}"
    return {"ModelName": name, "ModelArn": arn, "CreationTime": AT}


MODELS = Answer(
    "sagemaker", "ListModels", ACCOUNT, REGION, response={"Models": [row(f"m{index}") for index in range(5)]}
)


@pytest.fixture
def server() -> Iterator[AwsServer]:
    pages = {("sagemaker", "ListModels"): 2}
    held = Estate(ACCOUNT, (REGION,), (ACCOUNT, OTHER), (MODELS,), pages=pages)
    with AwsServer(held) as server, redirected(server):
        yield server


def failure(
    call: Call, region: str = REGION, settings: Settings | None = None, account: str = ""
) -> CallFailed:
    door = AwsDoor(settings or Settings(max_attempts=1))
    with pytest.raises(CallFailed) as failed:
        list(door.pages(call, {}, account, region))
    return failed.value


def test_a_listing_is_read_to_its_last_page(server: AwsServer) -> None:
    pages = list(AwsDoor(Settings()).pages(LIST_MODELS, {}, "", REGION))
    assert [page.items for page in pages] == ["/Models"] * 3
    names = [answer.text("/ModelName") for answer in source().pages(LIST_MODELS)]
    assert names == ["m0", "m1", "m2", "m3", "m4"]


def test_times_are_text_and_the_transport_is_left_out(server: AwsServer) -> None:
    (page, *_) = AwsDoor(Settings()).pages(LIST_MODELS, {}, "", REGION)
    assert page.json == {"Models": [row("m0"), row("m1")], "NextToken": "Mg=="}


def test_throttling_passes(server: AwsServer) -> None:
    server.plant(Fault("sagemaker", "ListModels", "ThrottlingException", times=2))
    assert len(list(source(Settings(max_attempts=4)).pages(LIST_MODELS))) == 5


@pytest.mark.parametrize(
    ("code", "status", "outcome", "said"),
    [
        ("AccessDeniedException", 403, "denied", "allow sagemaker:ListModels"),
        ("ThrottlingException", 400, "throttled", "fewer threads"),
        ("ExpiredTokenException", 400, "expired", "log in again"),
        ("InternalFailure", 500, "failed", "Scan again"),
        ("UnrecognizedClientException", 403, "no_credentials", "aws sts get-caller-identity"),
        ("OptInRequired", 403, "unsupported", "not offered"),
        ("ResourceNotFound", 400, "vanished", "gone since"),
    ],
)
def test_a_failure_says_what_to_do(
    server: AwsServer, code: str, status: int, outcome: Outcome, said: str
) -> None:
    server.plant(Fault("sagemaker", "ListModels", code, status, times=-1))
    failed = failure(LIST_MODELS)
    assert failed.outcome == outcome
    assert said in failed.sentence
    assert "aws:sagemaker:ListModels" in failed.sentence
    assert failed.code == code


def test_a_region_that_is_off_is_told_from_bad_keys(server: AwsServer) -> None:
    failed = failure(LIST_MODELS, OFF)
    assert failed.outcome == "region_off"
    assert "enable it in the account's settings" in failed.sentence
    assert OFF in failed.sentence


def test_no_credentials_are_a_sentence_too(server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    failed = failure(LIST_MODELS)
    assert failed.outcome == "no_credentials"
    assert "aws sso login" in failed.sentence


def test_a_scan_without_credentials_ends_with_a_coverage_record(
    server: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    from collectors.aws import scopes

    unit = source()
    door = unit.within("")
    door.account = ""
    assert list(scopes.collect(door)) == []
    (record,) = unit.record.coverage()
    assert record.outcome == "no_credentials"


def test_a_profile_that_does_not_exist_is_named(server: AwsServer) -> None:
    failed = failure(LIST_MODELS, settings=Settings(profile="nobody"))
    assert failed.outcome == "no_credentials"
    assert "nobody" in failed.sentence


def test_no_answer_at_all_is_about_the_network(server: AwsServer) -> None:
    failed = failure(LIST_MODELS, settings=Settings(endpoint_url="http://127.0.0.1:9", max_attempts=1))
    assert failed.outcome == "failed"
    assert "aws.ca_bundle" in failed.sentence


NOWHERE = Settings(endpoint_url="http://127.0.0.1:9", max_attempts=1)


def test_a_service_that_a_region_does_not_have_has_nothing_there(server: AwsServer) -> None:
    """Data Pipeline is not in this region: there is no server, and botocore does not list it either."""
    unit = source(NOWHERE)
    assert list(datapipeline.collect(unit)) == []
    (record,) = unit.record.coverage()
    assert (record.outcome, record.sentence) == ("ok", f"datapipeline is not offered in {REGION}.")


def test_a_service_that_should_be_there_and_is_not_has_failed(server: AwsServer) -> None:
    unit = source(NOWHERE, region="us-east-1")
    assert list(datapipeline.collect(unit)) == []
    assert [record.outcome for record in unit.record.coverage()] == ["failed"]


@pytest.mark.parametrize("call", ["aws:sagemaker:ListTelepaths", "aws:telepathy:ListMinds"])
def test_what_boto3_does_not_know_is_unsupported(server: AwsServer, call: str) -> None:
    failed = failure(Call(call))
    assert failed.outcome == "unsupported"
    assert "pip install -U boto3" in failed.sentence


def test_an_audit_role_that_cannot_be_assumed(server: AwsServer) -> None:
    settings = Settings(role_arns=(f"arn:aws:iam::{OTHER}:role/Nobody",), max_attempts=1)
    failed = failure(LIST_MODELS, settings=settings, account=OTHER)
    assert failed.outcome == "denied"
    assert "trust policy" in failed.sentence


def test_accounts_are_ones_own_and_those_of_the_roles() -> None:
    roles = (f"arn:aws:iam::{OTHER}:role/CrownpathAudit",)
    assert AwsDoor(Settings()).accounts() == [""]
    assert AwsDoor(Settings(role_arns=roles)).accounts() == ["", OTHER]
    assert AwsDoor(Settings(role_arns=roles, own_account=False)).accounts() == [OTHER]


def test_regions_are_those_that_the_account_has_enabled() -> None:
    enabled: list[Json] = [{"RegionName": name, "RegionOptStatus": "ENABLED"} for name in ("us-east-1", OFF)]
    answer = Answer("account", "ListRegions", ACCOUNT, response={"Regions": enabled})
    with AwsServer(estate(answer)) as server, redirected(server):
        assert AwsDoor(Settings()).regions("") == [OFF, "us-east-1"]
        assert AwsDoor(Settings(regions=(REGION,))).regions("") == [REGION]


def test_without_leave_to_list_regions_all_are_tried(server: AwsServer) -> None:
    regions = AwsDoor(Settings()).regions("")
    assert {REGION, "us-east-1", OFF} <= set(regions)


def test_one_client_serves_an_account_and_region(server: AwsServer) -> None:
    door = AwsDoor(Settings())
    for _ in range(3):
        list(door.pages(LIST_MODELS, {}, "", REGION))
    assert len(door._clients) == 1


def test_what_vanishes_between_list_and_describe_is_not_there() -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:notebook-instance"
    here: dict[str, Json] = {"NotebookInstanceName": "here", "NotebookInstanceArn": f"{arn}/here"}
    gone: dict[str, Json] = {"NotebookInstanceName": "gone", "NotebookInstanceArn": f"{arn}/gone"}
    listed = Answer(
        "sagemaker", "ListNotebookInstances", ACCOUNT, REGION, response={"NotebookInstances": [here, gone]}
    )
    asked: dict[str, Json] = {"NotebookInstanceName": "here"}
    described = Answer("sagemaker", "DescribeNotebookInstance", ACCOUNT, REGION, asked, here)
    with AwsServer(estate(listed, described)) as server, redirected(server):
        unit = source()
        facts = list(sagemaker_notebooks.collect(unit))
    assert {fact.id for fact in facts if isinstance(fact, Asset)} == {f"{arn}/here"}
    assert {each.outcome for each in unit.record.coverage() if "Describe" in each.call} == {"ok", "vanished"}


def test_null_where_the_api_may_answer_null() -> None:
    """moto and older regions leave out what the model marks as optional, and more."""
    answers = (
        MODELS,
        Answer("sagemaker", "DescribeModel", ACCOUNT, REGION, {}, row("m0")),
        Answer("sagemaker", "ListTags", ACCOUNT, REGION, {}, {}),
        Answer("sagemaker", "ListTrainingJobs", ACCOUNT, REGION, response={"TrainingJobSummaries": []}),
        Answer("sagemaker", "ListEndpoints", ACCOUNT, REGION, response={"Endpoints": []}),
    )
    with AwsServer(estate(*answers)) as server, redirected(server):
        facts = list(sagemaker.collect(source()))
    models = [fact for fact in facts if isinstance(fact, Asset)]
    assert [model.properties for model in models] == [{"native_kind": "model", "tags": ()}] * 5


def test_the_older_call_for_an_address_is_a_way_out() -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    functions: dict[str, Json] = {"Functions": [{"FunctionName": "f", "FunctionArn": arn}]}
    url: dict[str, Json] = {
        "FunctionUrl": "https://f.lambda-url.eu-central-1.on.aws/",
        "FunctionArn": arn,
        "AuthType": "NONE",
        "CreationTime": AT,
        "LastModifiedTime": AT,
    }
    answers = (
        Answer("lambda", "ListFunctions", ACCOUNT, REGION, response=functions),
        Answer("lambda", "GetFunctionUrlConfig", ACCOUNT, REGION, {"FunctionName": "f"}, url),
    )
    with AwsServer(estate(*answers)) as server, redirected(server):
        facts = list(lambda_functions.collect(source()))
    assert {fact.kind for fact in facts if isinstance(fact, Asset)} == {"Function", "ApiGateway"}


def test_denied_details_leave_the_asset_and_an_unknown(server: AwsServer) -> None:
    seen = scan(server, Settings(max_attempts=2, regions=(REGION,)))
    assert len(seen.ids("Model")) == 5
    assert seen.outcomes("aws:sagemaker:DescribeModel") == {"denied"}
    assert {"network_isolation"} & {name for model in seen.all_assets for name in model.properties} == set()
