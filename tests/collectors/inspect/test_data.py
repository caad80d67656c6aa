"""Files of every kind, broken and hostile ones; nothing that was seen is told."""

import bz2
import gzip
import io
import json
import logging
import lzma
import os
import subprocess
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from collectors.inspect import confined
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place

CANARY = "canary.quince"
ADDRESSES = [f"{CANARY}{number}@clinic.example" for number in range(40)]
ROWS = [{"contact": each, "visits": number} for number, each in enumerate(ADDRESSES)]
CSV = "contact,visits\n" + "".join(f"{each},{number}\n" for number, each in enumerate(ADDRESSES))
LINES = "".join(json.dumps({"patient": {"contact": each}}) + "\n" for each in ADDRESSES)


def look(path: Path) -> list[Place]:
    return list(inspect_data([str(path)]))


def types(path: Path) -> set[str | None]:
    return {each.type for each in look(path) if each.state == "found"}


def avro(path: Path) -> None:
    import fastavro

    fields = [{"name": "contact", "type": "string"}, {"name": "visits", "type": "int"}]
    with path.open("wb") as file:
        fastavro.writer(file, {"type": "record", "name": "r", "fields": fields}, ROWS)


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner/a.csv", CSV)


def docx(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f"<w:p><w:t>write to {ADDRESSES[0]}</w:t></w:p>")


def tarred(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        about = tarfile.TarInfo("inner/a.csv")
        about.size = len(CSV)
        archive.addfile(about, io.BytesIO(CSV.encode()))


def compressed(path: Path, text: str, codec: str) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.CompressedOutputStream(file, codec) as out:
        out.write(text.encode())


FORMATS: dict[str, Callable[[Path], object]] = {
    "a.csv": lambda path: path.write_text(CSV),
    "a.tsv": lambda path: path.write_text(CSV.replace(",", "\t")),
    "semicolons.csv": lambda path: path.write_text(CSV.replace(",", ";")),
    "wrong_name.bin": lambda path: pq.write_table(pa.Table.from_pylist(ROWS), path),
    "a.parquet": lambda path: pq.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=7),
    "a.feather": lambda path: feather.write_feather(pa.Table.from_pylist(ROWS), path),
    "a.orc": lambda path: orc.write_table(pa.Table.from_pylist(ROWS), path),
    "a.avro": avro,
    "a.json": lambda path: path.write_text(json.dumps(ROWS)),
    "a.jsonl": lambda path: path.write_text(LINES),
    "no_name": lambda path: path.write_text(LINES),
    "a.md": lambda path: path.write_text(f"# Contacts\n\n{ADDRESSES[0]}\n"),
    "utf16.csv": lambda path: path.write_text(CSV, "utf-16"),
    "marked.csv": lambda path: path.write_text(CSV, "utf-8-sig"),
    "western.csv": lambda path: path.write_text(CSV + "Grüße,1\n", "cp1252"),
    "utf16.txt": lambda path: path.write_text(f"write to {ADDRESSES[0]}", "utf-16"),
    "a.html": lambda path: path.write_text(f"<!doctype html><a href='mailto:{ADDRESSES[0]}'>write</a>"),
    "a.docx": docx,
    "a.csv.gz": lambda path: path.write_bytes(gzip.compress(CSV.encode())),
    "a.csv.bz2": lambda path: path.write_bytes(bz2.compress(CSV.encode())),
    "a.jsonl.xz": lambda path: path.write_bytes(lzma.compress(LINES.encode())),
    "a.csv.zst": lambda path: compressed(path, CSV, "zstd"),
    "a.jsonl.lz4": lambda path: compressed(path, LINES, "lz4"),
    "a.zip": zipped,
    "a.tar.gz": tarred,
    "a.tgz": tarred,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read(tmp_path: Path, name: str) -> None:
    FORMATS[name](tmp_path / name)
    assert types(tmp_path) == {"email"}


@pytest.mark.parametrize("name", FORMATS)
def test_half_a_file_is_no_crash(tmp_path: Path, name: str) -> None:
    FORMATS[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for part in (1, 5, len(whole) // 2, len(whole) - 3):
        (tmp_path / name).write_bytes(whole[:part])
        assert look(tmp_path)


def test_nothing_that_was_seen_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name, make in FORMATS.items():
        make(tmp_path / name)
    folder = tmp_path / f"email={CANARY}@clinic.example" / f"name={CANARY}"
    folder.mkdir(parents=True)
    address = f"{CANARY}@clinic.example"
    (folder / "a.csv").write_text(f"{address},x\n1,2\n")
    (folder / "b.json").write_text(json.dumps([{address: ADDRESSES[0]}]))
    (folder / "map.json").write_text(json.dumps({each: {"visits": 1} for each in ADDRESSES}))
    (folder / "inner.jsonl").write_text(json.dumps({"data": json.dumps({address: [address]})}) + "\n")
    (folder / "base64.json").write_text(json.dumps({"data": b64encode(address.encode() * 9).decode()}))
    (folder / "deep.json").write_text("[" * 30 + f'"{address}"' + "]" * 30)
    (folder / "wrong.jsonl").write_text(f'{{"a": 1}}\n{address}\n')
    (folder / f"{address}.pdf").write_bytes(b"%PDF-1.7 " + address.encode())
    (folder / "broken.parquet").write_bytes(b"PAR1" + CANARY.encode() * 9)
    (folder / "broken.json").write_text('{"a": "' + address)
    described = pa.table({address: ADDRESSES}).replace_schema_metadata({"owner": address, address: "x"})
    pq.write_table(described, folder / "c.parquet", write_statistics=True)
    feather.write_feather(described, folder / "d.feather")
    with zipfile.ZipFile(folder / "e.zip", "w") as archive:
        archive.writestr(f"{address}/a.csv", CSV)
        archive.writestr(f"name={CANARY}/{address}.bin", bytes(range(256)))
    before = {each for each in tmp_path.rglob("*") if each.is_file()}
    found = look(tmp_path)
    told = msgspec.json.encode(found).decode() + repr(found) + caplog.text
    assert CANARY not in told
    assert len(found) > len(FORMATS)
    assert {each for each in tmp_path.rglob("*") if each.is_file()} == before


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", "0" * 50_000_000)


def nested(path: Path) -> None:
    inner = CSV.encode()
    for level in range(6):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(f"{level}.zip" if level else "a.csv", inner)
        inner = buffer.getvalue()
    path.write_bytes(inner)


def bomb_of_zstd(path: Path) -> None:
    compressed(path, "0" * 50_000_000, "zstd")


def leading_out(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../out.csv", CSV)


def linking(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        about = tarfile.TarInfo("link.csv")
        about.type, about.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(about)


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("bomb.zip", bomb, "unfolds to more than"),
        ("bomb.zst", bomb_of_zstd, "unfolds to more than"),
        ("nested.zip", nested, "deep are not opened"),
        ("out.zip", leading_out, "leads out"),
        ("link.tar", linking, "a link or a device"),
        ("binary.dat", lambda path: path.write_bytes(bytes(range(256)) * 20), "no reader knows"),
        ("link.csv", lambda path: path.symlink_to("/etc/passwd"), "a link or a device"),
        ("broken.gz", lambda path: path.write_bytes(b"\x1f\x8b\x08 no"), "is broken"),
        ("deep.json", lambda path: path.write_text("[" * 100_000), "cannot be read"),
    ],
)
def test_hostile_files_are_refused_and_said(
    tmp_path: Path, name: str, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / name)
    refused = [each.reason or "" for each in look(tmp_path) if each.state == "refused"]
    assert any(reason in each for each in refused), refused


def test_a_large_sparse_file_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "sparse.csv").open("wb") as file:
        file.write(b"a,b\n")
        file.truncate(5_000_000_000)
    assert [each.state for each in look(tmp_path)] == ["refused"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.txt", "a"])
def test_a_large_file_of_one_line_takes_little_memory(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        file.write(b"a" * 100_000)
        file.truncate(5_000_000_000)
    (place,) = look(tmp_path)
    assert place.state in ("refused", "in part")
    child = confined._idle[-1]
    peak = next(
        line
        for line in Path(f"/proc/{child.running.process.pid}/status").read_text().splitlines()
        if "VmHWM" in line
    )
    assert int(peak.split()[1]) < 600_000  # kB: 64 MB of text, as bytes and as characters


@pytest.fixture
def deep_folder(tmp_path: Path) -> Iterator[Path]:
    at_start = Path.cwd()
    os.chdir(tmp_path)
    try:
        for _ in range(1_500):
            Path("d").mkdir()
            os.chdir("d")
        Path("a.csv").write_text(CSV)
        yield tmp_path
    finally:
        os.chdir(at_start)
        subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)  # deeper than shutil goes


def test_many_folders_in_each_other(deep_folder: Path) -> None:
    assert types(deep_folder) == {"email"}


def test_names_that_are_no_text(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    for name in (b"caf\xe9.csv", b"\xff\xfe.bin"):
        Path(os.fsdecode(folder + b"/" + name)).write_text(CSV)
    found = look(tmp_path)
    assert [each.type for each in found] == ["email", "email"]
    assert "caf?.csv" in msgspec.json.encode(found).decode()


def test_names_in_archives_that_are_no_text(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", encoding="latin-1") as archive:
        about = tarfile.TarInfo("caf\xe9.csv")
        about.size = len(CSV)
        archive.addfile(about, io.BytesIO(CSV.encode()))
    (found,) = look(tmp_path)
    assert found.type == "email"
    assert msgspec.json.encode(found)


def test_empty_and_clean_files_are_said(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "clean.csv").write_text("color,count\nred,1\nblue,2\n")
    assert [each.state for each in look(tmp_path)] == ["clean", "clean"]


def test_the_same_seed_looks_at_the_same(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}.csv").write_text(CSV)
    first, again = (list(inspect_data([str(tmp_path)], seed=5, each=4)) for _ in range(2))
    assert first == again
    assert len({each.path for each in first if each.state == "found"}) == 4
    assert [each.reason for each in first if each.state == "never looked at"] == [
        "26 of 30 files: a choice was looked at"
    ]


def test_nested_values_are_told_by_their_path(tmp_path: Path) -> None:
    (tmp_path / "chat.jsonl").write_text(
        "".join(
            json.dumps({"messages": [{"role": "user", "content": f"write to {each} please"}]}) + "\n"
            for each in ADDRESSES
        )
    )
    (found,) = look(tmp_path)
    assert (found.json_path, found.type, found.count) == ("$.messages[*].content", "email", 40)
