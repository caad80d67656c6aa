"""What was not collected and might give an identity: the techniques that need something that exists.

A principal that could use such a technique, were it there, is not proven harmless by a listing that failed
or was never made. It only matters where a role trusts the service in question.
"""

from collections.abc import Callable, Iterable
from functools import cache

from graph.access.aws.estate import Estate
from graph.escalation.asking import Asking
from graph.escalation.targets import Targets, account_of
from graph.escalation.technique import PASS_ROLE, Technique, of
from graph.facts import Facts

RUNS_FOR = {
    # By the service in the ARN of what exists: the client that lists it, the service its role trusts.
    "apprunner": ("apprunner", "tasks.apprunner.amazonaws.com"),
    "batch": ("batch", "ecs-tasks.amazonaws.com"),
    "bedrock-agentcore": ("bedrock-agentcore-control", "bedrock-agentcore.amazonaws.com"),
    "cloudformation": ("cloudformation", "cloudformation.amazonaws.com"),
    "codebuild": ("codebuild", "codebuild.amazonaws.com"),
    "cognito-identity": ("cognito-identity", "cognito-identity.amazonaws.com"),
    "datapipeline": ("datapipeline", "datapipeline.amazonaws.com"),
    "ec2": ("ec2", "ec2.amazonaws.com"),
    "ecs": ("ecs", "ecs-tasks.amazonaws.com"),
    "eks": ("eks", "pods.eks.amazonaws.com"),
    "elasticmapreduce": ("emr", "ec2.amazonaws.com"),
    "glue": ("glue", "glue.amazonaws.com"),
    "lambda": ("lambda", "lambda.amazonaws.com"),
    "sagemaker": ("sagemaker", "sagemaker.amazonaws.com"),
    "states": ("stepfunctions", "states.amazonaws.com"),
}


class Unseen:
    """Whether something that was not seen might lead a principal to `wanted` identities."""

    def __init__(self, facts: Facts, estate: Estate, targets: Targets, wanted: Callable[[str], bool]) -> None:
        self._estate = estate
        self._targets = targets
        self._wanted = wanted
        self._listed = {
            (each.call.split(":")[1], each.account)
            for each in facts.coverage
            if each.complete and each.call.startswith("aws:")
        }
        self._worthwhile = cache(self._worth)
        self._usable = cache(self._may_use)

    def may_matter(self, identities: Iterable[str]) -> bool:
        """Whether one of the identities could use what was not seen to get to a wanted one."""
        return any(self._usable(identity) for identity in identities if identity in self._targets.holders)

    def _may_use(self, identity: str) -> bool:
        account = account_of(identity)
        asking = Asking(self._estate, self._targets.holders[identity], self._targets.keys)
        return any(
            self._unlisted(technique, account)
            and self._worthwhile(RUNS_FOR[service_of(technique)][1], account)
            and self._allowed(asking, technique)
            for technique in (*of("running"), *of("passed"))
            if technique.existing and service_of(technique) in RUNS_FOR
        )

    def _unlisted(self, technique: Technique, account: str) -> bool:
        client = RUNS_FOR[service_of(technique)][0]
        return (client, account) not in self._listed

    def _worth(self, service: str, account: str) -> bool:
        """Whether a role that the service may have is a wanted one."""
        return any(self._wanted(role) for role in self._targets.trusting(service, account))

    def _allowed(self, asking: Asking, technique: Technique) -> bool:
        """Whether every permission is there on some such thing."""
        account = asking.holder.principal.account
        if not all(asking.may(action) for action in technique.actions):
            return False
        pattern = technique.existing.split(":", 5)[-1]
        thing = f"arn:aws:{service_of(technique)}:*:{account}:{pattern}"
        asked = [action for action, place in technique.permissions() if place == "existing"]
        passing = [PASS_ROLE] if PASS_ROLE in technique.needs else []
        return all(asking.decide(action, thing).rank >= 2 for action in asked) and all(
            asking.decide(action, f"arn:aws:iam::{account}:role/*").rank >= 2 for action in passing
        )


def service_of(technique: Technique) -> str:
    return technique.existing.split(":")[2]
