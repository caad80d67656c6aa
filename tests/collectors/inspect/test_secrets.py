"""Secrets: found wherever they are left, never shown; what looks like one is not."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from collectors.inspect.secret_engine import provider_of
from collectors.redaction import hash_of
from graph.model import Json
from tests.collectors.inspect.secret_maker import (
    REDACTOR,
    Maker,
    commit,
    everything,
    expected,
    hashes,
    look,
)
from tests.collectors.inspect.secret_planting import decoys, plant


def test_recall_and_precision_on_a_history(repository: Path, cache: Path) -> None:
    make = Maker(5)
    plant(repository, make)
    assert decoys(repository, Maker(6)) >= 60
    found = look(repository, cache)
    true, told = expected(make.made), hashes(found)
    made = Counter(make.kinds[each] for each in true)
    missed = {make.kinds[each]: f"missed of {made[make.kinds[each]]}" for each in true - told}
    wrong = sorted((each.rule, each.path) for each in found if hash_of(each.fingerprint) not in true)
    assert len(true) >= 200
    assert len(made) >= 15
    assert len(true & told) / len(true) >= 0.95, missed
    assert len(true & told) / len(told) >= 0.95, wrong


def test_no_secret_is_told(repository: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make = Maker(8)
    plant(repository, make)
    found = everything(repository, cache)
    kept = b"".join(file.read_bytes() for file in cache.rglob("*") if file.is_file())
    told = msgspec.json.encode(found).decode() + repr(found) + "".join(capsys.readouterr())
    assert [each for each in make.made if each in told or each.encode() in kept] == []
    assert found


def test_bare_repositories_single_files_and_folders(repository: Path, cache: Path, tmp_path: Path) -> None:
    make = Maker(9)
    commit(repository, "a.py", f"key = '{make.openai()}'\n")
    subprocess.run(["git", "clone", "-q", "--bare", str(repository), str(tmp_path / "bare")], check=True)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / ".hidden").write_text((repository / "a.py").read_text())
    for path in (tmp_path / "bare", tmp_path / "folder", repository / "a.py"):
        assert hashes(look(path, cache)) == expected(make.made)


def test_whose_key_it_is() -> None:
    assert provider_of("crownpath.azure.openai.1") == "azure"
    assert provider_of("betterleaks.openai-api-key") == "openai"
    assert provider_of("kingfisher.generic.1") == ""


JOINED = ("aws", "openai", "anthropic", "huggingface", "github", "azure_storage", "private_key", "password")


@pytest.mark.parametrize("kind", JOINED)
@pytest.mark.parametrize("seed", range(3))
def test_a_secret_has_the_same_hash_in_a_snapshot(kind: str, seed: int, tmp_path: Path, cache: Path) -> None:
    """Whatever is around it there and here: quotes, a connection string, escaped or real line breaks."""
    make = Maker(seed + 60)
    secret: str = getattr(make, kind)()
    connection = f"AccountName=clinic;AccountKey={secret};EndpointSuffix=core.windows.net"
    inside = {
        "aws": ("AWS_SECRET_ACCESS_KEY", secret),
        "azure_storage": ("STORAGE", connection),
        "password": ("DATABASE_URL", f"postgresql://app:{secret}@db.clinic.test/x"),
    }.get(kind, ("KEY", secret))
    environment: dict[str, Json] = {inside[0]: inside[1]}
    snapshot = json.dumps(REDACTOR.redact("aws:lambda:GetFunction", {"Variables": environment}))
    assert secret not in snapshot
    one_line = json.dumps(inside[1])[1:-1]
    forms = {
        "a.json": json.dumps(environment, indent=1),
        "a.env": f"{inside[0]}={one_line}\n",
        "a.py": f"{inside[0]} = {json.dumps(inside[1])}\n",
        "a.yaml": f"{inside[0]}: |\n" + "".join(f"  {line}\r\n" for line in inside[1].splitlines()),
    }
    for name, text in forms.items():
        (tmp_path / name).write_text(text)
        (found,) = look(tmp_path / name, cache)
        assert hash_of(found.fingerprint) in snapshot, name
