"""Large files, of which rows are drawn in groups: the bounds hold the truth as often as they say."""

import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc as pa_orc

from collectors.inspect.columns import bounds
from collectors.inspect.readers import documents, tables
from collectors.inspect.readers.formats import Reader
from collectors.inspect.sample import ColumnSample, Sample, Unread
from collectors.inspect.sampling import Sampler

Made = tuple[Reader, bytes]
ROWS, GROUPS = 4_000, 40


def values(share: float, *, kind: str) -> list[str]:
    """Sorted, all of a share together; or in runs as long as half a group."""
    if kind == "sorted":
        return ["x" if number < share * ROWS else "o" for number in range(ROWS)]
    run = ROWS // GROUPS // 2
    return ["x" if (number // run * 7919) % 100 < share * 100 else "o" for number in range(ROWS)]


def parquet_of(given: list[str]) -> Made:
    data = io.BytesIO()
    table = pa.table({"mark": given, "filler": [f"{number * 7919 % 99991:020}" for number in range(ROWS)]})
    pq.write_table(table, data, row_group_size=ROWS // GROUPS, compression="none", use_dictionary=False)
    return tables.parquet, data.getvalue()


def arrow_of(given: list[str]) -> Made:
    data = io.BytesIO()
    table = pa.table({"mark": given})
    with pa.ipc.new_file(data, table.schema) as writer:
        writer.write_table(table, max_chunksize=ROWS // GROUPS)
    return tables.arrow, data.getvalue()


def avro_of(given: list[str]) -> Made:
    import fastavro

    data = io.BytesIO()
    schema = {"type": "record", "name": "r", "fields": [{"name": "mark", "type": "string"}]}
    fastavro.writer(data, schema, [{"mark": each} for each in given], sync_interval=200)
    return documents.avro, data.getvalue()


def marks(made: Made, seed: int) -> ColumnSample:
    reader, data = made
    samples = reader(io.BytesIO(data), Sampler(seed))
    (found,) = [each for each in samples if isinstance(each, ColumnSample) and "mark" in each.place]
    return found


MAKERS: dict[str, tuple[Callable[[list[str]], Made], object, str, int]] = {
    "parquet": (parquet_of, tables, "EVERY", 24_000),
    "arrow": (arrow_of, tables, "EVERY", 8_000),
    "avro": (avro_of, documents, "MOST_BYTES", 2_000),
}


@pytest.mark.parametrize("kind", ["sorted", "runs"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("name", MAKERS)
def test_bounds_hold_the_truth(name: str, share: float, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    maker, module, constant, most = MAKERS[name]
    monkeypatch.setattr(module, constant, most)
    given = values(share, kind=kind)
    truth, made = given.count("x") / ROWS, maker(given)
    held, seeds = 0, 100
    for seed in range(seeds):
        sample = marks(made, seed)
        assert sample.groups is not None
        count = sum(each == "x" for each in sample.values)
        low, high = bounds(sample, count, len(sample.values))
        held += low <= truth <= high
    assert held / seeds >= 0.93


@pytest.mark.parametrize("name", MAKERS)
def test_each_part_of_a_file_is_as_likely(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean share over many seeds is the truth, also where the first rows are not like the others."""
    maker, module, constant, most = MAKERS[name]
    monkeypatch.setattr(module, constant, most)
    made = maker(values(0.3, kind="sorted"))
    shares = []
    for seed in range(150):
        sample = marks(made, seed)
        shares.append(sum(each == "x" for each in sample.values) / len(sample.values))
    assert abs(sum(shares) / len(shares) - 0.3) < 0.05  # of 150 means of 6 groups or more: 0.015 the error


@pytest.mark.parametrize("name", [*MAKERS, "orc"])
def test_a_small_file_is_drawn_from_row_by_row(name: str) -> None:
    given = values(0.3, kind="sorted")
    made = orc_of(given) if name == "orc" else MAKERS[name][0](given)
    sample = marks(made, 1)
    assert (sample.groups, sample.rows, len(sample.values)) == (None, ROWS, 2_000)
    assert 0.25 < sum(each == "x" for each in sample.values) / 2_000 < 0.35


def orc_of(given: list[str]) -> Made:
    data = io.BytesIO()
    pa_orc.write_table(pa.table({"mark": given}), data)
    return tables.orc, data.getvalue()


def test_rows_that_were_never_candidates_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "EVERY", 10_000)
    data = io.BytesIO()
    pq.write_table(pa.table({"n": [f"{n * 7919 % 99991:08}" for n in range(ROWS)]}), data, compression="none")
    samples: list[Sample | Unread] = [*tables.parquet(io.BytesIO(data.getvalue()), Sampler(1))]
    assert any(isinstance(each, Unread) and "row group" in each.what for each in samples)


def test_a_stream_is_read_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "EVERY", 10_000)
    data = io.BytesIO()
    table = pa.table({"n": [f"{n:08}" for n in range(ROWS)]})
    with pa.ipc.new_stream(data, table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    samples = [*tables.arrow(io.BytesIO(data.getvalue()), Sampler(1))]
    assert any(isinstance(each, Unread) for each in samples)
