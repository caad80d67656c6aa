"""Google Cloud Storage, by its client: application default credentials, or `STORAGE_EMULATOR_HOST`."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from collectors.inspect.stores.remote import PAGE, Remote

if TYPE_CHECKING:
    from google.cloud import storage


class Google(Remote):
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
