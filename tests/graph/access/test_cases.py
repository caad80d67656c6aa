"""Cases written from AWS's documentation, each with the page it follows; `docs/access.md` has the format."""

import json
from pathlib import Path
from typing import Any

import pytest

from graph.access.cases import evaluate_case

FOLDER = Path(__file__).parent / "cases"
# `Any`: a case is free JSON here, read key by key.
CASES: list[dict[str, Any]] = [
    json.loads(line)
    for path in sorted(FOLDER.glob("*.jsonl"))
    for line in path.read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_documentation_says_so(case: dict[str, Any]) -> None:
    answer = json.loads(evaluate_case(json.dumps(case).encode()))
    assert {key: answer.get(key) for key in case["expect"]} == case["expect"], answer


def test_there_are_many_and_each_names_its_page() -> None:
    assert len(CASES) >= 120
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert all(case["source"].startswith("https://docs.aws.amazon.com/") for case in CASES)
