"""Loads of models in code that let a model bring code of its own: `trust_remote_code=True`."""

import ast
import json
import re
from collections.abc import Iterator

MOST_BYTES = 5_000_000
MARK = b"trust_remote_code"

_REPOSITORY = re.compile(r"[\w.\-]{1,96}(/[\w.\-]{1,96})?")
_SET = re.compile(r"[\"']?trust_remote_code[\"']?\s*[=:]\s*True")


def remote_code_loads(data: bytes, name: str) -> list[str]:
    """What is loaded by each such call: a repository or a folder by name, "" where it is not said there."""
    text = data[:MOST_BYTES].decode("utf-8", "replace")
    source = "\n\n".join(_cells(text)) if name.endswith(".ipynb") else text
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ["" for _ in _SET.finditer(source)]
    constants = dict(_constants(tree))
    return [_loaded(each, constants) for each in ast.walk(tree) if _trusts(each)]


def _cells(text: str) -> Iterator[str]:
    """The code of a notebook, without the lines that are the notebook's own commands."""
    try:
        cells = json.loads(text).get("cells", [])
    except (ValueError, AttributeError, RecursionError):
        return
    for cell in cells if isinstance(cells, list) else []:
        source = cell.get("source", "") if isinstance(cell, dict) and cell.get("cell_type") == "code" else ""
        lines = "".join(source).splitlines() if isinstance(source, list | str) else []
        yield "\n".join(each for each in lines if not each.lstrip().startswith(("%", "!")))


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for each in ast.walk(tree):
        if (
            isinstance(each, ast.Assign)
            and isinstance(each.value, ast.Constant)
            and isinstance(each.value.value, str)
        ):
            yield from (
                (target.id, each.value.value) for target in each.targets if isinstance(target, ast.Name)
            )


def _trusts(node: ast.AST) -> bool:
    """A call with `trust_remote_code=True`, or a dictionary of arguments that says so."""
    if isinstance(node, ast.Call):
        return any(each.arg == "trust_remote_code" and _is_true(each.value) for each in node.keywords)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return any(
            isinstance(key, ast.Constant) and key.value == "trust_remote_code" and _is_true(value)
            for key, value in pairs
        )
    return False


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _loaded(node: ast.AST, constants: dict[str, str]) -> str:
    if not isinstance(node, ast.Call):
        return ""
    named = [
        each.value
        for each in node.keywords
        if each.arg in ("model", "model_name_or_path", "path", "model_id")
    ]
    for each in (*named, *node.args[:1]):
        value = each.value if isinstance(each, ast.Constant) else constants.get(getattr(each, "id", ""))
        if isinstance(value, str) and _REPOSITORY.fullmatch(value):
            return value
    return ""
