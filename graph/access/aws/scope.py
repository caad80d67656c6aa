"""The resources of one capability, in groups of one owner and region, found by prefix, not by trying each."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from graph.access.aws.document import Statement
from graph.access.aws.match import Glob, Wild, glob, of_symbols
from graph.access.capabilities import Capability
from graph.facts import Facts
from graph.model import Asset

S3 = ":s3:::"
POINT = ":accesspoint/"
_LAST = "\U0010ffff"
"""Sorts behind every character of a name."""


class Target(msgspec.Struct, frozen=True, gc=False):
    """A resource: the asset's id, what the provider is asked about, and whose policy decides with.

    `sure` is false when nobody saw the bucket a location is in, so that its owner is assumed.
    """

    id: str
    asked: str
    owner: str
    policy_on: str
    sure: bool = True


class Group:
    """Targets of one owner in one region, indexed by what their requested patterns start with."""

    def __init__(self, owner: str, region: str, targets: Iterable[Target]) -> None:
        self.owner = owner
        self.region = region
        self.targets = {target.id: target for target in targets}
        rows = sorted((glob(t.asked).prefix, t.id) for t in self.targets.values())
        self._prefixes = [prefix for prefix, _ in rows]
        self._ids = [identifier for _, identifier in rows]
        self._open = {prefix for prefix, i in rows if prefix != self.targets[i].asked}
        self._open_lengths = sorted({len(prefix) for prefix in self._open})
        first, last = self._prefixes[0], self._prefixes[-1]
        self._common = first[: _common_length(first, last)]

    def universal(self, pattern: Glob) -> bool:
        """Whether a pattern covers every target by its shape: a beginning that all share, then anything."""
        return is_beginning(pattern) and self._common.startswith(pattern.prefix)

    def below(self, pattern: Glob) -> list[str]:
        """The targets that begin as a pattern does, up to its first wildcard."""
        prefix = pattern.prefix
        start = bisect_left(self._prefixes, prefix)
        return self._ids[start : bisect_left(self._prefixes, prefix + _LAST, start)]

    def above(self, pattern: Glob) -> Iterator[str]:
        """The targets with wildcards of their own that a pattern may be a part of."""
        prefix = pattern.prefix
        for length in self._open_lengths:
            if length >= len(prefix):
                return
            if prefix[:length] in self._open:
                yield from self._exactly(prefix[:length])

    def _exactly(self, prefix: str) -> Iterator[str]:
        position = bisect_left(self._prefixes, prefix)
        while position < len(self._prefixes) and self._prefixes[position] == prefix:
            yield self._ids[position]
            position += 1


def is_beginning(pattern: Glob) -> bool:
    """Whether a pattern is a beginning and then anything: it covers whatever starts so."""
    return pattern.symbols[len(pattern.prefix) :] == (Wild.ANY,)


def _common_length(first: str, last: str) -> int:
    for position, (a, b) in enumerate(zip(first, last, strict=False)):
        if a != b:
            return position
    return min(len(first), len(last))


def groups_of(facts: Facts, capability: Capability) -> list[Group]:
    """The capability's resources by owner and region, in order."""
    found: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for asset in capability.assets(facts, "aws"):
        target = target_of(facts, capability, asset)
        region = _part_of(asset.id, 3) or str((facts.asset(target.policy_on) or asset).get("region") or "")
        found[target.owner, region].append(target)
    return [Group(owner, region, found[owner, region]) for owner, region in sorted(found)]


def target_of(facts: Facts, capability: Capability, asset: Asset) -> Target:
    holder = bucket_of(asset.id)
    bucket = facts.asset(holder)
    seen = bucket is not None and bucket.get("missing") is not True
    owner = _part_of(asset.id, 4) or facts.account_of(holder if seen else asset.id)
    return Target(asset.id, capability.asked(asset.id), owner, holder, seen)


def bucket_of(identifier: str) -> str:
    """Where the policy on a resource hangs: the bucket of a location in S3, the access point of an object's
    name there, else the resource itself."""
    if POINT in identifier:
        return identifier.partition("/object/")[0]
    if S3 not in identifier:
        return identifier
    scheme, _, rest = identifier.partition(S3)
    return f"{scheme}{S3}{rest.partition('/')[0]}"


def _part_of(arn: str, position: int) -> str:
    """The region (3) or the account (4) in an ARN, or nothing."""
    parts = arn.split(":", 5)
    return parts[position] if len(parts) > position else ""


def patterns(statement: Statement) -> Iterator[tuple[Glob, bool]]:
    """The resource patterns of a statement, as wide as variables make them; whether it has any."""
    for each in statement.resources or ():
        if each.glob is not None:
            yield each.glob, False
        else:
            yield of_symbols(each.template.widest()), True
