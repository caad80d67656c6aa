"""data_classes: kinds of sensitive data, and data_classes_why: who says so, by which way each came here.

An asset holds what a look inside found and what its tags say; what people say of it in estate.yaml wins over
both and over what it would take over. A bucket's kinds hold for its prefixes, and it holds what its prefixes
hold; beyond, they go along lineage (`graph.lineage.WAYS`).

Where somebody attests what was done to the data, kinds are lowered on the way in. Of aggregated and synthetic
data none is left. Pseudonymised data stays personal data (GDPR Art. 4(5), recital 26): its kinds go on under
names of their own. A look inside that finds what should be gone is believed, but in synthetic data, where
everything is made up.
"""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

import msgspec

from graph.facts import Facts
from graph.lineage import CONTAINERS, RELATIONS, links
from graph.marks.tags import evidence_of, said
from graph.model import Asset, Mark, Value, at_pointer

BUILDS_ON = ("*.tags", "Data.detected_classes", "ModelFile.detected_classes", *RELATIONS)
PSEUDONYMISED = "pseudonymised_"
IDENTIFYING = ("personal", "payment", "credential")
"""Kinds that pseudonymisation takes away; a diagnosis is left in it."""


class _Held(msgspec.Struct, frozen=True):
    """One kind on one asset; `part`: only in a part of it, which its other parts know nothing of."""

    asset: str
    kind: str
    part: bool = False


class _Reason(msgspec.Struct, frozen=True):
    says: str
    because: tuple[str, ...]
    origin: str


def derive(facts: Facts) -> Iterator[Mark]:
    """The nearest reason of each kind is told; all relations by which a kind came are `because`."""
    reasons: dict[_Held, _Reason] = {}
    further: dict[_Held, set[str]] = {}
    todo: deque[_Held] = deque()
    for asset in (*facts.of("Data"), *facts.of("AI"), *facts.of("ModelFile")):
        for held, reason in _own(facts, asset):
            if reasons.setdefault(held, reason) is reason:
                todo.append(held)
    lowered: dict[tuple[str, str], _Reason] = {}
    while todo:
        held = todo.popleft()
        for heir, reason in _heirs(facts, held, reasons[held]):
            if not heir.kind:
                lowered.setdefault((heir.asset, held.kind), reason)
            elif heir.part and _Held(heir.asset, heir.kind) in reasons:
                continue  # it holds this everywhere, and this part took it over from there
            else:
                further.setdefault(heir, set()).update(reason.because)
                if reasons.setdefault(heir, reason) is reason:
                    todo.append(heir)
    yield from _marks(facts, reasons, further, lowered)


def _marks(
    facts: Facts,
    reasons: dict[_Held, _Reason],
    further: dict[_Held, set[str]],
    lowered: dict[tuple[str, str], _Reason],
) -> Iterator[Mark]:
    told: dict[str, dict[str, _Held]] = {}
    for held in sorted(reasons, key=lambda each: (each.asset, each.kind, each.part)):
        told.setdefault(held.asset, {}).setdefault(held.kind, held)
    without: dict[str, list[str]] = {}
    for (asset, kind), reason in sorted(lowered.items()):
        without.setdefault(asset, []).append(f"no {kind}: {reason.says}")
    for identifier in sorted({*told, *without}):
        asset_held = facts.asset(identifier)
        if asset_held is None or asset_held.kind == "ModelFile":
            continue  # what is in a file is said there, by `detected_classes`
        kinds = told.get(identifier, {})
        because = sorted(
            {link for h in kinds.values() for link in (*reasons[h].because, *further.get(h, ()))}
        )
        if kinds:
            yield Mark(identifier, "data_classes", tuple(sorted(kinds)), tuple(because))
        why = (*(f"{kind}: {reasons[h].says}" for kind, h in kinds.items()), *without.get(identifier, ()))
        yield Mark(identifier, "data_classes_why", why, tuple(because))


def _own(facts: Facts, asset: Asset) -> Iterator[tuple[_Held, _Reason]]:
    """What is said of the asset itself: by people, else by a look inside and by tags.

    What a look found in a container is in some part of it: its other parts know nothing of it.
    """
    declared = asset.get("data_classes")
    if isinstance(declared, tuple):
        word = _word_of(facts, asset, "data_classes")
        for kind in map(str, declared):
            told = _reason(asset, "data_classes", "estate.yaml says so", " of ", word)
            yield _Held(asset.id, kind), told
        return
    for kind in _texts(asset.get("detected_classes")):
        if changed := _lowered(asset, kind, detected=True):
            who, where = _finder(asset, kind)
            told = _reason(asset, "detected_classes", who, " " if who == LOOK else " in ", where)
            yield _Held(asset.id, changed, part=asset.kind in CONTAINERS), told
    for kind in dict.fromkeys(said(asset, "data_classes")):
        if changed := _lowered(asset, kind):
            yield _Held(asset.id, changed), _reason(asset, "tags", "a tag", " of ", " says so")


LOOK = "a look inside"
FINDERS = {"aws:macie2": "Amazon Macie's findings", "gcp:dlp": "Sensitive Data Protection's profiles"}
"""Who else looks inside, by the beginning of the call that tells of it."""


def _finder(asset: Asset, kind: str) -> tuple[str, str]:
    """Who found a kind, and where: a sentence of our own look, else the cloud's scanner."""
    sentence = next((s for s in _texts(asset.get("detected")) if s.startswith(f"{kind}: ")), "")
    if sentence:
        return LOOK, f" found it ({sentence.removeprefix(f'{kind}: ')})"
    for piece in asset.evidence:
        name = FINDERS.get(":".join(piece.call.split(":")[:2]))
        if name and "detected_classes" in piece.supports:
            return name, " say so"
    return LOOK, " found it"


def _reason(asset: Asset, name: str, who: str, of: str, rest: str) -> _Reason:
    """A reason; further on it tells of which asset it speaks."""
    return _Reason(f"{who}{rest}", evidence_of(asset, name), f"{who}{of}{_name(asset)}{rest}")


def _heirs(facts: Facts, held: _Held, reason: _Reason) -> Iterator[tuple[_Held, _Reason]]:
    """Who takes a kind over from an asset, and why; an empty kind where a transformation ends it."""
    here = facts.asset(held.asset)
    name = _name(here) if here else held.asset
    for link, way in links(facts, held.asset, "forward"):
        if way.relation == "CONTAINS" and held.part:
            continue
        target = link.source if way.backwards else link.target
        yield from _taken(
            facts, held, target, link.id, f"{name} {way.says} it; {reason.origin}", reason, part=way.mixed
        )
    for link in facts.into(held.asset, "CONTAINS"):
        container = facts.asset(link.source)
        if container is not None and container.kind in CONTAINERS:
            yield from _taken(
                facts, held, link.source, link.id, f"{name} lies in it; {reason.origin}", reason, part=True
            )


def _taken(
    facts: Facts, held: _Held, target: str, link: str, says: str, reason: _Reason, *, part: bool
) -> Iterator[tuple[_Held, _Reason]]:
    taker = facts.asset(target)
    if taker is None or isinstance(taker.get("data_classes"), tuple) or taker.kind == "ModelFile":
        return
    kind = held.kind if part else _lowered(taker, held.kind)
    because: tuple[str, ...] = (link,)
    if kind != held.kind:
        says = f"{says}; {_attested(taker)}"
        because = (link, *evidence_of(taker, "transformation"))
    yield _Held(target, kind, part), _Reason(says, because, reason.origin)


def _lowered(asset: Asset, kind: str, *, detected: bool = False) -> str:
    """What is left of a kind after what somebody attests was done to the data; empty: nothing."""
    match asset.get("transformation"):
        case "synthetic":
            return ""
        case "aggregated":
            return kind if detected else ""
        case "pseudonymised" if not kind.startswith(PSEUDONYMISED) and not (detected and kind in IDENTIFYING):
            return f"{PSEUDONYMISED}{kind}"
        case _:
            return kind


def _attested(asset: Asset) -> str:
    since = asset.get("attested_on")
    day = f" since {since:%Y-%m-%d}" if isinstance(since, datetime) else ""
    return f"{asset.get('transformation')}, as {asset.get('attested_by')} attests{day}"


def _word_of(facts: Facts, asset: Asset, name: str) -> str:
    """The reason and the date that people gave, from the very lines."""
    for piece in asset.evidence:
        if name in piece.supports and piece.call.startswith("declared:"):
            entry = msgspec.structs.replace(piece, pointer="/".join(piece.pointer.split("/")[:3]))
            said_there = facts.document(entry)
            reason, day = at_pointer(said_there, "/reason"), at_pointer(said_there, "/date")
            return f" ({day}: {reason})" if reason else ""
    return ""


def _texts(value: Value | None) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _name(asset: Asset) -> str:
    return asset.name or asset.id
