"""Amazon Cognito identity pools: who hands out credentials of roles to people without any of AWS's."""

from collections.abc import Iterator

from collectors.aws import names, things
from collectors.source import Source
from graph.model import Call, Fact

LIST = Call("aws:cognito-identity:ListIdentityPools", lists=("ServiceIdentity",))

REGIONAL = True

MOST = 60
"""Pools a page, which the call wants to be told."""


def collect(source: Source) -> Iterator[Fact]:
    """Which roles a pool hands out is what their trust policies say."""
    for row in source.pages(LIST, MaxResults=MOST):
        identifier = f"identitypool/{row.text('/IdentityPoolId')}"
        own = source.within(names.arn("cognito-identity", source.region, source.account, identifier))
        yield things.thing(own, row, "ServiceIdentity", "identity_pool", "/IdentityPoolName")
