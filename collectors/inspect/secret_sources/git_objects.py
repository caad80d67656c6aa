"""The objects of a Git repository, read by git itself, with nothing of the repository's settings in force.

Git is given the folder of objects and a folder of its own without configuration: no setting, hook, filter,
replacement or remote of a stranger's repository takes part, and nothing is fetched.
"""

import io
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

CHUNK = 1 << 16
ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
LOG = (
    "log",
    "--stdin",
    "--date-order",  # parents before children whatever the clocks say; dates decide among strangers
    "--reverse",
    "--raw",
    "--no-abbrev",
    "-z",
    "--no-renames",
    "--diff-merges=first-parent",
    "--no-textconv",
    "--no-ext-diff",
    "--no-notes",
    "--encoding=UTF-8",
    "--format=tformat:%x01%H%x00%B",
)


SETTINGS = (
    "core.commitGraph=false",  # it is a cache that could say other than the commits
    "core.packedGitLimit=128m",
    "core.packedGitWindowSize=16m",
    "core.deltaBaseCacheLimit=64m",
    "core.bigFileThreshold=32m",  # what is larger and no delta is streamed
)


class GitMissing(Exception):
    """Git is not installed."""


class GitBroken(Exception):
    """Git ended before it had told everything."""


class Listed(msgspec.Struct, frozen=True):
    """An object: commit, tree, blob or tag; `kind` is "missing" for one that is broken."""

    id: str
    kind: str
    size: int


class Changed(msgspec.Struct, frozen=True):
    """A file's version that a commit brings. `mode` is Git's: 120000 for a link, 160000 for a submodule."""

    path: str
    mode: str
    blob: str


class Commit(msgspec.Struct, frozen=True):
    id: str
    message: str

    def __repr__(self) -> str:
        return f"Commit({self.id})"


class Objects:
    """The objects in a folder such as `.git/objects`; to be used as a context."""

    def __init__(self, objects: Path, *, shallow: Path | None, sha256: bool, own: Path) -> None:
        self._own = _own_folder(own, sha256=sha256)
        self._options = ["--shallow-file", str(shallow)] if shallow else []
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ},
            "LC_ALL": "C",
            "GIT_DIR": str(self._own),
            "GIT_OBJECT_DIRECTORY": str(objects.absolute()),
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }
        self._reading: subprocess.Popen[bytes] | None = None
        self._open: Body | None = None

    def __enter__(self) -> "Objects":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def listed(self) -> Iterator[Listed]:
        """All that is there, reachable or not, in the order that is quickest to read."""
        form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
        command = ("cat-file", "--batch-all-objects", "--unordered", form)
        with self._started(command) as running:
            for line in _stream(running):
                name, kind, *size = line.decode("ascii", "replace").split()
                yield Listed(name, kind, int(size[0]) if size else 0)
            _ended(running)

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Those of these objects that are not there."""
        if not ids:
            return []
        ended = subprocess.run(
            self._command(("cat-file", "--batch-check")),
            input="".join(f"{each}\n" for each in ids).encode(),
            capture_output=True,
            check=False,
            env=self._environment,
        )
        lines = ended.stdout.decode("ascii", "replace").splitlines()
        return [line.split()[0] for line in lines if line.endswith(" missing")]

    def history(self, commits: Sequence[str]) -> Iterator[Commit | Changed]:
        """These commits and all before them, the oldest first, each followed by what it brings.

        Raises `GitBroken` where something on the way is missing or broken.
        """
        with self._started(LOG) as running:
            assert running.stdin is not None  # noqa: S101 - it is a pipe
            with suppress(BrokenPipeError):
                running.stdin.write("".join(f"{each}\n" for each in commits).encode())
            with suppress(BrokenPipeError):
                running.stdin.close()
            tokens = _stream(running, b"\0")
            for token in tokens:
                if token[:1] == b"\x01":
                    yield Commit(token[1:].decode("ascii"), next(tokens, b"").decode("utf-8", "replace"))
                elif (entry := token.lstrip(b"\n"))[:1] == b":":
                    mode, blob = entry.split()[1].decode(), entry.split()[3].decode()
                    yield Changed(next(tokens, b"").decode("utf-8", "replace"), mode, blob)
            _ended(running)

    def read(self, name: str) -> "Body | None":
        """An object's content, None when it is not there; to be read before the next is asked for."""
        if self._open is not None and not self._open.drained():
            self._end()
        if self._reading is None or self._reading.poll() is not None:
            self._reading = self._started(("cat-file", "--batch"))
        asked, told = self._reading.stdin, self._reading.stdout
        assert asked is not None  # noqa: S101 - it is a pipe
        assert told is not None  # noqa: S101
        with suppress(BrokenPipeError):
            asked.write(f"{name}\n".encode())
            asked.flush()
        header = told.readline().split()
        if len(header) != 3:
            self._open = None
            if not header:
                self._end()
            return None
        self._open = Body(told, int(header[2]))
        return self._open

    def _command(self, arguments: Sequence[str]) -> list[str]:
        settings = [part for each in SETTINGS for part in ("-c", each)]
        return ["git", *self._options, *settings, *arguments]

    def _started(self, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                self._command(arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
            )
        except FileNotFoundError:
            raise GitMissing from None

    def _end(self) -> None:
        if self._reading is not None:
            self._reading.kill()
            self._reading.communicate()
        self._reading = self._open = None


class Body(io.RawIOBase):
    """The bytes of one object, out of the stream of all."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream, self._left = stream, size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Raises `GitBroken` when the object ends too early."""
        size = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(size) if size else b""
        if len(data) < size:
            raise GitBroken
        self._left -= len(data)
        return data

    def drained(self) -> bool:
        """Whether the rest could be passed over, so that the next object follows."""
        try:
            while self.read(CHUNK):
                pass
        except GitBroken:
            return False
        return self._stream.read(1) == b"\n"


def _own_folder(parent: Path, *, sha256: bool) -> Path:
    """A Git folder with no settings but the kind of ids. HEAD is a link: nothing needs to be written."""
    folder = parent / ("git-sha256" if sha256 else "git-sha1")
    for name in ("refs", "objects"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        (folder / "HEAD").symlink_to("refs/heads/none")
    if sha256:
        settings = "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n"
        (folder / "config").write_text(settings)
    return folder


def _stream(running: "subprocess.Popen[bytes]", end: bytes = b"\n") -> Iterator[bytes]:
    """What a process prints, piece by piece."""
    assert running.stdout is not None  # noqa: S101 - it is a pipe
    rest = b""
    while part := running.stdout.read1(CHUNK):  # type: ignore[attr-defined]  # it is buffered
        *whole, rest = (rest + part).split(end)
        yield from whole
    if rest:
        yield rest


def _ended(running: "subprocess.Popen[bytes]") -> None:
    if running.wait() != 0:
        raise GitBroken
