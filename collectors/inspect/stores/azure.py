"""Azure Blob Storage, by its client.

As whom: a connection string, key or shared access signature of the named account, where the environment has
one, else `azure-identity`.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from collectors.inspect.places import Unreachable
from collectors.inspect.stores.remote import Remote

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.storage.blob import BlobServiceClient

ONE = 128 << 20
"""Bytes that Azure's client may ask for at once."""


class Azure(Remote):
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
    return BlobServiceClient(f"https://{host}", credential=credential_of(name), max_single_get_size=ONE)


def credential_of(account: str) -> "str | TokenCredential":
    """A key or signature is used for the account it is said to be of only: no other may see it."""
    if os.environ.get("AZURE_STORAGE_ACCOUNT") == account:
        for name in ("AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN"):
            if given := os.environ.get(name):
                return given
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()
