"""Writes the pages that are generated from code. `make docs` runs it; a test keeps them fresh."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from graph import ontology

HERE = Path(__file__).parent
AWAITING = {
    name: source
    for source, names in yaml.safe_load((HERE.parent / "graph" / "awaiting.yaml").read_text("utf-8")).items()
    for name in names
}
HEAD = """# Data model

Generated from `graph/ontology.py` by `make docs`. A node has one kind (its first label) and the family of
that kind (a further label). Where a value may come from: `api` (a provider's answer), `declared` (estate.yaml,
which wins), `scanned` (content was looked at), `derived` (worked out). A property that is not known is absent:
null means unknown, never no. *Awaiting* marks what nothing fills yet, and the source that is missing.
"""


def data_model() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_kinds(), *_relations()]) + "\n"


def _kinds() -> list[str]:
    lines = ["## Every node", "", *_properties(ontology.ALL)]
    for family, kinds in ontology.FAMILIES.items():
        lines += [f"## {family}", "", f"Kinds: {', '.join(f'`{kind}`' for kind in kinds)}", ""]
        if own := ontology.PROPERTIES.get(family):
            lines += _properties(own, family)
        for kind in kinds:
            if own := ontology.PROPERTIES.get(kind):
                lines += [f"### {kind}", "", *_properties(own, kind)]
    return lines


def _properties(properties: Mapping[str, ontology.Property], owner: str = "") -> list[str]:
    rows = [
        f"| `{name}` | {one.type} | {one.origin} | {_meaning(owner, name, one)} |"
        for name, one in properties.items()
    ]
    return ["| property | type | from | meaning |", "| --- | --- | --- | --- |", *rows, ""]


def _meaning(owner: str, name: str, one: ontology.Property) -> str:
    words = one.meaning.replace("|", " or ")
    source = AWAITING.get(f"{owner}.{name}")
    return f"{words} *(awaiting: {source})*".strip() if source else words


def _relations() -> list[str]:
    lines = ["## Every relation", "", *_properties(ontology.EDGE)]
    for title, derived in (("Facts", False), ("Derived relations", True)):
        lines += [f"## {title}", ""]
        for name, kind in ontology.RELATIONS.items():
            if kind.derived == derived:
                lines += [f"### {name}", "", f"{kind.meaning}.", ""]
                lines += [f"Parallel ones differ by: {', '.join(kind.key)}.", ""] if kind.key else []
                lines += _properties(kind.properties) if kind.properties else []
    return lines


if __name__ == "__main__":
    (HERE / "data-model.md").write_text(data_model(), encoding="utf-8")
