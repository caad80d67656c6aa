"""The practice server: real boto3 on one side, an estate held as data on the other."""

import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from collectors.practice.aws import Answer, AwsServer, Estate, Fault
from graph.model import Json

if TYPE_CHECKING:
    from botocore.client import BaseClient

HOME, OTHER = "111122223333", "444455556666"
AT = "2026-01-01T00:00:00Z"
ARN = f"arn:aws:sagemaker:eu-central-1:{HOME}"

ANSWERS = (
    Answer(
        "sagemaker",
        "ListModels",
        HOME,
        "eu-central-1",
        response={
            "Models": [
                {"ModelName": f"m{i}", "ModelArn": f"{ARN}:model/m{i}", "CreationTime": AT} for i in range(7)
            ]
        },
    ),
    Answer(
        "sagemaker",
        "DescribeModel",
        HOME,
        "eu-central-1",
        {"ModelName": "m1"},
        {"ModelName": "m1", "ModelArn": f"{ARN}:model/m1", "CreationTime": AT},
    ),
    Answer(
        "iam",
        "GetAccountAuthorizationDetails",
        HOME,
        response={
            "UserDetailList": [{"UserName": f"u{i}"} for i in range(3)],
            "RoleDetailList": [{"RoleName": "r"}],
        },
    ),
    Answer("lambda", "ListFunctions", OTHER, "eu-central-1", response={"Functions": []}),
    Answer("bedrock-agent", "ListAgents", HOME, "eu-central-1", response={"agentSummaries": []}),
    Answer("bedrock", "ListGuardrails", HOME, "eu-central-1", response={"guardrails": []}),
    Answer("s3", "ListBuckets", HOME, response={"Buckets": [{"Name": "b"}]}),
    Answer("s3", "GetBucketPolicy", HOME, "", {"Bucket": "b"}, {"Policy": '{"Version": "2012-10-17"}'}),
    Answer("s3", "GetBucketPolicy", HOME, "", {"Bucket": "bare"}, {}, "NoSuchBucketPolicy"),
    Answer("s3", "GetBucketVersioning", HOME, "", {"Bucket": "b"}, {"Status": "Enabled"}),
    Answer("s3", "GetBucketLocation", HOME, "", {"Bucket": "b"}, {"LocationConstraint": "eu-central-1"}),
    Answer("s3", "GetBucketTagging", HOME, "", {"Bucket": "b"}, {"TagSet": [{"Key": "<b>", "Value": "&=1"}]}),
    Answer(
        "s3",
        "GetPublicAccessBlock",
        HOME,
        "",
        {"Bucket": "b"},
        {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "RestrictPublicBuckets": False}},
    ),
    Answer(
        "s3",
        "GetBucketEncryption",
        HOME,
        "",
        {"Bucket": "b"},
        {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            }
        },
    ),
)

Clients = Callable[..., "BaseClient"]


@pytest.fixture
def server() -> Iterator[AwsServer]:
    pages = {("sagemaker", "ListModels"): 3, ("iam", "GetAccountAuthorizationDetails"): 2}
    with AwsServer(Estate(HOME, ("eu-central-1",), (HOME, OTHER), ANSWERS, pages=pages)) as server:
        yield server


@pytest.fixture
def client(server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> Clients:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)

    def create(
        service: str, region: str = "eu-central-1", keys: Mapping[str, str] | None = None
    ) -> "BaseClient":
        given = keys or {}
        return Session().create_client(
            service,
            region_name=region,
            aws_access_key_id=given.get("AccessKeyId"),
            aws_secret_access_key=given.get("SecretAccessKey"),
            aws_session_token=given.get("SessionToken"),
            config=Config(retries={"mode": "standard", "max_attempts": 3}),
        )

    return create


def ask(client: "BaseClient", method: str, **parameters: str) -> Mapping[str, Json]:
    answer: dict[str, Json] = getattr(client, method)(**parameters)
    answer.pop("ResponseMetadata")
    return answer


def refused(client: "BaseClient", method: str, **parameters: str) -> str:
    with pytest.raises(ClientError) as error:
        getattr(client, method)(**parameters)
    return error.value.response["Error"]["Code"]


def test_a_list_is_paged(client: Clients) -> None:
    pages = client("sagemaker").get_paginator("list_models").paginate()
    assert [[model["ModelName"] for model in page["Models"]] for page in pages] == [
        ["m0", "m1", "m2"],
        ["m3", "m4", "m5"],
        ["m6"],
    ]


def test_several_lists_of_one_answer_are_paged_together(client: Clients) -> None:
    pages = client("iam").get_paginator("get_account_authorization_details").paginate()
    assert [(len(page["UserDetailList"]), len(page["RoleDetailList"])) for page in pages] == [(2, 0), (1, 1)]


def test_a_client_may_ask_for_smaller_pages(client: Clients) -> None:
    pages = client("sagemaker").get_paginator("list_models").paginate(PaginationConfig={"PageSize": 1})
    assert len(list(pages)) == 7


def test_services_that_sign_alike_are_told_apart(client: Clients) -> None:
    assert ask(client("bedrock"), "list_guardrails") == {"guardrails": []}
    assert ask(client("bedrock-agent"), "list_agents") == {"agentSummaries": []}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("get_bucket_policy", {"Policy": '{"Version": "2012-10-17"}'}),
        ("get_bucket_versioning", {"Status": "Enabled"}),
        ("get_bucket_location", {"LocationConstraint": "eu-central-1"}),
        ("get_bucket_tagging", {"TagSet": [{"Key": "<b>", "Value": "&=1"}]}),
        (
            "get_public_access_block",
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "RestrictPublicBuckets": False}},
        ),
    ],
)
def test_parts_of_a_bucket_have_addresses_of_their_own(
    client: Clients, method: str, expected: Mapping[str, Json]
) -> None:
    assert ask(client("s3"), method, Bucket="b") == expected


def test_what_is_not_seeded_is_denied(client: Clients) -> None:
    assert refused(client("lambda"), "list_functions") == "AccessDeniedException"
    assert refused(client("kms"), "list_keys") == "AccessDeniedException"
    assert refused(client("s3"), "get_bucket_acl", Bucket="b") == "AccessDenied"


def test_an_answer_may_be_an_error(client: Clients) -> None:
    assert refused(client("s3"), "get_bucket_policy", Bucket="bare") == "NoSuchBucketPolicy"


def test_what_the_estate_does_not_hold_is_not_found(client: Clients) -> None:
    assert ask(client("sagemaker"), "describe_model", ModelName="m1")["ModelName"] == "m1"
    assert refused(client("sagemaker"), "describe_model", ModelName="gone") == "ValidationException"
    assert refused(client("s3"), "get_bucket_policy", Bucket="gone") == "NoSuchBucket"


def test_the_caller_is_the_account_of_the_keys(client: Clients) -> None:
    assert ask(client("sts"), "get_caller_identity")["Account"] == HOME


def test_an_audit_role_leads_to_another_account(server: AwsServer, client: Clients) -> None:
    (role,) = server.role_arns()
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]  # type: ignore[attr-defined]  # the stubs do not know the service here
    assert ask(client("sts", keys=keys), "get_caller_identity")["Account"] == OTHER
    assert ask(client("lambda", keys=keys), "list_functions") == {"Functions": []}
    assert refused(client("sagemaker", keys=keys), "list_models") == "AccessDeniedException"


def test_other_roles_may_not_be_assumed(client: Clients) -> None:
    role = f"arn:aws:iam::{OTHER}:role/Administrator"
    assert refused(client("sts"), "assume_role", RoleArn=role, RoleSessionName="test") == "AccessDenied"


def test_a_region_that_is_off_does_not_know_the_keys(client: Clients) -> None:
    assert refused(client("sagemaker", "af-south-1"), "list_models") == "UnrecognizedClientException"
    assert refused(client("sts", "af-south-1"), "get_caller_identity") == "InvalidClientTokenId"


def test_a_fault_strikes_as_often_as_it_is_planted(server: AwsServer, client: Clients) -> None:
    server.plant(Fault("sagemaker", "ListModels", "ThrottlingException", times=2))
    assert ask(client("sagemaker"), "list_models")["Models"]
    assert server.calls[HOME, "eu-central-1", "sagemaker", "ListModels"] == 3


def test_a_fault_may_be_of_one_account(server: AwsServer, client: Clients) -> None:
    server.plant(Fault("s3", "ListBuckets", "AccessDenied", 403, times=-1, account=OTHER))
    assert ask(client("s3"), "list_buckets")["Buckets"] == [{"Name": "b"}]


def test_an_unsigned_request_is_refused(server: AwsServer, client: Clients) -> None:
    with pytest.raises(HTTPError) as error:
        urllib.request.urlopen(server.address, timeout=5)
    assert error.value.code == 403


@pytest.mark.parametrize(
    ("service", "operation", "response", "said"),
    [
        ("sagemaker", "ListModels", {"Models": [{"ModelName": "m"}]}, "ModelArn"),
        ("sagemaker", "ListModels", {"Modells": []}, "Modells"),
        ("bedrock", "ListGuardrails", {"guardrails": [{"id": 7}]}, "guardrails"),
        ("lambda", "ListLambdas", {}, "no operation ListLambdas"),
    ],
)
def test_an_answer_that_aws_could_not_send_is_refused(
    service: str, operation: str, response: Mapping[str, Json], said: str
) -> None:
    answer = Answer(service, operation, HOME, "eu-central-1", response=response)
    with pytest.raises(ValueError, match=said):
        AwsServer(Estate(HOME, ("eu-central-1",), (HOME,), (answer,)))
