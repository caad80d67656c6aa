"""Sensitive data that a look inside found, as facts of the datasets and buckets it lies in."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from collectors.inspect.data_place import Place
from collectors.inspected.places import INDEX, Places
from collectors.inspected.report import Report
from graph.model import Asset, Call, Coverage, Evidence, Fact, Relation

READ = Call(
    "inspect:data:Read",
    lists=("Dataset",),
    fills=(
        *("Data.detected_classes", "Data.detected", "Data.detected_law", "Data.scanned_at"),
        *("Data.scan_complete", "Data.names_looked_for"),
    ),
)
DETECTED = ("detected", "detected_classes", "detected_law")
MOST = 25
"""Sentences, and pieces of evidence, of one asset; the rest is counted."""


class _Found(msgspec.Struct, frozen=True):
    line: Place
    evidence: Evidence


class _Seen(msgspec.Struct):
    """What one report says of one asset."""

    found: list[_Found]
    missed: list[_Found]


def facts(reports: Iterable[Report], assets: Mapping[str, Asset]) -> Iterator[Fact | Coverage]:
    """The assets with what was found in them, new prefixes, and what was not looked at. The newest report of
    an address counts; reports come newest first."""
    told: set[str] = set()
    known = dict(assets)
    places = Places(known.values())
    for report in reports:
        new = {asset.id: asset for asset in _new(report, places, known)}
        known |= new
        places.add(new.values())
        for identifier, seen in _by_asset(report, places).items():
            if identifier not in told:
                told.add(identifier)
                yield _with(known[identifier], seen, report)
                yield from _gaps(known[identifier], seen, report)
        yield from _contained(report, places, new)


def _contained(report: Report, places: Places, new: Mapping[str, Asset]) -> Iterator[Relation]:
    for address in report.header.addresses:
        bucket, identifier = places.bucket(address), places.place(address, prefix=True)
        if bucket and identifier and identifier in new:
            evidence = (Evidence(READ.id, report.digest, "/header/addresses", ("target",)),)
            yield Relation("CONTAINS", bucket, identifier, evidence=evidence)


def _new(report: Report, places: Places, assets: Mapping[str, Asset]) -> Iterator[Asset]:
    """Prefixes and objects that were asked for and that no collector named."""
    for address in report.header.addresses:
        identifier = places.place(address, prefix=True)
        if identifier is None or identifier in assets or identifier == places.bucket(address):
            continue
        bucket = assets.get(places.bucket(address) or "")
        own = bucket.properties if bucket else {}
        stamp = {name: own[name] for name in ("provider", "account", "region", "service") if name in own}
        yield Asset(
            id=identifier,
            kind="Dataset",
            name=address.partition("://")[2].partition("/")[2],
            properties={"native_kind": "prefix", **stamp},
            evidence=(Evidence(READ.id, report.digest, "/header/addresses"),),
        )


def _by_asset(report: Report, places: Places) -> dict[str, _Seen]:
    """Every asset at or below an address that was asked for, with what its own files gave."""
    seen: dict[str, _Seen] = defaultdict(lambda: _Seen([], []))
    for address in report.header.addresses:
        if root := places.place(address, prefix=True):
            seen |= {identifier: _Seen([], []) for identifier in places.below(root)}
    for number, result in enumerate(report.results):
        if not isinstance(result, Place):
            continue
        found = _Found(result, Evidence(READ.id, report.digest, f"/results/{number}", DETECTED))
        whole = found.line.path in report.header.addresses
        place = places.place(found.line.path, prefix=whole)
        holder = places.holder(place) if place else None
        if holder is None:
            continue
        if places.kind(holder) == INDEX:
            seen[holder]  # of a whole cluster, which is no asset, each index is seen by its own results
        if found.line.state == "found":
            seen[holder].found.append(found)
        elif found.line.state != "clean":
            for each in [i for i in places.below(holder) if i in seen] if whole else [holder]:
                seen[each].missed.append(found)
    return dict(seen)


def _with(asset: Asset, seen: _Seen, report: Report) -> Asset:
    cloud = asset.get("detected_classes")  # what the cloud's own scanner found adds up with this look
    others = set(map(str, cloud)) if isinstance(cloud, tuple) else set()
    kinds = tuple(sorted({each.line.label for each in seen.found if each.line.label} | others))
    ordered = sorted(seen.found, key=lambda each: (each.line.label or "", -(each.line.count or 0)))
    sentences = tuple(_sentence(each.line) for each in ordered[:MOST])
    if len(ordered) > MOST:
        sentences = (*sentences, f"and {len(ordered) - MOST:,} more places")
    looked = Evidence(READ.id, report.digest, "/header", ("names_looked_for", "scan_complete", "scanned_at"))
    return msgspec.structs.replace(
        asset,
        properties={
            **asset.properties,
            "detected_classes": kinds,
            "detected": sentences,
            "detected_law": tuple(sorted({law for each in seen.found for law in each.line.law})),
            "names_looked_for": bool(report.header.names),
            "scanned_at": report.header.at,
            "scan_complete": not seen.missed and not report.reason,
        },
        evidence=(*asset.evidence, looked, *(each.evidence for each in ordered[:MOST])),
    )


def _sentence(line: Place) -> str:
    where = line.column or line.json_path
    place = f"{where} of {line.path}" if where else line.path
    count, looked = line.count or 0, line.looked_at or 0
    seen = (
        f"{count:,} of {looked:,} looked at" if count <= looked else f"{count:,} times in {looked:,} pieces"
    )
    return f"{line.label}: {line.type} in {place}, {seen}"


def _gaps(asset: Asset, seen: _Seen, report: Report) -> Iterator[Coverage]:
    """What was not looked at, as a call that did not answer: results that need it are UNKNOWN."""
    if not seen.missed and not report.reason:
        return
    reasons = list(dict.fromkeys(each.line.reason or each.line.state for each in seen.missed))
    first = report.reason or reasons[0]
    more = f" (and {len(reasons) - 1:,} other reasons)" if len(reasons) > 1 else ""
    count = f"{len(seen.missed):,} places" if seen.missed else "All of it"
    yield Coverage(
        call=READ.id,
        account=str(asset.get("account") or ""),
        region=str(asset.get("region") or ""),
        parent=asset.id,
        outcome="unsupported",
        sentence=f"{asset.name or asset.id} was not looked at as a whole. {count}: {first}{more}.",
        at=report.header.at,
    )
