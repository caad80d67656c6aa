"""The Condition element: every operator, `IfExists`, `ForAllValues`, `ForAnyValue` and `Null`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html

A clause is one key under one operator: several values are alternatives, several clauses must all hold.
A negated operator holds when none of the values matches, and when the key is absent.
"""

import base64
import binascii
import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

import msgspec

from graph.access.aws.context import UNKNOWN, Condition, Context, Template, Unresolved
from graph.access.aws.match import Symbol, Wild, of_symbols, symbols_of

Quantifier = Literal["", "ForAllValues", "ForAnyValue"]
Test = Callable[[str, str], bool]


class Operator(msgspec.Struct, frozen=True):
    """One comparison: `test(request's value, policy's value)`; `negated` turns the answer around.

    `opposite` is the operator that says the contrary, for the sentence "this must hold"; `text` marks the
    operators whose values may hold variables.
    """

    test: Test
    negated: bool
    opposite: str
    text: bool = False


class Clause(msgspec.Struct, frozen=True, gc=False):
    """One key under one operator, compiled."""

    key: str
    operator: str
    quantifier: Quantifier
    if_exists: bool
    values: tuple[Template, ...]

    @property
    def lowered(self) -> str:
        return self.key.lower()

    @property
    def spelled(self) -> str:
        """The operator as the policy spells it."""
        prefix = f"{self.quantifier}:" if self.quantifier else ""
        return f"{prefix}{self.operator}{'IfExists' if self.if_exists else ''}"

    def condition(self, *, holds: bool) -> Condition:
        """What must hold for the clause to be met (or, for a Deny, not to be met)."""
        values = tuple(value.text for value in self.values)
        if holds:
            return Condition(self.key, self.spelled, values)
        if self.operator == "Null":
            return Condition(
                self.key, "Null", tuple("false" if v.lower() == "true" else "true" for v in values)
            )
        opposite = OPERATORS[self.operator].opposite
        quantifier = {"": "", "ForAllValues": "ForAnyValue:", "ForAnyValue": "ForAllValues:"}[self.quantifier]
        return Condition(self.key, quantifier + opposite, values)


Truth = bool | None
"""None: it hangs on a key that is not known."""


def clause_of(operator: str, key: str, values: tuple[Template, ...]) -> Clause | None:
    """The clause of a policy's operator, or None when there is no such operator."""
    name = operator
    quantifier: Quantifier = ""
    head, colon, tail = operator.partition(":")
    if colon:
        found = _QUANTIFIERS.get(head.lower())
        if found is None:
            return None
        quantifier, name = found, tail
    if_exists = name.lower().endswith("ifexists")
    name = name[: -len("IfExists")] if if_exists else name
    known = _SPELLING.get(name.lower())
    if known is None or (known == "Null" and if_exists):
        return None
    return Clause(key, known, quantifier, if_exists, values)


def holds(clause: Clause, context: Context) -> Truth:
    """Whether the clause is met by the request."""
    found = context.get(clause.lowered)
    if found is UNKNOWN:
        return _but_not(clause, context.excluded.get(clause.lowered, ()))
    if clause.operator == "Null":
        return _null(clause, absent=found is None)
    operator = OPERATORS[clause.operator]
    if found is None:
        return _when_absent(clause, operator)
    if clause.quantifier == "ForAllValues" and found == ("",):
        return True  # an empty value counts as no value
    accepted, open_variable = _accepted(clause, operator, context)
    answers = [any(_matches(operator, value, each) for each in accepted) for value in found]
    return _combined(clause, operator, answers, open_variable=open_variable)


def _but_not(clause: Clause, excluded: tuple[str, ...]) -> Truth:
    """A key that is absent, or has a value but none of `excluded`: settled where both give the same."""
    values = {each.text for each in clause.values if each.fixed}
    operator = OPERATORS.get(clause.operator)
    if operator is None or not operator.text or len(values) < len(clause.values):
        return None
    if not values <= set(excluded) or any("*" in each or "?" in each for each in values):
        return None
    present = _combined(clause, operator, [False], open_variable=False)
    return present if present is _when_absent(clause, operator) else None


def _combined(clause: Clause, operator: Operator, answers: list[bool], *, open_variable: bool) -> Truth:
    """From "which of the request's values match one of the policy's" to the clause's answer.

    An unresolved variable that may still match makes every non-match uncertain.
    """
    possible = [True if answer else (None if open_variable else False) for answer in answers]
    single = [None if each is None else each is not operator.negated for each in possible]
    if clause.quantifier == "ForAllValues":
        return _all(single)
    if clause.quantifier == "ForAnyValue" or not operator.negated:
        return _any(single)
    return _all(single)


def _any(answers: list[Truth]) -> Truth:
    if True in answers:
        return True
    return None if None in answers else False


def _all(answers: list[Truth]) -> Truth:
    if False in answers:
        return False
    return None if None in answers else True


def _null(clause: Clause, *, absent: bool) -> bool:
    return any((value.text.lower() == "true") is absent for value in clause.values)


def _when_absent(clause: Clause, operator: Operator) -> bool:
    """A key that is absent: `ForAllValues` holds, `ForAnyValue` does not, else only negated operators do."""
    if clause.if_exists or clause.quantifier == "ForAllValues":
        return True
    if clause.quantifier == "ForAnyValue":
        return False
    return operator.negated


def _accepted(
    clause: Clause, operator: Operator, context: Context
) -> tuple[list[str | tuple[Symbol, ...]], bool]:
    """The policy's values with variables replaced, and whether one of them is not known.

    A variable without a value is like nothing: it matches no value, so a negated operator holds
    (reference_policies_variables.html, "Policy variables with no value").
    """
    accepted: list[str | tuple[Symbol, ...]] = []
    unknown = False
    for value in clause.values:
        if value.fixed or not operator.text:
            accepted.append(value.text)
            continue
        resolved = value.resolve(context)
        if isinstance(resolved, Unresolved):
            unknown = unknown or resolved.unknown
        else:
            accepted.append(resolved)
    return accepted, unknown


def _matches(operator: Operator, value: str, accepted: str | tuple[Symbol, ...]) -> bool:
    if isinstance(accepted, str):
        return operator.test(value, accepted)
    if operator.test is _like:
        return of_symbols(accepted).matches(value)
    if operator.test is _arn_like:
        return _arn_symbols(value, accepted)
    return operator.test(value, _flat(accepted))


def _flat(symbols: tuple[Symbol, ...]) -> str:
    return "".join(each.value if isinstance(each, Wild) else each for each in symbols)


# The comparisons


def _equal(value: str, accepted: str) -> bool:
    return value == accepted


def _equal_any_case(value: str, accepted: str) -> bool:
    return value.casefold() == accepted.casefold()


def _like(value: str, accepted: str) -> bool:
    return of_symbols(symbols_of(accepted)).matches(value) if _wild(accepted) else value == accepted


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


def _arn_like(value: str, accepted: str) -> bool:
    return _arn_symbols(value, tuple(symbols_of(accepted)))


@lru_cache(maxsize=1 << 14)
def _arn_symbols(value: str, accepted: tuple[Symbol, ...]) -> bool:
    """Each of the six parts of an ARN on its own; a lone `*` accepts every ARN."""
    if accepted == (Wild.ANY,):
        return True
    parts: list[list[Symbol]] = [[]]
    for symbol in accepted:
        if symbol == ":" and len(parts) < _ARN_PARTS:
            parts.append([])
        else:
            parts[-1].append(symbol)
    values = value.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or len(values) != _ARN_PARTS:
        return False
    return all(of_symbols(part).matches(each) for part, each in zip(parts, values, strict=True))


_ARN_PARTS = 6


def _numeric(compare: Callable[[Decimal, Decimal], bool]) -> Test:
    def test(value: str, accepted: str) -> bool:
        left, right = _number(value), _number(accepted)
        return left is not None and right is not None and compare(left, right)

    return test


@lru_cache(maxsize=1 << 12)
def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _dated(compare: Callable[[datetime, datetime], bool]) -> Test:
    def test(value: str, accepted: str) -> bool:
        left, right = _date(value), _date(accepted)
        return left is not None and right is not None and compare(left, right)

    return test


@lru_cache(maxsize=1 << 12)
def _date(text: str) -> datetime | None:
    """ISO 8601 as the W3C profiles it, or seconds since 1970."""
    try:
        if text.lstrip("-").isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        shape = {4: "%Y", 7: "%Y-%m"}.get(len(text))
        moment = datetime.strptime(text, shape).replace(tzinfo=UTC) if shape else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _boolean(value: str, accepted: str) -> bool:
    return value.lower() == accepted.lower() and value.lower() in ("true", "false")


def _binary(value: str, accepted: str) -> bool:
    left, right = _bytes(value), _bytes(accepted)
    return left is not None and left == right


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _in_network(value: str, accepted: str) -> bool:
    address, network = _address(value), _network(accepted)
    return address is not None and network is not None and address in network


@lru_cache(maxsize=1 << 12)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 12)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _pair(yes: str, no: str, test: Test, *, text: bool = False) -> dict[str, Operator]:
    return {
        yes: Operator(test, negated=False, opposite=no, text=text),
        no: Operator(test, negated=True, opposite=yes, text=text),
    }


def _ordered(kind: str, make: Callable[[Callable[..., bool]], Test]) -> dict[str, Operator]:
    below, above = f"{kind}LessThan", f"{kind}GreaterThan"
    return {
        below: Operator(make(lambda a, b: a < b), negated=False, opposite=f"{above}Equals"),
        f"{below}Equals": Operator(make(lambda a, b: a <= b), negated=False, opposite=above),
        above: Operator(make(lambda a, b: a > b), negated=False, opposite=f"{below}Equals"),
        f"{above}Equals": Operator(make(lambda a, b: a >= b), negated=False, opposite=below),
        **_pair(f"{kind}Equals", f"{kind}NotEquals", make(lambda a, b: a == b)),
    }


OPERATORS: Mapping[str, Operator] = {
    **_pair("StringEquals", "StringNotEquals", _equal, text=True),
    **_pair("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _equal_any_case, text=True),
    **_pair("StringLike", "StringNotLike", _like, text=True),
    **_pair("ArnEquals", "ArnNotEquals", _arn_like, text=True),
    **_pair("ArnLike", "ArnNotLike", _arn_like, text=True),
    **_pair("IpAddress", "NotIpAddress", _in_network),
    **_ordered("Numeric", _numeric),
    **_ordered("Date", _dated),
    "Bool": Operator(_boolean, negated=False, opposite="Bool is not"),
    "BinaryEquals": Operator(_binary, negated=False, opposite="BinaryEquals is not"),
    "Null": Operator(_equal, negated=False, opposite="Null"),  # answered before values are compared
}
"""Operators by the name the documentation gives them; policies may use any case."""

_SPELLING = {name.lower(): name for name in OPERATORS}
_QUANTIFIERS: Mapping[str, Quantifier] = {"forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}
