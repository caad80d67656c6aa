"""A Git repository: every version of every file once, the messages of commits and tags, and what is reachable
by nothing any more. What is missing, broken or elsewhere is said.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_engine import hint_of
from collectors.inspect.secret_pieces import File
from collectors.inspect.secret_place import RepositorySeen
from collectors.inspect.secret_sources.git_objects import (
    ID,
    Changed,
    Commit,
    GitBroken,
    GitMissing,
    Listed,
    Objects,
)
from collectors.inspect.secret_sources.opened import LAST, Opened, Source

MOST_OBJECT = 512_000_000
"""Bytes of one object; git itself may hold one whole in memory."""
SUBMODULE = "160000"


class Repository(msgspec.Struct, frozen=True):
    """Where a repository's parts are: `folder` is its Git folder, `common` the one that holds the objects."""

    path: str
    folder: Path
    common: Path
    bare: bool


def repository_at(path: Path, shown: str) -> Repository | None:
    """The repository in a folder: bare, with `.git`, or with a file of that name that leads to it."""
    if is_bare(path):
        return Repository(shown, path, path, bare=True)
    folder = path / ".git"
    if folder.is_file():
        leads = re.match(r"gitdir:\s*(.+)", _text(folder))
        folder = path / leads[1].strip() if leads else folder
    if not (folder / "HEAD").exists():
        return None
    common = folder / "commondir"
    parent = folder / _text(common).strip() if common.is_file() else folder
    return Repository(shown, folder, parent, bare=False) if (parent / "objects").is_dir() else None


def is_bare(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


class History:
    """Reads a repository once; knows afterwards which contents it has read."""

    def __init__(self, repository: Repository, own: Path) -> None:
        self._at = repository
        self._own = own
        self._seen: set[bytes] = set()
        self._said: set[str] = set()
        self._large: set[str] = set()
        settings = _text(repository.common / "config")
        self.sha256 = bool(re.search(r"(?i)objectformat\s*=\s*sha256", settings))

    def knows(self, blob: str, path: str) -> bool:
        """Whether a content was read under such a name."""
        return _key(blob, path) in self._seen

    def read(self) -> Source:
        try:
            yield from self._read()
        except GitMissing:
            yield _seen(self._at, _references(self._at), None)
            yield self._refused("", "its history is not read: git is not installed")

    def _read(self) -> Source:
        shallow = self._at.common / "shallow"
        cut = shallow.is_file() and shallow.stat().st_size > 0
        objects = self._at.common / "objects"
        with Objects(objects, shallow=shallow if cut else None, sha256=self.sha256, own=self._own) as git:
            commits, whole = self._commits(git)
            references = _references(self._at)
            yield _seen(self._at, references, len(commits) if whole else None)
            if cut:
                yield self._refused("", "its history is cut off: it is a shallow clone")
            if not whole:
                yield self._refused("", "not all of its objects can be listed")
            for lost in git.missing(sorted({*references.values()})):
                yield self._refused("", f"a reference leads to {lost[:12]}, which is missing")
            try:
                yield from self._history(git, commits)
            except GitBroken:
                yield self._refused("", "its history cannot be followed to its end: something is missing")
            yield from self._rest(git)

    def _commits(self, git: Objects) -> tuple[list[str], bool]:
        """All that are there, reachable or not, and whether that is certain."""
        commits: list[str] = []
        try:
            for each in git.listed():
                if each.kind == "commit":
                    commits.append(each.id)
                elif each.size > MOST_OBJECT:
                    self._large.add(each.id)
        except GitBroken:
            return commits, False
        return commits, True

    def _history(self, git: Objects, commits: list[str]) -> Source:
        commit, number = "", 0
        for each in git.history(commits) if commits else ():
            if isinstance(each, Commit):
                commit, number = each.id, number + 1
                self._seen.add(_key(commit, ""))
                yield self._opened("#message", io.BytesIO(each.message.encode()), commit, number)
            else:
                yield from self._version(git, each, commit, number)

    def _version(self, git: Objects, each: Changed, commit: str, number: int) -> Source:
        if not each.blob.strip("0"):
            return
        if each.mode == SUBMODULE:
            yield from self._once(each.path, "it is a submodule, another repository, which is not read")
            return
        key = _key(each.blob, each.path)
        if key in self._seen:
            yield self._opened(f"/{each.path}", None, commit, number, key)
        elif each.blob in self._large:
            self._said.add(each.blob)
            yield from self._once(each.path, f"a version of it is larger than {MOST_OBJECT:,} bytes")
        elif body := git.read(each.blob):
            self._seen.update((key, _key(each.blob, "")))
            yield self._opened(f"/{each.path}", body, commit, number, key)
        else:
            self._said.add(each.blob)
            yield self._refused(f"/{each.path}", f"its version of commit {commit[:12]} is missing or broken")

    def _rest(self, git: Objects) -> Source:
        """Messages of tags, and all that no commit leads to."""
        try:
            rest = [each for each in git.listed() if each.kind != "tree" and self._unread(each)]
        except GitBroken:
            return
        for each in rest:
            place = "#tag" if each.kind == "tag" else f"#object {each.id[:12]}"
            if each.kind == "missing" or each.size > MOST_OBJECT:
                reason = "it is broken" if each.kind == "missing" else f"it is over {MOST_OBJECT:,} bytes"
                yield self._refused(place, reason)
            elif body := git.read(each.id):
                commit = each.id if each.kind == "commit" else ""
                yield self._opened(place, body, commit, LAST - 1, _key(each.id, ""))
            else:
                yield self._refused(place, "it is missing or broken")

    def _unread(self, each: Listed) -> bool:
        return _key(each.id, "") not in self._seen and each.id not in self._said

    def _opened(self, place: str, file: File | None, commit: str, at: int, key: bytes = b"") -> Opened:
        return Opened(
            path=self._at.path + place, file=file, commit=commit, at=at, repository=self._at.path, key=key
        )

    def _once(self, path: str, reason: str) -> Iterator[Refusal]:
        if (said := f"{path}\0{reason}") not in self._said:
            self._said.add(said)
            yield self._refused(f"/{path}", reason)

    def _refused(self, place: str, reason: str) -> Refusal:
        return Refusal(self._at.path + place, reason)


def _key(name: str, path: str) -> bytes:
    return bytes.fromhex(name) + hint_of(path).encode("utf-8", "surrogateescape")


def _seen(at: Repository, references: dict[str, str], commits: int | None) -> RepositorySeen:
    head = _text(at.folder / "HEAD").strip()
    branch = head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else ""
    origin = _text(at.common / "refs/remotes/origin/HEAD").strip()
    default = origin.removeprefix("ref: refs/remotes/origin/") or (branch if at.bare else "")
    return RepositorySeen(
        path=at.path,
        url=origin_of(_text(at.common / "config")),
        visibility=None,
        default_branch=default or None,
        commits=commits,
        head=references.get(f"refs/heads/{branch}", "") if branch else head,
    )


def origin_of(settings: str) -> str:
    """Where the repository was fetched from, without who fetched it."""
    section = re.search(r'\[remote "origin"\][^\[]*?\burl\s*=\s*(\S+)', settings)
    return without_login(section[1].strip('"')) if section else ""


def without_login(url: str) -> str:
    scheme, found, rest = url.partition("://")
    if not found:
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _references(at: Repository) -> dict[str, str]:
    """What every branch, tag and other reference names."""
    found: dict[str, str] = {}
    for line in _text(at.common / "packed-refs").splitlines():
        name, _, reference = line.partition(" ")
        if ID.fullmatch(name):
            found[reference] = name
    folder = at.common / "refs"
    for file in sorted(folder.rglob("*")) if folder.is_dir() else []:
        text = _text(file).strip() if file.is_file() and not file.is_symlink() else ""
        if ID.fullmatch(text):
            found[f"refs/{file.relative_to(folder).as_posix()}"] = text
    return found


def _text(file: Path) -> str:
    """A small file of the repository's own; empty where there is none."""
    try:
        with file.open("rb") as opened:
            return opened.read(16_000_000).decode("utf-8", "replace")
    except OSError:
        return ""
