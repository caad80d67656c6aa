"""Files and folders, and each repository in them: its history, what its Git folder holds beside the objects,
and what is not committed. Links are not followed: what they lead to is read where it is, or said.
"""

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_pieces import PIECE
from collectors.inspect.secret_sources.history import History, Repository, is_bare, repository_at
from collectors.inspect.secret_sources.opened import Opened, Source

Known = Callable[[bytes, str], bool]
"""Whether a content was read before under such a name."""


def read_path(path: Path, shown: str, own: Path) -> Source:
    """All of a path; `shown` is what its results begin with, `own` a folder for what git needs."""
    if path.is_dir():
        yield from _folder(path.resolve(), path.resolve(), shown, own)
    else:
        yield from _file(path.resolve(), shown, "", _nothing)


def _nothing(_: bytes, __: str) -> bool:
    return False


def _folder(folder: Path, root: Path, shown: str, own: Path) -> Source:
    found = repository_at(folder, shown)
    if found is None:
        if os.path.lexists(folder / ".git"):
            yield Refusal(f"{shown}/.git", "it is no whole repository: its history is not read")
        yield from _files(folder, root, shown, own, "", _nothing)
    else:
        yield from read_repository(folder, found, own, root)


def read_repository(folder: Path, found: Repository, own: Path, root: Path | None = None) -> Source:
    """The repository in a folder: its history, its Git folder, and what is not committed."""
    root = root or folder
    history = History(found, own)
    yield from history.read()
    algorithm = "sha256" if history.sha256 else "sha1"

    def known(data: bytes, path: str) -> bool:
        blob = hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False)
        return history.knows(blob.hexdigest(), path)

    if not found.bare:
        yield from _files(folder, root, found.path, own, found.path, known)
    elsewhere = {found.folder.resolve(), found.common.resolve()}
    for each in sorted(elsewhere):
        inside = found.path if found.bare else f"{found.path}/.git"
        yield from _files(each, each, inside, own, found.path, _nothing, but=("objects", "modules"))
    modules = found.common / "modules"
    if modules.is_dir() and not found.bare:
        yield from _files(modules, modules, f"{found.path}/.git/modules", own, "", _nothing)


def _files(
    folder: Path, root: Path, shown: str, own: Path, repository: str, known: Known, but: tuple[str, ...] = ()
) -> Source:
    """What is in a folder, the folders in it too; `but` is passed over, as is the Git folder."""
    waiting = [(folder, shown)]
    while waiting:
        current, name = waiting.pop()
        try:
            entries = sorted(os.scandir(current), key=lambda each: each.name)
        except OSError as error:
            yield Refusal(name, _cannot(error))
            continue
        for entry in entries:
            within = f"{name}/{_text(entry.name)}"
            if entry.name == ".git" or (current == folder and entry.name in but):
                continue
            if entry.is_symlink():
                yield from _link(Path(entry.path), root, within)
            elif not entry.is_dir(follow_symlinks=False):
                yield from _file(Path(entry.path), within, repository, known)
            elif is_bare(Path(entry.path)) or os.path.lexists(f"{entry.path}/.git"):
                yield from _folder(Path(entry.path), root, within, own)
            else:
                waiting.append((Path(entry.path), within))


def _link(path: Path, root: Path, shown: str) -> Iterator[Refusal]:
    """Nothing to say where the link leads to something that is read anyway."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        yield Refusal(shown, "it is a link that leads nowhere")
        return
    if not target.is_relative_to(root):
        yield Refusal(shown, "it is a link that leads out of what is looked at")


def _file(path: Path, shown: str, repository: str, known: Known) -> Source:
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        yield Refusal(shown, _cannot(error))
        return
    with os.fdopen(opened, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            yield Refusal(shown, "it is no file: a device, a pipe or the like")
        elif about.st_size > PIECE:
            yield Opened(shown, file, repository=repository)
        else:
            try:
                data = file.read()
            except OSError as error:
                yield Refusal(shown, _cannot(error))
                return
            if not known(data, shown):
                yield Opened(shown, io.BytesIO(data), repository=repository)


def _cannot(error: OSError) -> str:
    return f"it cannot be read ({error.strerror or type(error).__name__})"


def _text(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
