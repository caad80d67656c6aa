"""A second evaluator, naive on purpose: one case at a time, raw JSON, no compilation, no shared code.

Written from AWS's pages on evaluation logic, policy elements and condition operators, to disagree with the
engine where the engine is wrong.
"""

import ipaddress
import itertools
import re
from datetime import datetime
from typing import Any

Case = dict[str, Any]  # `Any`: a case as JSON, read key by key


def reference(case: Case) -> tuple[str, bool]:
    """(effect, explicit) of a case with a closed context."""
    request = dict(case["request"])
    context = {k.lower(): v if isinstance(v, list) else [v] for k, v in request.get("context", {}).items()}
    who = request["principal"]
    account = _account(who)
    owner = request.get("resource_account") or account
    context.setdefault("aws:principalisawsservice", ["true" if _service(who) else "false"])
    if account:
        context.setdefault("aws:principalaccount", [account])
        context.setdefault("aws:principalarn", [_role_arn(who) or str(who)])
    if isinstance(who, str) and ":user/" in who:
        context.setdefault("aws:username", [who.split("/")[-1]])
    context.setdefault("aws:resourceaccount", [owner])
    bounded = bool(case.get("permissions_boundaries"))
    world = (request, context, bounded)

    def verdict(policies: list[Any], effect: str, names: tuple[str, ...] = ("any",)) -> bool:
        return any(
            s["Effect"] == effect and _matches(s, p["document"], world, names)
            for p in policies
            for s in _listed(p["document"]["Statement"])
        )

    free = _service_linked(who)
    identity = case.get("identity_policies", []) if account else []
    boundary = case.get("permissions_boundaries", []) if account and not _root(who) else []
    session = case.get("session_policies", []) if account else []
    resource = case.get("resource_policies", [])
    endpoint = case.get("vpc_endpoint_policies", [])
    scps = [each["policies"] for each in case.get("service_control_policies", []) if account and not free]
    rcps = [each["policies"] for each in case.get("resource_control_policies", []) if not free]
    if request["action"].split(":")[0].lower() not in BOUND_BY_RCPS:
        rcps = []
    every = [identity, boundary, session, resource, endpoint, *scps, *rcps]
    if any(verdict(policies, "Deny") for policies in every):
        return "deny", True
    narrowed = all(not layer or verdict(layer, "Allow") for layer in (boundary, session))
    by_identity = (_root(who) or verdict(identity, "Allow")) and narrowed
    if not account:
        granted = verdict(resource, "Allow")
    elif account != owner:
        granted = by_identity and verdict(resource, "Allow")
    else:
        delegated = verdict(resource, "Allow", ("account",)) or not _only_by_policy(request)
        granted = (
            (by_identity and delegated)
            or verdict(resource, "Allow", ("itself", "everyone"))
            or (verdict(resource, "Allow", ("role",)) and narrowed)
        )
    limits = [*scps, *([endpoint] if endpoint else [])]
    if granted and all(verdict(level, "Allow") for level in limits):
        return "allow", True
    return "deny", False


BOUND_BY_RCPS = ("s3", "sts", "kms", "sqs", "secretsmanager")
"""Of the services that cases are generated for, those whose resources an RCP binds."""


def _only_by_policy(request: Any) -> bool:
    """Roles and keys: without their own policy's word no identity policy grants anything."""
    action = request["action"].lower()
    return action.startswith("sts:assumerole") or (
        action.startswith("kms:") and ":key/" in request["resource"]
    )


def _root(who: Any) -> bool:
    return isinstance(who, str) and who.endswith(":root")


def _service_linked(who: Any) -> bool:
    return isinstance(who, str) and ":role/aws-service-role/" in who


def worlds(case: Case, keys: dict[str, list[Any]]) -> list[Case]:
    """The case with every way the keys may be given: absent, or one of the values."""
    found = []
    choices = [[None, *values] for values in keys.values()]
    for chosen in itertools.product(*choices):
        request = dict(case["request"])
        given = {k: v for k, v in zip(keys, chosen, strict=True) if v is not None}
        request["context"] = {**request.get("context", {}), **given}
        found.append({**case, "request": request})
    return found


def _matches(statement: Any, document: Any, world: Any, names: tuple[str, ...]) -> bool:
    request, context, bounded = world
    return (
        _action(statement, request["action"])
        and _principal(statement, request["principal"], bounded, names)
        and _resource(statement, document, request["resource"], context)
        and all(
            _condition(operator, key, values, document, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _action(statement: Any, action: str) -> bool:
    if "Action" in statement:
        return any(_glob(p.lower(), action.lower()) for p in _listed(statement["Action"]))
    return not any(_glob(p.lower(), action.lower()) for p in _listed(statement["NotAction"]))


def _resource(statement: Any, document: Any, resource: str, context: Any) -> bool:
    negated = "NotResource" in statement
    patterns = [
        _expand(p, document, context) for p in _listed(statement["NotResource" if negated else "Resource"])
    ]
    if negated and None in patterns:
        return False
    hit = any(_glob(p, resource) for p in patterns if p is not None)
    return hit is not negated


def _principal(statement: Any, who: Any, bounded: bool, names: tuple[str, ...]) -> bool:
    if "NotPrincipal" in statement:
        listed = _listed(statement["NotPrincipal"].get("AWS", []))
        account = _account(who)
        needed = {str(who), *([_role_arn(who)] if _role_arn(who) else [])} - {f"arn:aws:iam::{account}:root"}
        spared = (
            not bounded
            and (account in listed or f"arn:aws:iam::{account}:root" in listed)
            and needed <= set(listed)
        )
        return not spared
    if "Principal" not in statement:
        return True
    level = _level(statement["Principal"], who)
    return level != "none" and ("any" in names or level in names)


def _level(principal: Any, who: Any) -> str:
    if principal == "*" or "*" in _listed(principal.get("AWS", [])):
        return "everyone"
    if _service(who):
        return "itself" if who["service"] in _listed(principal.get("Service", [])) else "none"
    if isinstance(who, dict):
        return "none"
    listed = _listed(principal.get("AWS", []))
    role = _role_arn(who)
    if _root(who):
        return "itself" if who in listed or _account(who) in listed else "none"
    if who in listed and ":role/" not in who:
        return "itself"
    if role and role in listed:
        return "role"
    account = _account(who)
    return "account" if account in listed or f"arn:aws:iam::{account}:root" in listed else "none"


def _condition(operator: str, key: str, wanted: Any, document: Any, context: Any) -> bool:
    name, _, tail = operator.partition(":")
    quantifier, name = (name, tail) if tail else ("", name)
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    values = context.get(key.lower()) or None
    texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in _listed(wanted)]
    if name == "Null":
        return any((t == "true") is (values is None) for t in texts)
    negated = "Not" in name
    if values is None:
        if if_exists or quantifier == "ForAllValues":
            return True
        return False if quantifier == "ForAnyValue" else negated
    if name.startswith(("String", "Arn")):
        texts = [t for t in (_expand(t, document, context) for t in texts) if t is not None]
    single = [any(_compare(name, v, t) for t in texts) is not negated for v in values]
    if quantifier == "ForAllValues":
        return all(single)
    return all(single) if negated and not quantifier else any(single)


def _compare(name: str, value: str, wanted: str) -> bool:
    base = name.replace("Not", "")
    if base == "StringEquals":
        return value == wanted
    if base == "StringEqualsIgnoreCase":
        return value.lower() == wanted.lower()
    if base == "StringLike":
        return _glob(wanted, value)
    if base in ("ArnLike", "ArnEquals"):
        parts, own = wanted.split(":", 5), value.split(":", 5)
        return len(parts) == len(own) == 6 and all(_glob(p, o) for p, o in zip(parts, own, strict=True))
    if base == "IpAddress":
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)
    if base == "Bool":
        return value.lower() == wanted.lower()
    if base.startswith("Date"):
        now, then = (datetime.fromisoformat(each) for each in (value, wanted))
        before, same = now < then, now == then
        return {"DateLessThan": before, "DateGreaterThanEquals": not before, "DateEquals": same}[base]
    left, right = float(value), float(wanted)
    return {
        "NumericEquals": left == right,
        "NumericLessThan": left < right,
        "NumericLessThanEquals": left <= right,
        "NumericGreaterThan": left > right,
        "NumericGreaterThanEquals": left >= right,
    }[base]


def _expand(text: str, document: Any, context: Any) -> str | None:
    """Variables replaced; None when one has no value. Values here hold no wildcards."""
    if document.get("Version") != "2012-10-17":
        return text
    for found in re.findall(r"\$\{([^}]+)\}", text):
        values = context.get(found.lower())
        if values is None or len(values) != 1:
            return None
        text = text.replace("${" + found + "}", values[0])
    return text


def _glob(pattern: str, text: str) -> bool:
    """The textbook recursion over pattern and text."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return _glob(pattern[1:], text) or (bool(text) and _glob(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and _glob(pattern[1:], text[1:])


def _account(who: Any) -> str:
    return who.split(":")[4] if isinstance(who, str) else ""


def _service(who: Any) -> bool:
    return isinstance(who, dict) and "service" in who


def _role_arn(who: Any) -> str:
    if not isinstance(who, str):
        return ""
    if ":assumed-role/" in who:
        return f"arn:aws:iam::{_account(who)}:role/{who.split('/')[1]}"
    return who if ":role/" in who else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
