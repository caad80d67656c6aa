"""Identity providers: whether the one that a role trusts is there, and takes the audience that it asks for.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html: tokens are for an
audience that the provider in IAM lists; without a provider in the account nobody's tokens are taken.
"""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from graph.access.aws.document import Statement
from graph.facts import Facts
from graph.model import Evidence, Policy

LISTINGS: Mapping[str, tuple[str, str]] = {
    ":oidc-provider/": ("aws:iam:ListOpenIDConnectProviders", "/OpenIDConnectProviderList"),
    ":saml-provider/": ("aws:iam:ListSAMLProviders", "/SAMLProviderList"),
}


class Providers:
    """The identity providers of a snapshot, by ARN, and the listings that were answered."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._there: dict[str, Policy] = {
            policy.name.lower(): policy for policy in facts.policies_of("identity_provider")
        }
        self._listed = {
            (each.call, each.account): each.documents[0]
            for each in facts.coverage
            if each.complete and each.documents and not each.carried
        }

    def absence(self, provider: str) -> Evidence | None:
        """The listing of the account's providers, if it was seen and this one is not in it."""
        for kind, (call, pointer) in LISTINGS.items():
            if kind in provider and provider.lower() not in self._there:
                document = self._listed.get((call, provider.split(":")[4]))
                return Evidence(call, document, pointer) if document else None
        return None

    def unlisted(self, provider: str, statement: Statement) -> str:
        """What must hold where a statement asks for audiences of which the provider lists none."""
        policy = self._there.get(provider.lower())
        about = self._facts.document(policy.evidence) if policy else None
        listed = about.get("ClientIDList") if isinstance(about, dict) else None
        if not isinstance(listed, list):
            return ""
        key = f"{provider.partition(':oidc-provider/')[2].lower()}:aud"
        for clause in statement.clauses:
            if clause.lowered == key and clause.operator == "StringEquals":
                asked = [value.text for value in clause.values]
                if not set(asked) & {str(each) for each in listed}:
                    return f"{provider} takes tokens for {', '.join(sorted(asked))}, which it does not list"
        return ""


_PROVIDERS: "WeakKeyDictionary[Facts, Providers]" = WeakKeyDictionary()


def providers_of(facts: Facts) -> Providers:
    if facts not in _PROVIDERS:
        _PROVIDERS[facts] = Providers(facts)
    return _PROVIDERS[facts]
