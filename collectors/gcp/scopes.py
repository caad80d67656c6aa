"""Projects, and the folders and the organization above them with the policies that they hand down."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from collectors.gcp import names
from collectors.gcp.policies import GET_ROLE, POLICY_OPTIONS, allow, definitions, roles
from collectors.gcp.readings import evidence, labels
from collectors.gcp.sensitive_data_protection import profiles
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

SEARCH_PROJECTS = Call(
    "gcp:resourcemanager:SearchProjects", lists=("Account",), fills=("Account.tags", "CONTAINS")
)
GET_PROJECT = Call("gcp:resourcemanager:GetProject", lists=("Account",), fills=("Account.tags", "CONTAINS"))
GET_FOLDER = Call("gcp:resourcemanager:GetFolder", lists=("Folder",), fills=("CONTAINS",))
GET_ORGANIZATION = Call("gcp:resourcemanager:GetOrganization", lists=("Organization",))
FOLDER_POLICY = Call(
    "gcp:resourcemanager:FoldersClient.GetIamPolicy", lists=("User", "Group"), fills=("policy:allow",)
)
ORGANIZATION_POLICY = Call(
    "gcp:resourcemanager:OrganizationsClient.GetIamPolicy", lists=("User", "Group"), fills=("policy:allow",)
)

REGIONAL = False

LEVELS: Mapping[str, tuple[Call, Call, str]] = MappingProxyType(
    {
        "folders": (GET_FOLDER, FOLDER_POLICY, "Folder"),
        "organizations": (GET_ORGANIZATION, ORGANIZATION_POLICY, "Organization"),
    }
)
"""What may stand above a project: how it is asked for, how its policy is, and its kind."""


def collect(source: Source) -> Iterator[Fact]:
    seen: set[str] = set()
    for project in _projects(source):
        if project.text("/state") not in (None, "ACTIVE"):
            continue  # a project that is being deleted answers nothing any more
        account = project.text("/projectId") or ""
        yield Asset(
            id=names.project(account),
            kind="Account",
            name=project.text("/displayName") or account,
            listed_by=project.listed_by,
            properties={"account": account, "native_kind": "project", "tags": labels(project)},
            evidence=evidence(project, account="/projectId", name="/displayName", tags="/labels"),
        )
        yield from _above(source, project, names.project(account), seen)


def _projects(source: Source) -> Iterator[Answer]:
    """The configured project, or all that the credentials can see."""
    if not source.account:
        yield from source.pages(SEARCH_PROJECTS)
        return
    project = source.call(GET_PROJECT, name=f"projects/{source.account}")
    if project.ok:
        yield project


def _above(source: Source, below: Answer, child: str, seen: set[str]) -> Iterator[Fact]:
    """What contains a project or a folder, up to the organization; each folder is asked for once."""
    name = below.text("/parent")
    if name is None:
        return
    scope = names.scope(name)
    yield Relation("CONTAINS", scope, child, evidence=below.evidence(target="/parent"))
    if name in seen:
        return
    seen.add(name)
    get, get_policy, kind = LEVELS[name.partition("/")[0]]
    own = source.within(scope)
    answer = own.call(get, name=name)
    yield Asset(
        id=scope,
        kind=kind,
        name=answer.text("/displayName") or name,
        listed_by=answer.listed_by if answer.ok else below.listed_by,
        properties={"account": "", "native_kind": kind.lower()},
        evidence=answer.evidence(name="/displayName") or below.evidence(name="/parent"),
    )
    policy = own.call(get_policy, resource=name, options=POLICY_OPTIONS)
    yield from allow(policy, scope, name)
    yield from definitions(source, GET_ROLE, roles([policy]))
    if kind == "Organization":
        yield from profiles(own, name)
    yield from _above(source, answer, scope, seen)
