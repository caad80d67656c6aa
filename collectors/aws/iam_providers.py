"""AWS IAM: the identity providers that an account has, and for which audiences."""

from collections.abc import Iterator

from collectors.source import Answer, Source
from graph.model import Call, Fact, Policy

OIDC = Call("aws:iam:ListOpenIDConnectProviders", fills=("policy:identity_provider",))
OIDC_ONE = Call("aws:iam:GetOpenIDConnectProvider", fills=("policy:identity_provider",))
SAML = Call("aws:iam:ListSAMLProviders", fills=("policy:identity_provider",))

REGIONAL = False


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(OIDC):
        arn = row.text("/Arn") or ""
        about = source.within(arn).call(OIDC_ONE, OpenIDConnectProviderArn=arn)
        if not about.vanished:
            yield _provider(source, arn, about if about.ok else row)
    for row in source.pages(SAML):
        yield _provider(source, row.text("/Arn") or "", row)


def _provider(source: Source, arn: str, said: Answer) -> Policy:
    """The provider; without its audiences where only the listing tells of it."""
    return Policy(f"aws://{source.account}", "identity_provider", arn, said.evidence()[0])
