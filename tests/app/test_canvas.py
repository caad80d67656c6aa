import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.canvas.component import BUNDLE, bundle
from app.canvas.kinds import looks
from graph.ontology import KINDS

SOURCE = BUNDLE.parent / "js"


def test_every_kind_has_a_hue_and_a_glyph_of_its_own() -> None:
    assert set(looks()) == set(KINDS)
    assert len({(look.hue, look.glyph) for look in looks().values()}) == len(KINDS)


def test_white_can_be_read_on_every_hue() -> None:
    for kind, look in looks().items():
        red, green, blue = (int(look.hue[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
        light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (light + 0.05) >= 4.5, kind


def test_versions_of_what_is_bundled_are_exact() -> None:
    package = json.loads((SOURCE / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(version[0].isdigit() for version in versions)
    assert "resolved" not in (SOURCE / "package-lock.json").read_text()


def test_rebuilding_the_bundle_gives_the_same_bytes(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        if os.environ.get("CI"):
            pytest.fail("npm is missing; CI installs it: apt-get install -y npm")
        pytest.skip("npm is missing; install Node.js and npm to rebuild the canvas")
    work = tmp_path / "canvas" / "js"
    shutil.copytree(SOURCE, work, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(BUNDLE.parent / "kinds.json", work.parent)
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=work, check=True)
    subprocess.run([npm, "run", "--silent", "build"], cwd=work, check=True, capture_output=True)
    rebuilt = next((work.parent / "bundle").glob("canvas-*.js"))
    assert rebuilt.name == bundle().name
    assert rebuilt.read_bytes() == bundle().read_bytes()
