"""The contract on imports names every module of graph that collectors must not know."""

import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
OPEN_TO_COLLECTORS = {"model", "ontology"}


def test_collectors_may_know_the_model_and_the_ontology_alone() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    (contract,) = [
        each
        for each in settings["tool"]["importlinter"]["contracts"]
        if each["source_modules"] == ["collectors"]
    ]
    graph = REPOSITORY / "graph"
    modules = {path.stem for path in graph.glob("*.py")} | {
        path.parent.name for path in graph.glob("*/__init__.py")
    }
    wanted = {f"graph.{name}" for name in modules - OPEN_TO_COLLECTORS - {"__init__"}}
    assert {name for name in contract["forbidden_modules"] if name.startswith("graph.")} == wanted


def test_no_file_of_the_app_hides_a_package() -> None:
    names = {path.stem for path in (REPOSITORY / "app").rglob("*.py")}
    assert not names & {"graph", "queries", "collectors"}
