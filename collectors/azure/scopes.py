"""Subscriptions: the accounts that the other collectors run on."""

from collections.abc import Iterator

from collectors.azure import names
from collectors.source import Answer, Source
from graph.model import Asset, Call

LIST = Call("azure:subscription:Subscriptions_List", lists=("Account",), fills=("Account.tags",))
GET = Call("azure:subscription:Subscriptions_Get", lists=("Account",), fills=("Account.tags",))

REGIONAL = False


def collect(source: Source) -> Iterator[Asset]:
    for subscription in _subscriptions(source):
        account = (subscription.text("/subscriptionId") or "").lower()
        if subscription.text("/state") == "Deleted":
            continue  # kept by Azure for a while; nothing in it answers any more
        yield Asset(
            id=names.subscription(account),
            kind="Account",
            name=subscription.text("/displayName") or account,
            listed_by=subscription.listed_by,
            properties=names.known(
                account=account,
                native_kind="subscription",
                tags=names.tags(subscription, "/tags"),
            ),
            evidence=subscription.evidence(account="/subscriptionId", name="/displayName", tags="/tags"),
        )


def _subscriptions(source: Source) -> Iterator[Answer]:
    """The configured subscription, or all that the credentials can see."""
    found = False
    for row in source.pages(LIST):
        if source.account in ("", (row.text("/subscriptionId") or "").lower()):
            found = True
            yield row
    if source.account and not found:  # asked for by name, Azure says why
        answer = source.call(GET, subscriptionId=source.account)
        if answer.ok:
            yield answer
