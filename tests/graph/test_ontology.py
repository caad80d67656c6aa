"""The schema: its names don't clash, its pages are fresh, and nothing in it is quietly empty."""

import runpy
from pathlib import Path

import yaml

from collectors.scan import declared_calls
from graph import ontology
from graph.derive import builds_on, edge_kinds

REPOSITORY = Path(__file__).parents[2]
RESOLVED = {"CONTAINS", "PART_OF"}  # relations that `resolve` and estate.yaml make
MADE = {"COVERS", "STEP", "BLOCKED_STEP", "ON"}
NOT_YET = {"CAN_EXFILTRATE"}  # derived kinds that have no file yet
OWN_WORK = {
    *("ExternalPrincipal.native_kind", "ResourceSet.level", "ResourceSet.size"),
    *("AI.data_classes_why", "Data.data_classes_why"),  # told by the mark data_classes
}


def awaiting() -> set[str]:
    table: dict[str, list[str]] = yaml.safe_load((REPOSITORY / "graph" / "awaiting.yaml").read_text("utf-8"))
    names = [name for group in table.values() for name in group]
    assert len(names) == len(set(names))
    return set(names)


def unfilled() -> set[str]:
    fills = {name for call in declared_calls() for name in call.fills}
    marks = {name.removeprefix("*.") for name in builds_on() if name.startswith("*.")}
    found = {
        f"{owner}.{name}"
        for owner, properties in ontology.PROPERTIES.items()
        if owner != "Governance" and ontology.KINDS.get(owner) != "Governance"
        for name, one in properties.items()
        if one.origin != "declared"
        and name not in marks
        and not any(f"{kind}.{name}" in fills for kind in (owner, *ontology.expand(owner)))
    }
    found |= {n for n, r in ontology.RELATIONS.items() if not r.derived and n not in fills | RESOLVED}
    return found - OWN_WORK


def test_what_nothing_fills_is_listed_as_awaiting_and_nothing_else_is() -> None:
    assert unfilled() == awaiting()


def test_every_derived_relation_has_its_file() -> None:
    derived = {name for name, kind in ontology.RELATIONS.items() if kind.derived}
    assert derived == set(edge_kinds()) | MADE | NOT_YET


def test_kinds_and_families_have_different_names() -> None:
    assert not set(ontology.KINDS) & set(ontology.FAMILIES)
    assert not {"type", "title"} & {n for p in ontology.PROPERTIES.values() for n in p}


def test_relations_name_known_kinds() -> None:
    known = {"*", *ontology.KINDS, *ontology.FAMILIES}
    for kind in ontology.RELATIONS.values():
        for pair in kind.ends:
            assert {name for names in pair for name in names} <= known
    assert ontology.may_join("RUNS_AS", "Agent", "Role")
    assert not ontology.may_join("RUNS_AS", "Role", "Agent")


def test_the_data_model_page_is_fresh() -> None:
    generated = runpy.run_path(str(REPOSITORY / "docs" / "generate.py"))["data_model"]()
    assert (REPOSITORY / "docs" / "data-model.md").read_text("utf-8") == generated
