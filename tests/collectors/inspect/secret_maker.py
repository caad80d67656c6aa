"""Secrets that never were, made at run time, and the repositories and files to plant them in."""

import base64
import random
import string
import subprocess
from collections.abc import Iterable
from pathlib import Path

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_place import SecretPlace
from collectors.inspect.secrets import Result, inspect_secrets
from collectors.redaction import Redactor, hash_of

REDACTOR = Redactor(b"a key for the tests of secrets")
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Maker:
    """Each secret is remembered, with its kind, so that a test can look for it."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.made: list[str] = []
        self.kinds: dict[str, str] = {}

    def some(self, count: int, letters: str = ALNUM) -> str:
        return "".join(self._dice.choice(letters) for _ in range(count))

    def bytes(self, count: int) -> bytes:
        return self._dice.randbytes(count)

    def keep(self, kind: str, secret: str) -> str:
        self.made.append(secret)
        self.kinds[hash_of(REDACTOR.fingerprint("x", secret))] = kind
        return secret

    def key_id(self, account: int | None = None) -> str:
        """An access key id of an account, as AWS makes them."""
        number = self._dice.randrange(10**12) if account is None else account
        head = (1 << 47 | number << 7 | self._dice.randrange(128)).to_bytes(6, "big")
        return "AKIA" + base64.b32encode(head + self.bytes(4)).decode()

    def aws(self) -> str:
        while True:
            secret = base64.b64encode(self.bytes(30)).decode()
            if len(set(secret)) > 22:
                return self.keep("aws", secret)

    def openai(self) -> str:
        return self.keep("openai", f"sk-proj-{self.some(74)}T3BlbkFJ{self.some(74)}")

    def anthropic(self) -> str:
        return self.keep("anthropic", f"sk-ant-api03-{self.some(93)}AA")

    def huggingface(self) -> str:
        return self.keep("huggingface", f"hf_{self.some(34, string.ascii_letters)}")

    def github(self) -> str:
        return self.keep("github", f"ghp_{self.some(36)}")

    def github_fine(self) -> str:
        return self.keep("github_fine", f"github_pat_{self.some(22)}_{self.some(59)}")

    def groq(self) -> str:
        return self.keep("groq", f"gsk_{self.some(52)}")

    def replicate(self) -> str:
        return self.keep("replicate", f"r8_{self.some(37)}")

    def slack(self) -> str:
        numbers = self.some(12, string.digits), self.some(12, string.digits)
        return self.keep("slack", f"xoxb-{numbers[0]}-{numbers[1]}-{self.some(24)}")

    def google(self) -> str:
        return self.keep("google", f"AIza{self.some(35)}")

    def gitlab(self) -> str:
        return self.keep("gitlab", f"glpat-{self.some(20)}")

    def databricks(self) -> str:
        return self.keep("databricks", f"dapi{self.some(32, HEX)}")

    def perplexity(self) -> str:
        return self.keep("perplexity", f"pplx-{self.some(48)}")

    def nvidia(self) -> str:
        return self.keep("nvidia", f"nvapi-{self.some(64)}")

    def xai(self) -> str:
        return self.keep("xai", f"xai-{self.some(80)}")

    def openrouter(self) -> str:
        return self.keep("openrouter", f"sk-or-v1-{self.some(64, HEX)}")

    def langsmith(self) -> str:
        return self.keep("langsmith", f"lsv2_pt_{self.some(32, HEX)}_{self.some(10, HEX)}")

    def pinecone(self) -> str:
        return self.keep("pinecone", f"pcsk_{self.some(5)}_{self.some(63)}")

    def stripe(self) -> str:
        return self.keep("stripe", f"sk_live_{self.some(24)}")

    def npm(self) -> str:
        return self.keep("npm", f"npm_{self.some(36)}")

    def azure_openai(self) -> str:
        return self.keep("azure_openai", self.some(32, HEX))

    def azure_search(self) -> str:
        return self.keep("azure_search", f"{self.some(42)}AzSe{self.some(1, 'ABCD')}{self.some(5)}")

    def azure_storage(self) -> str:
        return self.keep("azure_storage", base64.b64encode(self.bytes(64)).decode())

    def password(self) -> str:
        return self.keep("database_password", self.some(18))

    def private_key(self) -> str:
        """An elliptic curve's key as PEM; few bytes, quickly made."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        number = int.from_bytes(self.bytes(30), "big")
        key = ec.derive_private_key(number, ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        return self.keep("private_key", pem)


def git(folder: Path, *arguments: str, date: str = "") -> str:
    """Runs git in a folder, with nothing of the machine's settings; what it prints."""
    who = ("-c", "user.email=dev@clinic.example", "-c", "user.name=dev", "-c", "commit.gpgsign=false")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    if date:
        environment |= {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
    ended = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=environment
    )
    return ended.stdout.strip()


def start(folder: Path) -> Path:
    """A new repository."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(folder: Path, name: str, content: str | bytes, message: str = "change", date: str = "") -> str:
    """Commits a file; the commit's id."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message, date=date)
    return git(folder, "rev-parse", "HEAD")


def everything(path: Path | str, cache: Path) -> list[Result]:
    return list(inspect_secrets([path], REDACTOR, cache_folder=cache))


def look(path: Path | str, cache: Path) -> list[SecretPlace]:
    """The secrets of what can be read whole."""
    found = everything(path, cache)
    assert refused(found) == []
    return places(found)


def places(found: Iterable[Result]) -> list[SecretPlace]:
    return [each for each in found if isinstance(each, SecretPlace)]


def refused(found: Iterable[Result]) -> list[Refusal]:
    return [each for each in found if isinstance(each, Refusal)]


def hashes(found: Iterable[SecretPlace]) -> set[str]:
    return {hash_of(each.fingerprint) for each in found}


def expected(secrets: Iterable[str]) -> set[str]:
    return {hash_of(REDACTOR.fingerprint("x", each)) for each in secrets}
