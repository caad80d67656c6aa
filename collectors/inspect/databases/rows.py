"""Rows as they come from a database, in blocks, and the columns that they are."""

from collections.abc import Iterator, Sequence

from collectors.inspect.readers import documents
from collectors.inspect.readers.tables import LONGEST
from collectors.inspect.sample import ColumnSample, Sample, ValueType


class Rows:
    """Rows, and with which block of its table each of them came: rows of one block are often alike."""

    def __init__(self) -> None:
        self.rows: list[object] = []
        self.blocks: list[int] = []

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, rows: Sequence[object], block: int) -> None:
        self.rows += rows
        self.blocks += [block] * len(rows)

    def columns(self, path: str, count: int | None) -> Iterator[Sample]:
        """The leaves of the rows by their JSON paths; `count` rows there are in all, None: nobody counted."""
        yield from documents.columns(self.rows, path, count)

    def column(self, name: str, kind: ValueType, count: int | None) -> ColumnSample:
        """One plain column of rows that are objects."""
        values = [row.get(name) for row in self.rows if isinstance(row, dict)]
        texts = [None if each is None else str(each)[:LONGEST] for each in values]
        return ColumnSample(name, kind, texts, count)

    def part(self, name: str) -> "Rows":
        """The values of one column, as rows of their own."""
        found = Rows()
        for row, block in zip(self.rows, self.blocks, strict=True):
            if isinstance(row, dict) and row.get(name) is not None:
                found.add([row[name]], block)
        return found
