"""Parquet, Arrow, ORC and delimited text: the schema first, then rows, each as likely as any other.

Of a large file row groups (record batches, stripes) are chosen, and rows of all of these.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, cast

from collectors.inspect.readers import nested
from collectors.inspect.readers.lines import Lines, text_of
from collectors.inspect.readers.nested import LONGEST, text_of_bytes
from collectors.inspect.sample import ColumnSample, Sample, TextSample, Unread, ValueType
from collectors.inspect.sampling import Sampler

if TYPE_CHECKING:
    import numpy
    import pyarrow as pa

ROWS = 2_000
"""Rows of a file that are looked at."""
EVERY = 32_000_000
"""Bytes of a file's row groups that rows are chosen from."""
VECTORS = 20
"""Rows of a column of vectors that are looked at: they are numbers, and many."""
OWN_METADATA = (b"ARROW:schema", b"pandas")
"""What writers keep about types."""


class _Rows:
    """The rows with the lowest of random numbers: of all that were offered, each is as likely."""

    def __init__(self, sampler: Sampler) -> None:
        import numpy as np

        self._dice = np.random.default_rng(sampler.number())
        self._kept: list[pa.RecordBatch] = []
        self._numbers: list[numpy.ndarray] = []
        self._limit = 1.0
        self.seen = 0

    def offer(self, batch: "pa.RecordBatch") -> None:
        import numpy as np

        self.seen += batch.num_rows
        drawn = self._dice.random(batch.num_rows)
        chosen = np.flatnonzero(drawn < self._limit)
        if len(chosen) > ROWS:
            chosen = np.sort(chosen[np.argpartition(drawn[chosen], ROWS)[:ROWS]])
        if len(chosen):
            self._kept.append(batch.take(chosen))
            self._numbers.append(drawn[chosen])
        if sum(map(len, self._numbers)) > 8 * ROWS:
            self._lower()

    def _lower(self) -> None:
        """No more than wanted are kept."""
        import numpy as np

        drawn = np.concatenate(self._numbers)
        if len(drawn) > ROWS:
            self._limit = float(np.partition(drawn, ROWS)[ROWS])
            few = [numbers < self._limit for numbers in self._numbers]
            self._kept = [batch.filter(_mask(each)) for batch, each in zip(self._kept, few, strict=True)]
            self._numbers = [numbers[each] for numbers, each in zip(self._numbers, few, strict=True)]

    def table(self, schema: "pa.Schema") -> "pa.Table":
        import pyarrow as pa

        self._lower()
        return pa.Table.from_batches(self._kept, schema=schema)


def _mask(chosen: "numpy.ndarray") -> "pa.Array":
    import pyarrow as pa

    return pa.array(chosen)


def parquet(file: BinaryIO, sampler: Sampler) -> Iterator[Sample | Unread]:
    """Row groups are chosen by the sampler, the larger ones likely first, until there are bytes enough."""
    import pyarrow.parquet as pq

    about = pq.read_metadata(file)
    order = sampler.by_weight([about.row_group(each).num_rows for each in range(about.num_row_groups)])
    rows, groups, read = _Rows(sampler), 0, 0
    large = bool(order) and _compressed(about.row_group(order[0])) > EVERY
    how = {"pre_buffer": False, "buffer_size": 1 << 20} if large else {"pre_buffer": True}
    source = pq.ParquetFile(file, metadata=about, **how)  # whole groups by few requests, or page after page
    for group in order:
        size = _compressed(about.row_group(group))
        if groups and read + size > EVERY:
            break
        most = about.row_group(group).num_rows * min(1.0, EVERY / max(size, 1))
        _offer(rows, source.iter_batches(batch_size=8_192, row_groups=[group], use_threads=False), int(most))
        groups, read = groups + 1, read + size
    if read > EVERY:
        yield Unread(f"the rows of a row group after the first {rows.seen:,}")
    yield from _metadata(about.metadata)
    drawn = (groups, about.num_row_groups) if rows.seen < about.num_rows else None
    yield from _columns(rows.table(source.schema_arrow), about.num_rows, sampler, drawn)


def _compressed(group: object) -> int:
    of = cast("pa.lib.RowGroupMetaData", group)
    return sum(of.column(each).total_compressed_size for each in range(of.num_columns))


def _offer(rows: _Rows, batches: Iterable["pa.RecordBatch"], most: int) -> None:
    """So many rows of a group, and no more."""
    for batch in batches:
        rows.offer(batch.slice(0, max(most, 1)))
        most -= batch.num_rows
        if most <= 0:
            return


def arrow(file: BinaryIO, sampler: Sampler) -> Iterator[Sample | Unread]:
    """Arrow's file and stream formats; Feather version 2 is the former."""
    import pyarrow as pa

    head, size = file.read(6), file.seek(0, 2)
    file.seek(0)
    rows = _Rows(sampler)
    if head == b"ARROW1":
        reader = pa.ipc.open_file(file)
        chosen = _some(reader.num_record_batches, size, sampler)
        for each in chosen:
            rows.offer(reader.get_batch(each))
        drawn = (len(chosen), reader.num_record_batches) if len(chosen) < reader.num_record_batches else None
        whole = drawn is None
    else:
        reader, drawn, whole = pa.ipc.open_stream(file), None, True
        for batch in reader:
            rows.offer(batch)
            if file.tell() > EVERY:
                whole = next(iter(reader), None) is None
                break
    if not (whole or drawn):
        yield Unread(f"the rows after the first {rows.seen:,}")
    yield from _metadata(reader.schema.metadata)
    yield from _columns(rows.table(reader.schema), rows.seen if whole else None, sampler, drawn)


def orc(file: BinaryIO, sampler: Sampler) -> Iterator[Sample | Unread]:
    from pyarrow import orc as source_of

    source = source_of.ORCFile(file)
    chosen = _some(source.nstripes, source.content_length, sampler)
    rows = _Rows(sampler)
    for each in chosen:
        rows.offer(source.read_stripe(each))
    drawn = (len(chosen), source.nstripes) if len(chosen) < source.nstripes else None
    yield from _metadata(source.schema.metadata)
    yield from _columns(rows.table(source.schema), source.nrows, sampler, drawn)


def _some(groups: int, size: int, sampler: Sampler) -> list[int]:
    """Groups of about one size, as many as there are bytes for, and one at least."""
    most = max(1, groups * EVERY // max(size, 1))
    return sampler.some(range(groups), most)


def _metadata(given: Mapping[bytes, bytes] | None) -> Iterator[Sample]:
    """What a schema says besides columns, as free text."""
    said = [(key, value) for key, value in (given or {}).items() if key not in OWN_METADATA]
    if said:
        lines = (f"{key.decode(errors='replace')} {value.decode(errors='replace')}" for key, value in said)
        yield TextSample("metadata", "\n".join(lines))


def _columns(
    table: "pa.Table", count: int | None, sampler: Sampler, groups: tuple[int, int] | None
) -> Iterator[Sample | Unread]:
    import pyarrow as pa

    table = table.flatten()
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    yield from nested.names(table.column_names, "column names")
    cut = unread = 0
    for name, column in zip(table.column_names, table.columns, strict=True):
        values = _few(column).to_pylist()
        if any(isinstance(value, list | dict) for value in values):
            yield from _nested(name, values, sampler, groups)
            continue
        texts = [_text(value) for value in values]
        cut += sum(len(each) > LONGEST for each in texts if each)
        unread += any(value is not None and text is None for value, text in zip(values, texts, strict=True))
        kind: ValueType = "text" if any(isinstance(each, bytes) for each in values) else _type(column.type)
        few = [each[:LONGEST] if each else each for each in texts]
        yield ColumnSample(name, kind, few, count, groups)
    if cut:
        yield Unread(f"{cut:,} cells after their first {LONGEST:,} characters")
    if unread:
        yield Unread(f"{unread:,} columns of bytes")


def _nested(
    name: str, values: Sequence[object], sampler: Sampler, groups: tuple[int, int] | None
) -> Iterator[Sample | Unread]:
    """Lists, maps and objects in a column are looked into by their own paths."""
    for each in nested.columns(values, name, sampler):
        if isinstance(each, ColumnSample) and groups is not None:
            yield ColumnSample(each.place, each.type, each.values, each.rows, groups)
        else:
            yield each


def _few(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """A column; of one of vectors some rows, evenly."""
    import pyarrow as pa

    kind = column.type
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if not (is_list and pa.types.is_floating(kind.value_type)):
        return column
    return column.take(pa.array(range(0, len(column), max(1, len(column) // VECTORS))))


def _text(value: object) -> str | None:
    if value is None:
        return None
    return text_of_bytes(value) if isinstance(value, bytes) else str(value)


def _type(kind: object) -> ValueType:
    import pyarrow as pa

    arrow_type = cast("pa.DataType", kind)
    if pa.types.is_integer(arrow_type):
        return "integer"
    if pa.types.is_floating(arrow_type) or pa.types.is_decimal(arrow_type):
        return "float"
    if pa.types.is_boolean(arrow_type):
        return "boolean"
    return "time" if pa.types.is_temporal(arrow_type) else "text"


def delimited(file: BinaryIO, sampler: Sampler) -> Iterator[Sample | Unread]:
    """CSV, TSV and their like; rows are chosen evenly of what is read."""
    csv.field_size_limit(10_000_000)
    with text_of(file) as text:
        dialect = _dialect(text.read(16_000))
    with text_of(file) as text:
        lines = Lines(text)
        records = _Records(lines, dialect)
        header = next(iter(records), [])
        kept, seen = sampler.reservoir(records, ROWS)
    unread = lines.unread or records.unread
    if header and _is_data(header):
        kept.insert(0, header)
        seen, header = seen + 1, []
    yield from _cells(header, kept, None if unread else seen)
    if unread:
        yield Unread(unread)


class _Records:
    """The records of delimited text, to the first that is broken."""

    def __init__(self, lines: Iterable[str], dialect: type[csv.Dialect]) -> None:
        self._records = csv.reader(lines, dialect)
        self.unread = ""

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        try:
            return next(self._records)
        except csv.Error:
            self.unread = f"what comes after line {self._records.line_num:,}, which is broken"
            raise StopIteration from None


def _cells(
    header: Sequence[str], rows: Sequence[Sequence[str]], count: int | None
) -> Iterator[Sample | Unread]:
    """Rows by column; what stands beyond the header has a column, too."""
    width = max([len(header), *map(len, rows)])
    names = [*header, *(f"column {number + 1}" for number in range(len(header), width))]
    yield from nested.names(header, "column names")
    cut = 0
    for number, name in enumerate(names):
        values = [row[number] if number < len(row) else None for row in rows]
        cut += sum(len(each) > LONGEST for each in values if each)
        few = [each[:LONGEST] if each else each for each in values]
        yield ColumnSample(name, _guess(few), few, count)
    if cut:
        yield Unread(f"{cut:,} cells after their first {LONGEST:,} characters")


def _dialect(start: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(start, delimiters=",;\t|")
    except csv.Error:
        return csv.excel_tab if start.partition("\n")[0].count("\t") else csv.excel


def _is_data(header: Sequence[str]) -> bool:
    """Whether a first line is no header: an address or a number stands in it."""
    return any("@" in each or each.strip().replace(".", "").replace("-", "").isdigit() for each in header)


def _guess(values: Sequence[str | None]) -> ValueType:
    """The type that the values of delimited text look like; numbers with leading zeros are text."""
    given = [each.strip() for each in values if each and each.strip()]
    if not given:
        return "unknown"
    if all(each.isdigit() and (each[0] != "0" or each == "0") for each in given):
        return "integer"
    return "float" if all(_is_float(each) for each in given) else "text"


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "." in text and not text.startswith("+")
