"""A question about access as the engine takes it: who may ask, what is asked about, what is taken as given.

`ask` and `explain` put the same questions, so that a list and a proof never disagree.
"""

from collections.abc import Iterable, Iterator

import msgspec

from graph.access.aws import actions
from graph.access.aws.context import Condition
from graph.access.aws.decision import Decision, Effect, evaluate
from graph.access.aws.estate import (
    Estate,
    Holder,
    estate_of,
)
from graph.access.aws.grants import ANSWERS_STRANGERS, policies_for, request_for
from graph.access.aws.match import glob
from graph.access.aws.providers import providers_of
from graph.access.aws.scope import Target, bucket_of
from graph.access.aws.through import behind, bucket_behind, is_point
from graph.facts import Facts
from graph.model import ANYONE
from graph.snapshot import NO_ORGANIZATION

ORGANIZATIONS = "aws:organizations:"
NO_RESOURCE = "*"
MOST_ACTIONS = 500
"""Actions that one question may name by a pattern."""

_OF_CALLERS = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
)
"""What a service's request says about the resource it acts for, and nobody else's does."""


class NotAsked(Exception):
    """The question names something that cannot be asked about; the sentence says what and what to give."""


class Question(msgspec.Struct, frozen=True):
    """One action on one resource (or pattern), with the resources of the snapshot that it may mean."""

    action: str
    resource: str
    targets: tuple[Target, ...]

    @property
    def owner(self) -> str:
        """The account that owns what is asked about; empty when that is each principal's own."""
        return self.targets[0].owner

    @property
    def ownerless(self) -> bool:
        """It is a resource, and nobody knows whose."""
        return self.resource != NO_RESOURCE and not any(target.owner for target in self.targets)


def actions_named(pattern: str) -> tuple[str, ...]:
    """The actions that `s3:GetObject` or `s3:Get*` names; one that is not known stays as it is."""
    if ":" not in pattern:
        raise NotAsked(f"{pattern!r} is no action: write it as service:Action, such as s3:GetObject.")
    if "*" not in pattern and "?" not in pattern:
        return (actions.spelled(pattern),)
    found = tuple(actions.matching(pattern))
    if not found:
        raise NotAsked(f"{pattern!r} names no action that is known; the table is of {actions.table().date}.")
    if len(found) > MOST_ACTIONS:
        raise NotAsked(f"{pattern!r} names {len(found):,} actions; ask about at most {MOST_ACTIONS} at once.")
    return found


def one_action(name: str) -> str:
    """The action that is meant, where a pattern is no answer."""
    if "*" in name or "?" in name:
        raise NotAsked(f"{name!r} names several actions; this is explained for one, such as s3:GetObject.")
    return actions_named(name)[0]


def question(facts: Facts, action: str, resource: str) -> Question:
    """What is asked. A pattern means every resource with a policy that fits it, and any other."""
    if resource != NO_RESOURCE and not resource.startswith("arn:"):
        raise NotAsked(
            f"{resource!r} is no resource: give an ARN, a pattern of ARNs, or * for actions that take none."
        )
    if resource.endswith("/") and facts.asset(resource):
        resource += "*"  # a location that we know: all that lies below it
    holder = bucket_of(resource)
    named = [holder]
    if "*" in holder or "?" in holder:
        pattern = glob(holder)
        named += sorted(on for on in estate_of(facts).resources if pattern.matches(on))
    return Question(action, resource, tuple(_target(facts, resource, on) for on in dict.fromkeys(named)))


def _target(facts: Facts, resource: str, on: str) -> Target:
    """Which resource is asked for when the policy of `on` decides with: a pattern keeps its tail."""
    asked = resource if on == bucket_of(resource) else on + resource[len(bucket_of(resource)) :]
    parts = on.split(":", 5)
    written = parts[4] if len(parts) > 4 and parts[4].isdigit() else ""
    return Target(asked, asked, written or facts.account_of(on), on)


# The answer


class Answer(msgspec.Struct, frozen=True):
    """A decision, with what it hangs on in words; an unseen resource may have a policy that denies."""

    decision: Decision
    effect: Effect
    conditions: tuple[str, ...]


def answer(facts: Facts, holder: Holder, asked: Question) -> Answer:
    """The best that the holder gets of what the question may mean."""
    return max((_answer(facts, holder, asked, target) for target in asked.targets), key=_rank)


def _answer(facts: Facts, holder: Holder, asked: Question, target: Target) -> Answer:
    estate = estate_of(facts)
    decision = _decide(estate, holder, asked.action, target)
    if decision.effect == "deny" or _turned_away(holder, asked) or _no_provider(facts, holder):
        return Answer(decision, "deny", ())
    conditions = tuple(sorted(plain(estate, each) for each in decision.conditions))
    if is_point(target.policy_on):
        return _beyond(facts, holder, asked, target, Answer(decision, decision.effect, conditions))
    unseen = (*_doubts(estate, holder, asked, target, decision), *_unseen(facts, asked, target))
    if not unseen:
        return Answer(decision, decision.effect, conditions)
    return Answer(decision, "conditional", (*conditions, *unseen))


def _beyond(facts: Facts, holder: Holder, asked: Question, target: Target, point: Answer) -> Answer:
    """The answer of an access point with that of the bucket behind it: both must permit it."""
    if not bucket_behind(facts, target.policy_on):
        unseen = f"{target.policy_on}, which nobody saw, leads to a bucket that permits it"
        return Answer(point.decision, "conditional", (*point.conditions, unseen))
    estate = estate_of(facts)
    beyond = behind(facts, estate, holder, asked.action, target)
    if beyond.decision.effect == "deny":
        return Answer(beyond.decision, "deny", ())
    doubts = (*_doubts(estate, holder, asked, target, point.decision), *_unseen(facts, asked, target))
    further = (*doubts, *beyond.conditions, *(plain(estate, each) for each in beyond.decision.conditions))
    conditions = tuple(sorted({*point.conditions, *further}))
    return Answer(point.decision, "conditional" if conditions else "allow", conditions)


def _doubts(
    estate: Estate, holder: Holder, asked: Question, target: Target, decision: Decision
) -> tuple[str, ...]:
    """What a setting that nobody saw may keep from working: blocks of public access, object ownership."""
    policy = estate.policy_on(target.policy_on, target.owner)
    if policy is None or not policy.doubts:
        return ()
    worst = _decide(estate, holder, asked.action, target, blocked=True)
    return policy.doubts if _ORDER[worst.effect] < _ORDER[decision.effect] else ()


def _rank(found: Answer) -> int:
    return _ORDER[found.effect]


def _no_provider(facts: Facts, holder: Holder) -> bool:
    """Whether the identity provider that asks is none of the account's."""
    who = holder.principal
    return who.kind == "federated" and providers_of(facts).absence(who.name) is not None


def _turned_away(holder: Holder, asked: Question) -> bool:
    """Most services answer nobody without credentials, whatever a policy says."""
    return holder.id == ANYONE and _service(asked) not in ANSWERS_STRANGERS


_ORDER = {"deny": 0, "conditional": 1, "allow": 2}

WITH_POLICIES = frozenset(
    {
        *("backup", "dynamodb", "ecr", "elasticfilesystem", "events", "glue", "iam", "kms", "lambda", "logs"),
        *("s3", "secretsmanager", "sns", "sqs", "sts"),
    }
)
"""Services whose resources have policies of their own.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""


def _unseen(facts: Facts, asked: Question, target: Target) -> tuple[str, ...]:
    """What must hold of a policy that nobody saw: of a resource that was not collected, or a failed call.

    A pattern of resources means those that are there.
    """
    on = target.policy_on
    if _service(asked) not in WITH_POLICIES or on == NO_RESOURCE or "*" in on or "?" in on:
        return ()
    policy = estate_of(facts).resources.get(on)
    if policy and policy.unseen:
        return (f"the policy on {on} does not deny ({policy.unseen} failed)",)
    asset = facts.asset(on)
    unknown = asset is None or asset.get("missing") is True
    return (f"the policy on {on}, which nobody saw, does not deny",) if unknown else ()


def _service(asked: Question) -> str:
    return asked.action.partition(":")[0].lower()


def _decide(
    estate: Estate, holder: Holder, action: str, target: Target, *, blocked: bool | None = None
) -> Decision:
    region = target.asked.split(":", 4)[3] if target.asked.count(":") > 3 else ""
    request = request_for(holder, action, target, "" if "*" in region or "?" in region else region)
    if holder.principal.kind == "service":
        known = {k: v for k, v in request.context.items() if k.lower() not in _OF_CALLERS}
        request = msgspec.structs.replace(request, context=known)
    policy = estate.policy_on(target.policy_on, target.owner)
    return evaluate(request, policies_for(holder, policy, blocked=blocked))


def plain(estate: Estate, condition: Condition) -> str:
    """A condition in one line; a document that cannot be read under the name that people know it by."""
    record = estate.policy(condition.key.removeprefix("policy "))
    if record is None:
        return condition.name
    return f"policy {record.name} on {record.on} {condition.operator}: {', '.join(condition.values)}"


def assumptions(facts: Facts, asked: Question, accounts: Iterable[str]) -> tuple[str, ...]:
    """What the answer takes for granted, of the accounts that take part in it."""
    involved = {account for account in (asked.owner, *accounts) if account}
    found = [] if _organization_seen(facts, involved) else [NO_ORGANIZATION]
    if asked.ownerless and _service(asked) in WITH_POLICIES:
        found.append(f"{asked.targets[0].policy_on} belongs to each principal's own account")
    found += (_OBJECT_LISTS.format(each) for each in _with_lists(facts, asked))
    return tuple(found)


_BY_OBJECT_LISTS = frozenset(
    f"s3:{name}"
    for name in (
        *("getobject", "getobjectversion", "getobjectacl", "getobjectversionacl"),
        *("putobjectacl", "putobjectversionacl"),
    )
)
"""What a list of an object can give.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
"""

_OBJECT_LISTS = "no objects in {} have access control lists of their own that let others in"


def _with_lists(facts: Facts, asked: Question) -> Iterator[str]:
    """The buckets that were seen whose objects may have lists of their own, where objects are asked about."""
    for target in asked.targets:
        bucket = facts.asset(target.policy_on) if asked.action.lower() in _BY_OBJECT_LISTS else None
        inside = target.asked.startswith(f"{target.policy_on}/")
        if inside and bucket and bucket.kind == "Bucket" and bucket.get("acl_enabled") is not False:
            yield target.policy_on


def _organization_seen(facts: Facts, accounts: set[str]) -> bool:
    """Whether these accounts' places in an organisation are known, and its policies were told by somebody.

    Only the management account is answered; in the others the same calls fail.
    """
    calls = [each for each in facts.coverage if each.call.startswith(ORGANIZATIONS)]
    failed = {each.call for each in calls} - {each.call for each in calls if each.complete}
    return accounts <= estate_of(facts).places.of.keys() and not failed


def notes(asked: Question, holder: Holder | None = None) -> tuple[str, ...]:
    """What whoever reads the answer should know about the question."""
    found = []
    row = actions.action_of(asked.action)
    if row is None:
        found.append(actions.unknown(asked.action))
    elif row.only_everything and asked.resource != NO_RESOURCE:
        found.append(f"{asked.action} takes no resource: AWS asks about it with *")
    elif not row.only_everything and asked.resource == NO_RESOURCE:
        found.append(f"{asked.action} takes a resource: with * only statements on every resource count")
    elif not fits(asked):
        found.append(f"{asked.action} is not asked about such a resource; it takes {_takes(asked.action)}")
    if holder and _turned_away(holder, asked):
        found.append(f"{_service(asked)} answers nobody without credentials, whatever a policy says")
    return tuple(found)


def fits(asked: Question) -> bool:
    """Whether AWS asks about the action with such a resource at all."""
    resource = glob(asked.resource)
    return any(glob(pattern).overlaps(resource) for pattern in actions.patterns_of(asked.action))


def _takes(action: str) -> str:
    return ", ".join(actions.patterns_of(action)[:4])
