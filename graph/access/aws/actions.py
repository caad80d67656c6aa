"""What AWS says of its actions: the resources they take, their condition keys, their access level.

A table distilled by `graph.access.aws.distil` from the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html);
`table().date` says of when it is. An action that it does not know may exist all the same: policies are
matched by pattern, and whoever answers says that the action is not known.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

import msgspec

from graph.access.aws.match import glob


class Action(msgspec.Struct, frozen=True, array_like=True):
    """One action. `types` are the resource types it may be asked with, `required` those it must be.

    `needs_also` are the further actions that AWS's page says it depends on.
    """

    name: str
    level: str
    types: tuple[str, ...]
    required: tuple[str, ...]
    keys: tuple[str, ...]
    needs_also: tuple[str, ...]

    @property
    def only_everything(self) -> bool:
        """It takes no resource: a statement reaches it by `Resource: "*"` alone."""
        return not self.types


class ResourceType(msgspec.Struct, frozen=True, array_like=True):
    """A type of resource: its ARN with `${...}` in the places that vary, and the condition keys it adds."""

    arn: str
    keys: tuple[str, ...]


class Service(msgspec.Struct, frozen=True):
    """One service's actions and resource types, by their names in lower case."""

    name: str
    actions: Mapping[str, Action]
    types: Mapping[str, ResourceType]


class Table(msgspec.Struct, frozen=True):
    """All services, each parsed when it is asked for; the table's source, its licence, and of when it is."""

    source: str
    date: str
    notice: str
    rcp_services: tuple[str, ...]
    services: Mapping[str, msgspec.Raw]


@cache
def table() -> Table:
    """The shipped table."""
    packed = resources.files("graph.access.aws").joinpath("actions.json.gz").read_bytes()
    return msgspec.json.decode(gzip.decompress(packed), type=Table)


@cache
def service(prefix: str) -> Service | None:
    """A service by the prefix of its actions; the client `bedrock-agent` calls actions of `bedrock`."""
    raw = table().services.get(prefix.lower())
    return None if raw is None else msgspec.json.decode(raw, type=Service)


def known(action: str) -> bool:
    """Whether the table has an action (`s3:GetObject`, in any case)."""
    return action_of(action) is not None


def action_of(action: str) -> Action | None:
    """What the table says of an action; None when it does not know it."""
    prefix, _, name = action.partition(":")
    found = service(prefix)
    return found.actions.get(name.lower()) if found else None


def unknown(action: str) -> str:
    """The sentence that whoever answers about an unknown action adds."""
    return f"{action} is not in the table of actions of {table().date}: it was matched as written"


def spelled(action: str) -> str:
    """The action as AWS writes it, or as given when it is not known."""
    found = action_of(action)
    return f"{action.partition(':')[0].lower()}:{found.name}" if found else action


def matching(pattern: str) -> Iterator[str]:
    """The known actions that a pattern (`s3:Get*`, `*`) names, as AWS writes them, in order."""
    prefix, colon, name = pattern.lower().partition(":")
    services, names = glob(prefix if colon else "*"), glob(name if colon else prefix)
    for each in sorted(table().services):
        if services.matches(each) and (found := service(each)):
            yield from (f"{each}:{row.name}" for key, row in found.actions.items() if names.matches(key))


def patterns_of(action: str) -> tuple[str, ...]:
    """The ARNs of the resources that an action takes, with `*` in the places that vary.

    `*` alone when it takes none; empty for an action that is not known.
    """
    row, found = action_of(action), service(action.partition(":")[0])
    if row is None or found is None:
        return ()
    types = (found.types.get(each) for each in row.types)
    return tuple(sorted({_VARYING.sub("*", each.arn) for each in types if each})) or ("*",)


def keys_of(action: str) -> tuple[str, ...]:
    """The condition keys that requests for an action may carry, its resources' own among them."""
    row, found = action_of(action), service(action.partition(":")[0])
    if row is None or found is None:
        return ()
    types = (found.types.get(each) for each in row.types)
    return tuple(sorted({*row.keys, *(key for each in types if each for key in each.keys)}))


_VARYING = re.compile(r"\$\{[^}]*\}")
