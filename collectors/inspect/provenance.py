"""Where a model is said to come from: claims of strangers, each with the document that makes it.

Nothing of it is proven. A value is kept only in the form that its sort has, so that what is written where a
run or a licence should be (a name, a key, a letter) goes no further; persons are left out.
"""

import re
from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from collectors.inspect.model_names import printable

Says = Literal[
    "registry",
    "MLmodel",
    "model card",
    "config",
    "adapter config",
    "GGUF",
    "safetensors",
    "ONNX",
    "attestation",
]
What = Literal[
    "version",
    "run",
    "model",
    "base_model",
    "dataset",
    "source",
    "commit",
    "license",
    "tool",
    "made_at",
    "statement",
]
LONGEST = 200
MOST = 40
"""Claims of one document."""


class Provenance(msgspec.Struct, frozen=True, order=True):
    """One claim: which document `says` it, `what` it is about, and the value.

    `verified` only where a digest was compared: an attestation that names the very digest of the file. Who
    signed that attestation is not checked, so it is a claim still, about these bytes and no others.
    """

    says: Says
    what: What
    value: str
    verified: bool = False


def claim(says: Says, what: What, value: object, *, verified: bool = False) -> Provenance | None:
    """A claim, or None where the value is none that may be told."""
    kept = _FORMS[what](str(value).strip()) if isinstance(value, str | int | float) else ""
    return Provenance(says, what, kept, verified) if kept else None


def hub_name(value: str) -> str:
    """OWNER/NAME of a model on the Hugging Face Hub, from its address too; "" for anything else."""
    bare = re.sub(r"^https?://(www\.)?(huggingface\.co|hf\.co)/(datasets/)?", "", value.strip())
    bare = bare.removeprefix("hf://").partition("/tree/")[0].rstrip("/")
    return bare if HUB_NAME.fullmatch(bare) and ".." not in bare else ""


HUB_NAME = re.compile(r"(?:[A-Za-z0-9][\w.\-]{0,95}/)[A-Za-z0-9][\w.\-]{0,95}(?:@[\w.\-]{1,100})?")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][\w.\- /]{0,95}(?:@[\w.\-]{1,100})?")
_ADDRESS = re.compile(r"(?:git\+)?[a-z][a-z0-9+.\-]{1,20}:/{0,3}[^\s\\]*", re.ASCII)
_SSH = re.compile(r"[\w.\-]+@([\w.\-]+):([\w./\-]+)")
_HOST = re.compile(r"[\w.\-]*(?::\d{1,5})?|\[[0-9a-fA-F:]{2,45}\](?::\d{1,5})?")
_VERSION = re.compile(r"[\w.\-]{1,100}")
_LOCAL = re.compile(r"[/~.\\]|[A-Za-z]:[\\/]|file:")


def address(value: str) -> str:
    """An address without credentials, query and fragment; "a local path" for one of somebody's machine."""
    if found := _SSH.fullmatch(value):
        value = f"ssh://{found[1]}/{found[2]}"
    if _LOCAL.match(value):
        return "a local path"
    if not _ADDRESS.fullmatch(value):
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    path, at, version = parts.path.partition("@")
    torn = "@" in parts.query + parts.fragment or (at and ":" in host)
    if torn or not _HOST.fullmatch(host) or (at and not _VERSION.fullmatch(version)):
        return ""  # a password with such characters is where the host or the path should be
    return _shown(f"{parts.scheme}:{'//' if parts.netloc else ''}{host}{path}{at}{version}")


def _named(value: str) -> str:
    """A model or a dataset: on the Hub, at an address, or by a plain name."""
    if name := hub_name(value):
        return _shown(name)
    if _ADDRESS.fullmatch(value) or _LOCAL.match(value) or _SSH.fullmatch(value):
        return address(value)
    return _shown(value) if _PLAIN_NAME.fullmatch(value) else ""


def _like(pattern: str) -> Callable[[str], str]:
    form = re.compile(pattern)
    return lambda value: _shown(value) if form.fullmatch(value) else ""


def _shown(value: str) -> str:
    from collectors.inspect.naming import shown

    return shown(printable(value))[:LONGEST]


_FORMS: Mapping[What, Callable[[str], str]] = {
    "version": _like(r"(?:mlflow|hf|oci)://[^\s]{1,180}"),
    "run": _like(r"[0-9a-fA-F]{8,40}(?:-[0-9a-fA-F]{4,12}){0,4}"),
    "model": _like(r"(?:m-)?[0-9a-fA-F]{8,40}(?:-[0-9a-fA-F]{4,12}){0,4}"),
    "base_model": _named,
    "dataset": _named,
    "source": address,
    "commit": _like(r"(?:sha256:)?[0-9a-f]{7,64}"),
    "license": _like(r"[A-Za-z0-9][\w.+\- ]{0,59}"),
    "tool": lambda value: address(value) if "://" in value else _like(r"[A-Za-z0-9][\w.+\- /]{0,79}")(value),
    "made_at": _like(r"\d{4}-\d\d-\d\d(?:[T ][\d:.+Z\-]{0,22})?"),
    "statement": lambda value: address(value) if "://" in value else "",
}
