"""Accounts: whose credentials these are."""

from collections.abc import Iterator

from collectors.source import Source
from graph.model import Asset, Call, Fact

WHO = Call("aws:sts:GetCallerIdentity", lists=("Account",))

REGIONAL = False


def collect(source: Source) -> Iterator[Fact]:
    """The account; one that is configured exists even when its audit role cannot be assumed."""
    caller = source.call(WHO)
    if account := caller.text("/Account") or source.account:
        yield Asset(
            id=f"aws://{account}",
            kind="Account",
            name=account,
            listed_by=caller.listed_by,
            properties={"account": account, "native_kind": "account"},
            evidence=caller.evidence(account="/Account"),
        )
