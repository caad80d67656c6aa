"""in_organization: whether an outsider is one of our own accounts; anyone and strangers are not."""

import re
from collections.abc import Iterator

from graph.facts import Facts
from graph.model import Mark

BUILDS_ON = ("Account.account",)
_ACCOUNT = re.compile(r"arn:aws[\w-]*:(?:iam|sts)::(\d{12}):|//iam\.googleapis\.com/projects/([^/]+)/")


def derive(facts: Facts) -> Iterator[Mark]:
    """A cloud's own services and what nobody can place stay unknown."""
    ours = {str(a.get("account")) for a in facts.of("Account") if not a.get("missing")}
    for asset in facts.of("ExternalPrincipal"):
        native = asset.get("native_kind")
        if native == "cloud_service":
            continue
        if native in ("anyone", "federated"):
            yield Mark(asset.id, "in_organization", value=False)
        elif found := _ACCOUNT.match(asset.id):
            yield Mark(asset.id, "in_organization", (found[1] or found[2]) in ours)
        elif native == "account":
            yield Mark(asset.id, "in_organization", value=False)
