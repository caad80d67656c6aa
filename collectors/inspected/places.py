"""Which asset an address of an inspection means: object stores, registries of models, repositories."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from collectors.azure import names as azure
from collectors.gcp import names as gcp
from collectors.gcp.names import OBJECT
from collectors.inspected import indexes
from graph.model import Asset

INDEX = "VectorIndex"
HOLDERS = ("Dataset", "Bucket", INDEX)
"""Kinds that files or documents lie in."""
SCHEMES = ("s3", "gs", "gcs", "abfs", "abfss")
REGISTRIES = ("mlflow://", "hf://", "oci://")
"""Addresses of registries: what lies there has them as ids."""


class Places:
    """The data and model files of an estate, by what lies in them."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._buckets: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._indexes: dict[indexes.Key, set[str]] = {}
        self._sorted: list[str] = []
        self.add(assets)

    def add(self, assets: Iterable[Asset]) -> None:
        """Further assets."""
        new: list[str] = []
        for asset in assets:
            if asset.kind == "Bucket":
                self._buckets[_short(asset.id)] = asset.id
            if asset.kind == INDEX and (key := indexes.of_asset(asset.id)):
                self._indexes.setdefault(key, set()).add(asset.id)
            if asset.kind in HOLDERS and asset.id not in self._kinds:
                new.append(asset.id)
            self._kinds[asset.id] = asset.kind
        if new:
            self._sorted = sorted([*self._sorted, *new])

    def below(self, root: str) -> Iterator[str]:
        """The data assets at a place and below it."""
        if self._kinds.get(root) in HOLDERS:
            yield root
        prefix = root if root.endswith("/") else f"{root}/"
        for identifier in islice(self._sorted, bisect_left(self._sorted, prefix), None):
            if not identifier.startswith(prefix):
                return
            if identifier != root:
                yield identifier

    def bucket(self, address: str) -> str | None:
        """The id of the bucket or container that an address is in; None for what is in no object store."""
        scheme, _, rest = address.partition("://")
        if scheme not in SCHEMES:
            return None
        name = rest.split("/", 1)[0].split("!", 1)[0]
        match scheme:
            case "s3":
                return self._buckets.get(f"s3:{name}", f"arn:aws:s3:::{name}")
            case "gs" | "gcs":
                return gcp.bucket(name)
            case _:
                container, _, host = name.partition("@")
                account = host.partition(".")[0].lower()
                return self._buckets.get(f"azure:{account}/{container.lower()}")

    def place(self, address: str, *, prefix: bool = False) -> str | None:
        """The id of an object, or with `prefix` of a prefix (unless its name is one of a file); the bucket's
        for the whole of it. What stands behind `!` is inside the object. Of databases those are known that
        are vector indexes in the graph.
        """
        bucket = self.bucket(address)
        if bucket is None:
            return self._index(address)
        key = address.partition("://")[2].partition("!")[0].partition("/")[2].strip("/")
        if not key:
            return bucket
        within = f"{bucket}/objects/{key}" if bucket.startswith(gcp.BUCKETS) else f"{bucket}/{key}"
        file = within in self._kinds or OBJECT.search(key.rpartition("/")[2])
        return f"{within}/" if prefix and not file else within

    def _index(self, address: str) -> str | None:
        """The vector index that an address of a database means; None where two have its names."""
        key = indexes.of_address(address)
        found = self._indexes.get(key, set()) if key else set()
        return next(iter(found)) if len(found) == 1 else None

    def file(self, address: str) -> str | None:
        """The id of a model file: of an object, or in a registry its address."""
        return address.partition("!")[0] if address.startswith(REGISTRIES) else self.place(address)

    def kind(self, identifier: str) -> str | None:
        return self._kinds.get(identifier)

    def holder(self, identifier: str) -> str | None:
        """The deepest known data asset that an object is or lies in."""
        here = identifier
        while here:
            if self._kinds.get(here) in HOLDERS:
                return here
            parent = here.rstrip("/").rpartition("/")[0]
            here = here.rstrip("/") if here.endswith("/") else f"{parent}/" if parent else ""
        return None


def repository(url: str) -> str:
    """The id of a repository from where it is fetched: the same for HTTPS, SSH and with or without `.git`."""
    text = re.sub(r"^([\w.+-]+@)?([\w.-]+):(?!//)", r"ssh://\2/", url.strip())
    parts = urlsplit(text)
    host = (parts.hostname or "").lower()
    path = parts.path.strip("/").removesuffix(".git")
    if parts.scheme == "file" or not host:
        return f"file:///{path}"
    path = path.lower() if host == "github.com" else path
    return f"git://{host}{f':{parts.port}' if parts.port and parts.scheme != 'ssh' else ''}/{path}"


def on_github(address: str) -> bool:
    """Whether a repository, or an account, is GitHub's own: `git://github.com/...`, `https://github.com/...`."""
    host = urlsplit(address).hostname or ""
    return host == "github.com" or host.endswith(".github.com")


def _short(identifier: str) -> str:
    """A bucket's name as addresses have it, behind its cloud."""
    if identifier.startswith("arn:"):
        return f"s3:{identifier.rpartition(':::')[2]}"
    if found := azure.container_of(identifier):
        return f"azure:{'/'.join(found)}"
    return identifier
