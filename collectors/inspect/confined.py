"""Files read in a process of their own: what hangs, crashes or eats all memory there ends in a refusal here.

A reader is somebody's library at work on somebody's file: a broken one can loop for ever or bring its process
down, and Python cannot interrupt it. A process can be ended. It is kept for the next file, as starting one
takes longer than reading most files; results come over a socket, and nothing touches the disk.
"""

import time
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from collectors.inspect import child
from collectors.inspect.contents import Part, Refusing
from collectors.inspect.reading_child import MEMORY, Ask, Over, Task

SECONDS = 60
"""Time that reading one file may take, without the time that its store takes to give its bytes."""
START = 120
"""Seconds in which a process starts, also on a machine that has much to do."""
MOST_SAID = 1_000_000_000
"""Bytes of one sample."""

_DECODER = msgspec.msgpack.Decoder(Part | Ask | Over)
_idle: "list[_Child]" = []


class _Child:
    """One process, with one file at a time."""

    def __init__(self) -> None:
        self.running = child.started("collectors.inspect.reading_child")
        self._ready = False

    def parts(self, file: BinaryIO, size: int, name: str, seed: str) -> Iterator[Part]:
        left = float(SECONDS)
        try:
            if not self._started():
                yield self._ended(f"its reader does not start in {START} s")
                return
            self.running.wire.send_bytes(msgspec.msgpack.encode(Task(name, size, seed, SECONDS + 10)))
            while True:
                started = time.monotonic()
                if not self.running.wire.poll(left):
                    yield self._ended(f"it takes more than {SECONDS} s to read")
                    return
                said = _DECODER.decode(self.running.wire.recv_bytes(MOST_SAID))
                left = max(0.0, left - (time.monotonic() - started))
                if isinstance(said, Over):
                    return
                if isinstance(said, Part):
                    yield said
                else:
                    self.running.wire.send_bytes(_bytes(file, said))
        except (EOFError, ConnectionError):
            yield self._ended(self._why())
        except msgspec.MsgspecError:
            yield self._ended("its reader gave no answer")

    def _started(self) -> bool:
        """Whether the process is ready; starting is no part of a file's time."""
        if not self._ready and self.running.wire.poll(START):
            self.running.wire.recv_bytes(MOST_SAID)
            self._ready = True
        return self._ready

    def _ended(self, reason: str) -> Part:
        self.running.end()
        return Part("", Refusing(reason))

    def _why(self) -> str:
        code = self.running.process.wait()
        if code == 1:
            return f"it takes more than {MEMORY // 1_000_000:,} MB to read"
        return f"it breaks its reader (signal {-code})"


def _bytes(file: BinaryIO, asked: Ask) -> bytes:
    file.seek(asked.offset)
    return file.read(asked.count)


def parts(file: BinaryIO, size: int, name: str, seed: str) -> Iterator[Part]:
    """What is in a file of so many bytes, as `contents.parts` says it; the last may be a refusal of it all.

    What reading the file raises (`OSError`, `Spent`) is passed on, and ends the process that asked for it.
    """
    reader = _ready()
    try:
        yield from reader.parts(file, size, name, seed)
    except BaseException:  # also a generator that is given up: the child still waits for an answer
        reader.running.end()
        raise
    if reader.running.alive():
        _idle.append(reader)


def _ready() -> _Child:
    while _idle:
        reader = _idle.pop()
        if reader.running.alive():
            return reader
    return _Child()
