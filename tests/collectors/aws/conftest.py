"""Scans of the practice estate, done once."""

from collections.abc import Iterator

import pytest

from collectors.practice.aws import AwsServer
from collectors.practice.estate.aws import estate, troubled
from tests.collectors.aws.scanning import Seen, scan


@pytest.fixture(scope="session")
def linden_server() -> Iterator[AwsServer]:
    with AwsServer(estate()) as server:
        yield server


@pytest.fixture(scope="session")
def linden(linden_server: AwsServer) -> Seen:
    """The practice estate as the collectors see it."""
    return scan(linden_server)


@pytest.fixture(scope="session")
def bad_day() -> Seen:
    """The practice estate with throttling, a denied call and a broken one."""
    with AwsServer(troubled()) as server:
        return scan(server)
