"""Images in a registry, by the distribution API (https://github.com/opencontainers/distribution-spec)."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import urlsplit

import msgspec

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_sources.access import Access, private
from collectors.inspect.secret_sources.images import ACCEPTED, MOST_MANIFEST, Image, NotRead, checked
from collectors.inspect.secret_sources.opened import Source

if TYPE_CHECKING:
    import requests

SCHEME = "oci://"
LOCAL = ("localhost", "127.0.0.1", "[::1]")
NAME = re.compile(
    r"(?P<host>[\w.\-]+(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?)/(?P<repository>[a-z0-9._\-/]+?)"
    r"(?::(?P<tag>[\w][\w.\-]{0,127}))?(?:@(?P<digest>sha(?:256|512):[0-9a-f]+))?"
)
SECONDS = 120


class _Token(msgspec.Struct, frozen=True):
    """The answer of a token service (https://distribution.github.io/distribution/spec/auth/token/)."""

    token: str = ""
    access_token: str = ""


def read_registry(address: str, access: Access) -> Source:
    """The image at `oci://host/repository:tag`, without a tag `latest`; plain HTTP to this machine only."""
    named = NAME.fullmatch(address.removeprefix(SCHEME))
    if named is None:
        yield Refusal(address, "it is no address of an image: oci://host/repository:tag")
        return
    try:
        registry = Registry(named["host"], named["repository"], access)
        reference = named["digest"] or named["tag"] or "latest"
        data, digest = registry.named(reference)
        yield from Image(address, registry).manifest(data, digest)
    except NotRead as reason:
        yield Refusal(address, str(reason))


class Registry:
    """One repository of a registry; `authorization` is what it wanted, once it was asked."""

    def __init__(self, host: str, repository: str, access: Access) -> None:
        import requests

        scheme = "http" if host.rpartition(":")[0] in LOCAL or host in LOCAL else "https"
        self.base = f"{scheme}://{host}/v2/{repository}"
        self._repository = repository
        self._access = access
        self._session = requests.Session()
        self.authorization = ""
        self._session.auth = self._authorised

    def named(self, reference: str) -> tuple[bytes, str]:
        """A manifest by its tag or digest, and its digest."""
        with self._get(f"manifests/{reference}") as answer:
            data = _limited(answer)
            told = answer.headers.get("Docker-Content-Digest", "")
        digest = reference if ":" in reference else told or f"sha256:{hashlib.sha256(data).hexdigest()}"
        return checked(data, digest), digest

    def manifest(self, digest: str) -> bytes:
        return self.named(digest)[0]

    @contextmanager
    def blob(self, digest: str) -> Iterator[IO[bytes]]:
        with self._get(f"blobs/{digest}") as answer:
            answer.raw.decode_content = False
            yield cast("IO[bytes]", answer.raw)

    def _authorised(self, request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        """Ours or none: the library would look for credentials of this machine."""
        if self.authorization:
            request.headers["Authorization"] = self.authorization
        return request

    @contextmanager
    def _get(self, what: str) -> Iterator["requests.Response"]:
        import requests

        headers = {"Accept": ", ".join(ACCEPTED)} if what.startswith("manifests") else {}
        try:
            answer = self._session.get(f"{self.base}/{what}", headers=headers, stream=True, timeout=SECONDS)
            if answer.status_code == 401:
                challenge = answer.headers.get("WWW-Authenticate", "")
                answer.close()
                self.authorization = self._answer_to(challenge)
                answer = self._session.get(
                    f"{self.base}/{what}", headers=headers, stream=True, timeout=SECONDS
                )
            with answer:
                if answer.status_code != 200:
                    raise NotRead(f"the registry answers {answer.status_code}")
                yield answer
        except requests.RequestException as error:
            raise NotRead(f"the registry cannot be asked ({type(error).__name__})") from None

    def _answer_to(self, challenge: str) -> str:
        """Credentials as the registry wants them; a token for reading this repository and nothing else."""
        import requests

        kind, _, rest = challenge.partition(" ")
        user, password = self._access.registry_user, self._access.registry_password
        if kind.lower() == "basic":
            if not password:
                raise NotRead("the registry wants CROWNPATH_REGISTRY_USER and CROWNPATH_REGISTRY_PASSWORD")
            return str(requests.auth._basic_auth_str(user, password))
        asked = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        realm = asked.get("realm", "")
        if kind.lower() != "bearer" or urlsplit(realm).scheme not in ("http", "https") or not private(realm):
            raise NotRead("the registry wants credentials in a way that is not known, or not safe")
        parameters = {"scope": f"repository:{self._repository}:pull"}
        if "service" in asked:
            parameters["service"] = asked["service"]
        answer = requests.get(
            realm,
            params=parameters,
            auth=(user, password) if password else _nobody,
            timeout=SECONDS,
            allow_redirects=False,
        )
        if answer.status_code != 200:
            raise NotRead("the registry gives no token: see to CROWNPATH_REGISTRY_USER and its password")
        try:
            token = msgspec.json.decode(answer.content, type=_Token)
        except msgspec.MsgspecError:
            raise NotRead("the registry gives no token") from None
        return f"Bearer {token.token or token.access_token}"


def _nobody(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
    return request


def _limited(answer: "requests.Response") -> bytes:
    data = bytes(answer.raw.read(MOST_MANIFEST + 1, decode_content=True))
    if len(data) > MOST_MANIFEST:
        raise NotRead(f"its manifest is larger than {MOST_MANIFEST:,} bytes")
    return data
