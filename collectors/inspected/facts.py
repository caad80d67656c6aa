"""All that reports say, added to what was collected: pure, from records to records."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from collectors.inspected import configuration, data, model_secrets, models, readers, secrets
from collectors.inspected.report import Report, What
from collectors.redaction import Redactor, hash_of
from graph.model import Asset, Call, Coverage, Fact, Policy, Relation

KEYS = "credential:aws:"

CALLS: tuple[tuple[What, Call], ...] = (
    ("data", data.READ),
    ("secrets", secrets.READ),
    ("secrets", readers.READ),
    ("models", models.READ),
    ("models", model_secrets.READ),
)
"""What the reports of each kind of inspection read."""


class Added(msgspec.Struct, frozen=True):
    """The assets, relations and policies with those of the reports, and what is recorded of their reading."""

    assets: tuple[Asset, ...]
    relations: tuple[Relation, ...]
    policies: tuple[Policy, ...]
    coverage: tuple[Coverage, ...]
    documents: Mapping[str, bytes]


def add(
    reports: Sequence[Report],
    assets: Iterable[Asset],
    relations: Iterable[Relation],
    policies: Iterable[Policy],
    coverage: Iterable[Coverage],
    documents: Mapping[str, bytes],
    redactor: Redactor,
    at: datetime,
) -> Added:
    """The facts of the reports (newest first) and of the secrets in the collectors' own answers.

    `redactor` has the key of all their fingerprints.
    """
    gathered = _Gathered(assets, relations, policies, coverage)
    by_what = {what: [r for r in reports if r.header.what == what] for what, _ in CALLS}
    gathered.take(data.facts(by_what["data"], gathered.assets))
    gathered.take(models.facts(by_what["models"], gathered.assets))
    found = secrets.identifiers((*by_what["secrets"], *by_what["models"]))
    gathered.take(secrets.facts(by_what["secrets"], gathered.estate(found)))
    gathered.take(model_secrets.facts(by_what["models"], gathered.estate(found)))
    gathered.take(readers.facts(by_what["secrets"]))
    keys = {**_listed(gathered.assets, redactor), **found}
    gathered.take(configuration.facts(gathered.assets, gathered.coverage, documents, keys))
    if reports:
        gathered.coverage += [_reading(call, by_what[what], at) for what, call in CALLS]
    return gathered.added({report.digest: report.document for report in reports})


class _Gathered:
    """What is known so far; a fact that comes again takes the place of the earlier one, evidence adds up."""

    def __init__(
        self,
        assets: Iterable[Asset],
        relations: Iterable[Relation],
        policies: Iterable[Policy],
        coverage: Iterable[Coverage],
    ) -> None:
        self.assets = {asset.id: asset for asset in assets}
        self._relations = {relation.id: relation for relation in relations}
        self._policies, self.coverage = list(policies), list(coverage)

    def estate(self, found: Mapping[str, str]) -> secrets.Estate:
        return secrets.Estate(dict(self.assets), tuple(self.coverage), found)

    def take(self, found: Iterable[Fact | Coverage]) -> None:
        for fact in list(found):
            match fact:
                case Asset():
                    self.assets[fact.id] = fact
                case Relation():
                    known = self._relations.get(fact.id)
                    self._relations[fact.id] = _joined(known, fact) if known else fact
                case Policy():
                    self._policies.append(fact)
                case Coverage():
                    self.coverage.append(fact)

    def added(self, documents: Mapping[str, bytes]) -> Added:
        return Added(
            tuple(self.assets[key] for key in sorted(self.assets)),
            tuple(self._relations[key] for key in sorted(self._relations)),
            tuple(self._policies),
            tuple(self.coverage),
            documents,
        )


def _listed(assets: Mapping[str, Asset], redactor: Redactor) -> dict[str, str]:
    """The keys that clouds list, by the keyed hash of their public name."""
    named = (identifier for identifier in assets if identifier.startswith(KEYS))
    return {hash_of(redactor.fingerprint("", one.removeprefix(KEYS))): one for one in named}


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
