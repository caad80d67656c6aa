"""How processes are started that look at strangers' files: they know nothing of this one, and import nothing
of the folder that one happens to be in, which may be the one that is looked at.
"""

import os
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

NOTHING_OF_HERE = ("-P", "-s")
"""Nothing is imported from the folder of work, or from a home."""
FOLDER = "/"
"""Where they work."""


def command(module: str, *arguments: str) -> list[str]:
    """A module of ours as a program; to be started in `FOLDER` with `environment`."""
    return [sys.executable, *NOTHING_OF_HERE, "-m", module, *arguments]


def environment() -> dict[str, str]:
    """What they need to start, and nothing of what this process knows."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "PYTHONDONTWRITEBYTECODE") if name in os.environ
    }
    threads = dict.fromkeys(("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    places = os.pathsep.join(str(Path(each).absolute()) for each in sys.path if each)
    return {**kept, **threads, "PYTHONPATH": places}


class Running(NamedTuple):
    """A process, and the wire to it."""

    process: "subprocess.Popen[bytes]"
    wire: Connection

    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.wire.close()


def started(module: str, *arguments: str) -> Running:
    """A module of ours as a process to talk with: its first argument is the descriptor that it answers on."""
    ours, theirs = socket.socketpair()
    with theirs:
        descriptor = theirs.fileno()
        process = subprocess.Popen(
            command(module, str(descriptor), *arguments),
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            cwd=FOLDER,
        )
    return Running(process, Connection(ours.detach()))
