"""What runs code: as which role, in which network; what a denied call leaves; that no secret stays."""

import msgspec
import pytest

from collectors.practice.aws import AwsServer, Fault
from graph.edges import can_escalate_to
from graph.model import Json
from tests.collectors.aws import compute
from tests.collectors.aws.everything import KEY_ARN, ROLE, here
from tests.collectors.aws.scanning import ACCOUNT, REGION, Seen, estate, scan
from tests.graph.access.estates import EstateBuilder, allow, pairs, trust

SUBNET = f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-1"


def seen(*faults: Fault) -> Seen:
    with AwsServer(msgspec.structs.replace(estate(*compute.compute()), faults=faults)) as server:
        return scan(server)


@pytest.fixture(scope="module")
def found() -> Seen:
    return seen()


def test_everything_that_runs_has_its_role(found: Seen) -> None:
    assert {source for source, role in found.pairs("RUNS_AS") if role == ROLE} == compute.RUNNING


def test_shared_spaces_of_a_domain_have_a_role_of_their_own(found: Seen) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DefaultSpaceSettings.html"""
    roles = {role for source, role in found.pairs("RUNS_AS") if source == compute.DOMAIN}
    assert roles == {ROLE, compute.SPACE_ROLE}


@pytest.mark.parametrize(
    ("identifier", "kind", "native_kind"),
    [
        (compute.INSTANCE, "VM", "instance"),
        (compute.ENDPOINT, "PrivateEndpoint", "interface endpoint"),
        (compute.ECS_CLUSTER, "Cluster", "ecs_cluster"),
        (compute.ECS_SERVICE, "Workload", "ecs_service"),
        (compute.TASK, "Workload", "ecs_task_definition"),
        (compute.EKS_CLUSTER, "Cluster", "eks_cluster"),
        (compute.POD, "Workload", "pod_identity"),
        (compute.EMR_CLUSTER, "Cluster", "emr_cluster"),
        (compute.JOB_DEFINITION, "Workload", "batch_job_definition"),
        (compute.JOB_QUEUE, "Workload", "batch_job_queue"),
        (compute.STACK, "Workload", "cloudformation_stack"),
        (compute.PROJECT, "Workload", "codebuild_project"),
        (compute.GLUE_JOB, "Pipeline", "glue_job"),
        (compute.GLUE_ENDPOINT, "Workload", "glue_dev_endpoint"),
        (compute.GLUE_SESSION, "Workload", "glue_session"),
        (compute.MACHINE, "Pipeline", "state_machine"),
        (compute.APP, "Workload", "apprunner_service"),
        (compute.DATA_PIPELINE, "Pipeline", "data_pipeline"),
        (compute.POOL, "ServiceIdentity", "identity_pool"),
        (compute.PIPELINE, "Pipeline", "sagemaker_pipeline"),
        (compute.DOMAIN, "Workspace", "sagemaker_domain"),
        (compute.PROFILE, "Workload", "studio_user_profile"),
        (compute.RUNTIME, "Agent", "agent_runtime"),
        (compute.INTERPRETER, "Tool", "code_interpreter"),
        (compute.BROWSER, "Tool", "browser"),
    ],
)
def test_each_thing_is_what_it_is(found: Seen, identifier: str, kind: str, native_kind: str) -> None:
    asset = found.assets[identifier]
    assert (asset.kind, asset.get("native_kind")) == (kind, native_kind)


def test_what_is_gone_is_not_shown(found: Seen) -> None:
    gone = ("i-2", "train:6", "web:2", "session/s-2", compute.STACK + "0")
    assert [each for each in found.assets if each.endswith(gone)] == []


def test_networks_keys_images_and_doors(found: Seen) -> None:
    inside = {source for source, target in found.pairs("IN_NETWORK") if target == SUBNET}
    assert inside == {
        *(compute.INSTANCE, compute.ENDPOINT, compute.ECS_SERVICE, compute.EKS_CLUSTER, compute.EMR_CLUSTER),
        *(compute.PROJECT, compute.GLUE_ENDPOINT, compute.DOMAIN),
        *(compute.RUNTIME, compute.INTERPRETER, compute.BROWSER),
    }
    assert found.pairs("ENCRYPTED_WITH") == {(compute.MACHINE, KEY_ARN), (compute.DOMAIN, KEY_ARN)}
    image = f"oci://{compute.PUBLIC_IMAGE}"
    using = (compute.TASK, compute.ECS_SERVICE, compute.JOB_DEFINITION)
    assert found.pairs("USES_IMAGE") == {(each, image) for each in using}
    assert found.pairs("ROUTES_TO") == {(f"{compute.APP}:url", compute.APP)}
    assert [(each.on, each.layer) for each in found.policies] == [(compute.ENDPOINT, "vpc_endpoint")]


def test_properties_that_rules_read(found: Seen) -> None:
    assert found.assets[compute.INSTANCE].get("public_ip") is True
    assert found.assets[compute.DOMAIN].get("auth_mode") == "IAM"
    assert found.assets[compute.RUNTIME].get("network_mode") == "VPC"
    assert found.assets[compute.BROWSER].get("recording") is True
    assert found.assets[compute.ENDPOINT].get("target_service") == f"com.amazonaws.{REGION}.bedrock-runtime"
    tagged = {each for each, asset in found.assets.items() if asset.get("tags") == ("team=ml",)}
    assert {
        compute.INSTANCE,
        compute.STACK,
        compute.PROJECT,
        compute.JOB_QUEUE,
        compute.EKS_CLUSTER,
    } <= tagged


def test_no_secret_stays(found: Seen) -> None:
    kept = b"".join(data for shard in found.shards for data in shard.documents.values())
    assert compute.CANARY.encode() not in kept
    assert b"redacted:" in kept
    assert compute.CANARY not in repr([found.assets, found.relations, found.coverage])


DESCRIPTIONS = [
    ("iam", "GetInstanceProfile", (compute.INSTANCE, compute.EMR_CLUSTER)),
    ("iam", "GetRole", (compute.GLUE_JOB, compute.TASK, compute.ECS_SERVICE)),
    ("ecs", "DescribeServices", (compute.ECS_SERVICE,)),
    ("ecs", "DescribeTaskDefinition", (compute.TASK, compute.ECS_SERVICE)),
    ("eks", "DescribeCluster", ()),
    ("eks", "DescribePodIdentityAssociation", (compute.POD,)),
    ("emr", "DescribeCluster", (compute.EMR_CLUSTER,)),
    ("codebuild", "BatchGetProjects", (compute.PROJECT,)),
    ("stepfunctions", "DescribeStateMachine", (compute.MACHINE,)),
    ("apprunner", "DescribeService", (compute.APP,)),
    ("sagemaker", "DescribeDomain", (compute.DOMAIN, compute.DEFAULTED)),
    ("sagemaker", "DescribeUserProfile", (compute.PROFILE, compute.DEFAULTED)),
    ("bedrock-agentcore-control", "GetAgentRuntime", (compute.RUNTIME,)),
    ("bedrock-agentcore-control", "GetCodeInterpreter", (compute.INTERPRETER,)),
    ("bedrock-agentcore-control", "GetBrowser", (compute.BROWSER,)),
]


@pytest.mark.parametrize(("service", "operation", "roleless"), DESCRIPTIONS)
def test_a_denied_description_leaves_the_thing_without_a_role(
    found: Seen, service: str, operation: str, roleless: tuple[str, ...]
) -> None:
    denied = seen(Fault(service, operation, "AccessDeniedException", 403, -1))
    assert denied.outcomes(f"aws:{service}:{operation}") == {"denied"}
    urls = {f"{compute.APP}:url"} if operation == "DescribeService" else set()
    images = denied.ids("ContainerImage") ^ found.ids("ContainerImage")
    assert found.assets.keys() - denied.assets.keys() == urls | images
    assert {source for source, _ in denied.pairs("RUNS_AS")} == compute.RUNNING - {*roleless}


@pytest.mark.parametrize(
    ("service", "operation", "code", "thing"),
    [
        ("stepfunctions", "DescribeStateMachine", "ResourceNotFoundException", compute.MACHINE),
        ("apprunner", "DescribeService", "ResourceNotFoundException", compute.APP),
        ("eks", "DescribeCluster", "ResourceNotFoundException", compute.EKS_CLUSTER),
        ("sagemaker", "DescribeUserProfile", "ResourceNotFound", compute.PROFILE),
        ("bedrock-agentcore-control", "GetAgentRuntime", "ResourceNotFoundException", compute.RUNTIME),
    ],
)
def test_what_vanished_since_the_listing_is_not_shown(
    service: str, operation: str, code: str, thing: str
) -> None:
    assert thing not in seen(Fault(service, operation, code, 404, -1)).assets


@pytest.mark.parametrize(
    ("service", "operation", "rows", "listed"),
    [
        ("ecs", "ListClusters", "clusterArns", [f"{compute.ECS_CLUSTER}{n}" for n in range(5)]),
        ("eks", "ListClusters", "clusters", [f"k{n}" for n in range(5)]),
        ("codebuild", "ListProjects", "projects", [f"p{n}" for n in range(5)]),
        ("glue", "GetJobs", "Jobs", [{"Name": f"j{n}", "Role": ROLE} for n in range(5)]),
        (
            "glue",
            "ListSessions",
            "Sessions",
            [{"Id": f"s{n}", "Role": ROLE, "Status": "READY"} for n in range(5)],
        ),
        (
            "apprunner",
            "ListServices",
            "ServiceSummaryList",
            [{"ServiceName": f"shop{n}", "ServiceArn": f"{compute.APP}{n}"} for n in range(5)],
        ),
    ],
)
def test_all_pages_are_read(service: str, operation: str, rows: str, listed: list[Json]) -> None:
    several = estate(here(service, operation, {rows: listed}))
    with AwsServer(msgspec.structs.replace(several, pages={(service, operation): 2})) as server:
        paged = scan(server)
    assert len([each for each in paged.assets if not each.startswith("aws://")]) == 5
    assert max(each.pages for each in paged.coverage if each.call == f"aws:{service}:{operation}") == 3


def test_who_may_run_commands_on_an_instance_gets_its_role(found: Seen) -> None:
    """From the provider's answers to the derived edge."""
    operator = f"arn:aws:iam::{ACCOUNT}:user/operator"
    built = EstateBuilder()
    built.assets.update(found.assets)
    built.relations.extend(found.relations)
    built.coverage.extend(found.coverage)
    built.asset("User", operator)
    built.asset("Role", ROLE)
    built.statements(operator, "identity", allow("ssm:SendCommand"))
    built.statements(ROLE, "trust", trust({"Service": "ec2.amazonaws.com"}))
    facts = built.facts()
    assert (operator, ROLE) in pairs(facts, can_escalate_to.derive(facts))
