"""A small Git repository, written as Git keeps it: loose objects and a branch. No Git is needed."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

AUTHOR = "Lena Brandt <lena.brandt@linden.example>"
FIRST = 1_755_000_000
"""When the first commit was made, in seconds since 1970; each next one a day later."""
DAY = 86_400

Tree = Mapping[str, bytes]
"""The files of one commit; folders by slashes in their names."""


def write_repository(folder: Path, commits: Sequence[tuple[str, Tree]], origin: str) -> None:
    """A repository whose branch `main` has these commits (message and all files), oldest first.

    `origin` is where it says that it was cloned from. Nothing is checked out. As files behind a web server
    it can be cloned (https://git-scm.com/book/en/v2/Git-Internals-Transfer-Protocols, the dumb protocol).
    """
    git = folder / ".git"
    for part in ("objects", "refs/heads", "refs/tags"):
        (git / part).mkdir(parents=True, exist_ok=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "config").write_text(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
        f'[remote "origin"]\n\turl = {origin}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
    )
    parent = ""
    for number, (message, tree) in enumerate(commits):
        parent = _commit(git, message, _tree(git, tree), parent, FIRST + number * DAY)
    (git / "refs/heads/main").write_text(f"{parent}\n")
    (git / "info").mkdir(exist_ok=True)
    (git / "info/refs").write_text(f"{parent}\trefs/heads/main\n")


def _commit(git: Path, message: str, tree: str, parent: str, at: int) -> str:
    lines = [f"tree {tree}", *([f"parent {parent}"] if parent else [])]
    lines += [f"author {AUTHOR} {at} +0000", f"committer {AUTHOR} {at} +0000", "", message, ""]
    return _object(git, "commit", "\n".join(lines).encode())


def _tree(git: Path, files: Tree) -> str:
    """Files first become blobs, folders trees of their own; Git sorts folders as if they ended in a slash."""
    entries: dict[str, tuple[str, str]] = {}
    folders: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        head, slash, rest = name.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = content
        else:
            entries[name] = ("100644", _object(git, "blob", content))
    for name, members in folders.items():
        entries[f"{name}/"] = ("40000", _tree(git, members))
    rows = (
        f"{mode} {name.rstrip('/')}\0".encode() + bytes.fromhex(digest)
        for name, (mode, digest) in sorted(entries.items())
    )
    return _object(git, "tree", b"".join(rows))


def _object(git: Path, kind: str, content: bytes) -> str:
    data = f"{kind} {len(content)}\0".encode() + content
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    path = git / "objects" / digest[:2] / digest[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(data))
    return digest
