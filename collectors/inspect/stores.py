"""Object stores, by the clients and credentials of their providers: what signs in elsewhere signs in here.

AWS profiles, single sign-on, assumed roles and endpoints (`AWS_PROFILE`, `AWS_ENDPOINT_URL` ...) are boto3's,
and are renewed while reading; Google's application default credentials and `STORAGE_EMULATOR_HOST` are its
client's. For Azure a connection string, key or shared access signature of the named account, where the
environment has one, else `azure-identity`. A file is read by ranges: one request for each that is asked for.
"""

import io
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from collectors.inspect.places import Listed, Store, Unreachable
from collectors.inspect.prices import prices

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.storage.blob import BlobServiceClient
    from google.cloud import storage

NOISY = ("botocore", "boto3", "urllib3", "google", "azure")
"""Loggers that tell names of objects when they are told to tell all."""
PAGE = 1_000
"""Objects of one request that lists, at most; Azure gives more."""

ONE = 128 << 20
"""Bytes that Azure's client may ask for at once."""

Fetch = Callable[[int, int], bytes]


class _Ranges(io.RawIOBase):
    """An object, read by ranges of bytes."""

    def __init__(self, size: int, fetch: Fetch) -> None:
        super().__init__()
        self._size, self._fetch, self._place = size, fetch, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]  # any buffer
        count = min(len(buffer), max(0, self._size - self._place))
        if count == 0:
            return 0
        with _sentence():
            data = self._fetch(self._place, count)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._place = max(0, (0, self._place, self._size)[whence] + offset)
        return self._place

    def tell(self) -> int:
        return self._place


class _Remote:
    """A prefix: the object of that name, and all below it as below a folder."""

    scheme = ""

    def __init__(self, address: str) -> None:
        self._shown, _, rest = address.partition("://")
        self._container, _, key = rest.partition("/")
        self._key = key.strip("/")
        self.price = prices()[self.scheme]
        self.lists = 0

    def files(self) -> Iterator[Listed]:
        below = f"{self._key}/" if self._key else ""
        found = False
        try:
            with _sentence():
                for key, size in self._both(below):
                    found = True
                    yield Listed(f"{self._shown}://{self._container}/{key}", size)
        except OSError as error:
            raise Unreachable(f"{self._address()} cannot be listed ({error.strerror}).") from None
        if self._key and not found:
            raise Unreachable(f"{self._address()} cannot be listed (nothing is there).")

    def _both(self, below: str) -> Iterator[tuple[str, int]]:
        if self._key:
            yield from self._objects(self._key, exact=True)
        yield from self._objects(below, exact=False)

    def _objects(self, prefix: str, *, exact: bool) -> Iterator[tuple[str, int]]:
        """Names and sizes; with `exact` the one that is called so. Folders that are objects are left out."""
        raise NotImplementedError

    def _fetch(self, key: str, start: int, count: int) -> bytes:
        raise NotImplementedError

    def open(self, listed: Listed) -> BinaryIO:
        key = listed.name.removeprefix(f"{self._shown}://{self._container}/")
        file = _Ranges(listed.size, lambda start, count: self._fetch(key, start, count))
        return cast("BinaryIO", file)

    def _address(self) -> str:
        from collectors.inspect.naming import shown

        return shown(f"{self._shown}://{self._container}/{self._key}".rstrip("/"))


class S3(_Remote):
    scheme = "s3"

    def __init__(self, address: str) -> None:
        import boto3
        from botocore.config import Config

        super().__init__(address)
        settings = Config(retries={"mode": "standard", "max_attempts": 4})
        self._client = boto3.session.Session().client("s3", config=settings)

    def _objects(self, prefix: str, *, exact: bool) -> Iterator[tuple[str, int]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._container,
            Prefix=prefix,
            PaginationConfig={"PageSize": 1, "MaxItems": 1} if exact else {"PageSize": PAGE},
        )
        for page in pages:
            self.lists += 1
            for each in page.get("Contents", []):
                if not each["Key"].endswith("/") and (not exact or each["Key"] == prefix):
                    yield each["Key"], each["Size"]

    def _fetch(self, key: str, start: int, count: int) -> bytes:
        wanted = f"bytes={start}-{start + count - 1}"
        answer = self._client.get_object(Bucket=self._container, Key=key, Range=wanted)
        data: bytes = answer["Body"].read()
        return data


class Google(_Remote):
    scheme = "gs"

    def __init__(self, address: str) -> None:
        from google.cloud import storage

        super().__init__(address)
        self._client = storage.Client() if os.environ.get("STORAGE_EMULATOR_HOST") else self._signed_in()
        self._bucket = self._client.bucket(self._container)

    @staticmethod
    def _signed_in() -> "storage.Client":
        """A client that needs no project: nothing that it is asked for has one."""
        import google.auth
        from google.cloud import storage

        scope = "https://www.googleapis.com/auth/devstorage.read_only"
        credentials, project = google.auth.default(scopes=[scope])
        return storage.Client(project=project or "-", credentials=credentials)

    def _objects(self, prefix: str, *, exact: bool) -> Iterator[tuple[str, int]]:
        found = self._client.list_blobs(
            self._container,
            prefix=prefix,
            fields="items(name,size),nextPageToken",
            page_size=1 if exact else PAGE,
            max_results=1 if exact else None,
        )
        for page in found.pages:
            self.lists += 1
            for each in page:
                if not each.name.endswith("/") and (not exact or each.name == prefix):
                    yield each.name, each.size or 0

    def _fetch(self, key: str, start: int, count: int) -> bytes:
        blob = self._bucket.blob(key)
        end = start + count - 1
        data: bytes = blob.download_as_bytes(start=start, end=end, raw_download=True, checksum=None)
        return data


class Azure(_Remote):
    """`abfss://container@account/path`; the account's name, or its host where that is another cloud's."""

    scheme = "abfss"

    def __init__(self, address: str) -> None:
        super().__init__(address)
        container, _, account = self._container.partition("@")
        if not container or not account:
            raise Unreachable("An Azure address is abfss://CONTAINER@ACCOUNT/PATH.")
        self._client = _blob_service(account).get_container_client(container)

    def _objects(self, prefix: str, *, exact: bool) -> Iterator[tuple[str, int]]:
        found = self._client.list_blobs(
            name_starts_with=prefix, include=["metadata"], results_per_page=1 if exact else None
        )
        for page in found.by_page():
            self.lists += 1
            for each in page:
                folder = "hdi_isfolder" in {name.lower() for name in each.metadata or {}}
                if not folder and not each.name.endswith("/") and (not exact or each.name == prefix):
                    yield each.name, each.size
            if exact:
                return

    def _fetch(self, key: str, start: int, count: int) -> bytes:
        data: bytes = self._client.download_blob(key, offset=start, length=count).readall()
        return data


def _blob_service(account: str) -> "BlobServiceClient":
    from azure.storage.blob import BlobServiceClient

    name = account.partition(".")[0]
    connection = os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    if f"AccountName={name};" in f"{connection};":
        return BlobServiceClient.from_connection_string(connection, max_single_get_size=ONE)
    host = account.replace(".dfs.", ".blob.") if "." in account else f"{name}.blob.core.windows.net"
    return BlobServiceClient(f"https://{host}", credential=_azure_credential(name), max_single_get_size=ONE)


def _azure_credential(account: str) -> "str | TokenCredential":
    """A key or signature is used for the account it is said to be of only: no other may see it."""
    if os.environ.get("AZURE_STORAGE_ACCOUNT") == account:
        for name in ("AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN"):
            if given := os.environ.get(name):
                return given
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


STORES: Mapping[str, type[_Remote]] = {"s3": S3, "gs": Google, "gcs": Google, "abfs": Azure, "abfss": Azure}


def remote(address: str) -> Store:
    """The store of an address. Raises `Unreachable`."""
    for name in NOISY:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
    scheme = address.partition("://")[0]
    try:
        with _sentence():
            return STORES[scheme](address)
    except OSError as error:
        raise Unreachable(f"{scheme}:// cannot be opened ({error.strerror}).") from None


@contextmanager
def _sentence() -> Iterator[None]:
    """What a provider's client raises, as an `OSError` of one word: its texts hold names, and more."""
    try:
        yield
    except Unreachable:
        raise
    except Exception as error:  # noqa: BLE001 - each provider has its own family, and several have no root
        raise OSError(None, _word(error)) from None


_WORD = re.compile(r"[A-Za-z]\w{2,60}")


def _word(error: Exception) -> str:
    """The provider's code for what went wrong, else the kind of error."""
    if type(error) is OSError and error.strerror:
        return error.strerror
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    code = code or getattr(error, "error_code", "") or getattr(error, "reason", "")
    text = str(getattr(code, "value", code) or "")
    return text if _WORD.fullmatch(text) else type(error).__name__
