import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import app

ROOT = Path(app.__file__).parent
SOURCES = sorted(path for path in ROOT.rglob("*.py") if "node_modules" not in path.parts)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_takes_live_html(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not list(_live(tree))


def test_no_file_of_the_app_is_called_like_a_top_level_folder() -> None:
    """Streamlit puts the script's folder first on sys.path, where such a file would shadow the package."""
    assert not {path.name.removesuffix(".py") for path in ROOT.iterdir()} & {"graph", "queries", "collectors"}


def _live(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            yield "unsafe_allow_html"
        if isinstance(node, ast.Attribute) and node.attr in ("html", "iframe", "v1"):
            yield f".{node.attr}"
