"""Rows as they come from a database, in blocks, and the columns that they are."""

from collections.abc import Iterator, Sequence

from collectors.inspect.readers import nested
from collectors.inspect.sample import ColumnSample, Sample, Unread, ValueType
from collectors.inspect.sampling import Sampler


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

    def columns(self, path: str, sampler: Sampler, count: int | None) -> Iterator[Sample | Unread]:
        """The leaves of the rows by their JSON paths; `count` rows there are in all, None: nobody counted.

        Rows that came in several blocks count as drawn in groups; how many blocks there are nobody knows.
        """
        groups = self.blocks if count is None or count > len(self.rows) else None
        yield from nested.columns(self.rows, path, sampler, count, groups)

    def column(self, name: str, kind: ValueType, count: int | None) -> ColumnSample:
        """One plain column of rows that are objects."""
        values = [row.get(name) for row in self.rows if isinstance(row, dict)]
        texts = [None if each is None else str(each)[: nested.LONGEST] for each in values]
        part = count is None or count > len(self.rows)
        return ColumnSample(name, kind, texts, count, (len(set(self.blocks)), 0) if part else None)

    def part(self, name: str) -> "Rows":
        """The values of one column, as rows of their own."""
        found = Rows()
        for row, block in zip(self.rows, self.blocks, strict=True):
            if isinstance(row, dict) and row.get(name) is not None:
                found.add([row[name]], block)
        return found
