"""The process in which files are opened and read: no network where the host allows that, no files written, no
credentials, limits of memory and time. It sees the bytes that it asks its parent for, and nothing else.

`python -m collectors.inspect.reading_child DESCRIPTOR` answers on a socket until it is closed. What it says
are samples: they stay in memory, here and there.
"""

import io
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import BinaryIO

import msgspec

from collectors.inspect.contents import Part, Refusing, parts
from collectors.inspect.model_sandbox import allow, network_namespace
from collectors.inspect.places import CHUNK, SMALL
from collectors.inspect.ranges import Ranges
from collectors.inspect.sampling import Sampler

MEMORY = 4_000_000_000
"""Bytes of addresses."""
FILES = 64


class Task(msgspec.Struct, frozen=True, tag=True):
    """One file. `name` is looked at for its ending only; `seconds` of computing end it for good."""

    name: str
    size: int
    seed: str
    seconds: int


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Which bytes of the file are wanted."""

    offset: int
    count: int


class Over(msgspec.Struct, frozen=True, tag=True):
    """There is no more to say of the file."""


def _asked(parent: Connection, offset: int, count: int) -> bytes:
    """Bytes of the parent's file."""
    parent.send_bytes(msgspec.msgpack.encode(Ask(offset, count)))
    return parent.recv_bytes()


def confine() -> None:
    """The limits that hold for all files; those of time are each file's own."""
    with suppress(OSError, AttributeError):
        network_namespace()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(parent: Connection) -> None:
    confine()
    parent.send_bytes(msgspec.msgpack.encode(Over()))  # ready
    while True:
        try:
            task = msgspec.msgpack.decode(parent.recv_bytes(), type=Task)
        except EOFError:
            return
        allow(task.seconds)
        for said in _about(parent, task):
            parent.send_bytes(said)
        parent.send_bytes(msgspec.msgpack.encode(Over()))


def _about(parent: Connection, task: Task) -> Iterator[bytes]:
    asked = Ranges(task.size, partial(_asked, parent))
    file: BinaryIO = (
        io.BufferedReader(asked, CHUNK) if task.size > SMALL else io.BytesIO(_whole(asked, task.size))
    )
    for part in parts(file, task.name, Sampler(task.seed)):
        yield _encoded(part)


def _whole(file: Ranges, size: int) -> bytes:
    data = memoryview(bytearray(size))
    got = 0
    while count := file.readinto(data[got:]):
        got += count
    return bytes(data[:got])


def _encoded(part: Part) -> bytes:
    """As bytes; half characters, which JSON may hold and UTF-8 may not, are replaced."""
    try:
        return msgspec.msgpack.encode(part)
    except UnicodeEncodeError:
        pass
    cleaned = msgspec.convert(_clean(msgspec.to_builtins(part)), Part)
    try:
        return msgspec.msgpack.encode(cleaned)
    except UnicodeEncodeError:
        return msgspec.msgpack.encode(Part("", Refusing("it cannot be read (UnicodeEncodeError)")))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(member) for key, member in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # the others claim more addresses than are allowed
    main(Connection(int(sys.argv[1])))
