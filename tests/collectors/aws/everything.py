"""One of each thing, with every part that the collectors read: what the practice estate has no use for."""

import json

from collectors.practice.aws import Answer
from collectors.practice.estate import aws_organization
from graph.model import Json
from tests.collectors.aws.scanning import ACCOUNT, REGION

AT = "2026-01-01T00:00:00Z"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/everything"
KEY = "00000000-0000-4000-8000-000000000001"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}"
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
AGENT = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:agent/AAAAAAAAAA"
PROMPT = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:prompt/PROMPT0001"
IMAGE = "public.ecr.aws/linden/serving:1.4@sha256:" + "0" * 64
VPC: Json = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
WHO: dict[str, Json] = {"agentId": "AAAAAAAAAA"}


def here(
    service: str,
    operation: str,
    response: dict[str, Json],
    parameters: dict[str, Json] | None = None,
    error: str = "",
) -> Answer:
    return Answer(service, operation, ACCOUNT, REGION, parameters or {}, response, error)


def tagged(arn: str) -> Answer:
    tags: list[Json] = [{"Key": "team", "Value": "imaging"}, {"Key": "env", "Value": "prod"}]
    return here("sagemaker", "ListTags", {"Tags": tags}, {"ResourceArn": arn})


def notebook() -> tuple[Answer, ...]:
    row: dict[str, Json] = {
        "NotebookInstanceName": "n",
        "NotebookInstanceArn": f"{SAGEMAKER}:notebook-instance/n",
    }
    more: dict[str, Json] = {
        "KmsKeyId": KEY,
        "SubnetId": "subnet-1",
        "RoleArn": ROLE,
        "RootAccess": "Disabled",
    }
    old: dict[str, Json] = {
        "DirectInternetAccess": "Disabled",
        "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"},
    }
    return (
        here("sagemaker", "ListNotebookInstances", {"NotebookInstances": [row]}),
        here("sagemaker", "DescribeNotebookInstance", {**row, **more, **old}),
        tagged(f"{SAGEMAKER}:notebook-instance/n"),
    )


def job() -> tuple[Answer, ...]:
    row: dict[str, Json] = {
        "TrainingJobName": "j",
        "TrainingJobArn": f"{SAGEMAKER}:training-job/j",
        "CreationTime": AT,
        "TrainingJobStatus": "Completed",
    }
    files: Json = {
        "FileSystemId": "fs-00000001",
        "FileSystemType": "EFS",
        "FileSystemAccessMode": "ro",
        "DirectoryPath": "/scans",
    }
    objects: Json = {"S3DataType": "S3Prefix", "S3Uri": "s3://data/train"}
    channels: list[Json] = [
        {"ChannelName": "s3", "DataSource": {"S3DataSource": objects}},
        {"ChannelName": "files", "DataSource": {"FileSystemDataSource": files}},
    ]
    detail: dict[str, Json] = {
        **row,
        "ModelArtifacts": {"S3ModelArtifacts": "s3://models/j/output/model.tar.gz"},
        "SecondaryStatus": "Completed",
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": channels,
        "OutputDataConfig": {"S3OutputPath": "s3://models", "KmsKeyId": KEY},
        "ResourceConfig": {"VolumeSizeInGB": 1},
        "StoppingCondition": {},
        "VpcConfig": VPC,
        "TrainingStartTime": AT,
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
    }
    return (
        here("sagemaker", "ListTrainingJobs", {"TrainingJobSummaries": [row]}),
        here("sagemaker", "DescribeTrainingJob", detail),
    )


def model() -> tuple[Answer, ...]:
    arn = f"{SAGEMAKER}:model/m"
    row: dict[str, Json] = {"ModelName": "m", "ModelArn": arn, "CreationTime": AT}
    many: Json = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/shared.models"}
    extra: Json = {
        "ChannelName": "adapter",
        "S3DataSource": {
            "S3Uri": "s3://models/adapter/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        },
    }
    package = f"{SAGEMAKER}:model-package/group/3"
    single: Json = {
        "Image": IMAGE,
        "ModelDataUrl": "s3://models/j/output/model.tar.gz",
        "ModelPackageName": package,
        "AdditionalModelDataSources": [extra],
    }
    detail: dict[str, Json] = {
        **row,
        "ExecutionRoleArn": ROLE,
        "EnableNetworkIsolation": True,
        "VpcConfig": VPC,
        "Containers": [single, many],
    }
    return (
        here("sagemaker", "ListModels", {"Models": [row]}),
        here("sagemaker", "DescribeModel", detail),
        tagged(arn),
    )


def endpoint() -> tuple[Answer, ...]:
    arn = f"{SAGEMAKER}:endpoint/e"
    row: dict[str, Json] = {
        "EndpointName": "e",
        "EndpointArn": arn,
        "CreationTime": AT,
        "LastModifiedTime": AT,
        "EndpointStatus": "InService",
    }
    counts: list[Json] = [{"VariantName": "a", "CurrentInstanceCount": 2}, {"VariantName": "b"}]
    capture: Json = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 1,
        "DestinationS3Uri": "s3://captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    config: dict[str, Json] = {
        "EndpointConfigName": "c",
        "EndpointConfigArn": f"{SAGEMAKER}:endpoint-config/c",
        "ProductionVariants": [{"VariantName": "a", "ModelName": "m"}, {"VariantName": "components"}],
        "ShadowProductionVariants": [{"VariantName": "b", "ModelName": "Elsewhere"}],
        "DataCaptureConfig": capture,
        "KmsKeyId": "alias/endpoints",
        "ExecutionRoleArn": ROLE,
        "VpcConfig": VPC,
        "CreationTime": AT,
    }
    detail: dict[str, Json] = {**row, "EndpointConfigName": "c", "ProductionVariants": counts}
    return (
        here("sagemaker", "ListEndpoints", {"Endpoints": [row]}),
        here("sagemaker", "DescribeEndpoint", detail),
        here("sagemaker", "DescribeEndpointConfig", config, {"EndpointConfigName": "c"}),
        tagged(arn),
    )


def functions() -> tuple[Answer, ...]:
    """`f` has an address on an alias; of `g` only the older call for addresses is allowed."""
    variables: Json = {
        "AGENT_ALIAS_ARN": f"arn:aws:bedrock:{REGION}:{ACCOUNT}:agent-alias/AAAAAAAAAA/LIVE",
        "SCORING_ENDPOINT_NAME": "e",
        "MODEL_ID": "eu.anthropic.claude-x-v1:0",
        "TABLE": "bookings",
    }
    rows: list[Json] = [
        {
            "FunctionName": "f",
            "FunctionArn": FUNCTION,
            "Role": ROLE,
            "Environment": {"Variables": variables},
            "VpcConfig": {"SubnetIds": ["subnet-1"]},
        },
        {"FunctionName": "g", "FunctionArn": FUNCTION[:-1] + "g"},
    ]
    url: dict[str, Json] = {
        "FunctionUrl": "https://f.lambda-url.eu-central-1.on.aws/",
        "FunctionArn": f"{FUNCTION}:live",
        "AuthType": "NONE",
        "CreationTime": AT,
        "LastModifiedTime": AT,
    }
    policy = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "lambda:*"}}'
    f, g, live = ({"FunctionName": "f"}, {"FunctionName": "g"}, {"FunctionName": "f", "Qualifier": "live"})
    return (
        here("lambda", "ListFunctions", {"Functions": rows}),
        here("lambda", "ListFunctionUrlConfigs", {"FunctionUrlConfigs": [url]}, {**f}),
        here("lambda", "ListFunctionUrlConfigs", {}, {**g}, "AccessDeniedException"),
        here("lambda", "GetFunctionUrlConfig", {**url, "FunctionArn": FUNCTION[:-1] + "g"}, {**g}),
        here("lambda", "GetPolicy", {"Policy": policy}, {**live}),
        here("lambda", "GetPolicy", {}, {**f}, "ResourceNotFoundException"),
        here("lambda", "GetPolicy", {}, {**g}, "ResourceNotFoundException"),
        here("lambda", "ListTags", {"Tags": {"team": "portal"}}),
    )


def bedrock() -> tuple[Answer, ...]:
    arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g"
    dates: dict[str, Json] = {"createdAt": AT, "updatedAt": AT, "status": "READY", "version": "1"}
    foundation: Json = {
        "modelArn": f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-x-v1:0",
        "modelId": "anthropic.claude-x-v1:0",
        "providerName": "Anthropic",
        "modelLifecycle": {"status": "ACTIVE"},
    }
    guardrail: dict[str, Json] = {
        "name": "g",
        "guardrailId": "g",
        "guardrailArn": arn,
        **dates,
        "kmsKeyArn": KEY_ARN,
        "blockedInputMessaging": "no",
        "blockedOutputsMessaging": "no",
    }
    return (
        here("bedrock", "ListFoundationModels", {"modelSummaries": [foundation]}),
        here(
            "bedrock",
            "GetModelInvocationLoggingConfiguration",
            {"loggingConfig": {"s3Config": {"bucketName": "prompts"}}},
        ),
        here("bedrock", "ListGuardrails", {"guardrails": [{"id": "g", "arn": arn, "name": "g", **dates}]}),
        here("bedrock", "GetGuardrail", guardrail),
    )


def agent() -> tuple[Answer, ...]:
    """An agent whose live alias routes to version 2, which uses a tool that the draft no longer has."""
    row: dict[str, Json] = {
        "agentId": "AAAAAAAAAA",
        "agentName": "a",
        "agentStatus": "PREPARED",
        "updatedAt": AT,
    }
    detail: dict[str, Json] = {
        **row,
        "agentArn": AGENT,
        "agentVersion": "DRAFT",
        "createdAt": AT,
        "idleSessionTTLInSeconds": 60,
        "agentResourceRoleArn": ROLE,
        "foundationModel": f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-x-v1:0",
        "customerEncryptionKeyArn": KEY_ARN,
        "guardrailConfiguration": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
        "memoryConfiguration": {"enabledMemoryTypes": ["SESSION_SUMMARY"], "storageDays": 30},
    }
    alias: Json = {
        "agentAliasId": "LIVEAAAAAA",
        "agentAliasName": "live",
        "agentAliasStatus": "PREPARED",
        "routingConfiguration": [{"agentVersion": "2"}],
        "createdAt": AT,
        "updatedAt": AT,
    }
    group: dict[str, Json] = {"actionGroupId": "T", "actionGroupName": "t", "actionGroupState": "ENABLED"}
    off: Json = {**group, "actionGroupId": "OFF", "actionGroupState": "DISABLED", "updatedAt": AT}
    functions: list[Json] = [{"name": "pay", "requireConfirmation": "ENABLED"}]
    tool: dict[str, Json] = {
        **WHO,
        **group,
        "agentVersion": "2",
        "createdAt": AT,
        "updatedAt": AT,
        "actionGroupExecutor": {"lambda": f"{FUNCTION}:live"},
        "functionSchema": {"functions": functions},
    }
    prompt: dict[str, Json] = {
        "arn": PROMPT,
        "id": "PROMPT0001",
        "name": "triage",
        "version": "DRAFT",
        "createdAt": AT,
        "updatedAt": AT,
    }
    text: Json = {"text": {"text": "Answer {{question}} kindly.", "inputVariables": [{"name": "question"}]}}
    variant: Json = {"name": "one", "templateType": "TEXT", "templateConfiguration": text}
    draft, live = {**WHO, "agentVersion": "DRAFT"}, {**WHO, "agentVersion": "2"}
    return (
        here("bedrock-agent", "ListAgents", {"agentSummaries": [row]}),
        here("bedrock-agent", "GetAgent", {"agent": detail}, {**WHO}),
        here("bedrock-agent", "ListAgentAliases", {"agentAliasSummaries": [alias]}, {**WHO}),
        here("bedrock-agent", "ListAgentKnowledgeBases", {"agentKnowledgeBaseSummaries": []}),
        here("bedrock-agent", "ListAgentActionGroups", {"actionGroupSummaries": []}, draft),
        here(
            "bedrock-agent",
            "ListAgentActionGroups",
            {"actionGroupSummaries": [{**group, "updatedAt": AT}, off]},
            live,
        ),
        here("bedrock-agent", "GetAgentActionGroup", {"agentActionGroup": tool}, live),
        here("bedrock-agent", "ListTagsForResource", {"tags": {"team": "portal"}}),
        here("bedrock-agent", "ListKnowledgeBases", {"knowledgeBaseSummaries": []}),
        here("bedrock-agent", "ListPrompts", {"promptSummaries": [prompt]}),
        here(
            "bedrock-agent",
            "GetPrompt",
            {**prompt, "variants": [variant]},
            {"promptIdentifier": "PROMPT0001"},
        ),
    )


def account() -> tuple[Answer, ...]:
    """A bucket whose region the listing does not tell, and whose access control list names others."""
    bucket: dict[str, Json] = {"Bucket": "old"}
    owner: dict[str, Json] = {"ID": "a" * 64}
    grants: list[Json] = [
        {"Grantee": {"Type": "CanonicalUser", **owner}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"Type": "CanonicalUser", "ID": "b" * 64}, "Permission": "WRITE"},
        {
            "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
            "Permission": "READ",
        },
    ]
    block: Json = {"BlockPublicAcls": True, "IgnorePublicAcls": True}
    return (
        Answer(
            "s3",
            "ListBuckets",
            ACCOUNT,
            response={"Buckets": [{"Name": "old", "CreationDate": AT}], "Owner": owner},
        ),
        Answer("s3", "GetBucketOwnershipControls", ACCOUNT, "", bucket, {}, "OwnershipControlsNotFoundError"),
        Answer("s3", "GetBucketAcl", ACCOUNT, "", bucket, {"Owner": owner, "Grants": grants}),
        Answer(
            "s3control",
            "GetPublicAccessBlock",
            ACCOUNT,
            response={"PublicAccessBlockConfiguration": block},
        ),
        Answer("s3", "GetBucketLocation", ACCOUNT, "", bucket, {"LocationConstraint": "EU"}),
    )


def key() -> tuple[Answer, ...]:
    """A customer's key that another account may use, by its policy and by a grant."""
    partner: Json = {"AWS": "arn:aws:iam::888877776666:root"}
    named: Json = {"Effect": "Allow", "Principal": partner, "Action": "kms:Decrypt", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [named]})
    grant: Json = {
        "GrantId": "g",
        "KeyId": KEY_ARN,
        "GranteePrincipal": "arn:aws:iam::888877776666:role/reader",
        "Operations": ["Decrypt"],
    }
    about: Json = {
        "KeyId": KEY,
        "KeyManager": "CUSTOMER",
        "KeyState": "Enabled",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "Description": "records",
    }
    which: dict[str, Json] = {"KeyId": KEY}
    return (
        here("kms", "ListKeys", {"Keys": [{"KeyId": KEY, "KeyArn": KEY_ARN}]}),
        here("kms", "DescribeKey", {"KeyMetadata": about}, which),
        here("kms", "GetKeyPolicy", {"Policy": text}, which),
        here("kms", "ListGrants", {"Grants": [grant]}, which),
        here("kms", "GetKeyRotationStatus", {"KeyRotationEnabled": True}, which),
        here("kms", "ListResourceTags", {"Tags": [{"TagKey": "team", "TagValue": "data"}]}, which),
    )


def stores() -> tuple[Answer, ...]:
    """A secret, a queue and a topic that another account may use."""
    partner: Json = {"AWS": "arn:aws:iam::888877776666:root"}

    def said(action: str) -> str:
        named = {"Effect": "Allow", "Principal": partner, "Action": action, "Resource": "*"}
        return json.dumps({"Version": "2012-10-17", "Statement": named})

    secret, queue, topic = (
        f"arn:aws:{each}"
        for each in (
            f"secretsmanager:{REGION}:{ACCOUNT}:secret:model-key-AbCdEf",
            f"sqs:{REGION}:{ACCOUNT}:jobs",
            f"sns:{REGION}:{ACCOUNT}:alerts",
        )
    )
    row: dict[str, Json] = {
        "ARN": secret,
        "Name": "model-key",
        "KmsKeyId": KEY_ARN,
        "Tags": [{"Key": "team", "Value": "ml"}],
    }
    address = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"
    attributes: dict[str, Json] = {
        "QueueArn": queue,
        "Policy": said("sqs:ReceiveMessage"),
        "KmsMasterKeyId": KEY,
    }
    return (
        here("secretsmanager", "ListSecrets", {"SecretList": [row]}),
        here(
            "secretsmanager",
            "GetResourcePolicy",
            {"ResourcePolicy": said("secretsmanager:GetSecretValue")},
            {"SecretId": secret},
        ),
        here("sqs", "ListQueues", {"QueueUrls": [address]}),
        here("sqs", "GetQueueAttributes", {"Attributes": attributes}, {"QueueUrl": address}),
        here("sns", "ListTopics", {"Topics": [{"TopicArn": topic}]}),
        here(
            "sns",
            "GetTopicAttributes",
            {"Attributes": {"TopicArn": topic, "Policy": said("sns:Subscribe")}},
            {"TopicArn": topic},
        ),
    )


def repositories() -> tuple[Answer, ...]:
    """A repository of images that another account may pull from, and one without a policy."""
    partner: Json = {"AWS": "arn:aws:iam::888877776666:root"}
    said = {"Effect": "Allow", "Principal": partner, "Action": ["ecr:BatchGetImage"]}
    rows: list[Json] = [
        {
            "repositoryArn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{name}",
            "repositoryName": name,
            "imageTagMutability": mutability,
            "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY_ARN},
        }
        for name, mutability in (("ml/serving", "IMMUTABLE"), ("ml/mixed", "MUTABLE_WITH_EXCLUSION"))
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": said})
    named: dict[str, Json] = {"repositoryName": "ml/serving"}
    tags: list[Json] = [{"Key": "team", "Value": "ml"}]
    return (
        here("ecr", "DescribeRepositories", {"repositories": rows}),
        here("ecr", "GetRepositoryPolicy", {"policyText": text}, named),
        here("ecr", "GetRepositoryPolicy", {}, error="RepositoryPolicyNotFoundException"),
        here("ecr", "ListTagsForResource", {"tags": tags}),
    )


def access_points() -> tuple[Answer, ...]:
    """One in a network, with a policy and a block; one on a second page, without either."""
    partner: Json = {"AWS": "arn:aws:iam::888877776666:root"}
    said = {"Effect": "Allow", "Principal": partner, "Action": "s3:GetObject", "Resource": "*"}
    base = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint"
    inner: dict[str, Json] = {"Name": "inner", "Bucket": "old", "AccessPointArn": f"{base}/inner"}
    outer: dict[str, Json] = {"Name": "outer", "Bucket": "old", "AccessPointArn": f"{base}/outer"}
    inner |= {"NetworkOrigin": "VPC", "VpcConfiguration": {"VpcId": "vpc-1"}}
    outer |= {"NetworkOrigin": "Internet"}
    block: dict[str, Json] = {"RestrictPublicBuckets": True}
    text = json.dumps({"Version": "2012-10-17", "Statement": said})
    one, two = {"Name": "inner"}, {"Name": "outer"}
    first: dict[str, Json] = {"AccessPointList": [inner], "NextToken": "2"}
    return (
        here("s3control", "ListAccessPoints", first),
        here("s3control", "ListAccessPoints", {"AccessPointList": [outer]}, {"NextToken": "2"}),
        here("s3control", "GetAccessPoint", {"PublicAccessBlockConfiguration": block}, {**one}),
        here("s3control", "GetAccessPoint", {"Name": "outer"}, {**two}),
        here("s3control", "GetAccessPointPolicy", {"Policy": text}, {**one}),
        here("s3control", "GetAccessPointPolicy", {}, {**two}, "NoSuchAccessPointPolicy"),
    )


def providers() -> tuple[Answer, ...]:
    """An identity provider of each protocol, and one whose audiences may not be asked for."""
    cluster = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.{REGION}.amazonaws.com/id/A"
    github = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    staff = f"arn:aws:iam::{ACCOUNT}:saml-provider/staff"
    about: dict[str, Json] = {
        "Url": "token.actions.githubusercontent.com",
        "ClientIDList": ["sts.amazonaws.com"],
    }
    return (
        Answer(
            "iam",
            "ListOpenIDConnectProviders",
            ACCOUNT,
            response={"OpenIDConnectProviderList": [{"Arn": github}, {"Arn": cluster}]},
        ),
        Answer(
            "iam",
            "GetOpenIDConnectProvider",
            ACCOUNT,
            "",
            {"OpenIDConnectProviderArn": github},
            about,
        ),
        Answer(
            "iam",
            "GetOpenIDConnectProvider",
            ACCOUNT,
            "",
            {"OpenIDConnectProviderArn": cluster},
            {},
            "AccessDenied",
        ),
        Answer("iam", "ListSAMLProviders", ACCOUNT, response={"SAMLProviderList": [{"Arn": staff}]}),
    )


def root_key() -> Answer:
    counts: dict[str, Json] = {"SummaryMap": {"AccountAccessKeysPresent": 1}}
    return Answer("iam", "GetAccountSummary", ACCOUNT, response=counts)


def finding(
    number: int,
    key: str,
    *types: str,
    category: str = "PERSONAL_INFORMATION",
    bucket: str = "data",
    **more: Json,
) -> dict[str, Json]:
    """A finding of Macie about one object, as the service tells it."""
    detections: list[Json] = [
        {"type": each, "count": 3, "occurrences": {"cells": [{"column": 1, "columnName": key, "row": 2}]}}
        for each in types
    ]
    item: Json = {"category": category, "detections": detections, "totalCount": 3}
    owner: Json = {"displayName": key, "id": "0" * 64}
    return {
        "id": f"{number:032x}",
        "accountId": ACCOUNT,
        "region": REGION,
        "category": "CLASSIFICATION",
        "type": "SensitiveData:S3Object/Personal",
        "archived": False,
        "sample": False,
        "createdAt": AT,
        "updatedAt": f"2026-02-{number % 28 + 1:02}T10:00:00Z",
        "classificationDetails": {"result": {"sensitiveData": [item], "status": {"code": "COMPLETE"}}},
        "resourcesAffected": {
            "s3Bucket": {"arn": f"arn:aws:s3:::{bucket}", "name": bucket, "owner": owner},
            "s3Object": {
                "bucketArn": f"arn:aws:s3:::{bucket}",
                "key": key,
                "path": f"{bucket}/{key}",
                "tags": [{"key": "patient", "value": key}],
            },
        },
        **more,
    }


def macie(*findings: dict[str, Json], buckets: tuple[Json, ...] = ()) -> tuple[Answer, ...]:
    """What Macie found, and when it looked into the buckets."""
    listed: list[Json] = [each["id"] for each in findings]
    return (
        here("macie2", "ListFindings", {"findingIds": listed}),
        *(
            here("macie2", "GetFindings", {"findings": list(some)}, {"findingIds": [e["id"] for e in some]})
            for some in (findings[start : start + 50] for start in range(0, len(findings), 50))
        ),
        here("macie2", "DescribeBuckets", {"buckets": list(buckets)}),
    )


def looks() -> tuple[Answer, ...]:
    row: Json = {
        "bucketName": "data",
        "region": REGION,
        "lastAutomatedDiscoveryTime": "2026-03-01T08:00:00Z",
        "jobDetails": {"lastJobRunTime": "2026-03-02T08:00:00Z"},
    }
    return macie(
        finding(1, "train/part-1.csv", "NAME", "USA_HEALTH_INSURANCE_CLAIM_NUMBER"),
        finding(2, "keys.txt", "AWS_CREDENTIALS", category="CREDENTIALS"),
        buckets=(row,),
    )


def everything() -> tuple[Answer, ...]:
    return (
        *account(),
        *key(),
        *stores(),
        *looks(),
        *repositories(),
        *providers(),
        root_key(),
        *access_points(),
        *aws_organization.answers([ACCOUNT]),
        *notebook(),
        *job(),
        *model(),
        *endpoint(),
        *functions(),
        *bedrock(),
        *agent(),
        Answer("account", "ListRegions", ACCOUNT, response={"Regions": [{"RegionName": REGION}]}),
    )
