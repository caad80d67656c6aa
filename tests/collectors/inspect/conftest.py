"""What the tests of secrets share: compiled rules take seconds, once."""

from pathlib import Path

import pytest

from tests.collectors.inspect.secret_maker import start


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules") / "cache"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return start(tmp_path / "repository")
