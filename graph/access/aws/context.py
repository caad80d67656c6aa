"""What is known about a request, and texts that refer to it (policy variables).

Context keys are compared without regard to case. A key that is not given is absent, or unknown when the
context is open. Variables: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec

from graph.access.aws.match import Symbol, Wild, symbols_of


class Unknown(Enum):
    """The value of a key that an open context does not give."""

    UNKNOWN = "unknown"


UNKNOWN: Literal[Unknown.UNKNOWN] = Unknown.UNKNOWN

ContextValue: TypeAlias = "tuple[str, ...] | Literal[Unknown.UNKNOWN] | None"
"""The values of a key; None when it is absent."""


class Condition(msgspec.Struct, frozen=True, gc=False, order=True):
    """What must hold for a decision that is still open."""

    key: str
    operator: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        """In one line, for people and for the names of conditions on edges."""
        return f"{self.key} {self.operator} {', '.join(self.values)}"


NOTHING_EXCLUDED: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Context:
    """The request's keys: those that are given, and those that `follow` from the request itself.

    What is given wins. `absent` are keys that cannot be there even if the context is open. Keys are asked for
    in lower case; nothing is worked out before somebody asks. Of an unknown key it may be known what it is
    not: `excluded`, by key in lower case.
    """

    __slots__ = ("_absent", "_follow", "_given", "_known", "_open", "excluded")

    def __init__(
        self,
        given: Mapping[str, tuple[str, ...]],
        follow: Callable[[str], tuple[str, ...] | None],
        absent: frozenset[str],
        *,
        is_open: bool,
        excluded: Mapping[str, tuple[str, ...]] = NOTHING_EXCLUDED,
    ) -> None:
        self._given = given
        self.excluded = excluded
        self._follow = follow
        self._absent = absent
        self._open = is_open
        self._known: dict[str, tuple[str, ...]] | None = None

    def get(self, key: str) -> ContextValue:
        if self._known is None:
            self._known = {name.lower(): values for name, values in self._given.items()}
        found = self._known.get(key)
        if found is None:
            found = self._follow(key)
        if found is not None:
            return found or None
        return UNKNOWN if self._open and key not in self._absent else None


class Variable(msgspec.Struct, frozen=True, gc=False):
    """`${key}` or `${key, 'default'}` in a policy."""

    key: str
    default: str | None = None


class Template(msgspec.Struct, frozen=True, gc=False):
    """A text of a policy with the variables in it; `fixed` is the text when it has none."""

    text: str
    parts: tuple[Symbol | Variable, ...] = ()

    @property
    def fixed(self) -> bool:
        return not self.parts

    def resolve(self, context: Context) -> "tuple[Symbol, ...] | Unresolved":
        """The pattern with the request's values in it; a value's own `*` and `?` are plain characters."""
        symbols: list[Symbol] = []
        for part in self.parts or symbols_of(self.text):
            if not isinstance(part, Variable):
                symbols.append(part)
                continue
            value = context.get(part.key)
            if value is UNKNOWN:
                return Unresolved(part.key, unknown=True)
            if value is not None and len(value) == 1:  # multivalued keys cannot be variables
                symbols.extend(value[0])
            elif part.default is not None:
                symbols.extend(part.default)
            else:
                return Unresolved(part.key)
        return tuple(symbols)

    def widest(self) -> tuple[Symbol, ...]:
        """The pattern with every variable standing for anything."""
        return tuple(Wild.ANY if isinstance(part, Variable) else part for part in self.parts)


class Unresolved(msgspec.Struct, frozen=True):
    """A variable without a value: absent from the request, or not known."""

    key: str
    unknown: bool = False


_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"^\s*([^,']+?)\s*(?:,\s*'([^']*)')?\s*$")
_ESCAPED = {"*": "*", "?": "?", "$": "$"}


def template(text: str, *, variables: bool) -> Template:
    """A text as a template; `variables` when the policy's version has them (2012-10-17)."""
    if not variables or "${" not in text:
        return Template(text)
    parts: list[Symbol | Variable] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts.extend(symbols_of(text[end : found.start()]))
        end = found.end()
        parts.extend(_part(found))
    parts.extend(symbols_of(text[end:]))
    return Template(text, tuple(parts))


def _part(found: "re.Match[str]") -> tuple[Symbol | Variable, ...]:
    name = found.group(1)
    if name in _ESCAPED:
        return (_ESCAPED[name],)
    shape = _DEFAULT.match(name)
    if shape is None:
        return tuple(found.group(0))
    return (Variable(shape.group(1).lower(), shape.group(2)),)
