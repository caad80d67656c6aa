"""Ids and values that several Azure collectors spell the same way."""

import re
from collections.abc import Mapping

from collectors.source import Answer
from graph.model import Value

CONTAINER = re.compile(r"/storageaccounts/([^/]+)/.*containers/([^/]+)$")
DATED = re.compile(r"(?P<name>.+?)-(?P<version>\d{4}(?:-\d{2}-\d{2})?)")


def resource(identifier: str) -> str:
    """A resource id as the graph has it: Azure's services don't agree on upper and lower case."""
    return identifier.lower().rstrip("/") or "/"


def subscription(identifier: str) -> str:
    """The id of a subscription's node."""
    return f"/subscriptions/{identifier.lower()}"


def principal(object_id: str) -> str:
    """A user, group or service principal of Entra ID."""
    return f"entra:{object_id.lower()}"


def group_of(identifier: str) -> str:
    """The name of the resource group in a resource id, as it is spelled there."""
    steps = identifier.split("/")
    return steps[4] if len(steps) > 4 and steps[3].lower() == "resourcegroups" else ""


def group_id_of(identifier: str) -> str | None:
    """The id of the resource group that a resource is in."""
    group = group_of(identifier)
    return resource("/".join(identifier.split("/")[:5])) if group else None


def container_of(identifier: str) -> tuple[str, str] | None:
    """The storage account and the name of a blob container, from its id."""
    found = CONTAINER.search(identifier)
    return (found[1], found[2]) if found else None


def key(vault: str, name: str) -> str:
    """A key in a vault, whatever its version."""
    return f"{vault.rstrip('/')}/keys/{name}".lower()


def model(publisher: str, name: str, version: str) -> str:
    """A model that Azure offers, the same in every account and region."""
    return f"azure://models/{publisher}/{name}/{version}".lower()


def tuned_from(name: str) -> tuple[str, str] | None:
    """Name and version of the model that a tuned one (`gpt-4o-mini-2024-07-18.ft-1a2b`) came from."""
    base, mark, _ = name.partition(".ft-")
    if not mark:
        return None
    dated = DATED.fullmatch(base)
    return (dated["name"], dated["version"]) if dated else (base, "")


def tags(answer: Answer, *pointers: str) -> list[str]:
    """Tags, or a container's metadata, as `key=value`."""
    found = [answer.get(pointer) for pointer in pointers]
    pairs = {key: value for tags in found if isinstance(tags, Mapping) for key, value in tags.items()}
    return sorted(f"{key}={value}" for key, value in pairs.items())


def known(**properties: Value | list[str] | None) -> dict[str, Value]:
    """Properties without those that are not known; lists become tuples."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in properties.items()
        if value is not None
    }


def enabled(word: str | None) -> bool | None:
    """`Enabled` or not; None when Azure did not say."""
    return None if word is None else word.lower() == "enabled"


def network_default(account: Answer) -> str | None:
    """What happens to a request that no network rule names; without rules every network may come in."""
    if not account.ok:
        return None
    return (account.text("/properties/networkAcls/defaultAction") or "Allow").lower()
