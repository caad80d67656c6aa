"""What an asset's tags say of it, by the habits listed in `tags.yaml`."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from graph.model import Asset

_SEPARATORS = re.compile(r"[-_. ]")
_LISTS = re.compile(r"[,;/+: ]+")


class Habit(msgspec.Struct, frozen=True):
    """Keys that carry a meaning, and which of their values mean what; without values any text counts."""

    keys: tuple[str, ...]
    values: dict[str, tuple[str, ...]] = {}


def said(asset: Asset, subject: str) -> Iterator[str]:
    """What the tags say on a subject of `tags.yaml`, in our words; the text itself where it has no values."""
    habit = habits()[subject]
    words = {word: meaning for meaning, group in habit.values.items() for word in group}
    for tag in _tags(asset):
        key, _, value = tag.partition("=")
        if _plain(key) not in habit.keys or not value:
            continue
        if not words:
            yield value
        for word in [value] if _plain(value) in words else _LISTS.split(value):
            if _plain(word) in words:
                yield words[_plain(word)]


def evidence_of(asset: Asset, name: str) -> tuple[str, ...]:
    """Ids of the evidence that supports a property of the asset."""
    return tuple(e.id for e in asset.evidence if name in e.supports)


@cache
def habits() -> dict[str, Habit]:
    """The table of `tags.yaml`."""
    text = (files("graph.marks") / "tags.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Habit])


def _tags(asset: Asset) -> tuple[str, ...]:
    tags = asset.get("tags")
    return tuple(str(tag) for tag in tags) if isinstance(tags, tuple) else ()


def _plain(word: str) -> str:
    return _SEPARATORS.sub("", word.lower())
