"""Whether one statement matches one request: no, yes, or yes if certain conditions hold."""

from collections.abc import Iterable

import msgspec

from graph.access.aws.conditions import holds
from graph.access.aws.context import Condition, Context, Unresolved
from graph.access.aws.document import ResourcePattern, Statement
from graph.access.aws.match import Glob, arn_glob, bind_to_segments, glob, of_symbols
from graph.access.aws.principal import Naming, Principal, naming, spared

NO_RESOURCE = "*"
"""What actions that take no resource are asked with."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A request in the form that statements are matched against."""

    action: str  # lower-cased
    resource: str
    pattern: Glob | None  # the resource when it holds wildcards
    principal: Principal
    context: Context
    bounded: bool = False  # the principal has a permissions boundary

    @property
    def user_id(self) -> str:
        """The unique id, when the request gives it."""
        found = self.context.get("aws:userid")
        return found[0] if isinstance(found, tuple) else ""


def asked(
    action: str,
    resource: str,
    principal: Principal,
    context: Context,
    *,
    bounded: bool = False,
) -> Asked:
    wild = resource != NO_RESOURCE and ("*" in resource or "?" in resource)
    pattern = glob(resource) if wild else None
    return Asked(action.lower(), resource, pattern, principal, context, bounded)


class Match(msgspec.Struct, frozen=True, gc=False):
    """A statement that matches, once the `open` conditions hold; how it names the requester."""

    statement: Statement
    open: tuple[Condition, ...]
    naming: Naming

    @property
    def certain(self) -> bool:
        return not self.open


def match(statement: Statement, request: Asked) -> Match | None:
    """The match of a statement about the action, or None when it does not apply to the request."""
    if statement.everywhere:
        return Match(statement, (), Naming.ITSELF)
    named = _principal_applies(statement, request)
    if named is Naming.NONE:
        return None
    resource = _resource_applies(statement, request)
    if resource is None:
        return None
    if not statement.clauses:
        return Match(statement, resource, named)
    conditions = _conditions_apply(statement, request.context)
    if conditions is None:
        return None
    return Match(statement, resource + conditions, named)


def _principal_applies(statement: Statement, request: Asked) -> Naming:
    element = statement.principal
    if element is None:
        return Naming.ITSELF
    if not statement.not_principal:
        return naming(element, request.principal, request.user_id)
    if statement.effect == "Deny":
        freed = spared(element, request.principal, bounded=request.bounded)
    else:
        freed = naming(element, request.principal, request.user_id) is not Naming.NONE
    return Naming.NONE if freed else Naming.ITSELF


def _resource_applies(statement: Statement, request: Asked) -> tuple[Condition, ...] | None:
    """None when the resource does not match; else the variables it hangs on.

    For a requested pattern an Allow counts where the patterns overlap, a Deny where it covers all of it.
    """
    if statement.resources is None:
        return ()
    if statement.not_resource:
        return _not_resource_applies(statement, request)
    open_conditions: list[Condition] = []
    for each in statement.resources:
        found, condition = _pattern(each, request.context)
        if found is None or not _hit(found, request, whole=statement.effect == "Deny"):
            continue
        if condition is None:
            return ()
        open_conditions.append(_turned(condition, alike=statement.effect == "Allow"))
    return tuple(open_conditions) or None


def _not_resource_applies(statement: Statement, request: Asked) -> tuple[Condition, ...] | None:
    """An entry with a variable that has no value makes the statement match nothing."""
    open_conditions: list[Condition] = []
    for each in statement.resources or ():
        found, condition = _pattern(each, request.context)
        if found is None:
            return None
        hit = _hit(found, request, whole=statement.effect == "Allow")
        if hit and condition is None:
            return None
        if hit and condition is not None:
            open_conditions.append(_turned(condition, alike=statement.effect == "Deny"))
        elif condition is not None:
            open_conditions.append(_given(condition, given=statement.effect == "Allow"))
    return tuple(open_conditions)


def _given(condition: Condition, *, given: bool) -> Condition:
    """That the variable has a value, or has none."""
    return Condition(condition.key, "Null", ("false" if given else "true",))


def _turned(condition: Condition, *, alike: bool) -> Condition:
    """What the variable must be for an Allow to match, or for a Deny not to."""
    return condition if alike else Condition(condition.key, "NotLike", condition.values)


def _pattern(each: ResourcePattern, context: Context) -> tuple[Glob | None, Condition | None]:
    """The pattern to compare, and the condition under which it is that; no pattern when it has no value."""
    if each.glob is not None:
        return each.glob, None
    resolved = each.template.resolve(context)
    if not isinstance(resolved, Unresolved):
        return of_symbols(bind_to_segments(resolved)), None
    if not resolved.unknown:
        return None, None
    widest = of_symbols(bind_to_segments(each.template.widest()))
    return widest, Condition(resolved.key, "Like", (each.text,))


_EVERYTHING = arn_glob("*")


def _hit(pattern: Glob, request: Asked, *, whole: bool) -> bool:
    if request.resource == NO_RESOURCE:
        return pattern.covers(_EVERYTHING)
    if request.pattern is None:
        return pattern.matches(request.resource)
    return pattern.covers(request.pattern) if whole else pattern.overlaps(request.pattern)


def _conditions_apply(statement: Statement, context: Context) -> tuple[Condition, ...] | None:
    """None when a condition does not hold; else what is still open.

    For a Deny the open conditions are turned around: what must hold for it not to bite.
    """
    open_conditions: list[Condition] = []
    for clause in statement.clauses:
        truth = holds(clause, context)
        if truth is False:
            return None
        if truth is None:
            open_conditions.append(clause.condition(holds=statement.effect == "Allow"))
    return tuple(open_conditions)


def covers_request(match_found: Match, request: Asked) -> bool:
    """Whether an Allow covers the whole requested pattern (else it grants a part of it)."""
    statement = match_found.statement
    if request.pattern is None or statement.resources is None:
        return True
    patterns = [found for each in statement.resources if (found := _pattern(each, request.context)[0])]
    if statement.not_resource:
        return not any(each.overlaps(request.pattern) for each in patterns)
    return any(each.covers(request.pattern) for each in patterns)


def unique(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """In order, each once."""
    return tuple(dict.fromkeys(conditions))
