"""One of each thing that runs code, with every part that the collectors read."""

import json

from collectors.practice.aws import Answer
from graph.model import Json
from tests.collectors.aws.everything import AT, KEY_ARN, ROLE, here
from tests.collectors.aws.scanning import ACCOUNT, REGION

CANARY = "canary-7f3a-do-not-keep"
"""Stands where people put secrets; nothing of a scan may hold it."""

ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/serving:1@sha256:" + "1" * 64
PUBLIC_IMAGE = "public.ecr.aws/linden/worker:2@sha256:" + "2" * 64
SUBNETS: list[Json] = ["subnet-1"]


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


INSTANCE, ENDPOINT = arn("ec2", "instance/i-1"), arn("ec2", "vpc-endpoint/vpce-1")
ECS_CLUSTER, ECS_SERVICE = arn("ecs", "cluster/c"), arn("ecs", "service/c/web")
TASK = arn("ecs", "task-definition/web:3")
EKS_CLUSTER, POD = arn("eks", "cluster/k"), arn("eks", "podidentityassociation/k/a-1")
EMR_CLUSTER = arn("elasticmapreduce", "cluster/j-1")
JOB_DEFINITION, JOB_QUEUE = arn("batch", "job-definition/train:7"), arn("batch", "job-queue/q")
STACK = arn("cloudformation", "stack/base/11111111-2222-3333-4444-555555555555")
PROJECT = arn("codebuild", "project/build")
GLUE_JOB, GLUE_ENDPOINT, GLUE_SESSION = (
    arn("glue", each) for each in ("job/clean", "devEndpoint/dev", "session/s-1")
)
MACHINE = arn("states", "stateMachine:retrain")
APP = arn("apprunner", "service/shop/0123456789abcdef0123456789abcdef")
DATA_PIPELINE = arn("datapipeline", "pipeline/df-1")
POOL = arn("cognito-identity", f"identitypool/{REGION}:11111111-2222-3333-4444-555555555555")
PIPELINE, DOMAIN = arn("sagemaker", "pipeline/retrain"), arn("sagemaker", "domain/d-1")
SPACE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/spaces"
PROFILE, DEFAULTED = arn("sagemaker", "user-profile/d-1/ana"), arn("sagemaker", "user-profile/d-1/bo")
SCRIPT = arn("sagemaker", "studio-lifecycle-config/start")
RUNTIME = arn("bedrock-agentcore", "runtime/helper-AbCdEf0123")
INTERPRETER = arn("bedrock-agentcore", "code-interpreter-custom/calc-AbCdEf0123")
BROWSER = arn("bedrock-agentcore", "browser-custom/web-AbCdEf0123")

RUNNING = {
    *(INSTANCE, ECS_SERVICE, TASK, POD, EMR_CLUSTER, JOB_DEFINITION, STACK, PROJECT, GLUE_JOB, GLUE_ENDPOINT),
    *(GLUE_SESSION, MACHINE, APP, PIPELINE, DOMAIN, PROFILE, DEFAULTED, RUNTIME, INTERPRETER, BROWSER),
}
"""What runs as a role."""

TAGS: list[Json] = [{"Key": "team", "Value": "ml"}]
LOWER_TAGS: list[Json] = [{"key": "team", "value": "ml"}]


def instances() -> tuple[Answer, ...]:
    machine: dict[str, Json] = {
        "InstanceId": "i-1",
        "State": {"Name": "running"},
        "IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/machines"},
        "SubnetId": "subnet-1",
        "PublicIpAddress": "192.0.2.7",
        "Tags": TAGS,
    }
    gone: Json = {"InstanceId": "i-2", "State": {"Name": "terminated"}}
    profile: dict[str, Json] = {
        "InstanceProfile": {
            "Path": "/",
            "InstanceProfileName": "machines",
            "InstanceProfileId": "AIPA0000000000000001",
            "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/machines",
            "CreateDate": AT,
            "Roles": [_role()],
        }
    }
    everything: Json = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    endpoint: dict[str, Json] = {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Interface",
        "VpcId": "vpc-1",
        "ServiceName": f"com.amazonaws.{REGION}.bedrock-runtime",
        "SubnetIds": SUBNETS,
        "PolicyDocument": json.dumps({"Statement": [everything]}),
        "Tags": TAGS,
    }
    return (
        here("ec2", "DescribeInstances", {"Reservations": [{"Instances": [machine, gone]}]}),
        here("ec2", "DescribeInstanceAttribute", {"UserData": {"Value": CANARY}}, {"InstanceId": "i-1"}),
        here("iam", "GetInstanceProfile", profile, {"InstanceProfileName": "machines"}),
        here("iam", "GetRole", {"Role": _role()}, {"RoleName": "everything"}),
        here("ec2", "DescribeVpcEndpoints", {"VpcEndpoints": [endpoint]}),
    )


def _role() -> dict[str, Json]:
    names: dict[str, Json] = {"Path": "/", "RoleName": "everything", "RoleId": "AROA0000000000000001"}
    return {**names, "Arn": ROLE, "CreateDate": AT}


def containers() -> tuple[Answer, ...]:
    network: Json = {"awsvpcConfiguration": {"subnets": SUBNETS}}
    service: dict[str, Json] = {
        "serviceArn": ECS_SERVICE,
        "taskDefinition": TASK,
        "networkConfiguration": network,
    }
    secret: list[Json] = [{"name": "DB_PASSWORD", "value": CANARY}]
    run: list[Json] = ["run", CANARY]
    logs: Json = {"logDriver": "splunk", "options": {"splunk-token": CANARY}}
    container: Json = {
        "name": "web",
        "image": PUBLIC_IMAGE,
        "environment": secret,
        "command": run,
        "dockerLabels": {"deploy": CANARY},
        "logConfiguration": logs,
    }
    share: Json = {"driver": "local", "driverOpts": {"o": f"password={CANARY}"}}
    pod: Json = {"name": "p", "image": PUBLIC_IMAGE, "env": secret, "args": run}
    task: dict[str, Json] = {
        "taskDefinitionArn": TASK,
        "taskRoleArn": ROLE.rpartition("/")[2],  # the API may answer the short name
        "containerDefinitions": [container],
        "volumes": [{"name": "share", "dockerVolumeConfiguration": share}],
    }
    job: dict[str, Json] = {
        "jobDefinitionName": "train",
        "jobDefinitionArn": JOB_DEFINITION,
        "revision": 7,
        "type": "container",
        "containerProperties": {
            "image": PUBLIC_IMAGE,
            "jobRoleArn": ROLE,
            "environment": secret,
            "logConfiguration": logs,
        },
        "eksProperties": {"podProperties": {"containers": [pod], "metadata": {"annotations": {"a": CANARY}}}},
        "parameters": {"token": CANARY},
        "tags": {"team": "ml"},
    }
    before = arn("batch", "job-definition/train:6")
    older: dict[str, Json] = {**job, "jobDefinitionArn": before, "revision": 6}
    queue: dict[str, Json] = {
        "jobQueueName": "q",
        "jobQueueArn": JOB_QUEUE,
        "state": "ENABLED",
        "priority": 1,
        "computeEnvironmentOrder": [],
        "tags": {"team": "ml"},
    }
    tasks: list[Json] = [TASK, TASK[:-1] + "2"]
    return (
        here("ecs", "ListClusters", {"clusterArns": [ECS_CLUSTER]}),
        here("ecs", "ListServices", {"serviceArns": [ECS_SERVICE]}, {"cluster": ECS_CLUSTER}),
        here("ecs", "DescribeServices", {"services": [service]}, {"cluster": ECS_CLUSTER}),
        here("ecs", "ListTaskDefinitions", {"taskDefinitionArns": tasks}),
        here("ecs", "DescribeTaskDefinition", {"taskDefinition": task}, {"taskDefinition": TASK}),
        here("batch", "DescribeJobDefinitions", {"jobDefinitions": [older, job]}),
        here("batch", "DescribeJobQueues", {"jobQueues": [queue]}),
    )


def clusters() -> tuple[Answer, ...]:
    cluster: dict[str, Json] = {
        "name": "k",
        "resourcesVpcConfig": {"subnetIds": SUBNETS},
        "tags": {"team": "ml"},
    }
    pod: dict[str, Json] = {
        "clusterName": "k",
        "namespace": "default",
        "serviceAccount": "trainer",
        "associationArn": POD,
        "associationId": "a-1",
    }
    attributes: Json = {"IamInstanceProfile": "machines", "Ec2SubnetId": "subnet-1"}
    emr: dict[str, Json] = {"Id": "j-1", "Name": "spark", "ClusterArn": EMR_CLUSTER}
    secret: list[Json] = [{"Classification": "spark", "Properties": {"password": CANARY}}]
    told: Json = {**emr, "Ec2InstanceAttributes": attributes, "Configurations": secret}
    whose: dict[str, Json] = {"clusterName": "k"}
    return (
        here("eks", "ListClusters", {"clusters": ["k"]}),
        here("eks", "DescribeCluster", {"cluster": cluster}, {"name": "k"}),
        here("eks", "ListPodIdentityAssociations", {"associations": [pod]}, whose),
        here("eks", "DescribePodIdentityAssociation", {"association": {**pod, "roleArn": ROLE}}, whose),
        here("emr", "ListClusters", {"Clusters": [emr]}),
        here("emr", "DescribeCluster", {"Cluster": told}, {"ClusterId": "j-1"}),
    )


def builders() -> tuple[Answer, ...]:
    return (*_stacks(), *_project(), *_glue(), *_machine(), *_app(), *_pools())


def _stacks() -> tuple[Answer, ...]:
    stack: dict[str, Json] = {
        "StackId": STACK,
        "StackName": "base",
        "StackStatus": "CREATE_COMPLETE",
        "RoleARN": ROLE,
        "CreationTime": AT,
        "Parameters": [{"ParameterKey": "DbPassword", "ParameterValue": CANARY}],
        "Outputs": [{"OutputKey": "Key", "OutputValue": CANARY}],
        "Tags": TAGS,
    }
    gone: dict[str, Json] = {"StackId": STACK + "0", "StackName": "old", "StackStatus": "DELETE_COMPLETE"}
    return (here("cloudformation", "DescribeStacks", {"Stacks": [stack, {**gone, "CreationTime": AT}]}),)


def _project() -> tuple[Answer, ...]:
    secret: list[Json] = [{"name": "TOKEN", "value": CANARY, "type": "PLAINTEXT"}]
    project: dict[str, Json] = {
        "name": "build",
        "arn": PROJECT,
        "serviceRole": ROLE,
        "tags": LOWER_TAGS,
        "vpcConfig": {"vpcId": "vpc-1", "subnets": SUBNETS},
        "source": {"type": "NO_SOURCE", "buildspec": f"build:\n  commands: [login {CANARY}]"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": secret,
        },
    }
    return (
        here("codebuild", "ListProjects", {"projects": ["build"]}),
        here("codebuild", "BatchGetProjects", {"projects": [project]}),
    )


def _glue() -> tuple[Answer, ...]:
    session: dict[str, Json] = {"Id": "s-1", "Role": ROLE, "Status": "READY"}
    stopped: dict[str, Json] = {"Id": "s-2", "Role": ROLE, "Status": "STOPPED"}
    job: dict[str, Json] = {
        "Name": "clean",
        "Role": "everything",
        "DefaultArguments": {"--password": CANARY},
        "SourceControlDetails": {"AuthToken": CANARY},
        "CodeGenConfigurationNodes": {
            "n": {"CustomCode": {"Name": "c", "Inputs": ["i"], "Code": CANARY, "ClassName": "C"}}
        },
    }
    dev: dict[str, Json] = {"EndpointName": "dev", "RoleArn": ROLE, "SubnetId": "subnet-1"}
    return (
        here("glue", "GetJobs", {"Jobs": [job]}),
        here("glue", "GetDevEndpoints", {"DevEndpoints": [dev]}),
        here("glue", "ListSessions", {"Ids": ["s-1", "s-2"], "Sessions": [session, stopped]}),
    )


def _machine() -> tuple[Answer, ...]:
    machine: dict[str, Json] = {
        "stateMachineArn": MACHINE,
        "name": "retrain",
        "type": "STANDARD",
        "creationDate": AT,
    }
    told: dict[str, Json] = {
        **machine,
        "roleArn": ROLE,
        "definition": f'{{"States": {{"A": {{"Parameters": {{"token": "{CANARY}"}}}}}}}}',
        "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY_ARN},
    }
    return (
        here("stepfunctions", "ListStateMachines", {"stateMachines": [machine]}),
        here("stepfunctions", "DescribeStateMachine", told, {"stateMachineArn": MACHINE}),
    )


def _pools() -> tuple[Answer, ...]:
    pool: Json = {"IdentityPoolId": POOL.partition("identitypool/")[2], "IdentityPoolName": "visitors"}
    return (
        here("datapipeline", "ListPipelines", {"pipelineIdList": [{"id": "df-1", "name": "nightly"}]}),
        here("cognito-identity", "ListIdentityPools", {"IdentityPools": [pool]}),
    )


def _app() -> tuple[Answer, ...]:
    row: dict[str, Json] = {"ServiceName": "shop", "ServiceArn": APP, "Status": "RUNNING"}
    image: Json = {"RuntimeEnvironmentVariables": {"API_TOKEN": CANARY}, "StartCommand": f"run {CANARY}"}
    source: Json = {
        "ImageRepository": {
            "ImageIdentifier": ECR,
            "ImageRepositoryType": "ECR",
            "ImageConfiguration": image,
        }
    }
    told: dict[str, Json] = {
        **row,
        "ServiceId": "0" * 32,
        "ServiceUrl": "shop.example.awsapprunner.com",
        "CreatedAt": AT,
        "UpdatedAt": AT,
        "SourceConfiguration": source,
        "InstanceConfiguration": {"InstanceRoleArn": ROLE},
        "NetworkConfiguration": {"IngressConfiguration": {"IsPubliclyAccessible": True}},
        "AutoScalingConfigurationSummary": {},
    }
    return (
        here("apprunner", "ListServices", {"ServiceSummaryList": [row]}),
        here("apprunner", "DescribeService", {"Service": told}, {"ServiceArn": APP}),
    )


def studio() -> tuple[Answer, ...]:
    pipeline: dict[str, Json] = {"PipelineArn": PIPELINE, "PipelineName": "retrain", "RoleArn": ROLE}
    domain: dict[str, Json] = {"DomainArn": DOMAIN, "DomainId": "d-1", "DomainName": "lab"}
    told: dict[str, Json] = {
        **domain,
        "AuthMode": "IAM",
        "SubnetIds": SUBNETS,
        "KmsKeyId": KEY_ARN,
        "DefaultUserSettings": {
            "ExecutionRole": ROLE,
            "JupyterLabAppSettings": {"LifecycleConfigArns": [SCRIPT]},
        },
        "DefaultSpaceSettings": {"ExecutionRole": SPACE_ROLE},
    }
    script: dict[str, Json] = {
        "StudioLifecycleConfigArn": SCRIPT,
        "StudioLifecycleConfigName": "start",
        "StudioLifecycleConfigContent": CANARY,
    }
    users: list[Json] = [{"DomainId": "d-1", "UserProfileName": each} for each in ("ana", "bo")]
    ana: dict[str, Json] = {
        "DomainId": "d-1",
        "UserProfileArn": PROFILE,
        "UserProfileName": "ana",
        "UserSettings": {"ExecutionRole": ROLE},
    }
    bo: dict[str, Json] = {"DomainId": "d-1", "UserProfileArn": DEFAULTED, "UserProfileName": "bo"}
    return (
        here("sagemaker", "ListPipelines", {"PipelineSummaries": [pipeline]}),
        here("sagemaker", "ListDomains", {"Domains": [domain]}),
        here("sagemaker", "DescribeDomain", told, {"DomainId": "d-1"}),
        here("sagemaker", "DescribeStudioLifecycleConfig", script, {"StudioLifecycleConfigName": "start"}),
        here("sagemaker", "ListUserProfiles", {"UserProfiles": users}, {"DomainIdEquals": "d-1"}),
        here("sagemaker", "DescribeUserProfile", ana, {"UserProfileName": "ana"}),
        here("sagemaker", "DescribeUserProfile", bo, {"UserProfileName": "bo"}),
    )


def agentcore() -> tuple[Answer, ...]:
    client = "bedrock-agentcore-control"
    runtime: dict[str, Json] = {
        "agentRuntimeArn": RUNTIME,
        "agentRuntimeId": "helper-AbCdEf0123",
        "agentRuntimeVersion": "1",
        "agentRuntimeName": "helper",
        "description": "helps",
        "lastUpdatedAt": AT,
        "status": "READY",
    }
    inside: Json = {"subnets": SUBNETS, "securityGroups": ["sg-1"]}
    running: dict[str, Json] = {
        **runtime,
        "createdAt": AT,
        "roleArn": ROLE,
        "lifecycleConfiguration": {},
        "networkConfiguration": {"networkMode": "VPC", "networkModeConfig": inside},
        "environmentVariables": {"TOKEN": CANARY},
    }
    common: dict[str, Json] = {"status": "READY", "createdAt": AT, "lastUpdatedAt": AT}
    calc: dict[str, Json] = {
        **common,
        "codeInterpreterId": "calc-AbCdEf0123",
        "codeInterpreterArn": INTERPRETER,
        "name": "calc",
    }
    web: dict[str, Json] = {**common, "browserId": "web-AbCdEf0123", "browserArn": BROWSER, "name": "web"}
    network: Json = {"networkMode": "VPC", "vpcConfig": inside}
    acting: dict[str, Json] = {"executionRoleArn": ROLE, "networkConfiguration": network}
    seen: dict[str, Json] = {**web, **acting, "recording": {"enabled": True}}
    return (
        here(client, "ListAgentRuntimes", {"agentRuntimes": [runtime]}),
        here(client, "GetAgentRuntime", running, {"agentRuntimeId": "helper-AbCdEf0123"}),
        here(client, "ListCodeInterpreters", {"codeInterpreterSummaries": [calc]}),
        here(client, "GetCodeInterpreter", {**calc, **acting}, {"codeInterpreterId": "calc-AbCdEf0123"}),
        here(client, "ListBrowsers", {"browserSummaries": [web]}),
        here(client, "GetBrowser", seen, {"browserId": "web-AbCdEf0123"}),
    )


def compute() -> tuple[Answer, ...]:
    """All of it."""
    return (*instances(), *containers(), *clusters(), *builders(), *studio(), *agentcore())
