"""What requests to object stores cost: data, from `prices.yaml`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
import yaml


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dollars for one request that reads and one that lists; of which class and region, by which page."""

    read: float = 0.0
    list: float = 0.0
    of: str = ""
    page: str = ""
    as_of: str = ""


FREE = Price()
"""This machine's."""


@cache
def prices() -> Mapping[str, Price]:
    """By the scheme of addresses."""
    text = files("collectors.inspect").joinpath("prices.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Price])
