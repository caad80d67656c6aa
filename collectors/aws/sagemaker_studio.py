"""Amazon SageMaker Studio: domains and their users' profiles, and as whom these run code."""

from collections.abc import Iterator, Sequence

import msgspec

from collectors.aws import names, things
from collectors.source import Answer, Source
from graph.model import Call, Evidence, Fact, Relation

DOMAINS = Call("aws:sagemaker:ListDomains", lists=("Workspace",))
DOMAIN = Call(
    "aws:sagemaker:DescribeDomain",
    fills=("Workspace.auth_mode", "RUNS_AS", "IN_NETWORK", "ENCRYPTED_WITH"),
)
SCRIPTS = Call("aws:sagemaker:DescribeStudioLifecycleConfig")
"""The scripts that run when an app starts: they may hold keys."""
PROFILES = Call("aws:sagemaker:ListUserProfiles", lists=("Workload",))
PROFILE = Call("aws:sagemaker:DescribeUserProfile", fills=("RUNS_AS",))

REGIONAL = True

APPS = ("JupyterServer", "KernelGateway", "JupyterLab", "CodeEditor")
"""Kinds of apps that run scripts at their start."""

OWN_ROLE, DEFAULT_ROLE = "/UserSettings/ExecutionRole", "/DefaultUserSettings/ExecutionRole"
SHARED_ROLE = "/DefaultSpaceSettings/ExecutionRole"
"""As whom apps in shared spaces run, which every user of the domain can open."""


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _domain(source, row), source.pages(DOMAINS)):
        yield from facts


def _domain(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/DomainArn") or "")
    domain = own.call(DOMAIN, DomainId=row.text("/DomainId"))
    if domain.vanished:
        return ()
    found = things.thing(own, row, "Workspace", "sagemaker_domain", "/DomainName")
    mode = names.known(auth_mode=domain.text("/AuthMode"))
    asset = msgspec.structs.replace(
        found,
        properties={**found.properties, **mode},
        evidence=(*found.evidence, *domain.evidence(auth_mode="/AuthMode"), *_scripts(own, domain)),
    )
    return (
        asset,
        *things.runs_as(own, domain, DEFAULT_ROLE),
        *things.runs_as(own, domain, SHARED_ROLE),
        *things.in_subnets(own, domain, "/SubnetIds"),
        *things.encrypted(own, domain, "/KmsKeyId"),
        *_profiles(own, row.text("/DomainId") or "", domain),
    )


def _scripts(own: Source, domain: Answer) -> Iterator[Evidence]:
    """Those that every user of the domain may run."""
    arns = (
        arn.text("")
        for app in APPS
        for arn in domain.items(f"/DefaultUserSettings/{app}AppSettings/LifecycleConfigArns")
    )
    for arn in sorted({arn for arn in arns if arn}):
        name = arn.rpartition("/")[2]
        yield from own.call(SCRIPTS, StudioLifecycleConfigName=name).evidence()


def _profiles(domain_source: Source, domain: str, described: Answer) -> Iterator[Fact]:
    for row in domain_source.pages(PROFILES, DomainIdEquals=domain):
        name = row.text("/UserProfileName") or ""
        resource = f"user-profile/{domain}/{name}"
        arn = names.arn("sagemaker", domain_source.region, domain_source.account, resource)
        own = domain_source.within(arn)
        profile = own.call(PROFILE, DomainId=domain, UserProfileName=name)
        if not profile.vanished:
            yield things.thing(own, row, "Workload", "studio_user_profile", "/UserProfileName")
            yield from _role(own, profile, described)


def _role(own: Source, profile: Answer, domain: Answer) -> Iterator[Relation]:
    """A profile's own execution role, or else the domain's; nobody's while the profile was not told.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserSettings.html
    """
    if profile.text(OWN_ROLE):
        yield from things.runs_as(own, profile, OWN_ROLE)
    elif profile.ok and (role := domain.text(DEFAULT_ROLE)):
        evidence = (*profile.evidence(source=""), *domain.evidence(target=DEFAULT_ROLE))
        yield Relation("RUNS_AS", own.parent, role, evidence=evidence, target_kind="Role")
