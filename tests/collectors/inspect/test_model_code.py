"""Loads in code that trust the code of what they load."""

import json
from pathlib import Path

import pytest

from collectors.inspect.model_code import remote_code_loads
from collectors.inspect.models import inspect_models

LOADS = {
    "AutoModel.from_pretrained('org/name', trust_remote_code=True)": ["org/name"],
    "name = 'org/name'\nAutoModel.from_pretrained(name, trust_remote_code=True)": ["org/name"],
    "pipeline('text-generation', model='org/name', trust_remote_code=True)": ["org/name"],
    "LLM(model='org/name', trust_remote_code=True)": ["org/name"],
    "load(path(), trust_remote_code=True)": [""],
    "options = {'trust_remote_code': True}\nAutoModel.from_pretrained('a/b', **options)": [""],
    "if broken\n    AutoModel.from_pretrained('a/b', trust_remote_code=True)": [""],
    "AutoModel.from_pretrained('org/name', trust_remote_code=False)": [],
    "AutoModel.from_pretrained('org/name')": [],
    "# trust_remote_code=True is what nobody should write\nx = 'trust_remote_code=True'": [],
    "(" * 5_000: [],
}


@pytest.mark.parametrize("source", LOADS)
def test_loads_that_trust(source: str) -> None:
    assert remote_code_loads(source.encode(), "a.py") == LOADS[source]


def test_cells_of_notebooks() -> None:
    cell = {
        "cell_type": "code",
        "source": ["%pip install x\n", "AutoModel.from_pretrained('a/b', trust_remote_code=True)"],
    }
    text = {"cell_type": "markdown", "source": "trust_remote_code=True"}
    assert remote_code_loads(json.dumps({"cells": [cell, text]}).encode(), "a.ipynb") == ["a/b"]
    assert remote_code_loads(b"[]", "a.ipynb") == []
    assert remote_code_loads(b"\xff{", "a.ipynb") == []


def test_code_in_a_folder_is_told_only_when_it_trusts(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("AutoModel.from_pretrained('org/name', trust_remote_code=True)\n")
    (tmp_path / "other.py").write_text("AutoModel.from_pretrained('org/name', trust_remote_code=False)\n")
    (tmp_path / "plain.py").write_text("print(1)\n")
    (found,) = inspect_models([tmp_path])
    assert (Path(found.path).name, found.verdict, found.remote_code_loads) == (
        "train.py",
        "suspicious",
        ("org/name",),
    )
