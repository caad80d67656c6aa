"""A home to show, the running app, and a browser to look at it with."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from app import reading
from app.reading import Place
from tests.app.sample import HOSTILE, hospital

CHROMIUM = Path("/usr/bin/chromium")
RENAMED = ("triage-chat", "triage-assistant", "patient-letters", "linden-patient-records/letters/")
START = """
import sys
from pathlib import Path
from app.serve import serve
serve(None, Path(sys.argv[1]), sys.argv[2])
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hospital's snapshot and results."""
    return hospital().write(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with names that attack whoever shows them."""
    names = dict(zip((*RENAMED, "sepsis-lab", "ml-notebook", "sepsis-risk-v7"), HOSTILE, strict=True))
    return hospital(names).write(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def showing(home: Path, tmp_path: Path) -> Place:
    """The app reads the hospital's home; nothing was loaded into its store."""
    place = Place(home, f"embedded:{tmp_path / 'graph.kgl'}")
    reading.use(place)
    return place


@contextmanager
def running(home: Path, store: str) -> Iterator[str]:
    """The app as its command starts it, on a free port; its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(home), store], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://\S+", line)
        assert address, f"the app did not say where it is: {line!r}"
        yield address.group()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def address(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(home, f"embedded:{tmp_path_factory.mktemp('store') / 'graph.kgl'}") as where:
        yield where


@pytest.fixture(scope="session")
def hostile_address(hostile_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(hostile_home, f"embedded:{tmp_path_factory.mktemp('store') / 'graph.kgl'}") as where:
        yield where


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing; CI installs it: apt-get install -y chromium")
        pytest.skip(
            f"{CHROMIUM} is missing; install it to run the browser tests: apt-get install -y chromium"
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()
