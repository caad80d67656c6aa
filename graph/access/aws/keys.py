"""What reading an encrypted object needs besides: that its key decrypts for whoever reads.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html: the service calls KMS with the
reader's identity; keys that AWS manages for a service decrypt for everyone in the account who may read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from graph.access.aws.decision import evaluate
from graph.access.aws.document import NamedDocument, compile_document
from graph.access.aws.estate import ASSUMED, Estate, Holder
from graph.access.aws.outcome import NOTHING, Outcome, outcome_of, together
from graph.access.aws.request import Policies, Request
from graph.access.aws.scope import Target, bucket_of
from graph.facts import Facts
from graph.model import ANYONE

OPEN = NamedDocument(
    ASSUMED,
    compile_document(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
        },
        "resource",
    ),
)
"""Stands for a key policy that nobody saw: what even this does not let through is stopped elsewhere."""
_CONDITIONAL = 2

Found = tuple[Outcome, tuple[Target, ...]]
Keyed = Mapping[str, tuple[str, ...]]
"""Resources by id, and the keys that they are encrypted with."""


def with_keys(
    estate: Estate, holder: Holder, action: str, keyed: Keyed, found: Iterable[Found], request: Request
) -> Iterator[Found]:
    """Outcomes on resources, split by the keys that must decrypt as well. `request` asks for the first."""
    for outcome, targets in found:
        by_keys: dict[tuple[str, ...], list[Target]] = defaultdict(list)
        for target in targets:
            by_keys[keyed.get(target.id, ())].append(target)
        for keys, members in sorted(by_keys.items()):
            needed = [decrypts(estate, holder, action, key, request) for key in keys]
            both = together((outcome, *needed)) if needed else outcome
            if both.rank:
                yield both, tuple(members)


def keyed_by(facts: Facts, relation: str, targets: Iterable[Target]) -> Keyed:
    """The customers' keys on each of these resources that has any."""
    return {target.id: keys for target in targets if (keys := keys_of(facts, relation, target))}


def keys_of(facts: Facts, relation: str, target: Target) -> tuple[str, ...]:
    """The customers' keys on a resource and on the bucket it is in."""
    places = (target.id, bucket_of(target.id))
    ends = {link.target for on in places for link in facts.out_of(on, relation)}
    return tuple(sorted(end for end in ends if end.startswith("arn:") and not _of_aws(facts, end)))


def _of_aws(facts: Facts, key: str) -> bool:
    asset = facts.asset(key)
    return ":alias/aws/" in key or (asset is not None and asset.get("customer_managed") is False)


def decrypts(estate: Estate, holder: Holder, action: str, key: str, request: Request) -> Outcome:
    """Whether the key decrypts for the holder; open where its policy was not seen."""
    if holder.id == ANYONE:
        return NOTHING
    _, _, _, region, owner, *_ = key.split(":", 5)
    service = request.action.partition(":")[0]
    context = {
        k: v for k, v in request.context.items() if not k.startswith(("aws:CalledVia", "aws:Resource"))
    }
    context |= {"aws:ViaAWSService": ("true",), "kms:ViaService": (f"{service}.{region}.amazonaws.com",)}
    asked = msgspec.structs.replace(
        request, action=action, resource=key, resource_account=owner, context=context
    )
    policy = estate.policy_on(key, owner)
    seen = policy is not None and bool(policy.documents) and not policy.unseen
    policies = Policies(
        identity=holder.identity,
        boundary=holder.boundary,
        resource=policy.documents if policy is not None and seen else (OPEN,),
        scp=holder.scp,
        rcp=policy.rcp if policy else (),
    )
    names = {"boundary": tuple(each.name for each in holder.boundary)}
    outcome = outcome_of(evaluate(asked, policies), action, names, missing_trust=False)
    outcome = msgspec.structs.replace(outcome, because=outcome.because or ((),))
    if seen or outcome.rank < _CONDITIONAL:
        return outcome
    condition = f"{action} on {key}, whose policy was not seen"
    return msgspec.structs.replace(
        outcome, rank=_CONDITIONAL, conditions=tuple(sorted({*outcome.conditions, condition}))
    )
