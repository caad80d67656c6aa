"""What the tests need beside Python, and what is skipped without it. `python -m tests.needs` says so."""

import os
import shutil
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def missing() -> list[str]:
    """What is not here, and what is skipped for want of it."""
    java = shutil.which("java") and shutil.which("mvn")
    found = {
        "A Neo4j server: tests on it are skipped. Install openjdk-17-jre-headless and maven, or set "
        "CROWNPATH_TEST_NEO4J_URI": bool(java or os.environ.get("CROWNPATH_TEST_NEO4J_URI")),
        "A browser: tests in one are skipped. Install chromium": any(map(shutil.which, BROWSERS)),
        "npm: whether the canvas bundle is fresh is not tested. Install nodejs and npm": bool(
            shutil.which("npm")
        ),
    }
    return [sentence for sentence, there in found.items() if not there]


def main() -> int:
    absent = missing()
    for sentence in absent:
        sys.stderr.write(f"Not here: {sentence}.\n")
    if absent and os.environ.get("CI"):
        sys.stderr.write("In CI nothing is skipped.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
