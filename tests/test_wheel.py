"""The wheel, installed into an environment of its own, runs the demo from an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")


def test_the_installed_wheel_runs_the_demo_from_an_empty_folder(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    environment = tmp_path / "environment"
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, environment], check=True)
    constraints = REPOSITORY / "constraints.txt"
    install: list[str | Path] = [UV, "pip", "install", "-q", "--constraint", constraints, wheel]
    subprocess.run(install, check=True, env={**os.environ, "VIRTUAL_ENV": str(environment)})
    empty = tmp_path / "empty"
    empty.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHONPATH")}
    ended = subprocess.run(
        [environment / "bin" / "crownpath", "demo", "--no-app", "--home", tmp_path / "home"],
        cwd=empty,
        env=clean,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "attack paths" in ended.stderr
    assert list(empty.iterdir()) == []
