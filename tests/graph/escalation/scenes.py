"""For every technique an estate in which exactly its permissions and prerequisites are there."""

from collections.abc import Iterable
from typing import Any

from graph.edges import can_assume, can_escalate_to
from graph.escalation.technique import PASS_ROLE, Technique
from graph.facts import Facts
from graph.model import Derived
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, deny, role, trust, user

ANA, BOB, WORKER, TARGET = user("ana"), user("bob"), role("worker"), role("target")
GROUP = f"arn:aws:iam::{ACCOUNT}:group/strong"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/own"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/corporate"
OWNER = f"aws://{ACCOUNT}"
KINDS = {
    "lambda": "Function",
    "ec2": "VM",
    "ecs": "Workload",
    "apprunner": "Workload",
    "batch": "Workload",
    "eks": "Cluster",
    "elasticmapreduce": "Cluster",
    "sagemaker": "Notebook",
    "bedrock-agentcore": "Tool",
}
ORGANIZATION = "arn:aws:organizations::999900001111:organization/o-1"
ROOT = "arn:aws:organizations::999900001111:root/o-1/r-1"
KEYSTONE = "iam:AttachRolePolicy"


class Scene:
    """One technique's estate; what is left out is said when it is made."""

    def __init__(
        self,
        technique: Technique,
        *,
        without: str = "",
        trusted: bool = True,
        existing: bool = True,
        profile: bool = True,
        passed_to: str = "",
    ) -> None:
        self.technique = technique
        self.built = EstateBuilder()
        self.source = WORKER if technique.who == "Role" else ANA
        self._trusted = trusted
        self._identities(profile=profile)
        self.statements = [
            self._allow(action, passed_to) for action in technique.actions if action != without
        ]
        getattr(self, f"_{technique.gives}")()
        if existing and technique.existing:
            self._exists()

    @property
    def expected(self) -> str:
        return {"passed": TARGET, "running": TARGET, "role": TARGET, "federated": TARGET, "user": BOB}.get(
            self.technique.gives, OWNER
        )

    def bound(self, *statements: dict[str, Any]) -> None:
        self.built.statements(self.source, "boundary", *statements)

    def guarded(self, *statements: dict[str, Any]) -> None:
        """The account is in an organisation whose root has these statements besides FullAWSAccess."""
        built = self.built
        built.asset("Organization", ORGANIZATION, management_account="999900001111")
        built.asset("Folder", ROOT, native_kind="root")
        built.relation("CONTAINS", ORGANIZATION, ROOT)
        built.relation("CONTAINS", ROOT, OWNER)
        built.statements(ROOT, "service_control", allow("*"), *statements)
        built.statements(OWNER, "service_control", allow("*"))

    def facts(self) -> Facts:
        self.built.statements(self.source, "identity", *self.statements)
        return self.built.facts()

    def edges(self) -> tuple[Facts, list[Derived]]:
        """The facts, and the edges by this technique from its principal."""
        facts = self.facts()
        for edge in list(can_assume.derive(facts)):
            facts.add(edge)
        found = [edge for edge in can_escalate_to.derive(facts) if edge.source == self.source]
        return facts, [edge for edge in found if edge.properties["technique"] == self.technique.id]

    def _identities(self, *, profile: bool) -> None:
        built = self.built
        built.asset("Account", OWNER)
        built.asset("User", ANA)
        built.asset("User", BOB)
        built.asset("Role", WORKER)
        built.asset("Group", GROUP)
        built.asset("Role", TARGET, **({"instance_profiles": ("target",)} if profile else {}))

    def _allow(self, action: str, passed_to: str) -> dict[str, Any]:
        if action == PASS_ROLE and passed_to:
            return allow(action, Condition={"StringEquals": {"iam:PassedToService": passed_to}})
        return allow(action)

    def _trust(self, *statements: dict[str, Any]) -> None:
        if self._trusted:
            self.built.statements(TARGET, "trust", *statements)

    # What each way of gaining needs besides its permissions

    def _passed(self) -> None:
        service = self.technique.trusts[0]
        if service.startswith("cognito"):
            self._trust(trust({"Federated": service}, "sts:AssumeRoleWithWebIdentity"))
        else:
            self._trust(trust({"Service": service}))

    def _running(self) -> None:
        pass

    def _user(self) -> None:
        pass

    def _role(self) -> None:
        self._trust(trust({"Service": "lambda.amazonaws.com"}))

    def _federated(self) -> None:
        self._trust(trust({"Federated": PROVIDER}, "sts:AssumeRoleWithSAML"))

    def _own(self) -> None:
        pass

    def _own_group(self) -> None:
        self.built.relation("MEMBER_OF", ANA, GROUP)

    def _own_policy(self) -> None:
        document = {"Version": "2012-10-17", "Statement": [allow("s3:ListAllMyBuckets")]}
        self.built.policy(ANA, "identity", document, MANAGED)

    def _own_version(self) -> None:
        self._own_policy()
        strong = {"Version": "2012-10-17", "Statement": [allow("*")]}
        self.built.policy(ANA, "earlier_version", strong, MANAGED)

    def _joined_group(self) -> None:
        self.built.statements(GROUP, "identity", allow("*"))

    def _unbounded(self) -> None:
        self.bound(*self.statements, allow("s3:ListAllMyBuckets"))
        self.statements = [allow("*")]

    def _undenied(self) -> None:
        self._denied_by(MANAGED)

    def _undenied_inline(self) -> None:
        self._denied_by("inline")

    def _denied_by(self, name: str) -> None:
        allowed = self.technique.actions[0]
        others = [a for a in OWN_CHANGES if a != allowed or not self.statements]
        document = {"Version": "2012-10-17", "Statement": [deny(others)]}
        self.built.policy(self.source, "identity", document, name)
        self.statements = [allow("*")]

    def _taken_user(self) -> None:
        self.statements.append(allow("iam:CreateAccessKey", BOB))

    def _taken_role(self) -> None:
        self._trust(trust({"AWS": ANA}))

    def _taken_policy(self) -> None:
        self._trust(trust({"AWS": ANA}))
        document = {"Version": "2012-10-17", "Statement": [allow("s3:ListAllMyBuckets")]}
        self.built.policy(TARGET, "identity", document, MANAGED)

    def _taken_unbounded_user(self) -> None:
        self._taken_user()
        self._bounded_administrator(BOB)

    def _taken_unbounded_role(self) -> None:
        self._taken_role()
        self._bounded_administrator(TARGET)

    def _bounded_administrator(self, identity: str) -> None:
        self.built.statements(identity, "identity", allow("*"))
        self.built.statements(identity, "boundary", allow("s3:GetObject"))

    def _new(self) -> None:
        pass

    def _exists(self) -> None:
        identifier = example(self.technique.existing)
        service = identifier.split(":")[2]
        self.built.asset(KINDS.get(service, "Pipeline"), identifier)
        self.built.relation("RUNS_AS", identifier, TARGET)
        if self.technique.behind:
            agent = self.built.asset("Agent", f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:agent/A1")
            tool = self.built.asset("Tool", f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:agent/A1/actiongroup/T")
            self.built.relation("USES_TOOL", agent, tool)
            self.built.relation("IMPLEMENTED_BY", tool, identifier)


OWN_CHANGES = (
    KEYSTONE,
    "iam:DetachUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DeleteUserPolicy",
    "iam:DeleteRolePolicy",
)


def example(pattern: str) -> str:
    """An id that a pattern of what exists matches."""
    _, _, service, _, _, rest = pattern.split(":", 5)
    rest = rest.replace("code-interpreter*/", "code-interpreter-custom/").replace(
        "browser*/", "browser-custom/"
    )
    return f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{rest.replace('*', 'thing/one')}"


def reached(facts: Facts, edges: Iterable[Derived]) -> set[str]:
    """Whom the edges that hold without reserve lead to."""
    held = [edge for edge in edges if not edge.guards and not edge.conditions]
    return {member for edge in held for member in facts.members(edge.target)}


def stopped(facts: Facts, edges: Iterable[Derived]) -> set[str]:
    """Whom the edges that something stops would lead to."""
    return {member for edge in edges if edge.guards for member in facts.members(edge.target)}
