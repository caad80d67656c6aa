"""All that reports say, added to what was collected: pure, from records to records."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from collectors.inspected import configuration, data, model_secrets, models, secrets
from collectors.inspected.report import Report, What
from collectors.redaction import Redactor, hash_of
from graph.model import Asset, Call, Coverage, Relation

KEYS = "credential:aws:"

CALLS: tuple[tuple[What, Call], ...] = (
    ("data", data.READ),
    ("secrets", secrets.READ),
    ("models", models.READ),
    ("models", model_secrets.READ),
)
"""What the reports of each kind of inspection read."""


class Added(msgspec.Struct, frozen=True):
    """The assets and relations with those of the reports, and what is recorded of their reading."""

    assets: tuple[Asset, ...]
    relations: tuple[Relation, ...]
    coverage: tuple[Coverage, ...]
    documents: Mapping[str, bytes]


def add(
    reports: Sequence[Report],
    assets: Iterable[Asset],
    relations: Iterable[Relation],
    coverage: Iterable[Coverage],
    documents: Mapping[str, bytes],
    redactor: Redactor,
    at: datetime,
) -> Added:
    """The facts of the reports (newest first) and of the secrets in the collectors' own answers.

    `redactor` has the key of all their fingerprints.
    """
    known = {asset.id: asset for asset in assets}
    links = {relation.id: relation for relation in relations}
    records = list(coverage)
    by_what = {what: [r for r in reports if r.header.what == what] for what, _ in CALLS}
    _take(data.facts(by_what["data"], known), known, links, records)
    _take(models.facts(by_what["models"], known), known, links, records)
    found = secrets.identifiers((*by_what["secrets"], *by_what["models"]))
    estate = secrets.Estate(dict(known), tuple(records), found)
    _take(secrets.facts(by_what["secrets"], estate), known, links, records)
    estate = secrets.Estate(dict(known), tuple(records), found)
    _take(model_secrets.facts(by_what["models"], estate), known, links, records)
    keys = {**_listed(known, redactor), **found}
    _take(configuration.facts(known, records, documents, keys), known, links, records)
    if reports:
        records += [_reading(call, by_what[what], at) for what, call in CALLS]
    return Added(
        tuple(known[key] for key in sorted(known)),
        tuple(links[key] for key in sorted(links)),
        tuple(records),
        {report.digest: report.document for report in reports},
    )


def _listed(assets: Mapping[str, Asset], redactor: Redactor) -> dict[str, str]:
    """The keys that clouds list, by the keyed hash of their public name."""
    named = (identifier for identifier in assets if identifier.startswith(KEYS))
    return {hash_of(redactor.fingerprint("", one.removeprefix(KEYS))): one for one in named}


def _take(
    found: Iterable[Asset | Relation | Coverage | object],
    assets: dict[str, Asset],
    relations: dict[str, Relation],
    coverage: list[Coverage],
) -> None:
    for fact in list(found):
        match fact:
            case Asset():
                assets[fact.id] = fact
            case Relation():
                known = relations.get(fact.id)
                relations[fact.id] = _joined(known, fact) if known else fact
            case Coverage():
                coverage.append(fact)


def _joined(known: Relation, other: Relation) -> Relation:
    evidence = tuple(dict.fromkeys((*known.evidence, *other.evidence)))
    return msgspec.structs.replace(known, evidence=evidence)


def _reading(call: Call, reports: Sequence[Report], at: datetime) -> Coverage:
    return Coverage(
        call=call.id,
        at=at,
        pages=len(reports),
        items=sum(len(report.results) for report in reports),
        documents=tuple(report.digest for report in reports),
    )
