"""What was not wholly looked at is never called clean, and what was left out is said."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.inspect.columns import bounds
from collectors.inspect.contents import parts
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.readers import archives, lines
from collectors.inspect.sample import ColumnSample, TextSample, Unread
from collectors.inspect.sampling import Sampler

FILLER = "the quick brown fox\n"


def look(path: Path) -> list[Place]:
    return list(inspect_data([str(path)]))


def long_text(path: Path) -> None:
    path.write_text(FILLER * 500_000)


def large_office_part(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", "<t>fox</t>" * 900_000)


def embedding(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<t>fox</t>")
        archive.writestr("word/embeddings/table.xlsx", "anything")


def some_lines_wrong(path: Path) -> None:
    path.write_text('{"a": "fox"}\n' * 7 + "no json\n" * 3)


def deep_json(path: Path) -> None:
    value: object = "ana@clinic.example"
    for _ in range(40):
        value = {"in": value}
    path.write_text(json.dumps([value]))


def many_pages(path: Path) -> None:
    import pypdf

    writer = pypdf.PdfWriter()
    for _ in range(205):
        writer.add_blank_page(100, 100)
    writer.write(path)


def many_members(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2_100):
            archive.writestr(f"{number}.txt", "fox")


def refused_member(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "fox")
        archive.writestr("../b.txt", "fox")


def bytes_column(path: Path) -> None:
    pq.write_table(pa.table({"word": ["fox"], "picture": [b"\x89PNG\x00\xff"]}), path)


def long_cell(path: Path) -> None:
    path.write_text('word,note\nfox,"' + FILLER * 3_000 + '"\n')


def broken_half_way(path: Path) -> None:
    path.write_text("word\n" + "fox\n" * 9 + '"' + "x" * 11_000_000)


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("a.txt", long_text, "the text after its first 8,000,000 bytes"),
        ("a.xlsx", large_office_part, "the text of 1 parts"),
        ("a.docx", embedding, "1 files inside it"),
        ("a.jsonl", some_lines_wrong, "3 of the 10 lines that were chosen, which are not JSON"),
        ("a.json", deep_json, "1 values more than 24 levels deep"),
        ("a.pdf", many_pages, "the pages after the first 200"),
        ("a.zip", many_members, "100 of its 2,100 members"),
        ("a.zip", refused_member, "1 of its members"),
        ("a.parquet", bytes_column, "1 columns of bytes"),
        ("a.csv", long_cell, "1 cells after their first 20,000 characters"),
        ("a.csv", broken_half_way, "what begins with a line of more than"),
    ],
)
def test_what_is_left_out_is_said(
    tmp_path: Path, name: str, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / name)
    places = [each for each in look(tmp_path) if "!" not in each.path]
    assert [each.state for each in places] == ["in part"]
    assert reason in str(places[0].reason)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_lines_beyond_a_bound_are_said_and_are_not_in_the_bounds(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "EVERY", 100_000)
    row = "ana@clinic.example" if name == "a.csv" else '{"contact": "ana@clinic.example"}'
    said = [each.what for each in parts(io.BytesIO(f"{row}\n".encode() * 8_000), name, Sampler(0))]
    (sample,) = [each for each in said if isinstance(each, ColumnSample)]
    assert Unread("the lines after the first 100,000 characters") in said
    assert sample.rows is None
    assert bounds(sample, 2_000, 2_000)[0] < 1


def test_lines_of_which_none_is_json_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("ana@clinic.example\n" * 5)
    (place,) = look(tmp_path)
    assert (place.state, place.reason) == ("refused", "none of its lines is JSON")


def test_text_in_a_column_of_bytes_is_looked_at(tmp_path: Path) -> None:
    pq.write_table(pa.table({"contact": [b"ana@clinic.example"] * 9}), tmp_path / "a.parquet")
    (found,) = look(tmp_path)
    assert (found.column, found.type) == ("contact", "email")


def test_cells_beyond_the_header_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("word\n" + "fox,ana@clinic.example\n" * 9)
    assert [(each.column, each.type) for each in look(tmp_path)] == [("column 2", "email")]


def test_all_members_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of archives in it: 20 of 10 KB each, in archives of 100 KB that count as well."""
    monkeypatch.setattr(archives, "MOST_BYTES", 150_000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(10):
            archive.writestr(f"{number}.txt", FILLER * 500)
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.zip", buffer.getvalue())
        archive.writestr("two.zip", buffer.getvalue())
    outer.seek(0)
    said = [*parts(outer, "a.zip", Sampler(0))]
    assert sum(isinstance(each.what, TextSample) for each in said) == 4
    bounded = {
        each.within
        for each in said
        if isinstance(each.what, Unread) and "unfolds to more than 150,000 bytes" in each.what.what
    }
    assert bounded == {"!one.zip", ""}


def test_a_compressed_file_is_read_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 100_000)
    row = "".join(f"ana{number}@clinic.example\n" for number in range(20_000)).encode()
    said = [each.what for each in parts(io.BytesIO(gzip.compress(row)), "a.csv.gz", Sampler(0))]
    assert Unread("what it unfolds to beyond 100,000 bytes") in said
    (sample,) = [each for each in said if isinstance(each, ColumnSample)]
    assert len(sample.values) >= 2_000


def test_json_lines_that_are_called_json_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"contact": "ana@clinic.example"}\n' * 5)
    assert [(each.json_path, each.type) for each in look(tmp_path)] == [("$.contact", "email")]
