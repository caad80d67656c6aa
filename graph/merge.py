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
    Coverage,
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
        for relation in shard.relations:
            known = relations.get(relation.id)
            relations[relation.id] = _joined_relation(known, relation) if known else relation
    conflicts: list[Conflict] = []
    return Contents(
        assets=tuple(_joined(sightings, conflicts) for _, sightings in sorted(seen.items())),
        relations=tuple(relations[key] for key in sorted(relations)),
        policies=tuple(policy for shard in ordered for policy in shard.policies),
        coverage=tuple(record for shard in ordered for record in shard.coverage),
        documents={d: text for shard in ordered for d, text in shard.documents.items()},
        conflicts=tuple(conflicts),
    )


def carry_forward(contents: Contents, predecessor: Snapshot | None, now: datetime) -> Contents:
    """Facts of the predecessor whose calls this scan could not repeat, marked `stale_since`.

    An asset is gone only when every listing that saw it completed without it; a relation or policy when
    the call behind it did. What hangs on a parent goes with the parent.
    """
    if predecessor is None:
        return _dated(contents, {}, now)
    previous = predecessor.contents()
    complete = {record.listing for record in contents.coverage if record.complete}
    failed_now = {record.listing for record in contents.coverage if not record.complete}
    origin = _origins(previous.coverage)
    assets = {asset.id: asset for asset in contents.assets}
    waiting = [a for a in previous.assets if a.listed_by and a.id not in assets and not a.get("missing")]
    while True:  # a carried parent keeps what hangs on it, so go on until nothing is added
        kept = [a for a in waiting if any(_unknown(at, complete, failed_now, assets) for at in a.listed_by)]
        if not kept:
            break
        assets.update((asset.id, _stale(asset, now)) for asset in kept)
        waiting = [asset for asset in waiting if asset.id not in assets]
    relations = {relation.id: relation for relation in contents.relations}
    for relation in previous.relations:
        lost = _lost(origin, [e.document for e in relation.evidence], complete, failed_now, assets)
        if relation.id not in relations and lost and relation.source in assets:
            since = relation.properties.get("stale_since", now)
            properties = {**relation.properties, "stale_since": since}
            relations[relation.id] = msgspec.structs.replace(relation, properties=properties)
    here = {(p.on, p.layer, p.name) for p in contents.policies}
    policies = [
        p
        for p in previous.policies
        if (p.on, p.layer, p.name) not in here
        and p.on in assets
        and _lost(origin, [p.evidence.document], complete, failed_now, assets)
    ]
    merged = msgspec.structs.replace(
        contents,
        assets=tuple(assets[key] for key in sorted(assets)),
        relations=tuple(relations[key] for key in sorted(relations)),
        policies=(*contents.policies, *policies),
    )
    with_documents = _with_their_documents(merged, previous, predecessor.id)
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
    for relation in (*_nesting(assets), *_ownership(assets, relations.values())):
        relations.setdefault(relation.id, relation)
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
    if identifier.startswith((ANYONE, "service:", "federated:")):
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
        name = _outsider_name(scheme, rest) or identifier
    elif kind == "Internet":
        name = "Internet"
    else:
        properties["missing"] = True
    return Asset(id=identifier, kind=kind, name=name, properties=properties)


def _outsider_name(scheme: str, rest: str) -> str:
    match scheme:
        case "anyone":
            return "Anyone, without credentials" if not rest else f"Anyone with an account of {rest}"
        case "service":
            return rest.partition(":")[2]
        case "federated":
            return rest
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


def _joined_relation(known: Relation, other: Relation) -> Relation:
    return msgspec.structs.replace(
        known,
        properties={**other.properties, **known.properties},
        evidence=tuple(dict.fromkeys((*known.evidence, *other.evidence))),
        target_kind=known.target_kind or other.target_kind,
    )


def _unknown(at: Listing, complete: set[Listing], failed: set[Listing], assets: Mapping[str, Asset]) -> bool:
    """Whether a listing that once saw something can't say now that it is gone."""
    if at in complete:
        return False
    return at in failed or not at.parent or at.parent in assets


def _origins(coverage: Iterable[Coverage]) -> dict[str, list[Listing]]:
    origin: dict[str, list[Listing]] = defaultdict(list)
    for record in coverage:
        for digest in (*record.documents, *record.parts):
            origin[digest].append(record.listing)
    return origin


def _lost(
    origin: Mapping[str, list[Listing]],
    documents: Iterable[str],
    complete: set[Listing],
    failed: set[Listing],
    assets: Mapping[str, Asset],
) -> bool:
    calls = [at for digest in documents for at in origin.get(digest, ())]
    return any(_unknown(at, complete, failed, assets) for at in calls)


def _stale(asset: Asset, now: datetime) -> Asset:
    properties = {**asset.properties, "stale_since": asset.properties.get("stale_since", now)}
    return msgspec.structs.replace(asset, properties=properties)


def _with_their_documents(contents: Contents, previous: Contents, identifier: str) -> Contents:
    """The predecessor's documents and call records that carried facts still point to."""
    pieces = [e for a in contents.assets for e in a.evidence]
    pieces += [e for r in contents.relations for e in r.evidence]
    pieces += [p.evidence for p in contents.policies]
    wanted = {e.document for e in pieces} - set(contents.documents)
    carried = [
        msgspec.structs.replace(record, carried=record.carried or identifier)
        for record in previous.coverage
        if wanted.intersection((*record.documents, *record.parts))
    ]
    texts = {digest: previous.documents[digest] for digest in sorted(wanted) if digest in previous.documents}
    return msgspec.structs.replace(
        contents, coverage=(*contents.coverage, *carried), documents={**contents.documents, **texts}
    )


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
        return "Bucket"
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
    accounts = {str(a.properties.get("account")): a.id for a in assets.values() if a.kind == "Account"}
    contained = {r.target for r in relations if r.type == "CONTAINS"}
    for identifier, asset in assets.items():
        owner = accounts.get(str(asset.properties.get("account")))
        scope = ontology.KINDS[asset.kind] == "Scope" and asset.kind != "ResourceGroup"
        if owner and identifier not in contained and not scope and not asset.properties.get("missing"):
            yield Relation("CONTAINS", owner, identifier)
