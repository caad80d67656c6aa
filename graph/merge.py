"""Finish a scan: one set of facts out of many shards, what failed carried forward, loose ends resolved.

Pure functions over records. `merge` joins shards; `carry_forward` keeps what the predecessor knew where
this scan's calls failed; `resolve` makes nodes of ids that facts point to but nobody collected.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from graph import ontology
from graph.model import (
    ANYONE,
    INTERNET,
    Asset,
    Evidence,
    Listing,
    Relation,
    Shard,
    Value,
)
from graph.snapshot import Conflict, Contents, Snapshot

PLACE = ("account", "region", "service")
"""Where an asset was seen from. What is seen from several places (a shared image) belongs to none of them."""


class KindConflict(Exception):
    """Two collectors say that one id is two kinds of thing: one of them is wrong."""


def merge(shards: Iterable[Shard]) -> Contents:
    """One record per id: evidence and listings joined; differing values kept from the first, and told."""
    ordered = sorted(shards, key=lambda s: s.unit)
    seen: dict[str, list[tuple[str, Asset]]] = defaultdict(list)
    relations: dict[str, Relation] = {}
    for shard in ordered:
        for asset in shard.assets:
            seen[asset.id].append((shard.unit, asset))
    conflicts: list[Conflict] = []
    assets = {identifier: _joined(sightings, conflicts) for identifier, sightings in sorted(seen.items())}
    for shard in ordered:
        for relation in shard.relations:
            if wrong := _wrong_ends(relation, assets, shard.unit):
                conflicts.append(wrong)
                continue
            known = relations.get(relation.id)
            relations[relation.id] = _joined_relation(known, relation) if known else relation
    return Contents(
        assets=tuple(assets.values()),
        relations=tuple(relations[key] for key in sorted(relations)),
        policies=tuple(policy for shard in ordered for policy in shard.policies),
        coverage=tuple(record for shard in ordered for record in shard.coverage),
        documents={d: text for shard in ordered for d, text in shard.documents.items()},
        conflicts=tuple(conflicts),
    )


def carry_forward(contents: Contents, predecessor: Snapshot | None, now: datetime) -> Contents:
    """Facts of the predecessor whose calls this scan could not repeat, marked `stale_since`.

    An asset is gone only when every listing that saw it completed without it; a relation or policy (or an
    asset that no listing names) when the call behind it did. What hangs on a parent goes with the parent.
    """
    if predecessor is None:
        return _dated(contents, {}, now)
    previous = predecessor.contents()
    memory = _Memory(contents, previous)
    assets = {asset.id: asset for asset in contents.assets}
    waiting = [a for a in previous.assets if a.id not in assets and not a.get("missing")]
    carried: list[Evidence] = []
    while True:  # a carried parent keeps what hangs on it, so go on until nothing is added
        kept = [asset for asset in waiting if memory.keeps_asset(asset, assets)]
        if not kept:
            break
        assets.update((asset.id, _stale(asset, now)) for asset in kept)
        carried += [piece for asset in kept for piece in asset.evidence]
        waiting = [asset for asset in waiting if asset.id not in assets]
    relations = {relation.id: relation for relation in contents.relations}
    for relation in previous.relations:
        if relation.id not in relations and memory.keeps(relation.source, relation.evidence, assets):
            since = relation.properties.get("stale_since", now)
            properties = {**relation.properties, "stale_since": since}
            relations[relation.id] = msgspec.structs.replace(relation, properties=properties)
            carried += relation.evidence
    here = {(p.on, p.layer, p.name) for p in contents.policies}
    policies = [
        policy
        for policy in previous.policies
        if (policy.on, policy.layer, policy.name) not in here
        and memory.keeps(policy.on, [policy.evidence], assets)
    ]
    carried += [policy.evidence for policy in policies]
    merged = msgspec.structs.replace(
        contents,
        assets=tuple(assets[key] for key in sorted(assets)),
        relations=tuple(relations[key] for key in sorted(relations)),
        policies=(*contents.policies, *policies),
    )
    with_documents = memory.with_documents(merged, previous, carried, predecessor.id)
    return _dated(with_documents, {asset.id: asset for asset in previous.assets}, now)


def resolve(contents: Contents) -> Contents:
    """Nodes for ids that nobody collected, CONTAINS of accounts over what is theirs, nested prefixes."""
    assets = {asset.id: asset for asset in contents.assets}
    relations = {relation.id: relation for relation in contents.relations}
    _place_contents(assets, contents.relations)
    for relation in contents.relations:
        for identifier, kind in _loose_ends(relation, assets):
            assets[identifier] = named_only(identifier, kind)
    for identifier in (INTERNET, ANYONE):
        assets.setdefault(identifier, named_only(identifier, kind_of_id(identifier) or "Internet"))
    for nested in _nesting(assets):
        relations.setdefault(nested.id, nested)
    for owned in list(_ownership(assets, relations.values())):
        relations.setdefault(owned.id, owned)
    return msgspec.structs.replace(
        contents,
        assets=tuple(assets[key] for key in sorted(assets)),
        relations=tuple(relations[key] for key in sorted(relations)),
    )


def _place_contents(assets: dict[str, Asset], relations: Iterable[Relation]) -> None:
    """What a bucket holds is where the bucket is, whoever's job or index named it."""
    for relation in relations:
        held, bucket = assets.get(relation.target), assets.get(relation.source)
        if relation.type != "CONTAINS" or held is None or held.kind not in ("Dataset", "ModelFile"):
            continue
        own = {n: v for n, v in held.properties.items() if n not in ("account", "region")}
        place = {n: bucket.properties[n] for n in PLACE[:2] if bucket and n in bucket.properties}
        assets[held.id] = msgspec.structs.replace(held, properties={**own, **place})


def kind_of_id(identifier: str) -> str | None:
    """The kind that an id's own scheme gives away: the internet, and principals nobody can collect."""
    if identifier == INTERNET:
        return "Internet"
    if identifier.startswith((ANYONE, "service:", "federated:", "canonical:")):
        return "ExternalPrincipal"
    return None


def named_only(identifier: str, kind: str) -> Asset:
    """A node for an id that is only pointed to: an outsider, or something marked missing."""
    name = identifier
    properties: dict[str, Value] = {}
    if kind == "ExternalPrincipal":
        scheme, _, rest = identifier.partition(":")
        words = {"anyone": "anyone", "service": "cloud_service", "federated": "federated"}
        properties["native_kind"] = words.get(scheme, "account")
        name = _outsider_name(scheme, rest) or identifier.rpartition("/")[2] or identifier
    elif kind == "Internet":
        name = "Internet"
    else:
        properties["missing"] = True
    return Asset(id=identifier, kind=kind, name=name, properties=properties)


def _outsider_name(scheme: str, rest: str) -> str:
    match scheme:
        case "anyone":
            clouds = {"aws": "an AWS account", "gcp": "a Google account", "azure": "an Azure account"}
            return (
                f"Anyone with {clouds.get(rest, f'an account of {rest}')}"
                if rest
                else "Anyone, signed in or not"
            )
        case "service":
            return rest.partition(":")[2]
        case "federated":
            return rest
        case "arn":
            return f"AWS account {rest.split(':')[3]}" if rest.endswith(":root") else rest.rpartition("/")[2]
        case _:
            return ""


def _joined(sightings: list[tuple[str, Asset]], conflicts: list[Conflict]) -> Asset:
    unit, first = sightings[0]
    properties = dict(first.properties)
    placed = {name for name in PLACE if len({asset.properties.get(name) for _, asset in sightings}) > 1}
    for other_unit, other in sightings[1:]:
        if other.kind != first.kind:
            raise KindConflict(
                f"{first.id} is a {first.kind} for {unit} and a {other.kind} for {other_unit}. "
                "One id has one kind: mend the collector that is wrong."
            )
        for name, value in other.properties.items():
            if name not in placed and properties.setdefault(name, value) != value:
                values = (str(properties[name]), str(value))
                conflicts.append(Conflict(first.id, name, values, (unit, other_unit)))
    every = [asset for _, asset in sightings]
    return msgspec.structs.replace(
        first,
        name=next((a.name for a in every if a.name), ""),
        listed_by=tuple(sorted({at for a in every for at in a.listed_by})),
        properties={name: value for name, value in properties.items() if name not in placed},
        evidence=tuple(dict.fromkeys(e for a in every for e in a.evidence)),
    )


def _wrong_ends(relation: Relation, assets: Mapping[str, Asset], unit: str) -> Conflict | None:
    """A relation that one collector saw between kinds that, as others say, it may not join."""
    source, target = assets.get(relation.source), assets.get(relation.target)
    if not source or not target or ontology.may_join(relation.type, source.kind, target.kind):
        return None
    ends = (f"{source.kind} {source.id}", f"{target.kind} {target.id}")
    return Conflict(source.id, relation.type, ends, (unit,))


def _joined_relation(known: Relation, other: Relation) -> Relation:
    return msgspec.structs.replace(
        known,
        properties={**other.properties, **known.properties},
        evidence=tuple(dict.fromkeys((*known.evidence, *other.evidence))),
        target_kind=known.target_kind or other.target_kind,
    )


class _Memory:
    """What this scan's calls say about the facts of the one before."""

    def __init__(self, contents: Contents, previous: Contents) -> None:
        self._failed = {record.listing for record in contents.coverage if not record.complete}
        self._complete = {record.listing for record in contents.coverage if record.complete} - self._failed
        self._known = {asset.id for asset in previous.assets}
        self._origin: dict[tuple[str, str], list[Listing]] = defaultdict(list)
        for record in previous.coverage:
            for digest in (*record.documents, *record.parts):
                self._origin[record.call, digest].append(record.listing)

    def keeps_asset(self, asset: Asset, assets: Mapping[str, Asset]) -> bool:
        if not asset.listed_by:
            return self._lost(asset.id, asset.evidence, assets)
        return any(self._unknown(at, assets) for at in asset.listed_by)

    def keeps(self, on: str, evidence: Iterable[Evidence], assets: Mapping[str, Asset]) -> bool:
        """Whether a relation or policy of an asset that is still here is neither seen again nor gone."""
        return on in assets and self._lost(on, evidence, assets)

    def with_documents(
        self, contents: Contents, previous: Contents, carried: Iterable[Evidence], identifier: str
    ) -> Contents:
        """The predecessor's documents and call records that carried facts point to."""
        wanted = {(piece.call, piece.document) for piece in carried}
        absent = {digest for _, digest in wanted} - set(contents.documents)
        records = [
            msgspec.structs.replace(record, carried=record.carried or identifier)
            for record in previous.coverage
            if any(
                (record.call, digest) in wanted and (digest in absent or record.listing not in self._complete)
                for digest in (*record.documents, *record.parts)
            )
        ]
        texts = {digest: previous.documents[digest] for digest in sorted(absent & set(previous.documents))}
        return msgspec.structs.replace(
            contents, coverage=(*contents.coverage, *records), documents={**contents.documents, **texts}
        )

    def _unknown(self, at: Listing, assets: Mapping[str, Asset]) -> bool:
        """Whether a listing that once saw something can't say now that it is gone.

        A failure without a parent is one of the whole unit: its collector broke off.
        """
        if at in self._failed:
            return True
        if at.parent in self._known and at.parent not in assets:
            return False
        return at not in self._complete or msgspec.structs.replace(at, parent="") in self._failed

    def _lost(self, on: str, evidence: Iterable[Evidence], assets: Mapping[str, Asset]) -> bool:
        """The same for evidence; where several calls gave one document, those made for the asset count."""
        for piece in evidence:
            calls = self._origin.get((piece.call, piece.document), ())
            own = [at for at in calls if at.parent == on]
            if any(self._unknown(at, assets) for at in own or calls):
                return True
        return False


def _stale(asset: Asset, now: datetime) -> Asset:
    properties = {**asset.properties, "stale_since": asset.properties.get("stale_since", now)}
    return msgspec.structs.replace(asset, properties=properties)


def _dated(contents: Contents, previous: Mapping[str, Asset], now: datetime) -> Contents:
    """`first_seen` from the predecessor, `last_seen` now unless the asset is only carried."""

    def dated(asset: Asset) -> Asset:
        known = previous.get(asset.id)
        first = known.properties.get("first_seen", now) if known else now
        last = asset.properties.get("last_seen", now) if "stale_since" in asset.properties else now
        properties = {**asset.properties, "first_seen": first, "last_seen": last}
        return msgspec.structs.replace(asset, properties=properties)

    return msgspec.structs.replace(contents, assets=tuple(dated(asset) for asset in contents.assets))


def _loose_ends(relation: Relation, assets: Mapping[str, Asset]) -> Iterator[tuple[str, str]]:
    if relation.target not in assets:
        yield relation.target, kind_of_id(relation.target) or relation.target_kind or _guess(relation, 1)
    if relation.source not in assets:
        yield relation.source, kind_of_id(relation.source) or _guess(relation, 0)


def _guess(relation: Relation, end: int) -> str:
    """The likeliest kind of an end that nobody collected: an outsider where one may stand, else the first."""
    ends = ontology.RELATIONS[relation.type].ends
    kinds = [kind for pair in ends for kind in ontology.expand_all(pair[end])]
    if relation.type == "CONTAINS" and end == 0:
        return "ImageRepository" if relation.target.startswith("oci://") else "Bucket"
    return "ExternalPrincipal" if "ExternalPrincipal" in kinds else kinds[0]


def _nesting(assets: Mapping[str, Asset]) -> Iterator[Relation]:
    """Dataset CONTAINS Dataset or ModelFile, by the longest prefix that ends in a slash."""
    open_prefixes: list[str] = []
    for identifier in sorted(i for i, a in assets.items() if a.kind in ("Dataset", "ModelFile")):
        while open_prefixes and not identifier.startswith(open_prefixes[-1]):
            open_prefixes.pop()
        if open_prefixes:
            yield Relation("CONTAINS", open_prefixes[-1], identifier)
        if assets[identifier].kind == "Dataset" and identifier.endswith("/"):
            open_prefixes.append(identifier)


def _ownership(assets: Mapping[str, Asset], relations: Iterable[Relation]) -> Iterator[Relation]:
    """Account CONTAINS whatever of it nothing else contains."""
    accounts = {a.properties.get("account"): a.id for a in assets.values() if a.kind == "Account"}
    accounts = {account: owner for account, owner in accounts.items() if account}
    contained = {r.target for r in relations if r.type == "CONTAINS"}
    for identifier, asset in assets.items():
        owner = accounts.get(asset.properties.get("account"))
        scope = ontology.KINDS[asset.kind] == "Scope" and asset.kind != "ResourceGroup"
        if owner and identifier not in contained and not scope and not asset.properties.get("missing"):
            yield Relation("CONTAINS", owner, identifier)
