"""Models that are registered with MLflow, by its interface
(https://mlflow.org/docs/latest/api_reference/rest-api.html).

A version says where its files are: with the server itself, which gives them through its proxy; with a run or
a logged model of the server; in an object store, which is opened as that. Anything else is told, not opened.
"""

import base64
import os
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

import msgspec

from collectors.inspect.places import Listed, Store, Unreachable, store_of
from collectors.inspect.prices import FREE
from collectors.inspect.provenance import Provenance, claim
from collectors.inspect.stores.web import HOST, Web, base_of, below, refused

API = "api/2.0/mlflow"
PROXY = "api/2.0/mlflow-artifacts/artifacts"
PAGE = 100
MOST_LISTS = 20_000
MOST_FILES = 100_000
MOST_DEPTH = 32
MOST_STEPS = 5
"""Models of models that are followed to where their files are."""
ELSEWHERE = ("s3", "gs", "abfss")
COMMIT, REPOSITORY = "mlflow.source.git.commit", "mlflow.source.git.repoURL"


class _Tag(msgspec.Struct, frozen=True):
    key: str = ""
    value: str = ""


class _Model(msgspec.Struct, frozen=True):
    name: str


class _Models(msgspec.Struct, frozen=True):
    registered_models: tuple[_Model, ...] = ()
    next_page_token: str = ""


class _Version(msgspec.Struct, frozen=True):
    """What a version says; who made it is left out."""

    name: str
    version: str
    source: str = ""
    run_id: str = ""


class _Versions(msgspec.Struct, frozen=True):
    model_versions: tuple[_Version, ...] = ()
    next_page_token: str = ""


class _OneVersion(msgspec.Struct, frozen=True):
    model_version: _Version


class _Download(msgspec.Struct, frozen=True):
    artifact_uri: str = ""


class _LoggedInfo(msgspec.Struct, frozen=True):
    artifact_uri: str = ""


class _Logged(msgspec.Struct, frozen=True):
    info: _LoggedInfo


class _OneLogged(msgspec.Struct, frozen=True):
    model: _Logged


class _RunInfo(msgspec.Struct, frozen=True):
    artifact_uri: str = ""


class _RunData(msgspec.Struct, frozen=True):
    tags: tuple[_Tag, ...] = ()


class _Dataset(msgspec.Struct, frozen=True):
    name: str = ""


class _DatasetInput(msgspec.Struct, frozen=True):
    dataset: _Dataset = _Dataset()


class _Inputs(msgspec.Struct, frozen=True):
    dataset_inputs: tuple[_DatasetInput, ...] = ()


class _Run(msgspec.Struct, frozen=True):
    """What a run says; its user is left out."""

    info: _RunInfo
    data: _RunData = _RunData()
    inputs: _Inputs = _Inputs()


class _OneRun(msgspec.Struct, frozen=True):
    run: _Run


class _Entry(msgspec.Struct, frozen=True):
    path: str
    is_dir: bool = False
    file_size: int | None = None


class _Listing(msgspec.Struct, frozen=True):
    files: tuple[_Entry, ...] = ()


class MLflow:
    """`mlflow://host[:port][/model[/version[/path]]]`: all models, all versions of one, one version."""

    price = FREE

    def __init__(self, address: str) -> None:
        host, _, rest = address.removeprefix("mlflow://").partition("/")
        if not HOST.fullmatch(host):
            raise Unreachable("An address of MLflow is mlflow://HOST[:PORT]/MODEL/VERSION.")
        self._root = f"mlflow://{host}"
        self._model, _, rest = rest.partition("/")
        self._version, _, path = rest.partition("/")
        self._model, self._path = unquote(self._model), path.strip("/")
        base = _base(host)
        self._web = Web(base, _authorization(base))
        self._stores: list[Store] = []
        self._opens: dict[str, Store] = {}
        self._proxied: dict[str, str] = {}
        self._runs: dict[str, _Run | None] = {}

    @property
    def lists(self) -> int:
        return self._web.asked + sum(each.lists for each in self._stores)

    # ---- models and versions ---------------------------------------------------------------------------

    def files(self) -> Iterator[Listed]:
        try:
            versions = [*self._versions()]
        except OSError as error:
            raise Unreachable(f"{self._root} cannot be listed ({error.strerror}).") from None
        for version in versions:
            name = _named(self._root, version)
            said = tuple(self._said(name, version))
            try:
                for each in self._of(name, version):
                    if self._wanted(name, each):
                        yield msgspec.structs.replace(each, said=said)
            except (OSError, Unreachable) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                yield msgspec.structs.replace(refused(name, str(reason)), said=said)

    def _wanted(self, name: str, each: Listed) -> bool:
        """Whether a file is asked for; what lies in another store is, as a whole."""
        asked = f"{name}/{self._path}"
        inside = each.name.startswith(self._root)
        return not self._path or not inside or each.name == asked or each.name.startswith(f"{asked}/")

    def _versions(self) -> Iterator[_Version]:
        if self._version:
            asked = {"name": self._model, "version": self._version}
            yield self._web.json(f"{API}/model-versions/get", _OneVersion, asked).model_version
            return
        for model in [self._model] if self._model else [*self._models()]:
            yield from self._versions_of(model)

    def _models(self) -> Iterator[str]:
        token = ""
        for _ in range(MOST_LISTS):
            asked = {"max_results": str(PAGE), **({"page_token": token} if token else {})}
            page = self._web.json(f"{API}/registered-models/search", _Models, asked)
            yield from (each.name for each in page.registered_models)
            if page.next_page_token in ("", token):
                return
            token = page.next_page_token
        raise OSError(0, "its list of models has no end")

    def _versions_of(self, model: str) -> Iterator[_Version]:
        mark = "'" if "'" not in model else '"'
        if mark in model:
            raise OSError(0, "a model has a name that cannot be asked for")
        token, found = "", False
        for _ in range(MOST_LISTS):
            asked = {"filter": f"name={mark}{model}{mark}", "max_results": str(PAGE)}
            asked |= {"page_token": token} if token else {}
            page = self._web.json(f"{API}/model-versions/search", _Versions, asked)
            for each in page.model_versions:
                found = True
                yield each
            if page.next_page_token in ("", token):
                break
            token = page.next_page_token
        else:
            raise OSError(0, "its list of versions has no end")
        if self._model and not found:
            raise OSError(0, "there is no version of such a model")

    # ---- where the files of a version are --------------------------------------------------------------

    def _of(self, name: str, version: _Version) -> Iterator[Listed]:
        where = self._resolved(self._download(version.name, version.version) or version.source)
        scheme = urlsplit(where).scheme.lower()
        if scheme == "mlflow-artifacts":
            yield from self._proxy(name, self._path_at(where))
        elif scheme in ELSEWHERE:
            yield from self._elsewhere(where)
        elif scheme in ("", "file"):
            raise OSError(0, "its files lie on a disk of the server, which does not give them to others")
        else:
            raise OSError(0, f"its files lie in {_word(scheme)}:, which is not read")

    def _download(self, model: str, version: str) -> str:
        asked = {"name": model, "version": version}
        return self._web.json(f"{API}/model-versions/get-download-uri", _Download, asked).artifact_uri

    def _resolved(self, where: str) -> str:
        """Where files are at last: a run, a logged model or another version says where its own are."""
        for _ in range(MOST_STEPS):
            scheme, _, rest = where.partition(":")
            first, _, path = rest.lstrip("/").partition("/")
            if scheme == "runs":
                if (run := self._run(first)) is None:
                    raise OSError(0, "the run that it comes from is not there, or not to be seen")
                where = _joined(run.info.artifact_uri, path)
            elif scheme == "models" and re.fullmatch(r"m-[\w\-]{1,64}", first):
                logged = self._web.json(f"{API}/logged-models/{first}", _OneLogged)
                where = _joined(logged.model.info.artifact_uri, path)
            elif scheme == "models":
                version, _, path = path.partition("/")
                where = _joined(self._download(unquote(first), version), path)
            else:
                return where
        raise OSError(0, "where its files lie is said in circles")

    def _path_at(self, where: str) -> str:
        """The path with the proxy; one with another server is that server's."""
        parts = urlsplit(where)
        if parts.netloc and parts.netloc.lower() != urlsplit(self._web.base).netloc.lower():
            raise OSError(0, "its files lie with another server")
        path = unquote(parts.path).strip("/")
        if not path:
            raise OSError(0, "its files are all that the server has")
        return below("", path)

    def _elsewhere(self, where: str) -> Iterator[Listed]:
        """Files in an object store, under their names there; whole buckets belong to no version."""
        parts = urlsplit(where)
        if not parts.path.strip("/") or parts.query or parts.fragment:
            raise OSError(0, f"its files lie in {_word(parts.scheme)}:, at a place that is none of a model")
        scheme = parts.scheme.lower()
        store = store_of(f"{scheme}://{parts.netloc}{parts.path}")
        self._stores.append(store)
        for each in store.files():
            self._opens[each.name] = store
            yield each

    def _proxy(self, name: str, root: str) -> Iterator[Listed]:
        """The files below a path with the proxy, level by level."""
        waiting, lists, files = deque([("", 0)]), 0, 0
        while waiting:
            folder, depth = waiting.popleft()
            lists += 1
            if lists > MOST_LISTS or files > MOST_FILES or depth > MOST_DEPTH:
                yield refused(f"{name}/{folder}", "what comes after was not listed: there is too much of it")
                return
            entries = self._list(f"{root}/{folder}" if folder else root)
            for entry in entries:
                try:
                    path = below(folder, entry.path)
                except OSError as error:
                    yield refused(f"{name}/{folder}/{entry.path[:200]}", str(error.strerror))
                    continue
                if entry.is_dir:
                    waiting.append((path, depth + 1))
                    continue
                files += 1
                yield self._file(f"{name}/{path}", f"{root}/{path}", entry)
            if not entries and not folder:
                yield self._single(name, root)

    def _list(self, path: str) -> tuple[_Entry, ...]:
        return self._web.json(PROXY, _Listing, {"path": path}).files

    def _single(self, name: str, root: str) -> Listed:
        """A version that is one file: only the folder that it is in lists it."""
        parent, _, own = root.rpartition("/")
        for entry in self._list(parent) if parent else ():
            if entry.path == own and not entry.is_dir:
                return self._file(f"{name}/{own}", root, entry)
        raise OSError(0, "no files are where it says that they are")

    def _file(self, name: str, path: str, entry: _Entry) -> Listed:
        if entry.file_size is None or entry.file_size < 0:
            return refused(name, "the registry does not say how large it is")
        self._proxied[name] = path
        return Listed(name, entry.file_size)

    def open(self, listed: Listed) -> BinaryIO:
        if store := self._opens.get(listed.name):
            return store.open(listed)
        return self._web.file(f"{PROXY}/{quote(self._proxied[listed.name])}", listed.size)

    # ---- where it says that it comes from --------------------------------------------------------------

    def _said(self, name: str, version: _Version) -> Iterator[Provenance]:
        source = version.source.replace(" ", "%20")
        model = re.fullmatch(r"models:/+(m-\w{1,64})(?:/.*)?", source)
        run = self._run(version.run_id) if version.run_id else None
        tags = {each.key: each.value for each in run.data.tags} if run else {}
        claims = [
            claim("registry", "version", name),
            claim("registry", "run", version.run_id),
            claim("registry", "model", model[1] if model else ""),
            claim("registry", "source", source),
            claim("registry", "commit", tags.get(COMMIT, "")),
            claim("registry", "source", tags.get(REPOSITORY, "")),
        ]
        inputs = run.inputs.dataset_inputs[:20] if run else ()
        claims += [claim("registry", "dataset", each.dataset.name) for each in inputs]
        yield from dict.fromkeys(each for each in claims if each)

    def _run(self, run: str) -> _Run | None:
        """A run, asked for once; None where it is not told of."""
        if run not in self._runs:
            try:
                self._runs[run] = self._web.json(f"{API}/runs/get", _OneRun, {"run_id": run}).run
            except OSError:
                self._runs[run] = None
        return self._runs[run]


def _named(root: str, version: _Version) -> str:
    """The address of a version; what would end a part of it is written in percents."""
    return f"{root}/{_part(version.name)}/{_part(version.version)}"


def _part(text: str) -> str:
    return re.sub(r"[^\w.\- ]", lambda found: quote(found[0], safe=""), text)


def _joined(root: str, path: str) -> str:
    if not path:
        return root
    return f"{root.rstrip('/')}/{path if '://' in root else quote(below('', unquote(path)))}"


def _word(scheme: str) -> str:
    return scheme if re.fullmatch(r"[a-z][a-z0-9+.\-]{0,20}", scheme) else "a place of no known kind"


# ---- the server ----------------------------------------------------------------------------------------


def _base(host: str) -> str:
    """Where a server answers: `MLFLOW_TRACKING_URI` where that is this server, else HTTPS at its root."""
    known = os.environ.get("MLFLOW_TRACKING_URI", "")
    parts = urlsplit(known)
    if parts.scheme in ("http", "https") and parts.netloc.rpartition("@")[2].lower() == host.lower():
        return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
    return base_of(host)


def _authorization(base: str) -> str:
    """Credentials of the environment, where they are of this server or the environment names none."""
    known = urlsplit(os.environ.get("MLFLOW_TRACKING_URI", ""))
    if known.scheme in ("http", "https") and known.netloc.rpartition("@")[2] != urlsplit(base).netloc:
        return ""
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return f"Bearer {token}"
    user, password = (os.environ.get(f"MLFLOW_TRACKING_{each}", "") for each in ("USERNAME", "PASSWORD"))
    login = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"Basic {login}" if user and password else ""
