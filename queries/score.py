"""How bad a finding is: severity x exposure x blast radius x ease x weakest confidence, shown term by term.

The numbers order findings; they are not calibrated against incidents. `docs/scoring.md` explains them.
"""

from collections.abc import Mapping, Sequence

import msgspec

from graph.model import ANYONE, Confidence
from queries.estate import Row, text, texts
from queries.results import WORST_FIRST, Effective, PathNode, PathStep, ScoreTerm, Severity

BASE: Mapping[Severity, float] = {"critical": 100.0, "high": 70.0, "medium": 40.0, "low": 15.0}
CONFIDENCE: Mapping[Confidence, float] = {"confirmed": 1.0, "likely": 0.8, "possible": 0.5}
DELAY: Mapping[Effective, float] = {"now": 1.0, "next_run": 0.9, "next_deployment": 0.85, "never": 0.2}
HOP = 0.96
"""Each further hop is one more thing that has to work."""

CONDITIONS = 0.8
SANDBOXES = ("dev", "sandbox", "staging")


class Scored(msgspec.Struct, frozen=True):
    """The severity after its step up or down, the score and its terms."""

    severity: Severity
    score: float
    terms: tuple[ScoreTerm, ...]


def score(
    base: Severity, subject: Row, nodes: Sequence[PathNode], steps: Sequence[PathStep], on: Sequence[Row]
) -> Scored:
    """Of one finding: its rule's severity, its subject, its path, and all properties of the nodes on it."""
    exposure = _exposure(subject, nodes, low_trust=bool(on) and on[0].get("low_trust") is True)
    sensitive = sorted({c for row in (subject, *on) for c in texts(row.get("data_classes"))})
    jewel = any(row.get("crown_jewel") is True for row in (subject, *on))
    environment = text(subject.get("environment"))
    severity, why = _severity(base, environment, sensitive, external=exposure.value >= OUTSIDE)
    terms = (
        ScoreTerm("severity", BASE[severity], why),
        exposure,
        _blast_radius(environment, sensitive, jewel=jewel),
        _ease(steps),
        _confidence(steps),
    )
    product = 1.0
    for term in terms:
        product *= term.value
    return Scored(severity, round(product, 1), terms)


OUTSIDE = 0.9
"""An exposure from here on is external."""

ANYONE_OF_A_CLOUD = 0.95


def _exposure(subject: Row, nodes: Sequence[PathNode], *, low_trust: bool) -> ScoreTerm:
    name = "exposure"
    if nodes:
        entry = nodes[0]
        if entry.kind == "Internet" or entry.id == ANYONE:
            return ScoreTerm(name, 1.0, "anyone on the internet may begin")
        if entry.id.startswith(ANYONE):
            return ScoreTerm(name, ANYONE_OF_A_CLOUD, "whoever has an account of that cloud may begin")
        if entry.kind == "ExternalPrincipal":
            return ScoreTerm(name, OUTSIDE, "an outsider may begin")
        if low_trust:
            return ScoreTerm(name, OUTSIDE, "someone of low trust may begin")
        if entry.kind == "Endpoint":
            return ScoreTerm(name, OUTSIDE, "whoever may call the endpoint may begin")
        return ScoreTerm(name, 0.7, "it begins inside")
    public = "public" in (subject.get("exposure"), subject.get("visibility"))
    if public or subject.get("public_network_access") is True:
        return ScoreTerm(name, 1.0, "the subject is reachable from the internet")
    if subject.get("kind") == "ExternalPrincipal":
        return ScoreTerm(name, OUTSIDE, "the subject is an outsider")
    return ScoreTerm(name, 0.7, "no way in from outside is known")


def _severity(
    base: Severity, environment: str, sensitive: Sequence[str], *, external: bool
) -> tuple[Severity, str]:
    """One step up for production, sensitive and external together; one down for a sandbox without data."""
    place = WORST_FIRST.index(base)
    if environment in ("", "prod") and sensitive and external:
        raised = WORST_FIRST[max(place - 1, 0)]
        known = "production" if environment else "perhaps production (not known)"
        return raised, f"{base}, raised: {known}, sensitive data, and open to outsiders"
    if environment in ("dev", "sandbox") and not sensitive:
        lowered = WORST_FIRST[min(place + 1, len(WORST_FIRST) - 1)]
        return lowered, f"{base}, lowered: {environment} without sensitive data"
    return base, f"{base}, by its rule"


def _blast_radius(environment: str, sensitive: Sequence[str], *, jewel: bool) -> ScoreTerm:
    name = "blast radius"
    if jewel:
        return ScoreTerm(name, 1.0, "a crown jewel is on the path")
    if sensitive:
        return ScoreTerm(name, 1.0, f"sensitive data: {', '.join(sensitive)}")
    if environment in SANDBOXES:
        return ScoreTerm(name, 0.6, f"{environment}, no sensitive data known")
    known = "production" if environment else "environment not known, which counts as production"
    return ScoreTerm(name, 0.85, f"{known}; no sensitive data known")


def _ease(steps: Sequence[PathStep]) -> ScoreTerm:
    if not steps:
        return ScoreTerm("ease", 1.0, "no path to walk")
    value = HOP ** (len(steps) - 1)
    why = f"{len(steps)} steps" if len(steps) > 1 else "one step"
    slowest = min((step.effective for step in steps), key=lambda effective: DELAY[effective])
    value *= DELAY[slowest]
    if slowest != "now":
        why += f", taking effect: {slowest.replace('_', ' ')}"
    if any(step.conditional for step in steps):
        value *= CONDITIONS
        why += ", under conditions"
    return ScoreTerm("ease", round(value, 3), why)


def _confidence(steps: Sequence[PathStep]) -> ScoreTerm:
    if not steps:
        return ScoreTerm("confidence", 1.0, "confirmed by configuration")
    weakest = min((step.confidence for step in steps), key=lambda confidence: CONFIDENCE[confidence])
    return ScoreTerm("confidence", CONFIDENCE[weakest], f"its weakest step is {weakest}")
