"""Parquet, Arrow, ORC and delimited text: the schema first, then rows chosen by a sampler."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

from collectors.inspect.readers.encoding import encoding_of
from collectors.inspect.sample import ColumnSample, Sample, ValueType
from collectors.inspect.sampling import Sampler

ROWS = 2_000
"""Rows of a file that are looked at."""
LONGEST = 2_000
"""Characters of a cell that are looked at."""
EVERY = 64_000_000
"""Characters of delimited text that are read to choose rows from."""


def parquet(file: BinaryIO, sampler: Sampler) -> Iterator[Sample]:
    """Row groups are chosen by the sampler; of each chosen one the first rows that are wanted are read."""
    import pyarrow.parquet as pq

    source = pq.ParquetFile(file)
    rows = source.metadata.num_rows
    groups = sampler.shuffled(source.num_row_groups)
    taken: list[object] = []
    count = 0
    for group in groups:
        for batch in source.iter_batches(batch_size=min(ROWS, 512), row_groups=[group]):
            taken.append(batch)
            count += batch.num_rows
            if count >= ROWS or batch.num_rows == 0:
                break
        if count >= ROWS:
            break
    yield from _columns(source.schema_arrow, taken, rows)


def arrow(file: BinaryIO, sampler: Sampler) -> Iterator[Sample]:
    """Arrow's file and stream formats; Feather version 2 is the former."""
    import pyarrow as pa

    head = file.read(6)
    file.seek(0)
    if head == b"ARROW1":
        reader = pa.ipc.open_file(file)
        order = sampler.shuffled(reader.num_record_batches)
        batches = [reader.get_batch(each) for each in order[:8]]
        yield from _columns(reader.schema, batches, None)
    else:
        stream = pa.ipc.open_stream(file)
        yield from _columns(stream.schema, [batch for batch, _ in zip(stream, range(8), strict=False)], None)


def orc(file: BinaryIO, sampler: Sampler) -> Iterator[Sample]:
    from pyarrow import orc as source_of

    source = source_of.ORCFile(file)
    stripes = sampler.shuffled(source.nstripes)
    batches = [source.read_stripe(each).slice(0, ROWS) for each in stripes[:4]]
    yield from _columns(source.schema, batches, source.nrows)


def _columns(schema: object, batches: Sequence[object], rows: int | None) -> Iterator[Sample]:
    import pyarrow as pa

    table = pa.Table.from_batches(batches, schema=cast("pa.Schema", schema)).flatten()
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    for name, column in zip(table.column_names, table.columns, strict=True):
        values = column.slice(0, ROWS).to_pylist()
        yield from column_of(name, [*map(_text, values)], _type(column.type), rows, values)


def column_of(
    name: str, values: Sequence[str | None], kind: ValueType, rows: int | None, raw: Sequence[object]
) -> Iterator[Sample]:
    """A column; lists and objects in it are looked into by their own paths."""
    inner = [value for value in raw if isinstance(value, list | dict)]
    if inner:
        from collectors.inspect.readers.documents import columns

        yield from columns(inner, name)
    else:
        yield ColumnSample(name, kind, values, rows)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, bytes):
        return None
    return str(value)[:LONGEST]


def _type(kind: object) -> ValueType:
    import pyarrow as pa

    arrow_type = cast("pa.DataType", kind)
    if pa.types.is_integer(arrow_type):
        return "integer"
    if pa.types.is_floating(arrow_type) or pa.types.is_decimal(arrow_type):
        return "float"
    if pa.types.is_boolean(arrow_type):
        return "boolean"
    if pa.types.is_temporal(arrow_type):
        return "time"
    return "binary" if pa.types.is_binary(arrow_type) else "text"


def delimited(file: BinaryIO, sampler: Sampler) -> Iterator[Sample]:
    """CSV, TSV and their like; rows are chosen evenly of what is read."""
    text = io.TextIOWrapper(file, encoding=encoding_of(file), errors="replace", newline="")
    try:
        yield from _rows(text, sampler)
    finally:
        text.detach()  # the file is its opener's to close


def _rows(text: io.TextIOWrapper, sampler: Sampler) -> Iterator[Sample]:
    start = text.read(64_000)
    dialect = _dialect(start)
    csv.field_size_limit(10_000_000)
    lines = csv.reader(_bounded(start, text), dialect)
    header = next(lines, [])
    kept, seen = sampler.reservoir(lines, ROWS)
    if header and _is_data(header):
        kept.insert(0, header)
        header = [f"column {number + 1}" for number in range(len(header))]
    for number, name in enumerate(header):
        values = [row[number][:LONGEST] if number < len(row) else None for row in kept]
        yield ColumnSample(name, _guess(values), values, seen)


def _bounded(start: str, text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of the first part of a file, and no more than that."""
    rest = io.StringIO(start + text.readline())
    yield from rest
    read = len(start)
    for line in text:
        read += len(line)
        if read > EVERY:
            return
        yield line


def _dialect(start: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(start[:16_000], delimiters=",;\t|")
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
