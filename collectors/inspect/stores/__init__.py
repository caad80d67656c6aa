"""Object stores and registries of models, by the clients and credentials of their providers: what signs in
elsewhere signs in here.

A file is read by ranges: one request for each that is asked for.
"""

import logging
from collections.abc import Callable, Mapping

from collectors.inspect.places import Store, Unreachable
from collectors.inspect.stores.azure import Azure
from collectors.inspect.stores.google import Google
from collectors.inspect.stores.huggingface import HuggingFace
from collectors.inspect.stores.mlflow import MLflow
from collectors.inspect.stores.oci import Oci
from collectors.inspect.stores.remote import told_in_a_word
from collectors.inspect.stores.s3 import S3

NOISY = ("botocore", "boto3", "urllib3", "google", "azure")
"""Loggers that tell names of objects when they are told to tell all."""

STORES: Mapping[str, Callable[[str], Store]] = {
    "s3": S3,
    "gs": Google,
    "gcs": Google,
    "abfs": Azure,
    "abfss": Azure,
    "mlflow": MLflow,
    "hf": HuggingFace,
    "oci": Oci,
}


def remote(address: str) -> Store:
    """The store of an address. Raises `Unreachable`."""
    for name in NOISY:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
    scheme = address.partition("://")[0]
    try:
        with told_in_a_word():
            return STORES[scheme](address)
    except OSError as error:
        raise Unreachable(f"{scheme}:// cannot be opened ({error.strerror}).") from None
