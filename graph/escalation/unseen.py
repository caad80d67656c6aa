"""What was not collected and might give an identity: the techniques that need something that exists.

A principal that could use such a technique, were it there, is not proven harmless by a listing that failed
or was never made. It only matters where a role trusts the service in question.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from graph.access.aws.estate import Estate
from graph.escalation.asking import Asking
from graph.escalation.targets import Targets, account_of
from graph.escalation.technique import PASS_ROLE, Technique, of
from graph.facts import Facts

RUNS_FOR: Mapping[str, tuple[str, Sequence[str]]] = {
    # By the service, and the type, in the ARN of what exists: the service that its role trusts, and the
    # calls that tell of it, first the one that lists it.
    "apprunner:service": (
        "tasks.apprunner.amazonaws.com",
        ("aws:apprunner:ListServices", "aws:apprunner:DescribeService"),
    ),
    "batch:job-definition": ("ecs-tasks.amazonaws.com", ("aws:batch:DescribeJobDefinitions",)),
    "batch:job-queue": ("ecs-tasks.amazonaws.com", ("aws:batch:DescribeJobQueues",)),
    "bedrock-agentcore:runtime": (
        "bedrock-agentcore.amazonaws.com",
        (
            "aws:bedrock-agentcore-control:ListAgentRuntimes",
            "aws:bedrock-agentcore-control:GetAgentRuntime",
        ),
    ),
    "bedrock-agentcore:code-interpreter": (
        "bedrock-agentcore.amazonaws.com",
        (
            "aws:bedrock-agentcore-control:ListCodeInterpreters",
            "aws:bedrock-agentcore-control:GetCodeInterpreter",
        ),
    ),
    "bedrock-agentcore:browser": (
        "bedrock-agentcore.amazonaws.com",
        ("aws:bedrock-agentcore-control:ListBrowsers", "aws:bedrock-agentcore-control:GetBrowser"),
    ),
    "cloudformation:stack": ("cloudformation.amazonaws.com", ("aws:cloudformation:DescribeStacks",)),
    "codebuild:project": (
        "codebuild.amazonaws.com",
        ("aws:codebuild:ListProjects", "aws:codebuild:BatchGetProjects"),
    ),
    # No collector tells of deployment groups yet.
    "codedeploy:deploymentgroup": ("ec2.amazonaws.com", ("aws:codedeploy:ListDeploymentGroups",)),
    "cognito-identity:identitypool": (
        "cognito-identity.amazonaws.com",
        ("aws:cognito-identity:ListIdentityPools",),
    ),
    "datapipeline:pipeline": ("datapipeline.amazonaws.com", ("aws:datapipeline:ListPipelines",)),
    "ec2:instance": ("ec2.amazonaws.com", ("aws:ec2:DescribeInstances", "aws:iam:GetInstanceProfile")),
    "ecs:cluster": ("ecs-tasks.amazonaws.com", ("aws:ecs:ListClusters",)),
    "ecs:service": (
        "ecs-tasks.amazonaws.com",
        (
            *("aws:ecs:ListClusters", "aws:ecs:ListServices", "aws:ecs:DescribeServices"),
            *("aws:ecs:DescribeTaskDefinition", "aws:iam:GetRole"),
        ),
    ),
    "ecs:task-definition": (
        "ecs-tasks.amazonaws.com",
        ("aws:ecs:ListTaskDefinitions", "aws:ecs:DescribeTaskDefinition", "aws:iam:GetRole"),
    ),
    "eks:cluster": ("pods.eks.amazonaws.com", ("aws:eks:ListClusters",)),
    "elasticmapreduce:cluster": (
        "ec2.amazonaws.com",
        ("aws:emr:ListClusters", "aws:emr:DescribeCluster", "aws:iam:GetInstanceProfile"),
    ),
    "glue:devEndpoint": ("glue.amazonaws.com", ("aws:glue:GetDevEndpoints",)),
    "glue:job": ("glue.amazonaws.com", ("aws:glue:GetJobs", "aws:iam:GetRole")),
    "glue:session": ("glue.amazonaws.com", ("aws:glue:ListSessions", "aws:iam:GetRole")),
    "lambda:function": ("lambda.amazonaws.com", ("aws:lambda:ListFunctions",)),
    "sagemaker:domain": ("sagemaker.amazonaws.com", ("aws:sagemaker:ListDomains",)),
    "sagemaker:notebook-instance": (
        "sagemaker.amazonaws.com",
        ("aws:sagemaker:ListNotebookInstances", "aws:sagemaker:DescribeNotebookInstance"),
    ),
    "sagemaker:pipeline": ("sagemaker.amazonaws.com", ("aws:sagemaker:ListPipelines",)),
    "sagemaker:user-profile": (
        "sagemaker.amazonaws.com",
        (
            *("aws:sagemaker:ListDomains", "aws:sagemaker:DescribeDomain"),
            *("aws:sagemaker:ListUserProfiles", "aws:sagemaker:DescribeUserProfile"),
        ),
    ),
    "states:stateMachine": (
        "states.amazonaws.com",
        ("aws:stepfunctions:ListStateMachines", "aws:stepfunctions:DescribeStateMachine"),
    ),
}

BEHIND: Mapping[str, Sequence[str]] = {
    "agent": (
        *("aws:bedrock-agent:ListAgents", "aws:bedrock-agent:ListAgentAliases"),
        *("aws:bedrock-agent:ListAgentActionGroups", "aws:bedrock-agent:GetAgentActionGroup"),
    ),
}
"""The calls that tell of what must use the thing, first the one that lists it."""


class Unseen:
    """Whether something that was not seen might lead a principal to `wanted` identities."""

    def __init__(self, facts: Facts, estate: Estate, targets: Targets, wanted: Callable[[str], bool]) -> None:
        self._estate = estate
        self._targets = targets
        self._wanted = wanted
        today = [each for each in facts.coverage if not each.carried]
        self._answered = {(each.call, each.account) for each in today if each.complete}
        self._failed = {(each.call, each.account) for each in today if not each.complete}
        self._worthwhile = cache(self._worth)
        self._usable = cache(self._may_use)

    def may_matter(self, identities: Iterable[str]) -> bool:
        """Whether one of the identities could use what was not seen to get to a wanted one."""
        return any(self._usable(identity) for identity in identities if identity in self._targets.holders)

    def _may_use(self, identity: str) -> bool:
        account = account_of(identity)
        asking = Asking(self._estate, self._targets.holders[identity], self._targets.keys)
        return any(
            self.hides(technique, account)
            and self._worthwhile(RUNS_FOR[type_of(technique)][0], account)
            and self._allowed(asking, technique)
            for technique in (*of("running"), *of("passed"))
            if technique.existing
        )

    def hides(self, technique: Technique, account: str) -> bool:
        """Whether an account may have things that the technique can use and that nobody saw."""
        chains = [RUNS_FOR[type_of(technique)][1], BEHIND.get(technique.behind, ())]
        return any(self._unlisted(calls, account) for calls in chains if calls)

    def _unlisted(self, calls: Sequence[str], account: str) -> bool:
        """Whether the listing was not answered, or one of the calls that say more of what it lists failed."""
        if (calls[0], account) not in self._answered:
            return True
        return any((call, account) in self._failed for call in calls)

    def _worth(self, service: str, account: str) -> bool:
        """Whether a role that the service may have is a wanted one."""
        return any(self._wanted(role) for role in self._targets.trusting(service, account))

    def _allowed(self, asking: Asking, technique: Technique) -> bool:
        """Whether every permission is there on some such thing."""
        account = asking.holder.principal.account
        if not all(asking.may(action) for action in technique.actions):
            return False
        partition = asking.holder.principal.name.split(":")[1]
        _, _, service, _, _, pattern = technique.existing.split(":", 5)
        thing = f"arn:{partition}:{service}:*:{account}:{pattern}"
        asked = [action for action, place in technique.permissions() if place == "existing"]
        passing = [PASS_ROLE] if PASS_ROLE in technique.needs else []
        return all(asking.decide(action, thing).rank >= 2 for action in asked) and all(
            asking.decide(action, f"arn:{partition}:iam::{account}:role/*").rank >= 2 for action in passing
        )


def type_of(technique: Technique) -> str:
    """The service and the type of what must exist: `ec2:instance`."""
    _, _, service, _, _, resource = technique.existing.split(":", 5)
    return f"{service}:{_TYPE.split(resource, maxsplit=1)[0]}"


_TYPE = re.compile(r"[/:*]")
