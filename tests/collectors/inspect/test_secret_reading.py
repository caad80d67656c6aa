"""What is read, and what is said of the rest: nothing reaches disk, and nothing is passed over in silence."""

import bz2
import gzip
import io
import json
import lzma
import os
import resource
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.inspect import secret_pieces
from collectors.inspect.sample import Refusal
from collectors.inspect.secret_pieces import OVERLAP, PIECE, Piece, pieces
from tests.collectors.inspect.secret_maker import (
    Maker,
    commit,
    everything,
    expected,
    hashes,
    look,
    places,
    refused,
    start,
)


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(**members: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return file.getvalue()


def zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data))


PACKED: Mapping[str, Callable[[bytes], bytes]] = {
    "a.gz": gzip.compress,
    "a.bz2": bz2.compress,
    "a.xz": lzma.compress,
    "a.zst": zstd,
    "a.zip": lambda data: zipped(a=data),
    "a.tar": lambda data: tarred(a=data),
    "a.tar.gz": lambda data: gzip.compress(tarred(a=data)),
    "a.jar": lambda data: zipped(inner=zipped(a=data)),
}

WITHOUT_DISK = """
import resource, sys
from pathlib import Path
from collectors.redaction import Redactor
from collectors.inspect.secrets import inspect_secrets
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
redactor = Redactor(b"a key for the tests of secrets")
for each in inspect_secrets([Path(sys.argv[1])], redactor, cache_folder=Path(sys.argv[2])):
    print(getattr(each, "fingerprint", None) or getattr(each, "reason", ""))
"""


def test_no_byte_is_written_to_a_file(tmp_path: Path, cache: Path) -> None:
    make = Maker(20)
    folder = start(tmp_path / "there")
    commit(folder, "a.py", f"key = '{make.openai()}'\n")
    commit(folder, "old.tar.gz", gzip.compress(tarred(a=f"key = '{make.github()}'\n".encode())))
    for name, pack in PACKED.items():
        (folder / name).write_bytes(pack(f"key = '{make.huggingface()}'\n".encode()))
    look(folder, cache)  # the rules are compiled into the cache
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_DISK, str(folder), str(cache)],
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    lines = [line for line in ended.stdout.splitlines() if line]
    assert {line.rpartition(":")[2] for line in lines} == expected(make.made)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("name", PACKED)
def test_what_is_packed_is_read(name: str, tmp_path: Path, cache: Path) -> None:
    make = Maker(21)
    (tmp_path / name).write_bytes(PACKED[name](f"\nkey = '{make.huggingface()}'\n".encode()))
    (found,) = look(tmp_path / name, cache)
    assert hashes([found]) == expected(make.made)
    assert found.line == 2


def test_what_is_not_read_is_said(tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "out").symlink_to(tmp_path)
    (folder / "nowhere").symlink_to(folder / "gone")
    os.mkfifo(folder / "pipe")
    (folder / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(50))
    (folder / "broken.zip").write_bytes(b"PK\x03\x04" + bytes(50))
    (folder / "escaping.zip").write_bytes(zipped(**{"../../etc/passwd": b"x"}))
    (folder / "bomb.gz").write_bytes(gzip.compress(bytes(300_000_000)))
    (folder / "large.bin").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    (folder / "broken").mkdir()
    (folder / "broken/.git").mkdir()
    deep = b"text"
    for _ in range(6):
        deep = gzip.compress(deep)
    (folder / "deep.gz").write_bytes(deep)
    told = {each.path.removeprefix(f"{folder}/"): each.reason for each in refused(everything(folder, cache))}
    assert set(told) == {
        "out",
        "nowhere",
        "pipe",
        "a.7z",
        "broken.zip",
        "escaping.zip!../../etc/passwd",
        "bomb.gz",
        "deep.gz",
        "large.bin",
        "broken/.git",
    }
    assert all(told.values())


def test_a_link_to_what_is_read_anyway_is_no_refusal(tmp_path: Path, cache: Path) -> None:
    make = Maker(22)
    (tmp_path / "a.py").write_text(f"key = '{make.openai()}'\n")
    (tmp_path / "b.py").symlink_to(tmp_path / "a.py")
    (found,) = look(tmp_path, cache)
    assert found.path.endswith("a.py")


def test_large_files_are_read_to_their_end(tmp_path: Path, cache: Path) -> None:
    make = Maker(23)
    line = b"x = 'nothing is here'\n"
    with (tmp_path / "large.log").open("wb") as file:
        for _ in range(3):
            file.write(f"key = '{make.openai()}'\n".encode())
            file.write(line * (30_000_000 // len(line)))
        file.write(f"key = '{make.huggingface()}'\n".encode())
    found = look(tmp_path, cache)
    assert hashes(found) == expected(make.made)
    apart = 30_000_000 // len(line) + 1
    assert sorted(each.line for each in found) == [1, 1 + apart, 1 + 2 * apart, 1 + 3 * apart]


@pytest.mark.parametrize("shift", [-200, -100, -40, -1, 0, 1, 40])
@pytest.mark.parametrize("border", [PIECE, PIECE - OVERLAP, PIECE - OVERLAP // 2])
def test_a_secret_on_the_border_of_two_pieces_is_told_once(
    tmp_path: Path, cache: Path, shift: int, border: int
) -> None:
    make = Maker(24)
    before = b"." * (border + shift - 1) + b"\n"
    (tmp_path / "a").write_bytes(before + f"key = '{make.openai()}'\n".encode() + b"\n" * PIECE)
    (found,) = look(tmp_path, cache)
    assert hashes([found]) == expected(make.made)
    assert (found.line, found.places) == (2, 1)


@given(size=st.integers(0, 400), breaks=st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_pieces_own_every_byte_once(size: int, breaks: int) -> None:
    data = b"".join(b"%d\n" % number if number % breaks == 0 else b"x" for number in range(size))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secret_pieces, "PIECE", 64)
        patch.setattr(secret_pieces, "OVERLAP", 16)
        owned = b""
        for piece in pieces("a", io.BytesIO(data)):
            assert isinstance(piece, Piece)
            before = data[: len(owned)]
            assert piece.line + piece.data.count(b"\n", 0, piece.owns) == before.count(b"\n")
            owned += piece.data[piece.owns : piece.until]
        assert owned == data


@pytest.mark.parametrize(
    ("encoding", "size"), [("utf-16", 1_000), ("utf-16", PIECE), ("utf-32", PIECE), ("utf-16-le", 1_000)]
)
def test_texts_of_wide_characters_are_read(tmp_path: Path, cache: Path, encoding: str, size: int) -> None:
    make = Maker(25)
    text = "\n" * size + f"key = '{make.huggingface()}'\n"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert hashes(look(tmp_path, cache)) == expected(make.made)


@pytest.mark.parametrize(
    "name", ["package-lock.json", "a.svg", "a.png", "node_modules/x/index.js", "vendor/x.css", "go.sum"]
)
def test_no_name_keeps_a_file_from_being_read(tmp_path: Path, cache: Path, name: str) -> None:
    make = Maker(26)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(f'{{"key": "{make.huggingface()}"}}\n')
    assert hashes(look(tmp_path, cache)) == expected(make.made)


def test_no_comment_keeps_a_secret_from_being_told(tmp_path: Path, cache: Path) -> None:
    make = Maker(27)
    (tmp_path / "a.py").write_text(f"key = '{make.openai()}'  # kingfisher:ignore gitleaks:allow nosec\n")
    assert hashes(look(tmp_path, cache)) == expected(make.made)


def test_names_of_files_tell_no_secret(tmp_path: Path, cache: Path) -> None:
    make = Maker(28)
    token, other = make.github(), make.openai()
    (tmp_path / f"{token}.txt").write_text(f"key = '{other}'\n")
    told = repr(everything(tmp_path, cache))
    assert token not in told
    assert "openai" in told


def test_json_with_escapes_is_read_as_what_it_says(tmp_path: Path, cache: Path) -> None:
    make = Maker(29)
    secret = ""
    while "/" not in secret:
        make = Maker(len(secret) + ord((secret or "x")[0]))
        secret = make.aws()
    text = json.dumps({"aws_access_key_id": make.key_id(), "aws_secret_access_key": secret})
    (tmp_path / "a.json").write_text(text.replace("/", "\\/"))
    found = look(tmp_path, cache)
    assert hashes(found) == expected(make.made)


def test_an_explicit_file_that_is_gone_is_said(tmp_path: Path, cache: Path) -> None:
    assert [type(each) for each in everything(tmp_path / "gone", cache)] == [Refusal]


def test_memory_stays_bounded(tmp_path: Path, cache: Path) -> None:
    """A sparse file of 200 MB is read within 100 MB more than a small one takes."""
    (tmp_path / "small").write_text("x")
    look(tmp_path, cache)
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(200_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert places(everything(tmp_path, cache)) == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
