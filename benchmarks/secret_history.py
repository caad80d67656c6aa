"""A repository with a gigabyte of history, read for secrets: how long it takes, and how much memory.

python -m benchmarks.secret_history FOLDER [MEGABYTES]    # only writes the repository
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Measurement

MEGABYTES = 1_000
SECRETS = 100
MINUTES = 5.0
MOST_MEMORY = 500.0
"""Megabytes."""

CHILD = """
import json, resource, sys, time
from pathlib import Path
from collectors.inspect.secret_place import SecretPlace
from collectors.inspect.secrets import inspect_secrets
from collectors.redaction import Redactor
redactor = Redactor(b"a key for the benchmark of secrets")
run = lambda path: list(inspect_secrets([path], redactor, cache_folder=Path(sys.argv[2])))
run("/dev/null")
start = time.perf_counter()
found = run(sys.argv[1])
taken = time.perf_counter() - start
own, git = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
places = [each for each in found if isinstance(each, SecretPlace)]
print(json.dumps({"taken": taken, "own": own / 1000, "git": git / 1000, "found": len(places)}))
"""


def measure() -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder, "history.git")
        size = write_history(repository, MEGABYTES * 1_000_000)
        ended = subprocess.run(
            [sys.executable, "-c", CHILD, str(repository), f"{folder}/cache/rules"],
            check=True,
            capture_output=True,
            text=True,
        )
    told = json.loads(ended.stdout)
    if told["found"] != SECRETS:
        raise AssertionError(f"{told['found']} of {SECRETS} secrets were found.")
    name = f"secrets in {size / 1e6:,.0f} MB of history"
    return [
        Measurement(name=name, value=told["taken"], unit="s", target=MINUTES * 60),
        Measurement(name=f"{name}: memory", value=told["own"], unit="MB", target=MOST_MEMORY),
        Measurement(name=f"{name}: memory of git", value=told["git"], unit="MB", target=MOST_MEMORY),
    ]


def write_history(folder: Path, size: int) -> int:
    """A bare repository whose versions of files are so many bytes: two thirds text, the rest incompressible.

    There are `SECRETS` in it, each in one version of a file that later versions replace. Returns the bytes.
    """
    folder.mkdir(parents=True)
    git = shutil.which("git") or "git"
    subprocess.run([git, "init", "--quiet", "--bare", "-b", "main", str(folder)], check=True)
    importing = subprocess.Popen(
        [git, "fast-import", "--quiet", "--depth=20"], cwd=folder, stdin=subprocess.PIPE
    )
    assert importing.stdin is not None  # noqa: S101 - it is a pipe
    written = 0
    for part, bytes_of_file in _stream(size):
        importing.stdin.write(part)
        written += bytes_of_file
    importing.stdin.close()
    if importing.wait() != 0:
        raise AssertionError("git fast-import has failed.")
    return written


def _stream(size: int) -> Iterator[tuple[bytes, int]]:
    """Commits as fast-import reads them, each with how many bytes of files it brings."""
    dice = random.Random(4)  # noqa: S311 - a benchmark, no secret
    words = [dice.randbytes(dice.randint(1, 5)).hex() for _ in range(3_000)]
    lines = [" ".join(dice.choices(words, k=12)) + "\n" for _ in range(20_000)]
    done = number = planted = 0
    while done < size:
        number += 1
        files = [
            (f"src/{dice.randrange(400)}.py", "".join(dice.choices(lines, k=600)).encode())
            for _ in range(dice.randint(1, 6))
        ]
        if dice.random() < 0.15:
            files.append(
                (f"data/{dice.randrange(40)}.bin", dice.randbytes(dice.randrange(10_000, 2_000_000)))
            )
        if planted < SECRETS and done > size * planted / SECRETS:
            planted += 1
            files.append(("settings.py", f"key = 'hf_{_letters(dice, 34)}'\n".encode()))
        about = f"commit refs/heads/main\ncommitter a <a@clinic.example> {1_600_000_000 + number} +0000\n"
        parts = [about.encode(), b"data 6\nchange\n"]
        for name, data in files:
            parts.append(f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n")
        brought = sum(len(data) for _, data in files)
        done += brought
        yield b"".join(parts) + b"\n", brought


def _letters(dice: random.Random, count: int) -> str:
    return "".join(dice.choices("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", k=count))


if __name__ == "__main__":
    megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else MEGABYTES
    write_history(Path(sys.argv[1]), megabytes * 1_000_000)
