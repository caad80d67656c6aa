"""`estate.yaml`: what only people know of the estate, as facts like any others.

`read` checks the file, `apply` gives assets what is declared of them, `facts` makes the AI systems and
who owns what, `remarks` says what had no effect. All but `read` are pure. Every key: docs/estate-yaml.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from collectors.declared.document import EstateError
from collectors.declared.file import READ, Declarations, Declared, Match, System, of_document, read
from collectors.declared.values import decides, value_of
from graph import ontology
from graph.model import Asset, Fact, Relation, Value

__all__ = [
    "READ",
    "Declarations",
    "EstateError",
    "apply",
    "facts",
    "of_document",
    "read",
    "remarks",
    "systems",
]


def apply(declarations: Declarations, assets: Iterable[Asset]) -> Iterator[Asset]:
    """Every asset, with what is declared of it.

    Declared and derived properties are decided here; what a provider answers is only filled in where it
    did not answer. What is said of an id wins over what is said of a match, and later over earlier.
    """
    exact: dict[str, list[tuple[int, Declared]]] = defaultdict(list)
    general: list[tuple[int, Declared, Match]] = []
    for index, each in enumerate(declarations.assets):
        if each.id is not None:
            exact[_same_case(each.id)].append((index, each))
        elif each.match is not None:
            general.append((index, each, each.match))
    for asset in assets:
        fitting = [(index, each) for index, each, match in general if match.fits(asset)]
        yield _declared(asset, [*fitting, *exact.get(asset.id, ())], declarations)


def facts(declarations: Declarations, assets: Iterable[Asset] = ()) -> Iterator[Fact]:
    """The AI systems, what is part of them, and who owns what, among `assets` (as `apply` gave them)."""
    known = list(assets)
    yield from systems(declarations)
    for index, system in enumerate(declarations.systems):
        for part, named in enumerate(system.parts):
            for asset in _meant(named, known):
                if ontology.may_join("PART_OF", asset.kind, "AISystem"):
                    evidence = (declarations.evidence(f"/systems/{index}/parts/{part}", "target"),)
                    yield Relation("PART_OF", asset.id, system_id(system), evidence=evidence)
    for index, each in enumerate(declarations.assets):
        meant = each.id if each.id is not None else each.match
        if each.owned_by is None or meant is None:
            continue
        for asset in _meant(meant, known):
            yield Relation(
                "OWNED_BY",
                asset.id,
                each.owned_by.id,
                properties={"origin": "declared"},
                evidence=(declarations.evidence(f"/assets/{index}/owned_by", "target"),),
                target_kind=each.owned_by.kind,
            )


def systems(declarations: Declarations) -> Iterator[Asset]:
    """The AI systems alone."""
    for index, system in enumerate(declarations.systems):
        given = {"purpose": system.purpose, "risk_class": system.risk_class, "owner": system.owner}
        properties: dict[str, Value] = {name: value for name, value in given.items() if value is not None}
        yield Asset(
            id=system_id(system),
            kind="AISystem",
            name=system.name,
            properties={"provider": "declared", "service": "estate", **properties},
            evidence=tuple(
                declarations.evidence(f"/systems/{index}/{name}", name) for name in ("name", *properties)
            ),
        )


def system_id(system: System) -> str:
    """The id of an AI system's node."""
    return f"system:{system.id}"


def remarks(declarations: Declarations, assets: Iterable[Asset]) -> list[str]:
    """What has no effect on the assets as they were collected (before `apply`), in sentences.

    Ids that nobody saw, matches that fit nothing, answers that the provider gave itself.
    """
    known = list(assets)
    found: list[str] = []
    for index, each in enumerate(declarations.assets):
        meant = each.id if each.id is not None else each.match
        pointer = f"/assets/{index}"
        targets = list(_meant(meant, known)) if meant is not None else []
        if not targets:
            found.append(f"{declarations.source.at(pointer)}: {_nothing(each.id)}")
        for name in each.set:
            if targets and not any(_settable(asset, name) for asset in targets):
                where = declarations.source.at(f"{pointer}/set/{name}")
                found.append(f"{where}: `{name}` has no effect: {_why_not(targets, name)}")
    for index, system in enumerate(declarations.systems):
        for part, named in enumerate(system.parts):
            if not any(True for _ in _meant(named, known)):
                where = declarations.source.at(f"/systems/{index}/parts/{part}")
                found.append(f"{where}: {_nothing(named if isinstance(named, str) else None)}")
    return found


def _declared(asset: Asset, said: list[tuple[int, Declared]], declarations: Declarations) -> Asset:
    values: dict[str, Value] = {}
    places: dict[str, str] = {}
    for index, each in said:
        for name, value in each.set.items():
            if _settable(asset, name):
                values[name] = value_of(asset.kind, name, value)
                places[name] = f"/assets/{index}/set/{name}"
    if not values:
        return asset
    evidence = tuple(declarations.evidence(places[name], name) for name in sorted(places))
    given_name = values.pop("name", asset.name)
    return msgspec.structs.replace(
        asset,
        name=str(given_name),
        properties={**asset.properties, **values},
        evidence=(*asset.evidence, *evidence),
    )


def _settable(asset: Asset, name: str) -> bool:
    """Whether people may say this of the asset: it is theirs to decide, or nobody else answered."""
    if name == "name":
        return asset.name in ("", asset.id)
    if name not in ontology.properties_of(asset.kind):
        return False
    return decides(asset.kind, name) or asset.get(name) is None


def _meant(named: str | Match, assets: list[Asset]) -> Iterator[Asset]:
    if isinstance(named, str):
        named = _same_case(named)
        yield from (asset for asset in assets if asset.id == named)
    else:
        yield from (asset for asset in assets if named.fits(asset))


def _same_case(identifier: str) -> str:
    """An id as the graph has it: Azure's portal shows ids with capitals, and takes them without."""
    lowered = identifier.lower()
    return lowered if lowered.startswith(("/subscriptions/", "/providers/", "entra:")) else identifier


def _nothing(identifier: str | None) -> str:
    if identifier is None:
        return "nothing in the estate fits this match."
    return f"nobody has seen {identifier}. Ids are written as the app shows them."


def _why_not(targets: list[Asset], name: str) -> str:
    kinds = sorted({asset.kind for asset in targets})
    if not any(name in ontology.properties_of(kind) for kind in kinds):
        return f"{' and '.join(kinds)} have no such property."
    return "the provider answers it, and its answer stands."
