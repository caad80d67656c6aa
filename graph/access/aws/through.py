"""Access points of S3: what a request through one is allowed, by the point and by its bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html: both must permit it. A
bucket may leave it to the points of an account, by a condition on s3:DataAccessPointAccount.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from graph.access.aws.decision import Decision, evaluate
from graph.access.aws.document import NamedDocument, compile_document
from graph.access.aws.estate import ASSUMED, EVERYTHING, Estate, Holder, ResourcePolicy
from graph.access.aws.grants import grants, policies_for, request_for
from graph.access.aws.keys import OPEN, Found
from graph.access.aws.outcome import Outcome, outcome_of, together
from graph.access.aws.request import Request
from graph.access.aws.scope import POINT, Group, Target, bucket_of
from graph.access.capabilities import Capability
from graph.access.grants import Grant
from graph.facts import Facts

ASSUMED_ALLOWED = NamedDocument(ASSUMED, compile_document(EVERYTHING, "identity"))
_OBJECTS = "/object/"
_CONDITIONAL = 2


class Beyond(msgspec.Struct, frozen=True):
    """What the bucket behind an access point says, and what that hangs on."""

    decision: Decision
    conditions: tuple[str, ...] = ()


def point_grants(facts: Facts, name: str) -> Iterator[Grant]:
    """What every AWS principal holds of a capability on what lies in buckets, by their access points."""
    if facts.of("AccessPoint"):
        yield from grants(facts, name, _groups, _with_bucket)


def bucket_behind(facts: Facts, point: str) -> str:
    """The bucket that an access point leads to; empty when nobody saw the point."""
    return next((link.target for link in facts.out_of(point, "ROUTES_TO")), "")


def is_point(identifier: str) -> bool:
    return POINT in identifier


def _groups(facts: Facts, capability: Capability) -> list[Group]:
    """What lies in buckets, by the names that it has at each of their access points."""
    if not capability.points:
        return []
    inside: dict[str, list[str]] = defaultdict(list)
    for asset in capability.assets(facts, "aws"):
        inside[bucket_of(asset.id)].append(asset.id)
    return [
        _group(facts, capability, point.id, bucket, inside[bucket])
        for point in facts.of("AccessPoint")
        if (bucket := bucket_behind(facts, point.id)) in inside
    ]


def _group(facts: Facts, capability: Capability, point: str, bucket: str, inside: list[str]) -> Group:
    _, _, _, region, owner, _ = point.split(":", 5)
    seen = _seen(facts, bucket)
    asked = {each: _inside(point, bucket, capability.asked(each)) for each in inside}
    return Group(owner, region, [Target(each, asked[each], owner, point, seen) for each in inside])


def _inside(point: str, bucket: str, asked: str) -> str:
    return f"{point}{_OBJECTS}{asked.removeprefix(f'{bucket}/')}"


def _with_bucket(facts: Facts, estate: Estate, holder: Holder, found: list[Found]) -> Iterator[Found]:
    """Outcomes at an access point, with what its bucket makes of them."""
    for outcome, targets in found:
        by_outcome: dict[Outcome, list[Target]] = defaultdict(list)
        for target in targets:
            needed = [_outcome(facts, estate, holder, action, target) for action in outcome.actions]
            by_outcome[together((outcome, *needed))].append(target)
        for both, members in by_outcome.items():
            if both.rank:
                yield msgspec.structs.replace(both, actions=outcome.actions), tuple(members)


def _outcome(facts: Facts, estate: Estate, holder: Holder, action: str, target: Target) -> Outcome:
    beyond = behind(facts, estate, holder, action, target)
    found = outcome_of(beyond.decision, action, {}, missing_trust=False)
    found = msgspec.structs.replace(found, because=found.because or ((),))
    if not beyond.conditions or found.rank < _CONDITIONAL:
        return found
    conditions = tuple(sorted({*found.conditions, *beyond.conditions}))
    return msgspec.structs.replace(found, rank=_CONDITIONAL, conditions=conditions)


def behind(facts: Facts, estate: Estate, holder: Holder, action: str, target: Target) -> Beyond:
    """What the bucket says to a request at an access point. What cannot be settled is a condition."""
    bucket = bucket_behind(facts, target.policy_on)
    inside = target.asked.partition(_OBJECTS)[2]
    asked = Target(target.id, f"{bucket}/{inside}" if inside else bucket, facts.account_of(bucket), bucket)
    request = request_for(holder, action, asked, "")
    request = msgspec.structs.replace(request, context={**request.context, **_keys(facts, target.policy_on)})
    policy = estate.policy_on(bucket, asked.owner)
    policies = policies_for(holder, policy)
    unseen = _unseen(facts, bucket, policy)
    if unseen:
        policies = msgspec.structs.replace(policies, resource=(*policies.resource, OPEN))
    decision = evaluate(request, policies)
    if decision.effect != "deny":
        return Beyond(decision, (*unseen, *_doubts(holder, policy, request, decision)))
    if holder.principal.account not in ("", asked.owner):
        # Across accounts no page says whether the requester's own policies must name the bucket as well.
        found = evaluate(request, msgspec.structs.replace(policies, identity=(ASSUMED_ALLOWED,)))
        if found.effect != "deny":
            return Beyond(found, (*unseen, f"{action} on {asked.asked} need not be allowed to it as well"))
    return Beyond(decision)


def _seen(facts: Facts, bucket: str) -> bool:
    asset = facts.asset(bucket)
    return asset is not None and asset.get("missing") is not True


def _unseen(facts: Facts, bucket: str, policy: ResourcePolicy | None) -> tuple[str, ...]:
    """What must hold of a bucket whose policy nobody saw."""
    if policy and policy.unseen:
        return (f"the policy on {bucket} permits it ({policy.unseen} failed)",)
    return () if _seen(facts, bucket) else (f"{bucket}, which nobody saw, permits it",)


def _doubts(
    holder: Holder, policy: ResourcePolicy | None, request: Request, decision: Decision
) -> tuple[str, ...]:
    """What a setting of the bucket that nobody saw may keep from working."""
    if policy is None or not policy.doubts:
        return ()
    worst = evaluate(request, policies_for(holder, policy, blocked=True))
    return () if worst.effect == decision.effect else policy.doubts


def _keys(facts: Facts, point: str) -> Mapping[str, tuple[str, ...]]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-condition-keys"""
    origin = "VPC" if facts.out_of(point, "IN_NETWORK") else "Internet"
    return {
        "s3:DataAccessPointArn": (point,),
        "s3:DataAccessPointAccount": (point.split(":")[4],),
        "s3:AccessPointNetworkOrigin": (origin,),
    }
