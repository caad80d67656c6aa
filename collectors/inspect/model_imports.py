"""What an import of a pickle means: harmless by name, hidden, something no model needs, or not known."""

import re
import sys
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import yaml

from collectors.inspect.model_pickle import Import, Pickle

Level = Literal["high", "medium"]

_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")
_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""Names of Python 2, which the unpickler translates (`_compat_pickle`)."""


class _Harmless(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    module: str
    names: tuple[str, ...] = ()
    classes: bool = False

    def covers(self, module: str, name: str) -> bool:
        below = self.module.endswith(".") and f"{module}.".startswith(self.module)
        if not below and module != self.module:
            return False
        return name in self.names or (self.classes and _CLASS.fullmatch(name) is not None)


@cache
def _harmless() -> tuple[_Harmless, ...]:
    text = (files("collectors.inspect") / "harmless_imports.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[_Harmless, ...])


@cache
def is_harmless(module: str, name: str) -> bool:
    module = _OLD_MODULES.get(module, module)
    return any(each.covers(module, name) for each in _harmless())


def judged(found: Pickle) -> list[tuple[Level, str, str]]:
    """Level, rule and `module.name` of each import that is not known to be harmless."""
    called = {(each.module, each.name) for each in found.called}
    kinds = {(each.module, each.name): each for each in found.imports}
    return [_judged(each, called=key in called) for key, each in kinds.items() if not is_harmless(*key)]


def _judged(found: Import, *, called: bool) -> tuple[Level, str, str]:
    """A function of the standard library that is called has no business in a model; others: nobody knows."""
    if not found.module:
        return "high", "hidden import", "what it imports is not in the file"
    name = f"{found.module}.{found.name}"
    root = _OLD_MODULES.get(found.module, found.module).partition(".")[0]
    own = root in sys.stdlib_module_names and _CLASS.fullmatch(found.name) is None
    if called and own:
        return "high", "call of the standard library", name
    return "medium", "unknown import", name
