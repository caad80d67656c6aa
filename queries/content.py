"""Rules, path rules, saved queries and frameworks: read from YAML, checked, frozen.

Everything is found by scanning the folders beside this file; nothing is registered. An error names the
file, the key and what to do. What a statement may say is `queries.lint`'s affair.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

import msgspec
import yaml

from graph.model import Cell
from queries.cypher import take_apart
from queries.results import ControlRef, Severity

HERE = Path(__file__).parent
RULES, PATHS, SAVED, FRAMEWORKS = "rules", "paths", "saved", "frameworks"

ParameterType = Literal["integer", "float", "boolean", "string", "strings"]
Setting: TypeAlias = int | float | bool | str | tuple[str, ...]
"""What a parameter may be set to."""

FrameworkKind = Literal[
    "law", "standard", "framework", "taxonomy", "benchmark", "vendor_controls", "tool_checks"
]


class ContentError(Exception):
    """A file of rules, queries or frameworks is wrong; the message names file, key and what to do."""


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value the customer may set; `default` holds where he does not."""

    type: ParameterType
    default: Setting
    meaning: str


class Fix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to fix it, three ways: hints, with capitals where a value goes."""

    console: str
    cli: str
    terraform: str


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small graph and the subjects that the rule must find in it.

    `nodes` and `edges` hold ontology names and properties. `steps` are chains of footholds, such as
    `net reach -> fn reach -> fn invoke`, and `entries` the footholds an attacker may start from. `begins`
    are the entries that the findings must have, where that matters.
    """

    name: str
    nodes: Mapping[str, Mapping[str, object]]
    expect: tuple[str, ...]
    edges: tuple[Mapping[str, object], ...] = ()
    steps: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    parameters: Mapping[str, Setting] = {}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A saved risk query. `cypher` returns `subject`, and may return `entry`, `path` and `terms`.

    `applies` is the population. `needs_also` and `needs_not` are exceptions to the computed needs: call
    ids or `Kind.property` names, each with a reason; in `needs_not` also relations whose lack casts no doubt,
    and kinds of which it does not matter whether all are listed.
    """

    id: str
    title: str
    severity: Severity
    why: str
    applies: str
    cypher: str
    fix: Fix
    limits: str
    references: tuple[str, ...]
    tests: tuple[Case, ...]
    parameters: Mapping[str, Parameter] = {}
    needs_also: Mapping[str, str] = {}
    needs_not: Mapping[str, str] = {}

    @property
    def is_path(self) -> bool:
        """Whether it is an attack path, which has an entry, rather than a single weakness."""
        return self.id.startswith("AISPM-PATH-")


class SavedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question for people, with a LIMIT; its id is the file's name."""

    id: str
    name: str
    category: str
    description: str
    cypher: str
    parameters: Mapping[str, Parameter] = {}


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One control: the rules that give evidence for it, or `manual`: what to ask instead."""

    id: str
    title: str
    rules: tuple[str, ...] = ()
    manual: str = ""


class Framework(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One edition of a framework. `quoting` is what its publisher lets us print."""

    id: str
    title: str
    edition: str
    publisher: str
    kind: FrameworkKind
    quoting: str
    complete: bool
    controls: tuple[Control, ...]
    date: str = ""
    note: str = ""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that security people review, each tuple sorted by id; `digest` names this very pack."""

    rules: tuple[Rule, ...]
    saved: tuple[SavedQuery, ...]
    frameworks: tuple[Framework, ...]
    digest: str

    def rule(self, rule_id: str) -> Rule:
        """The rule of this id; a ContentError names the nearest when there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        known = ", ".join(rule.id for rule in self.rules)
        raise ContentError(f"There is no rule {rule_id}; the rules are {known}.")

    def query(self, query_id: str) -> SavedQuery:
        """The saved query of this id."""
        for query in self.saved:
            if query.id == query_id:
                return query
        known = ", ".join(query.id for query in self.saved)
        raise ContentError(f"There is no saved query {query_id}; there are {known}.")

    def controls_of(self, rule_id: str) -> tuple[ControlRef, ...]:
        """The controls that point at a rule, in every framework and edition."""
        return tuple(
            ControlRef(framework.id, framework.edition, control.id)
            for framework in self.frameworks
            for control in framework.controls
            if rule_id in control.rules
        )


def load(folder: Path = HERE) -> Content:
    """Read the four folders of content; a ContentError on the first mistake."""
    rules = [_titled(path, Rule) for kind in (RULES, PATHS) for path in files(folder, kind)]
    saved = [_titled(path, SavedQuery) for path in files(folder, SAVED)]
    frameworks = [_titled(path, Framework) for path in files(folder, FRAMEWORKS)]
    for each in (rules, saved, frameworks):
        _unique([item.id for item in each])
    hashed = hashlib.sha256()
    for kind in (RULES, PATHS, SAVED, FRAMEWORKS):
        for path in files(folder, kind):
            hashed.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return Content(
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
        saved=tuple(sorted(saved, key=lambda query: query.id)),
        frameworks=tuple(sorted(frameworks, key=lambda framework: framework.id)),
        digest=hashed.hexdigest(),
    )


@cache
def shipped() -> Content:
    """The content that comes with the product, read once."""
    return load()


def files(folder: Path, kind: str) -> list[Path]:
    """The YAML files of one kind, by name."""
    return sorted((folder / kind).glob("*.yaml"))


T = TypeVar("T", Rule, SavedQuery, Framework)


def _titled(path: Path, shape: type[T]) -> T:
    item = parse(path, shape)
    if not path.stem.startswith(item.id.replace("_", "-") if shape is Framework else item.id):
        raise ContentError(f"{path}: `id` is {item.id}; the file's name must begin with it.")
    return item


def parse(path: Path, shape: type[T]) -> T:
    """One file as a struct of the given shape."""
    try:
        data = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 (a SafeLoader, stricter)
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ContentError(f"{path}{where}: not readable as YAML: {error.problem}.") from error
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        what, _, key = str(error).partition(" - at `$.")
        known = ", ".join(field.name for field in msgspec.structs.fields(shape))
        at = f", key {key.rstrip('`')}" if key else ""
        raise ContentError(f"{path}{at}: {what}. The keys are {known}.") from error


class _Loader(yaml.CSafeLoader):
    """Refuses a key that is given twice, where YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 (the base class's signature)
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))


def _unique(ids: list[str]) -> None:
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ContentError(f"The id {twice[0]} is used by two files; ids are for ever, so take a new one.")


def bind(
    text: str, parameters: Mapping[str, Parameter], given: Mapping[str, Setting], now: datetime | None = None
) -> dict[str, Cell]:
    """The values of the `$parameters` that a statement names: the given ones, else the defaults."""
    named = {token.text[1:] for token in take_apart(text).tokens if token.kind == "parameter"}
    bound: dict[str, Cell] = {}
    for name in sorted(named & parameters.keys()):
        value = given.get(name, parameters[name].default)
        bound[name] = _checked(name, parameters[name], value)
    if "now" in named and now is not None:
        bound["now"] = now
    return bound


def _checked(name: str, parameter: Parameter, value: Setting) -> Cell:
    try:
        checked: Cell = msgspec.convert(value, _PYTHON[parameter.type])
    except msgspec.ValidationError as error:
        raise ContentError(
            f"The parameter {name} ({parameter.meaning}) is a value of type {parameter.type}: {error}."
        ) from error
    return checked


_PYTHON: Mapping[ParameterType, object] = {
    "integer": int,
    "float": float,
    "boolean": bool,
    "string": str,
    "strings": list[str],
}
