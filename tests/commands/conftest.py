"""The command as people run it: a process of its own, on a home of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
COMMAND = Path(sys.executable).with_name("crownpath")


def crownpath(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {
        n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "AZURE_", "GOOGLE_", "CROWNPATH_"))
    }
    clean |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_GCE_CHECK": "true",
        "COLUMNS": "200",
    }
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that one run of the demo leaves."""
    home = tmp_path_factory.mktemp("demo") / "home"
    ended = crownpath("demo", "--no-app", "--home", home)
    assert ended.returncode == 0, ended.stderr
    return home
