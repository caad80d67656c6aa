"""Capabilities as data: which actions on which form of a resource make up "read", "write", "invoke" ..."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

import msgspec
import yaml

from graph import ontology
from graph.facts import Facts
from graph.model import Asset


class Also(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is needed as well, on what the resource or its bucket is joined with: one action on each."""

    relation: str
    action: str


class Capability(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"cut": "from"}):
    """One entry of `capabilities.yaml`, for one provider and capability; the file says what the fields mean.

    `cut` is the file's `from`. `open_end`: an id that ends in a slash stands for everything below it.
    """

    kinds: tuple[str, ...]
    actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    ids: str = ""
    resource: str = "{id}"
    open_end: bool = False
    cut: str = ""
    to: str = ""
    at: str = ""
    unless: str = ""
    also: Also | None = None
    alone: tuple[str, ...] = ()
    points: bool = False

    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """The actions, as alternatives of what is needed together."""
        return tuple(tuple(part.strip() for part in each.split("+")) for each in self.actions)

    def assets(self, facts: Facts, provider: str) -> list[Asset]:
        """The assets it is about, by id."""
        found = [asset for kind in self.kinds for asset in facts.of(kind)]
        return [
            asset
            for asset in found
            if fnmatchcase(asset.id, f"{self.ids or _SCHEMES[provider]}*") and not self._excluded(asset)
        ]

    def asked(self, identifier: str) -> str:
        """The resource that the provider is asked about, for an asset."""
        if self.at:
            return identifier.partition(self.at)[0]
        changed = identifier.replace(self.cut, self.to, 1) if self.cut else identifier
        end = "*" if self.open_end and identifier.endswith("/") else ""
        return self.resource.replace("{id}", changed) + end

    def _excluded(self, asset: Asset) -> bool:
        name, _, value = self.unless.partition("=")
        return bool(name) and str(asset.get(name)).lower() == value


_SCHEMES = {"aws": "arn:", "gcp": "//", "azure": "/subscriptions/"}


@cache
def capabilities() -> Mapping[str, Mapping[str, tuple[Capability, ...]]]:
    """All entries, by provider and capability."""
    text = resources.files("graph.access").joinpath("capabilities.yaml").read_text("utf-8")
    found = msgspec.convert(yaml.safe_load(text), dict[str, dict[str, tuple[Capability, ...]]])
    for by_name in found.values():
        for name, entries in by_name.items():
            unknown = [kind for entry in entries for kind in entry.kinds if kind not in ontology.KINDS]
            if name not in ontology.RELATIONS or unknown:
                raise ValueError(f"capabilities.yaml: {name} names {unknown or 'no relation'}")
    return found


def entries(provider: str, name: str) -> tuple[Capability, ...]:
    """What a capability means on a provider; empty when it means nothing there."""
    return capabilities()[provider].get(name, ())
