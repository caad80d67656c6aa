"""Amazon S3, by boto3: its profiles, single sign-on, assumed roles and endpoints, renewed while reading."""

from collections.abc import Iterator

from collectors.inspect.stores.remote import PAGE, Remote


class S3(Remote):
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
