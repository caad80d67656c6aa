"""`docker-compose.yml` runs Neo4j as the tests do, and lets nobody else in."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.neo4j_local.settings import SETTINGS, VERSION

ROOT = Path(__file__).parents[2]


@pytest.fixture
def service() -> dict[str, Any]:
    """The one service of the file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["neo4j"]
    return found


def test_the_settings_are_those_of_the_tests(service: dict[str, Any]) -> None:
    named = {name: value for name, value in service["environment"].items() if name != "NEO4J_AUTH"}
    assert {_dotted(name): value for name, value in named.items()} == SETTINGS


def test_the_version_is_that_of_the_tests(service: dict[str, Any]) -> None:
    assert service["image"] == f"neo4j:{VERSION}-community"
    pom = ElementTree.parse(ROOT / "tests" / "neo4j_local" / "pom.xml")
    assert pom.findtext(".//{*}neo4j.version") == VERSION


def test_it_is_reachable_from_this_machine_only_and_keeps_its_data(service: dict[str, Any]) -> None:
    assert service["ports"] == ["127.0.0.1:7687:7687"]
    assert service["volumes"] == ["neo4j-data:/data"]
    assert "test" in service["healthcheck"]


def test_the_password_is_required_and_not_in_the_file(service: dict[str, Any]) -> None:
    assert service["environment"]["NEO4J_AUTH"].startswith("neo4j/${CROWNPATH_STORE_PASSWORD:?")


def _dotted(name: str) -> str:
    """The image's spelling of a setting, undone."""
    return name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_")
