"""The linter: for each rule the statements of `statements.yaml` that it takes, and those it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from queries.lint import RULES, Use, complaints, plan_complaints

STATEMENTS = yaml.safe_load((Path(__file__).parent / "statements.yaml").read_text("utf-8"))
GOOD: dict[int, list[str]] = STATEMENTS["good"]
BAD: dict[int, list[str]] = STATEMENTS["bad"]


def numbers(text: str, use: Use = "rule") -> set[int]:
    """The numbers of the rules that a statement breaks."""
    return {int(said.split(":")[0].removeprefix("rule ")) for said in complaints(text, use)}


@pytest.mark.parametrize(("number", "text"), [(n, text) for n, texts in GOOD.items() for text in texts])
def test_a_portable_statement_is_taken(number: int, text: str) -> None:
    assert complaints(text, "rule") == []


@pytest.mark.parametrize(("number", "text"), [(n, text) for n, texts in BAD.items() for text in texts])
def test_a_statement_that_breaks_a_rule_is_refused_by_that_rule(number: int, text: str) -> None:
    assert number in numbers(text)


def test_every_rule_has_good_and_bad_statements() -> None:
    assert set(GOOD) == set(BAD) == set(RULES) == set(range(1, 12))


@pytest.mark.parametrize("use", ["saved", "console"])
def test_people_are_given_a_limit(use: Use) -> None:
    assert numbers("MATCH (n:Agent) RETURN n.id AS subject", use) == {8}
    assert numbers("MATCH (n:Agent) RETURN n.id AS subject LIMIT $rows", use) == set()


def test_a_plan_with_a_scan_or_a_product_is_refused() -> None:
    assert plan_complaints(("ProduceResults", "AllNodesScan"), ("", "ProduceResults"), "r")
    assert plan_complaints(("ProduceResults", "CartesianProduct"), ("", "ProduceResults"), "r")
    assert plan_complaints(("ProduceResults",), ("",), "rw")


def test_the_two_ends_of_a_shortest_path_may_be_a_product() -> None:
    assert plan_complaints(("ShortestPath", "CartesianProduct"), ("", "ShortestPath"), "r") == []


def test_the_command_finds_nothing_wrong_with_what_we_ship() -> None:
    done = subprocess.run([sys.executable, "-m", "queries.lint"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
