"""Models on the Hugging Face Hub, or on a server that speaks its interface (https://huggingface.co/docs/hub/api).

`HF_ENDPOINT` names another server, `HF_TOKEN` gets at private ones. Files are read at the commit that the
revision is at when it is listed; they may come from other hosts, which are given no token.
"""

import os
import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

import msgspec

from collectors.inspect.places import Listed, Unreachable
from collectors.inspect.prices import FREE
from collectors.inspect.provenance import Provenance, claim
from collectors.inspect.stores.web import HOST, Web, below, refused

HUB = "https://huggingface.co"
MOST_LISTS = 10_000
MOST_FILES = 100_000
ADDRESS = re.compile(
    r"hf://(?P<name>[A-Za-z0-9][\w.\-]{0,95}/[A-Za-z0-9][\w.\-]{0,95})"
    r"(?:@(?P<revision>[\w.%\-]{1,200}))?(?:/(?P<path>.*))?",
    re.DOTALL,
)
COMMIT = re.compile(r"[0-9a-f]{40,64}")


class _About(msgspec.Struct, frozen=True):
    sha: str


class _Large(msgspec.Struct, frozen=True):
    """A file that lies elsewhere, by its SHA-256 (https://git-lfs.com)."""

    oid: str = ""


class _Entry(msgspec.Struct, frozen=True):
    type: str
    path: str
    size: int = -1
    lfs: _Large | None = None


class HuggingFace:
    """`hf://owner/name[@revision][/path]`; without a revision `main`."""

    price = FREE

    def __init__(self, address: str) -> None:
        asked = ADDRESS.fullmatch(address)
        if asked is None:
            raise Unreachable(
                "An address of the Hugging Face Hub is hf://OWNER/NAME, or hf://OWNER/NAME@REVISION."
            )
        self._name, self._path = asked["name"], (asked["path"] or "").strip("/")
        self._revision = unquote(asked["revision"] or "main")
        token = os.environ.get("HF_TOKEN", "")
        self._web = Web(_endpoint(), f"Bearer {token}" if token else "")
        self._files: dict[str, str] = {}

    @property
    def lists(self) -> int:
        return self._web.asked

    def files(self) -> Iterator[Listed]:
        try:
            yield from self._listed()
        except OSError as error:
            raise Unreachable(f"hf://{self._name} cannot be listed ({error.strerror}).") from None

    def _listed(self) -> Iterator[Listed]:
        about = f"api/models/{self._name}"
        sha = self._web.json(f"{about}/revision/{quote(self._revision, safe='')}", _About).sha
        if not COMMIT.fullmatch(sha):
            raise OSError(0, "it does not say which commit the revision is at")
        root, found = f"hf://{self._name}@{sha}", False
        said = tuple(self._said(root, sha))
        for entry in self._tree(f"{about}/tree/{sha}"):
            each = self._one(root, sha, entry)
            if (
                self._path
                and each.name != f"{root}/{self._path}"
                and not each.name.startswith(f"{root}/{self._path}/")
            ):
                continue
            found = True
            yield msgspec.structs.replace(each, said=said)
        if self._path and not found:
            raise OSError(0, "nothing is there")

    def _one(self, root: str, sha: str, entry: _Entry) -> Listed:
        try:
            path = below("", entry.path)
        except OSError as error:
            return refused(f"{root}/{entry.path[:200]}", str(error.strerror))
        if entry.size < 0:
            return refused(f"{root}/{path}", "the registry does not say how large it is")
        self._files[f"{root}/{path}"] = f"{self._name}/resolve/{sha}/{quote(path)}"
        oid = entry.lfs.oid if entry.lfs else ""
        digest = f"sha256:{oid}" if re.fullmatch(r"[0-9a-f]{64}", oid) else ""
        return Listed(f"{root}/{path}", entry.size, digest=digest)

    def _tree(self, path: str) -> Iterator[_Entry]:
        """The files of a commit, page by page; a page names the next."""
        asked: dict[str, str] | None = {"recursive": "true"}
        files = 0
        for _ in range(MOST_LISTS):
            entries, answer = self._web.answer(path, list[_Entry], asked)
            for each in entries:
                if each.type == "file":
                    files += 1
                    yield each
            following = answer.links.get("next", {}).get("url", "")
            if not following:
                return
            if not following.startswith(f"{self._web.base}/"):
                raise OSError(0, "its list goes on with another server")
            if files > MOST_FILES:
                break
            path, asked = following, None
        raise OSError(0, "its list of files has no end")

    def _said(self, root: str, sha: str) -> Iterator[Provenance]:
        claims = (
            claim("registry", "version", root),
            claim("registry", "source", f"{self._web.base}/{self._name}"),
            claim("registry", "commit", sha),
        )
        yield from (each for each in claims if each)

    def open(self, listed: Listed) -> BinaryIO:
        return self._web.file(self._files[listed.name], listed.size, elsewhere=True)


def _endpoint() -> str:
    given = os.environ.get("HF_ENDPOINT") or HUB
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(parts.netloc):
        raise Unreachable("HF_ENDPOINT is no address of a server.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
