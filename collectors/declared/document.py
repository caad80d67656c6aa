"""A YAML file as JSON, with the line that each part of it stands on, so that errors can point there."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import yaml

from graph.model import Json, pointer_token


class EstateError(ValueError):
    """What people declared can't be used as it is; the message names the file and the line."""


class _Loader(yaml.SafeLoader):
    """YAML's plain types; dates stay text, as they are in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Document(msgspec.Struct, frozen=True):
    """A file's content; `lines` are numbers by JSON pointer, from 1."""

    path: str
    json: Json
    lines: Mapping[str, int]

    def at(self, pointer: str) -> str:
        """`estate.yaml, line 12`: the place of a part, or of the closest part around it."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return f"{self.path}, line {self.lines.get(pointer, 1)}"


def load(path: Path) -> Document:
    """Read a file; whatever is wrong with it as YAML is an EstateError."""
    try:
        loader = _Loader(path.read_text("utf-8"))
        node = loader.get_single_node()
        if node is None:
            return Document(path.name, {}, {})
        lines = dict(_lines(node, "", path.name))
        return Document(path.name, loader.construct_document(node), lines)
    except OSError as fault:
        raise EstateError(f"{path} can't be read ({fault.strerror}). Check declared.path.") from fault
    except UnicodeDecodeError as fault:
        raise EstateError(f"{path} is not UTF-8 text.") from fault
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise EstateError(f"{path.name}, line {line}: not valid YAML: {fault.problem}.") from fault


def _lines(node: yaml.Node, pointer: str, name: str) -> Iterator[tuple[str, int]]:
    """Every part's line. A key that stands twice is refused: YAML would silently take the last one."""
    yield pointer, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, member in enumerate(node.value):
            yield from _lines(member, f"{pointer}/{index}", name)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, member in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise EstateError(f"{name}, line {line}: the key `{key.value}` stands here a second time.")
            seen.add(key.value)
            below = f"{pointer}/{pointer_token(str(key.value))}"
            yield from _lines(member, below, name)
            yield below, line
