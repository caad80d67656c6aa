"""Access cases: one JSON case a line in, one JSON answer out (`docs/access.md` has the format).

A malformed case is answered with its id and what is wrong with it.
"""

import re
from collections.abc import Mapping

import msgspec

from graph.access.aws import (
    ANONYMOUS,
    Decision,
    NamedDocument,
    Policies,
    Principal,
    Request,
    actions,
    compile_text,
    evaluate,
    principal_of,
)
from graph.access.aws.document import PolicyKind

EVERYTHING = "*"
ANY_RESOURCE = "arn:*"
"""A requested pattern that every resource fits."""


class CaseError(Exception):
    """A case that cannot be evaluated; the sentence says which part of it is wrong."""


class _PolicyCase(msgspec.Struct):
    document: msgspec.Raw
    name: str = ""


class _LevelCase(msgspec.Struct):
    policies: list[_PolicyCase]
    target: str = ""


_ContextValue = str | int | float | bool | list[str | int | float | bool]


class _RequestCase(msgspec.Struct):
    action: str
    principal: str | dict[str, str | bool]
    resource: str = "*"
    resource_account: str = ""
    context: dict[str, _ContextValue] = msgspec.field(default_factory=dict)


class _Case(msgspec.Struct):
    request: _RequestCase
    open_context: bool = False
    identity_policies: list[_PolicyCase] = msgspec.field(default_factory=list)
    permissions_boundaries: list[_PolicyCase] = msgspec.field(default_factory=list)
    session_policies: list[_PolicyCase] = msgspec.field(default_factory=list)
    resource_policies: list[_PolicyCase] = msgspec.field(default_factory=list)
    service_control_policies: list[_LevelCase] = msgspec.field(default_factory=list)
    resource_control_policies: list[_LevelCase] = msgspec.field(default_factory=list)
    vpc_endpoint_policies: list[_PolicyCase] = msgspec.field(default_factory=list)


class _Head(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"null")
    provider: str = ""


def evaluate_case(line: bytes, provider: str = "aws") -> bytes:
    """The answer to one case, as one line without the line break. `provider` is for cases that name none."""
    identifier = msgspec.Raw(b"null")
    try:
        head = msgspec.json.decode(line, type=_Head)
        identifier = head.id
        answer = _answer(line, head.provider or provider)
    except RecursionError:
        wrong = "the case is nested too deeply to be read"
        return msgspec.json.encode({"id": _identifier_in(line), "error": wrong})
    except (msgspec.MsgspecError, CaseError, UnicodeDecodeError) as error:
        if bytes(identifier) == b"null":
            identifier = _identifier_in(line)
        return msgspec.json.encode({"id": identifier, "error": str(error)})
    return msgspec.json.encode({"id": identifier, **answer})


_IDENTIFIER = re.compile(rb'"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)')


def _identifier_in(line: bytes) -> msgspec.Raw:
    """The id of a case that cannot be parsed, as far as its text shows one."""
    found = _IDENTIFIER.search(line)
    return msgspec.Raw(found.group(1) if found else b"null")


def _answer(line: bytes, provider: str) -> Mapping[str, object]:
    match provider:
        case "aws":
            case = msgspec.json.decode(line, type=_Case)
            return {**answer_of(_evaluate_aws(case)), **_notes(case.request)}
        case _:
            raise CaseError(f"provider {provider!r} is not one of: aws")


def _notes(asked: _RequestCase) -> Mapping[str, object]:
    """What is odd about the question; nothing in most answers."""
    if not actions.known(asked.action):
        return {"notes": [actions.unknown(asked.action)]}
    if asked.resource != EVERYTHING and _takes_none(asked.action):
        return {"notes": [f"{asked.action} takes no resource: it was asked with *"]}
    return {}


def _takes_none(action: str) -> bool:
    row = actions.action_of(action)
    return row is not None and row.only_everything


def _resource(asked: _RequestCase) -> str:
    """What AWS asks with: `*` where the action takes no resource, any resource where it takes one."""
    if _takes_none(asked.action):
        return EVERYTHING
    known = actions.known(asked.action)
    return ANY_RESOURCE if known and asked.resource == EVERYTHING else asked.resource


def _evaluate_aws(case: _Case) -> Decision:
    asked = case.request
    context = {key: _texts(value) for key, value in asked.context.items()}
    if ":" not in asked.action:
        raise CaseError(f"request.action {asked.action!r} must be service:Action")
    request = Request(
        action=asked.action,
        resource=_resource(asked),
        principal=_principal(asked.principal, context),
        resource_account=asked.resource_account,
        context=context,
        open_context=case.open_context,
    )
    return evaluate(request, _policies(case))


def _policies(case: _Case) -> Policies:
    return Policies(
        identity=_level(case.identity_policies, "identity"),
        boundary=_level(case.permissions_boundaries, "boundary"),
        session=_level(case.session_policies, "session"),
        resource=_level(case.resource_policies, "resource"),
        scp=tuple(_level(level.policies, "scp") for level in case.service_control_policies),
        rcp=tuple(_level(level.policies, "rcp") for level in case.resource_control_policies),
        vpc_endpoint=_level(case.vpc_endpoint_policies, "vpc_endpoint"),
    )


def _level(policies: list[_PolicyCase], kind: PolicyKind) -> tuple[NamedDocument, ...]:
    return tuple(NamedDocument(each.name, compile_text(bytes(each.document), kind)) for each in policies)


def _texts(value: _ContextValue) -> tuple[str, ...]:
    held = value if isinstance(value, list) else [value]
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in held)


def _principal(value: str | dict[str, str | bool], context: Mapping[str, tuple[str, ...]]) -> Principal:
    if isinstance(value, str):
        given = next((v[0] for k, v in context.items() if k.lower() == "aws:principalarn" and v), "")
        found = principal_of(value, given)
        if found is None:
            raise CaseError(f"request.principal {value!r} is no user, role, session, account or root ARN")
        return found
    match value:
        case {"anonymous": True}:
            return ANONYMOUS
        case {"service": str(name)}:
            return Principal("service", name)
        case {"federated": str(name)}:
            return Principal("federated", name)
        case _:
            raise CaseError("request.principal must be an ARN, {service: ...} or {anonymous: true}")


def answer_of(decision: Decision) -> dict[str, object]:
    """A decision as the case format writes it."""
    return {
        "effect": decision.effect,
        "explicit": decision.explicit,
        "blocked_by": decision.blocked_by,
        "conditions": [
            {"key": each.key, "operator": each.operator, "values": each.values}
            for each in decision.conditions
        ],
        "statements": [
            {
                "policy": each.policy,
                "kind": each.kind,
                "index": each.index,
                "sid": each.sid,
                "effect": each.effect,
                "pointer": each.pointer,
            }
            for each in decision.statements
        ],
    }
