"""Model files that a look inside judged, as facts: what they can run, and what lies in their texts."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from collectors.inspect.model_report import ModelFinding
from collectors.inspect.model_result import ModelResult
from collectors.inspected import registered
from collectors.inspected.data import MOST
from collectors.inspected.places import Places, repository
from collectors.inspected.report import Report
from graph.model import Asset, Call, Coverage, Evidence, Fact, Relation, Value

READ = Call(
    "inspect:models:Read",
    lists=("ModelFile",),
    fills=(
        "ModelFile.digest",
        "ModelFile.unsafe_format",
        "ModelFile.dangerous_ops",
        "ModelFile.verdict",
        "ModelFile.verdict_why",
        "ModelFile.signature",
        "ModelFile.provenance",
        "ModelFile.detected_classes",
        "ModelFile.detected",
        "ModelFile.scanned_at",
        "Repository.remote_code_loads",
        "LOADS",
        "REGISTERED_IN",
    ),
)
WORST_FIRST = ("malicious", "suspicious", "unreadable", "clean")


class _Seen(msgspec.Struct, frozen=True):
    line: ModelResult
    evidence: Evidence


def facts(reports: Iterable[Report], assets: Mapping[str, Asset]) -> Iterator[Fact | Coverage]:
    """The model files with what was found; the newest report of a file counts; reports come newest first."""
    places = Places(assets.values())
    told: set[str] = set()
    for report in reports:
        files: dict[str, list[_Seen]] = {}
        for number, result in enumerate(report.results):
            if not isinstance(result, ModelResult):
                continue
            seen = _Seen(result, Evidence(READ.id, report.digest, f"/results/{number}"))
            if version := registered.unlisted(seen.line):
                yield from registered.facts(version, [(seen.line, seen.evidence)], assets)
                yield gap(Asset(id=version, kind="Model"), [*seen.line.reasons], report, READ)
            elif identifier := places.file(seen.line.path):
                files.setdefault(identifier, []).append(seen)
            elif seen.line.remote_code_loads:
                yield from _loads(report, seen, assets)
        for identifier, members in files.items():
            if identifier not in told and places.kind(identifier) in (None, "ModelFile"):
                told.add(identifier)
                yield from _file(identifier, members, report, places, assets)
                yield from registered.facts(
                    identifier, [(each.line, each.evidence) for each in members], assets
                )


def _file(
    identifier: str, members: list[_Seen], report: Report, places: Places, assets: Mapping[str, Asset]
) -> Iterator[Fact | Coverage]:
    bucket = places.bucket(members[0].line.path) or ""
    own = assets[bucket].properties if bucket in assets else {}
    stamp = {name: own[name] for name in ("provider", "account", "region", "service") if name in own}
    key = identifier.removeprefix(f"{bucket}/").removeprefix("objects/")
    asset = assets.get(identifier) or Asset(id=identifier, kind="ModelFile", name=key, properties=stamp)
    judged = _judged(members, report)
    pieces = (
        msgspec.structs.replace(members[0].evidence, supports=tuple(sorted(judged))),
        *(each.evidence for each in members[1:MOST]),
    )
    properties = {name: value for name, value in asset.properties.items() if name not in OVERRULED}
    yield msgspec.structs.replace(
        asset, properties={**properties, **judged}, evidence=(*asset.evidence, *pieces)
    )
    if bucket and identifier not in assets:
        yield Relation("CONTAINS", bucket, identifier, evidence=(members[0].evidence,))
    if reasons := missed(each.line for each in members):
        yield gap(asset, reasons, report, READ)


OVERRULED = ("unsafe_format",)
"""Properties that a collector guesses by the name; the content decides."""


def _judged(members: list[_Seen], report: Report) -> dict[str, Value]:
    """One judgement of a file and what is packed in it: the worst of all."""
    lines = [each.line for each in members]
    verdict = min((line.verdict for line in lines), key=WORST_FIRST.index)
    found = [finding for line in lines for finding in line.findings]
    keys = [f"credential: {s.provider or 'a'} key in {s.place}" for line in lines for s in line.secrets]
    told: dict[str, Value] = {
        "verdict": verdict,
        "verdict_why": tuple(dict.fromkeys(reason for line in lines for reason in line.reasons))[:MOST],
        "unsafe_format": any(line.unsafe_format for line in lines),
        "signature": lines[0].signature,
        "detected_classes": tuple(
            sorted({*(each.label for each in found), *(["credential"] if keys else [])})
        ),
        "detected": (*(_sentence(finding) for finding in found), *keys)[:MOST],
        "scanned_at": report.header.at,
    }
    if said := registered.sentences(lines):
        told["provenance"] = said[:MOST]
    if digest := lines[0].digest:
        told["digest"] = digest
    if verdict != "unreadable":
        operators = len({name for line in lines for name in line.dangerous})
        told["dangerous_ops"] = max(operators, 1 if verdict == "malicious" else 0)
    return told


def _sentence(found: ModelFinding) -> str:
    return f"{found.label}: {found.type} in {found.place}, {found.count:,} of {found.looked_at:,} looked at"


def missed(lines: Iterable[ModelResult]) -> list[str]:
    """Why a file and what is packed in it was not looked at as a whole."""
    every = list(lines)
    unread = [reason for line in every if line.verdict == "unreadable" for reason in line.reasons]
    return [*(reason for line in every for reason in line.not_looked_at), *unread]


def gap(asset: Asset, reasons: list[str], report: Report, call: Call) -> Coverage:
    more = f" (and {len(reasons) - 1:,} other reasons)" if len(reasons) > 1 else ""
    return Coverage(
        call=call.id,
        account=str(asset.get("account") or ""),
        region=str(asset.get("region") or ""),
        parent=asset.id,
        outcome="unsupported",
        sentence=f"{asset.name or asset.id} was not looked at as a whole: {reasons[0]}{more}.",
        at=report.header.at,
    )


def _loads(report: Report, seen: _Seen, assets: Mapping[str, Asset]) -> Iterator[Fact]:
    """Code that loads models and lets them bring code of their own, in a repository that is known."""
    root = max((r for r in report.header.origins if seen.line.path.startswith(r)), key=len, default=None)
    if root is None:
        return
    identifier = repository(report.header.origins[root])
    evidence = msgspec.structs.replace(seen.evidence, supports=("remote_code_loads",))
    name = identifier.partition("://")[2].partition("/")[2]
    known = assets.get(identifier) or Asset(
        id=identifier, kind="Repository", name=name, properties={"service": "git"}
    )
    count = len(seen.line.remote_code_loads)
    yield msgspec.structs.replace(
        known,
        properties={**known.properties, "remote_code_loads": count},
        evidence=(*known.evidence, evidence),
    )
    for loaded in dict.fromkeys(each for each in seen.line.remote_code_loads if each):
        model = f"{registered.HUB}{loaded}"
        properties = {"trust_remote_code": True}
        yield Relation(
            "LOADS", identifier, model, properties=properties, evidence=(evidence,), target_kind="Model"
        )
