"""Which properties people may declare, and what they may say: one answer for every key of `set`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache

from graph import ontology
from graph.model import Value

Said = str | bool | int | float | list[str]

RECORDED = frozenset(
    {
        "id",
        "kind",
        "account",
        "region",
        "provider",
        "service",
        "native_kind",
        "tags",
        "missing",
        "listed_by",
        "first_seen",
        "last_seen",
        "stale_since",
        "evidence",
    }
)
"""Properties of what was seen; nobody decides them."""

ALWAYS = frozenset(
    {"owner", "environment", "data_class", "data_classes", "crown_jewel", "crown_jewel_why", "low_trust"}
)
"""Properties that people decide whatever else says so."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "environment": ("prod", "staging", "dev", "sandbox"),
    "data_class": ("public", "internal", "confidential", "regulated"),
    "transformation": ("pseudonymised", "aggregated", "synthetic"),
}
"""Properties whose values are a closed list."""

TYPES: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "string": ("text", str),
    "integer": ("a whole number", int),
    "float": ("a number", (int, float)),
    "boolean": ("true or false", bool),
    "time": ("a date or time such as 2026-11-20", str),
    "strings": ("a list of texts", list),
}


def decides(kind: str, name: str) -> bool:
    """Whether a declaration wins over what was seen; otherwise it only answers what was not."""
    return name in ALWAYS or ontology.properties_of(kind)[name].origin in ("declared", "derived")


def check(kind: str | None, name: str, value: Said) -> str | None:
    """What is wrong with saying this of a kind or family (None: of any), as a sentence."""
    if name in RECORDED:
        return f"`{name}` is recorded from the provider and can't be declared."
    known = _properties(kind)
    if name not in known:
        return (
            f"{kind or 'no kind of asset'} has {'no' if kind else 'a'} property `{name}`.{_hint(name, known)}"
        )
    wanted, types = TYPES[known[name].type]
    if not isinstance(value, types) or (isinstance(value, bool) and known[name].type != "boolean"):
        return f"`{name}` is {wanted}."
    if name in WORDS and value not in WORDS[name]:
        return f"`{name}` is one of {', '.join(WORDS[name])}."
    if known[name].type == "time" and _time(str(value)) is None:
        return f"`{name}` is {wanted}."
    return None


def value_of(kind: str, name: str, value: Said) -> Value:
    """What was said as a property's value."""
    declared = ontology.properties_of(kind)[name].type
    if declared == "time":
        return _time(str(value)) or str(value)
    if declared == "float" and isinstance(value, int):
        return float(value)
    return tuple(value) if isinstance(value, list) else value


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _hint(name: str, known: Mapping[str, ontology.Property]) -> str:
    """The property that was probably meant."""
    close = get_close_matches(name, known, n=1)
    return f" Is `{close[0]}` meant?" if close else " See docs/data-model.md for what there is."


@cache
def _properties(kind: str | None) -> dict[str, ontology.Property]:
    """The properties of a kind, of a family's kinds, or of any kind that can be collected."""
    kinds = ontology.expand(kind or "*")
    found: dict[str, ontology.Property] = {}
    for each in kinds:
        if ontology.KINDS[each] != "Governance" or each == "AISystem":
            found.update(ontology.properties_of(each))
    return found
