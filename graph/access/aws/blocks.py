"""Blocks of public access, and which of a bucket's policies and grants are left of them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html: the settings of
a bucket or access point and of its account add up, the stricter counts. RestrictPublicBuckets binds public
policies, IgnorePublicAcls public access control lists; BlockPublicAcls and BlockPublicPolicy only refuse new
ones.
"""

from collections.abc import Iterable, Iterator

import msgspec

from graph.access.aws.public import is_public
from graph.access.aws.request import Level
from graph.access.aws.scope import POINT, S3
from graph.facts import Facts
from graph.model import Json, Policy

RESTRICT, IGNORE = "RestrictPublicBuckets", "IgnorePublicAcls"

CALLS = (
    "aws:s3:GetPublicAccessBlock",
    "aws:s3control:GetPublicAccessBlock",
    "aws:s3control:GetAccessPoint",
)
OWNERSHIP = "aws:s3:GetBucketOwnershipControls"


class Kept(msgspec.Struct, frozen=True):
    """What is left of a resource's documents; the fields mean what they mean in `ResourcePolicy`."""

    documents: Level
    restrict_public: bool = False
    blocks: tuple[Policy, ...] = ()
    ignored: Level = ()
    doubts: tuple[str, ...] = ()
    sure: Level = ()
    sure_restricted: bool = False


class Blocks:
    """The blocks of public access of one snapshot, and the calls about them that failed."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._failed = {
            each.parent: each.call
            for each in facts.coverage
            if each.call in CALLS and not each.complete and each.parent
        }

    def of(self, on: str, documents: Level) -> Kept:
        """What the settings on a bucket or an access point leave of its documents; others have none."""
        if S3 not in on and POINT not in on:
            return Kept(documents)
        listed = tuple(each for each in documents if each.listed)
        policies = tuple(each for each in documents if not each.listed)
        counting = self._counting(on)
        if counting is False:
            return self._kept(on, policies, ())
        kept = self._kept(on, policies, listed)
        if counting is True or not listed:
            return kept
        doubt = f"access control lists count on {on} ({OWNERSHIP} did not say)"
        return msgspec.structs.replace(kept, doubts=(*kept.doubts, doubt), sure=policies)

    def _kept(self, on: str, policies: Level, listed: Level) -> Kept:
        public_policy = any(is_public(each.document) for each in policies)
        public_list = any(is_public(each.document) for each in listed)
        restricting = self._with(on, RESTRICT) if public_policy else ()
        ignoring = self._with(on, IGNORE) if public_list else ()
        open_ = (public_policy and not restricting) or (public_list and not ignoring)
        doubts = tuple(self._doubts(on)) if open_ else ()
        return Kept(
            documents=policies if ignoring else (*policies, *listed),
            restrict_public=bool(restricting),
            blocks=tuple(dict.fromkeys((*restricting, *ignoring))),
            ignored=listed if ignoring else (),
            doubts=doubts,
            sure=policies if ignoring or (doubts and public_list) else (*policies, *listed),
            sure_restricted=bool(restricting or doubts),
        )

    def _counting(self, on: str) -> bool | None:
        """Whether access control lists count on a bucket at all; None when nobody knows."""
        asset = self._facts.asset(on)
        counting = asset.get("acl_enabled") if asset else None
        return counting if isinstance(counting, bool) else None

    def _with(self, on: str, setting: str) -> tuple[Policy, ...]:
        """The blocks over a bucket, its own and its account's, that have a setting switched on."""
        return tuple(
            policy
            for place in self._places(on)
            for policy in self._facts.policies(place, "public_access_block")
            if _has(self._facts.document(policy.evidence), setting)
        )

    def _places(self, on: str) -> Iterable[str]:
        return on, f"aws://{self._facts.account_of(on)}"

    def _doubts(self, on: str) -> Iterator[str]:
        for place in self._places(on):
            if place in self._failed:
                yield f"no block of public access on {place} stops it ({self._failed[place]} failed)"


def _has(document: Json, setting: str) -> bool:
    inner = document.get("PublicAccessBlockConfiguration", document) if isinstance(document, dict) else None
    return isinstance(inner, dict) and inner.get(setting) is True
