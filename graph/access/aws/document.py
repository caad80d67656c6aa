"""A policy document, parsed once: statements ready to be matched, or the fault that makes it unreadable.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
A document with a fault is not an empty one: its effect is unknown, and decisions that hang on it stay open.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Literal

import msgspec

from graph.access.aws.conditions import Clause, clause_of
from graph.access.aws.context import Template, template
from graph.access.aws.match import Glob, action_glob, arn_glob
from graph.access.aws.principal import PrincipalElement, element_of
from graph.model import Json

PolicyKind = Literal["identity", "boundary", "session", "resource", "scp", "rcp", "vpc_endpoint"]

VERSIONS = ("2012-10-17", "2008-10-17")
MOST_ACTIONS = 4096
"""Actions of which a document remembers its statements."""

LARGEST = 1_000_000
"""Characters beyond which no AWS policy type goes, by far."""


class ResourcePattern(msgspec.Struct, frozen=True, gc=False):
    """One entry of Resource or NotResource: a fixed pattern, or one with variables."""

    text: str
    glob: Glob | None
    template: Template


class Statement(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One statement. `resources` is None where the document type has no Resource element (trust policies)."""

    index: int
    pointer: str
    sid: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[Glob, ...]
    not_action: bool
    resources: tuple[ResourcePattern, ...] | None
    not_resource: bool
    principal: PrincipalElement | None
    not_principal: bool
    clauses: tuple[Clause, ...]
    everywhere: bool = False
    """It applies to every request for its actions: no principal or condition to meet, and every resource."""
    variable: bool = False
    """It has policy variables: what it says depends on the request."""
    about_principal: tuple[Clause, ...] = ()
    """The conditions by which it tells principals with the same policies apart."""

    def about(self, action: str) -> bool:
        """Whether it is about an action, in lower case. NotAction means every action but those listed."""
        return any(each.matches(action) for each in self.actions) is not self.not_action


class Document(msgspec.Struct, frozen=True, gc=False, eq=False):
    """The statements of a policy; with a `fault` there are none and the effect is unknown."""

    statements: tuple[Statement, ...] = ()
    fault: str = ""
    _about: dict[str, tuple[Statement, ...]] = msgspec.field(default_factory=dict)

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements about an action, in lower case; looked up once for each action that is asked."""
        found = self._about.get(action)
        if found is None:
            found = tuple(each for each in self.statements if each.about(action))
            if len(self._about) < MOST_ACTIONS:
                self._about[action] = found
        return found

    def denies_only(self) -> "Document":
        """What is left when nothing it allows counts."""
        return Document(tuple(each for each in self.statements if each.effect == "Deny"), self.fault)


class NamedDocument(msgspec.Struct, frozen=True, gc=False):
    """A policy as it is attached: the name people know it by, and its document.

    `listed`: it is a grant of an access control list, which other settings bind than policies.
    """

    name: str
    document: Document
    listed: bool = False


class _Fault(Exception):
    """What is wrong with a document, in words."""


def compile_text(text: str | bytes, kind: PolicyKind) -> Document:
    """A document from its JSON text."""
    try:
        return compile_document(msgspec.json.decode(text), kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Document(fault=f"not JSON: {error}")


def compile_document(value: Json, kind: PolicyKind) -> Document:
    """A document from parsed JSON. Which elements it must have depends on the kind of policy."""
    try:
        _check_texts(value)
        return Document(tuple(_statements(value, kind)))
    except _Fault as fault:
        return Document(fault=str(fault))
    except RecursionError:
        return Document(fault="nested too deeply to be a policy")


def _check_texts(value: Json) -> None:
    """No document may be larger than policies get, or hold a null byte."""
    with suppress(UnicodeEncodeError):
        text = msgspec.json.encode(value)
        if len(text) <= LARGEST and b"\\u0000" not in text:
            return
    size = 0
    waiting: list[Json] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            size += len(each)
            if "\0" in each:
                raise _Fault("a text holds a null byte")
        elif isinstance(each, dict):
            waiting.extend(each.values())
            waiting.extend(each.keys())
        elif isinstance(each, list):
            size += len(each)
            waiting.extend(each)
        if size > LARGEST:
            raise _Fault(f"larger than {LARGEST:,} characters, which no policy can be")


def _statements(value: Json, kind: PolicyKind) -> Iterator[Statement]:
    if not isinstance(value, dict):
        raise _Fault("a policy must be an object")
    version = value.get("Version", VERSIONS[-1])
    if version not in VERSIONS:
        raise _Fault(f"Version {version!r} is not one of {', '.join(VERSIONS)}")
    if "Statement" not in value:
        raise _Fault("Statement is missing")
    held = value["Statement"]
    rows = held if isinstance(held, list) else [held]
    for index, row in enumerate(rows):
        pointer = f"/Statement/{index}" if isinstance(held, list) else "/Statement"
        if not isinstance(row, dict):
            raise _Fault(f"{pointer} must be an object")
        try:
            yield _statement(row, kind, index, pointer, variables=version == VERSIONS[0])
        except _Fault as fault:
            raise _Fault(f"{pointer}: {fault}") from None


def _statement(
    row: Mapping[str, Json], kind: PolicyKind, index: int, pointer: str, *, variables: bool
) -> Statement:
    unknown = sorted(set(row) - _ELEMENTS)
    if unknown:
        raise _Fault(f"unknown element {unknown[0]!r}")
    effect = row.get("Effect")
    if effect != "Allow" and effect != "Deny":
        raise _Fault("Effect must be Allow or Deny")
    sid = row.get("Sid", "")
    if not isinstance(sid, str):
        raise _Fault("Sid must be text")
    actions, not_action = _one_of(row, "Action", "NotAction", needed=True)
    resources, not_resource = _one_of(row, "Resource", "NotResource", needed=kind not in ("resource", "rcp"))
    principal, not_principal = _principal(row, kind)
    clauses = tuple(_clauses(row.get("Condition", {}), variables))
    patterns = None if resources is None else tuple(_resource(each, variables) for each in resources)
    all_resources = resources is None or (not not_resource and "*" in resources)
    return Statement(
        index=index,
        pointer=pointer,
        sid=sid,
        effect="Allow" if effect == "Allow" else "Deny",
        actions=tuple(_action(each) for each in actions or ()),
        not_action=not_action,
        resources=patterns,
        not_resource=not_resource,
        principal=principal,
        not_principal=not_principal,
        clauses=clauses,
        everywhere=principal is None and not clauses and all_resources,
        variable=any(not each.template.fixed for each in patterns or ())
        or any(not value.fixed for clause in clauses for value in clause.values),
        about_principal=tuple(each for each in clauses if each.lowered.startswith(_ABOUT_PRINCIPALS)),
    )


_ABOUT_PRINCIPALS = (
    "aws:principalarn",
    "aws:principaltag/",
    "aws:principaltype",
    "aws:username",
    "aws:userid",
)


_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


def _one_of(
    row: Mapping[str, Json], name: str, negated: str, *, needed: bool
) -> tuple[tuple[str, ...] | None, bool]:
    """The texts of an element or of its negation, and which of them it was."""
    if name in row and negated in row:
        raise _Fault(f"{name} and {negated} exclude each other")
    if name not in row and negated not in row:
        if needed:
            raise _Fault(f"{name} is missing")
        return None, False
    found = name if name in row else negated
    return _texts(row[found], found), found == negated


def _texts(value: Json, name: str) -> tuple[str, ...]:
    held: Sequence[Json] = value if isinstance(value, list) else [value]
    texts = tuple(each for each in held if isinstance(each, str) and each)
    if not held or len(texts) != len(held):
        raise _Fault(f"{name} must be text or a list of texts")
    return texts


def _action(text: str) -> Glob:
    if text != "*" and ":" not in text:
        raise _Fault(f"action {text!r} names no service")
    return action_glob(text)


def _resource(text: str, variables: bool) -> ResourcePattern:  # noqa: FBT001 - one private caller, by position
    found = template(text, variables=variables)
    return ResourcePattern(text, arn_glob(text) if found.fixed else None, found)


def _principal(row: Mapping[str, Json], kind: PolicyKind) -> tuple[PrincipalElement | None, bool]:
    present = [name for name in ("Principal", "NotPrincipal") if name in row]
    if kind in ("identity", "boundary", "session", "scp"):
        if present:
            raise _Fault(f"{present[0]} does not belong in this kind of policy")
        return None, False
    if len(present) != 1:
        if present or kind == "resource":
            raise _Fault("one of Principal and NotPrincipal is needed")
        return None, False
    element = element_of(row[present[0]])
    if isinstance(element, str):
        raise _Fault(element)
    return element, present[0] == "NotPrincipal"


def _clauses(value: Json, variables: bool) -> Iterator[Clause]:  # noqa: FBT001 - one private caller, by position
    if not isinstance(value, dict):
        raise _Fault("Condition must be an object")
    for operator, keys in value.items():
        if not isinstance(keys, dict):
            raise _Fault(f"Condition {operator} must be an object")
        for key, values in keys.items():
            texts = tuple(template(each, variables=variables) for each in _values(values, operator, key))
            clause = clause_of(operator, key, texts)
            if clause is None:
                raise _Fault(f"unknown condition operator {operator!r}")
            yield clause


def _values(value: Json, operator: str, key: str) -> Iterator[str]:
    """Condition values: text, and the numbers and booleans that AWS accepts unquoted."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, bool):
            yield "true" if each else "false"
        elif isinstance(each, str | int | float):
            yield str(each)
        else:
            raise _Fault(f"Condition {operator} {key} must hold texts")
