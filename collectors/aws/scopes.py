"""Accounts: whose credentials these are."""

from collections.abc import Iterator

from collectors.source import Source
from graph.model import Asset, Call, Fact

WHO = Call("aws:sts:GetCallerIdentity", lists=("Account",))

REGIONAL = False


def collect(source: Source) -> Iterator[Fact]:
    """The account; one that is configured or recorded exists even when the call does not say so."""
    caller = source.call(WHO)
    said = caller.text("/Account")
    if account := source.account or said:
        yield Asset(
            id=f"aws://{account}",
            kind="Account",
            name=account,
            listed_by=caller.listed_by,
            properties={"account": account, "native_kind": "account"},
            evidence=caller.evidence(account="/Account") if said == account else (),
        )
