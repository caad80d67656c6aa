"""Repositories by their HTTPS address: cloned, read and removed.

The clone is the one thing that lies somewhere with what the repository holds: in memory (`/dev/shm`) when
there is room, else in the home's cache, for its owner only. It is removed when it was read, also when that is
broken off; what a killed process left is removed by the next one.
"""

import base64
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_place import Reader, RepositorySeen, Visibility
from collectors.inspect.secret_sources.access import Access, private
from collectors.inspect.secret_sources.folders import read_repository
from collectors.inspect.secret_sources.history import Repository, without_login
from collectors.inspect.secret_sources.opened import Source

MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made with a name that nobody can guess, for us only
PREFIX = "crownpath-clone-"
LOCK = "lock"
YOUNG = 10.0
"""Seconds in which a new clone may have no lock yet."""
LOOK = 0.1
PASSED = ("PATH", "HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


class NotCloned(Exception):
    """Why there is no clone, for the person who reads it."""


class TooLarge(NotCloned):
    """It does not fit where it should lie."""


class Listed(msgspec.Struct, frozen=True):
    """What a server says of a repository beforehand; nothing where none was asked."""

    visibility: Visibility | None = None
    default_branch: str | None = None
    address: str = ""
    readers: tuple[Reader, ...] = ()
    readers_unknown: tuple[str, ...] = ()


def read_clone(url: str, token: str, access: Access, own: Path, listed: Listed | None = None) -> Source:
    """A repository at an address; `token` is for its host, and may also stand in the address."""
    shown = (listed.address if listed else "") or without_login(url)
    try:
        with cloned(url, token, access, own) as folder:
            for each in read_repository(folder, Repository(shown, folder, folder, bare=True), own):
                yield _told(each, shown, listed or Listed()) if isinstance(each, RepositorySeen) else each
    except NotCloned as reason:
        yield Refusal(shown, str(reason))


def _told(seen: RepositorySeen, url: str, listed: Listed) -> RepositorySeen:
    return msgspec.structs.replace(
        seen,
        url=url,
        visibility=listed.visibility,
        default_branch=listed.default_branch or seen.default_branch,
        readers=listed.readers,
        readers_unknown=listed.readers_unknown,
    )


@contextmanager
def cloned(url: str, token: str, access: Access, own: Path) -> Iterator[Path]:
    """A mirror of a repository, as long as the context lasts. Raises `NotCloned`."""
    for parent, most in _parents(own, access.most_bytes):
        with _folder(parent) as folder:
            try:
                _clone(url, token, folder, most, access.seconds)
            except TooLarge:
                if most < access.most_bytes:
                    continue
                raise
            yield folder / "mirror"
            return
    raise TooLarge(f"it is larger than {access.most_bytes:,} bytes, or than what is free")


def sweep(own: Path) -> None:
    """Removes what processes left that are no more."""
    for parent in (MEMORY, _cache(own)):
        for folder in parent.glob(f"{PREFIX}*"):
            with suppress(OSError):
                if folder.lstat().st_uid == os.getuid() and _left(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _left(folder: Path) -> bool:
    if folder.is_symlink() or time.time() - folder.lstat().st_mtime < YOUNG:
        return False
    with (folder / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def _cache(own: Path) -> Path:
    return own.parent / "clones"


def _parents(own: Path, most: int) -> Iterator[tuple[Path, int]]:
    """Where a clone may lie, and how many bytes there."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        yield MEMORY, min(most, shutil.disk_usage(MEMORY).free // 2)
    cache = _cache(own)
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    yield cache, min(most, shutil.disk_usage(cache).free // 2)


@contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        with (folder / LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clone(url: str, token: str, folder: Path, most: int, seconds: float) -> None:
    address, environment = _asked(url, token)
    command = ["git", "clone", "--mirror", "--quiet", "--template=", "--", address, str(folder / "mirror")]
    try:
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**environment, "TMPDIR": str(folder)},
            start_new_session=True,
        )
    except FileNotFoundError:
        raise NotCloned("git is not installed") from None
    try:
        errors = _watched(running, folder, most, time.monotonic() + seconds, seconds)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    if running.returncode != 0:
        raise NotCloned(_reason(errors))


def _watched(
    running: "subprocess.Popen[bytes]", folder: Path, most: int, until: float, seconds: float
) -> bytes:
    """What git complains of when it has ended; it is ended when it takes too much."""
    errors: bytes | None = None
    while errors is None:
        with suppress(subprocess.TimeoutExpired):
            errors = running.communicate(timeout=LOOK)[1]
        if _size(folder) > most:
            raise TooLarge(f"it is larger than {most:,} bytes")
        if errors is None and time.monotonic() > until:
            raise NotCloned(f"to fetch it takes more than {seconds:,.0f} s")
    return errors


def _size(folder: Path) -> int:
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += os.lstat(f"{parent}/{name}").st_size
    return size


def _asked(url: str, token: str) -> tuple[str, dict[str, str]]:
    """The address without who asks, and git's environment, which alone knows that."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    address = without_login(url)
    settings = {
        "protocol.allow": "never",
        f"protocol.{parts.scheme}.allow": "always",
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "submodule.recurse": "false",
        "transfer.bundleURI": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "60",
    }
    secret = login or (f"x-access-token:{token}" if token else "")
    if secret and private(url):
        header = base64.b64encode(secret.encode()).decode()
        host = parts.netloc.rpartition("@")[2]
        settings[f"http.{parts.scheme}://{host}/.extraHeader"] = f"Authorization: Basic {header}"
        settings["http.followRedirects"] = "false"
    environment = {name: os.environ[name] for name in (*PASSED, *PROXIES) if name in os.environ}
    return address, {
        **environment,
        **_as_environment(settings),
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }


def _as_environment(settings: Mapping[str, str]) -> dict[str, str]:
    told = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        told[f"GIT_CONFIG_KEY_{number}"] = name
        told[f"GIT_CONFIG_VALUE_{number}"] = value
    return told


def _reason(errors: bytes) -> str:
    """What went wrong, in our words: git's may hold addresses."""
    text = errors.decode("utf-8", "replace").lower()
    if any(word in text for word in ("authentication failed", "could not read", "error: 403", "error: 401")):
        return "it wants other credentials: set CROWNPATH_GIT_TOKEN, or a credential helper of git"
    if "not found" in text or "404" in text:
        return "it is not there, or not to be seen with these credentials"
    if "redirect" in text:
        return "the server sends elsewhere: name the address it sends to"
    return "git cannot fetch it"
