"""What the readers of AWS's databases share: clients with the environment's settings, errors in words."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from collectors.inspect.databases import Closed


def client(service: str, region: str = "") -> object:
    """A client of boto3; AWS_ENDPOINT_URL, AWS_REGION and the like decide where it asks. Raises `Closed`."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    named = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    config = Config(retries={"mode": "standard", "max_attempts": 4}, user_agent_extra="crownpath")
    try:
        made: object = boto3.Session(region_name=named).client(service, config=config)  # type: ignore[call-overload]  # a name
    except BotoCoreError as error:
        if type(error).__name__ == "NoRegionError":
            raise Closed("no region is known: AWS_REGION names it") from None
        raise Closed(f"{service} cannot be asked ({type(error).__name__})") from None
    return made


@contextmanager
def told(service: str, reasons: Mapping[str, str]) -> Iterator[None]:
    """Errors of boto3 as `Closed`, by their codes; the messages may quote and are not repeated."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise Closed(reasons.get(code, f"{service} answered with {code or 'an error'}")) from None
    except BotoCoreError as error:
        raise Closed(f"{service} cannot be asked ({type(error).__name__})") from None


def size(answer: Mapping[str, object]) -> int:
    """Bytes of an answer's body, as it came."""
    about = answer.get("ResponseMetadata")
    headers = about.get("HTTPHeaders") if isinstance(about, dict) else None
    length = headers.get("content-length") if isinstance(headers, dict) else None
    return int(length or 0)
