"""Secrets: found in history, branches, notebooks and base64, never shown; what looks like one is not."""

import base64
import json
import random
import string
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_engine import provider_of
from collectors.inspect.secret_place import SecretPlace
from collectors.inspect.secrets import inspect_secrets
from collectors.redaction import Redactor

REDACTOR = Redactor(b"a key for the tests of secrets")
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


class Maker:
    """Secrets that never were; each is remembered, so that a test can look for it."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.made: list[str] = []

    def some(self, count: int, letters: str = ALNUM) -> str:
        return "".join(self._dice.choice(letters) for _ in range(count))

    def keep(self, secret: str) -> str:
        self.made.append(secret)
        return secret

    def openai(self) -> str:
        return self.keep(f"sk-proj-{self.some(74)}T3BlbkFJ{self.some(74)}")

    def anthropic(self) -> str:
        return self.keep(f"sk-ant-api03-{self.some(93)}AA")

    def huggingface(self) -> str:
        return self.keep(f"hf_{self.some(34, string.ascii_letters)}")

    def github(self) -> str:
        return self.keep(f"ghp_{self.some(36)}")

    def groq(self) -> str:
        return self.keep(f"gsk_{self.some(52)}")

    def replicate(self) -> str:
        return self.keep(f"r8_{self.some(37)}")

    def slack(self) -> str:
        numbers = self.some(12, string.digits), self.some(12, string.digits)
        return self.keep(f"xoxb-{numbers[0]}-{numbers[1]}-{self.some(24)}")

    def google(self) -> str:
        return self.keep(f"AIza{self.some(35)}")

    def azure_openai(self) -> str:
        return self.keep(self.some(32, HEX))


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.email=dev@clinic.example", "-c", "user.name=dev", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules") / "cache"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def look(path: Path, cache: Path) -> list[SecretPlace]:
    found = list(inspect_secrets([path], REDACTOR, cache_folder=cache))
    assert not [each for each in found if isinstance(each, Refusal)]
    return [each for each in found if isinstance(each, SecretPlace)]


def hashes(found: list[SecretPlace]) -> set[str]:
    return {each.fingerprint.rpartition(":")[2] for each in found}


def expected(secrets: list[str]) -> set[str]:
    return {REDACTOR.fingerprint("x", each).rpartition(":")[2] for each in secrets}


KINDS = ("openai", "anthropic", "huggingface", "github", "groq", "replicate", "slack", "google")


def planted(folder: Path, make: Maker) -> None:
    """Everywhere that people put them."""

    def each() -> Iterator[str]:
        for kind in KINDS:
            maker: Callable[[], str] = getattr(make, kind)
            yield maker()

    commit(folder, ".env", "".join(f"KEY_{n}={secret}\n" for n, secret in enumerate(each())))
    (folder / ".env").unlink()
    commit(
        folder,
        "app.py",
        "".join(f'client_{n} = Client(api_key="{secret}")\n' for n, secret in enumerate(each())),
    )
    commit(folder, "config.yaml", "".join(f"token_{n}: {secret}\n" for n, secret in enumerate(each())))
    commit(folder, "settings.json", json.dumps({f"token{n}": secret for n, secret in enumerate(each())}))
    cells = [
        {"cell_type": "code", "source": [f"key = '{secret}'\n"], "outputs": [{"text": [f"{other}\n"]}]}
        for secret, other in zip(each(), each(), strict=True)
    ]
    commit(folder, "analysis.ipynb", json.dumps({"cells": cells}))
    git(folder, "checkout", "-qb", "other")
    commit(folder, "deploy.sh", "".join(f"export TOKEN_{n}={secret}\n" for n, secret in enumerate(each())))
    git(folder, "checkout", "-q", "main")
    hidden = base64.b64encode(make.github().encode()).decode()
    commit(folder, "encoded.txt", f"token: {hidden}\n")
    commit(folder, "azure.env", f"AZURE_OPENAI_API_KEY={make.azure_openai()}\n")


def decoys(folder: Path, make: Maker) -> None:
    lines = [
        "OPENAI_API_KEY=sk-your-key-here",
        "ANTHROPIC_API_KEY=<your key>",
        "TOKEN=${GITHUB_TOKEN}",
        "password = os.environ['PASSWORD']",
        f"sha256 = '{make.some(64, HEX)}'",
        f"commit {make.some(40, HEX)}",
        "uuid = '123e4567-e89b-12d3-a456-426614174000'",
        f'"integrity": "sha512-{make.some(86)}=="',
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJexample dev@clinic.example",
        "-----BEGIN PUBLIC KEY-----",
        "api_key: changeme",
        "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE",
        f"md5: {make.some(32, HEX)}",
    ]
    for number, line in enumerate(lines):
        commit(folder, f"decoy/{number}.txt", line + "\n")


def test_recall_and_precision_on_a_history(repository: Path, cache: Path) -> None:
    make = Maker(5)
    planted(repository, make)
    decoys(repository, Maker(6))
    found = look(repository, cache)
    true, told = expected(make.made), hashes(found)
    assert len(true) >= 55
    assert len(true & told) / len(true) >= 0.95
    assert len(true & told) / len(told) >= 0.95


def test_a_deleted_file_is_found_in_its_oldest_commit(repository: Path, cache: Path) -> None:
    make = Maker(7)
    commit(repository, ".env", f"HF_TOKEN={make.huggingface()}\n")
    first = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()
    commit(repository, ".env", f"HF_TOKEN={make.made[0]}\nOTHER=1\n")
    git(repository, "rm", "-q", ".env")
    git(repository, "commit", "-qm", "gone")
    (found,) = look(repository, cache)
    assert (found.commit, found.line, found.provider) == (first, 1, "huggingface")
    assert found.path.endswith("repository/.env")
    assert found.places == 2


def test_no_secret_is_told(
    repository: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make = Maker(8)
    planted(repository, make)
    found = look(repository, cache)
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


def test_a_broken_repository_is_said_and_its_files_are_read(repository: Path, cache: Path) -> None:
    make = Maker(10)
    commit(repository, "a.py", f"key = '{make.openai()}'\n")
    for file in (repository / ".git" / "objects").rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(b"broken")
    found = list(inspect_secrets([repository], REDACTOR, cache_folder=cache))
    assert [each for each in found if isinstance(each, Refusal)]
    assert hashes([each for each in found if isinstance(each, SecretPlace)]) == expected(make.made)


def test_whose_key_it_is() -> None:
    assert provider_of("crownpath.azure.openai.1") == "azure"
    assert provider_of("betterleaks.openai-api-key") == "openai"
    assert provider_of("kingfisher.generic.1") == ""
