"""The process in which the rules of secrets look at the strings of models: confined, and without the key of
fingerprints. What it finds goes to its parent as it is, over a socket between the two, and nowhere else.

`python -m collectors.inspect.secret_child DESCRIPTOR FOLDER` answers until its socket is closed; FOLDER keeps
the compiled rules. They are loaded before the walls are put up and before any stranger's text is seen.
"""

import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from collectors.inspect.model_sandbox import allow, confine, reads_only
from collectors.inspect.public_names import names_of
from collectors.inspect.secret_engine import Finder, Found, provider_of
from collectors.inspect.secret_pieces import Piece

MOST = 1_000
"""Secrets of one file that are told, each time they stand in it."""


class Task(msgspec.Struct, frozen=True):
    """The texts of one file, each with its name; `seconds` of computing end it for good."""

    texts: tuple[tuple[str, str], ...]
    seconds: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The rules are loaded."""


class Told(msgspec.Struct, frozen=True, tag=True):
    """What was found, with the number of the text it stands in; `more` when there is more than is told."""

    found: tuple[tuple[int, Found], ...]
    more: bool = False

    def __repr__(self) -> str:
        return f"Told({len(self.found)} secrets)"


class Broken(msgspec.Struct, frozen=True, tag=True):
    """The rules cannot be loaded, or a text broke them; `kind` is the exception's class."""

    kind: str


Said = Ready | Told | Broken


def main(parent: Connection, folder: Path) -> None:
    try:
        finder = Finder(folder)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent says it
        _say(parent, Broken(type(error).__name__))
        return
    _warm(finder)
    reads_only()
    confine(kept=True)
    _say(parent, Ready())
    while True:
        try:
            task = msgspec.msgpack.decode(parent.recv_bytes(), type=Task)
        except EOFError:
            return
        allow(task.seconds)
        _say(parent, _answer(finder, task))


def _warm(finder: Finder) -> None:
    """Let everything be loaded that is loaded when a secret is found: later no file can be opened."""
    list(finder.found(Piece("", b"{}", 0, 0, 2, whole=True)))
    provider_of("")
    names_of(b"", ())


def _say(parent: Connection, said: Said) -> None:
    parent.send_bytes(msgspec.msgpack.encode(said))


def _answer(finder: Finder, task: Task) -> Said:
    found: list[tuple[int, Found]] = []
    try:
        for each in _found(finder, task):
            if len(found) >= MOST:
                return Told(tuple(found), more=True)
            found.append(each)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - engines raise what they like, and their texts may hold values
        return Broken(type(error).__name__)
    return Told(tuple(found))


def _found(finder: Finder, task: Task) -> Iterator[tuple[int, Found]]:
    for number, (name, text) in enumerate(task.texts):
        data = text.encode("utf-8", "replace")
        for each in finder.found(Piece(name, data, 0, 0, len(data), whole=True)):
            yield number, each


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])), Path(sys.argv[2]))
