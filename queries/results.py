"""What a check says: one object per result, written as JSON lines.

`docs/results.md` documents the object field by field; a test holds the two together.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from graph.model import Confidence, State, digest_of

ResultState = Literal["FAIL", "UNKNOWN", "PASS", "NOT_APPLICABLE", "EXCEPTED"]
Severity = Literal["critical", "high", "medium", "low"]
Effective = Literal["now", "next_run", "next_deployment", "never"]

FILE = "results.jsonl"
WORST_FIRST: tuple[Severity, ...] = ("critical", "high", "medium", "low")


class ResultsError(Exception):
    """A results file is missing or damaged; the message names file, line and the next step."""


class PathNode(msgspec.Struct, frozen=True):
    """One asset on a path; `state` is what the attacker holds there, None where the path runs over assets."""

    id: str
    kind: str
    name: str
    state: State | None = None


class PathStep(msgspec.Struct, frozen=True):
    """What leads from one node of the path to the next: the edge behind it, and why it holds.

    `id` and `type` are the fact's or derived edge's. `because` are alternatives, each a conjunction of
    ids; a cut must hit them all. `effective` says when the step takes effect.
    """

    id: str
    type: str
    source: str
    target: str
    confidence: Confidence = "confirmed"
    conditional: bool = False
    conditions: tuple[str, ...] = ()
    effective: Effective = "now"
    because: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[str, ...] = ()


class Need(msgspec.Struct, frozen=True, order=True):
    """A call that the rule needs and that did not succeed in this scope."""

    call: str
    account: str = ""
    region: str = ""
    parent: str = ""
    outcome: str = ""
    sentence: str = ""


class ScoreTerm(msgspec.Struct, frozen=True):
    """One factor of the score, with its reason in words."""

    name: str
    value: float
    why: str


class ControlRef(msgspec.Struct, frozen=True, order=True):
    """A control for which the result is evidence: framework id, its edition, the control's id."""

    framework: str
    edition: str
    control: str


class Exempted(msgspec.Struct, frozen=True):
    """The accepted risk under which a FAIL is shown as EXCEPTED; `expires` is a date."""

    reason: str
    approver: str
    expires: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says of one subject, or of one scope where it speaks of none in particular.

    FAIL, EXCEPTED and an UNKNOWN with a `question` are about a `subject`; PASS, NOT_APPLICABLE and an
    UNKNOWN with `needs` are about a `scope` (an account, or a provider nobody could log in to), and
    `population` is how many subjects it speaks for.
    """

    id: str
    rule: str
    title: str
    state: ResultState
    severity: Severity
    score: float = 0.0
    score_terms: tuple[ScoreTerm, ...] = ()
    subject: str = ""
    subject_kind: str = ""
    subject_name: str = ""
    scope: str = ""
    population: int = 0
    entry: str = ""
    nodes: tuple[PathNode, ...] = ()
    steps: tuple[PathStep, ...] = ()
    evidence: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    question: str = ""
    sentence: str = ""
    exemption: Exempted | None = None
    controls: tuple[ControlRef, ...] = ()


def fingerprint(rule: str, subject: str, entry: str = "") -> str:
    """The same finding has the same id in every run, whatever the path between its ends."""
    return digest_of(rule, subject, entry, prefix="f:")


def scope_fingerprint(rule: str, scope: str) -> str:
    """The id of a result about a scope; never that of a result about a subject."""
    return digest_of(rule, "scope", scope, prefix="s:")


def in_order(results: Iterable[Result]) -> list[Result]:
    """By rule, then subject, entry, scope: the order of the file, the same in every run."""
    return sorted(results, key=lambda r: (r.rule, r.subject, r.entry, r.scope, r.state, r.id))


def worst_first(results: Iterable[Result]) -> list[Result]:
    """By score, for people; ties by severity, rule and subject."""
    return sorted(
        results, key=lambda r: (-r.score, WORST_FIRST.index(r.severity), r.rule, r.subject, r.entry, r.scope)
    )


def worst_of_each_rule(results: Iterable[Result]) -> list[Result]:
    """The worst result of every rule, the worst first: what to read before reading everything."""
    worst: dict[str, Result] = {}
    for result in worst_first(results):
        worst.setdefault(result.rule, result)
    return list(worst.values())


def write(folder: Path, results: Iterable[Result]) -> Path:
    """Write `results.jsonl` into the folder, readable by its owner only; same results, same bytes."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE
    unfinished = path.with_suffix(".part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.writelines(msgspec.json.encode(result) + b"\n" for result in in_order(results))
    unfinished.replace(path)
    return path


def read(folder: Path) -> list[Result]:
    """The results that `write` put into the folder, in the file's order."""
    path = folder / FILE
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        raise ResultsError(f"{path}: there are no results yet; run `crownpath check`.") from None
    decoder = msgspec.json.Decoder(Result)
    results = []
    for number, line in enumerate(lines, start=1):
        try:
            results.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            raise ResultsError(
                f"{path}, line {number}: not a result ({error}); run `crownpath check` to write it anew."
            ) from error
    return results
