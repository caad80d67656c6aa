"""Who may do what in a project: its allow policy, its service accounts, their keys, who may act as them."""

from collections.abc import Iterator, Sequence

from collectors.gcp import iam_keys, names
from collectors.gcp.policies import GET_ROLE, POLICY_OPTIONS, allow, definitions, roles
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact

PROJECT_POLICY = Call(
    "gcp:resourcemanager:ProjectsClient.GetIamPolicy",
    lists=("User", "Group", "ExternalPrincipal"),
    fills=("policy:allow",),
)
LIST_SERVICE_ACCOUNTS = Call("gcp:iam_admin:ListServiceAccounts", lists=("ServiceIdentity",))
SERVICE_ACCOUNT_POLICY = Call("gcp:iam_admin:GetIamPolicy", lists=("User", "Group"), fills=("policy:allow",))
SERVICE_ACCOUNT_KEYS = iam_keys.LIST

REGIONAL = False


def collect(source: Source) -> Iterator[Fact]:
    name = f"projects/{source.account}"
    policy = source.call(PROJECT_POLICY, resource=name, options=POLICY_OPTIONS)
    yield from allow(policy, names.project(source.account), source.account)
    named = roles([policy])
    accounts = source.pages(LIST_SERVICE_ACCOUNTS, name=name)
    for row, its_policy, its_keys in source.each(lambda row: _asked(source, row), accounts):
        if its_policy.vanished:
            continue
        yield _service_account(row)
        yield from its_keys
        yield from allow(its_policy, _id(row), row.text("/email") or "")
        named |= roles([its_policy])
    yield from definitions(source, GET_ROLE, named)


def _asked(source: Source, row: Answer) -> tuple[Answer, Answer, Sequence[Fact]]:
    own = source.within(_id(row))
    policy = own.call(SERVICE_ACCOUNT_POLICY, resource=row.text("/name"), options=POLICY_OPTIONS)
    return row, policy, () if policy.vanished else tuple(iam_keys.keys(own, row))


def _service_account(row: Answer) -> Asset:
    return Asset(
        id=_id(row),
        kind="ServiceIdentity",
        name=row.text("/email") or "",
        listed_by=row.listed_by,
        properties={"native_kind": "service_account"},
        evidence=row.evidence(name="/email"),
    )


def _id(row: Answer) -> str:
    """Named by the project that lists it: the default accounts' addresses do not say whose they are."""
    return f"//iam.googleapis.com/projects/{row.text('/projectId')}/serviceAccounts/{row.text('/email')}"
