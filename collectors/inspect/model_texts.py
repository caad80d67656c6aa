"""What of a model's strings the rules of secrets look at: texts as they stand in the file; strings of other
formats a line each, behind their names, since what stands beside a secret says whose it is."""

from collections.abc import Iterator
from typing import BinaryIO

from collectors.inspect import model_report as report
from collectors.inspect.model_strings import Rest
from collectors.inspect.sample import ColumnSample, TextSample

MOST_BYTES = 64_000_000
"""Bytes of one file's strings."""
AS_THEY_STAND = ("json", "text")
"""Formats that are texts."""


class Texts:
    """The texts of one file, until there is too much of them."""

    def __init__(self) -> None:
        self._left = MOST_BYTES
        self._lines: list[str] = []
        self._marks: list[tuple[int, str]] = []
        self._number = 1

    def whole(self, file: BinaryIO, name: str, place: str) -> Iterator[report.Line]:
        """A text as it is."""
        file.seek(0)
        data = file.read(self._left)
        yield report.Text(name, place, data.decode("utf-8", "replace"))
        self._left -= len(data)
        if file.read(1):
            yield _too_much()

    def add(self, sample: ColumnSample | TextSample | Rest) -> None:
        """Strings of one place."""
        name = sample.place.removeprefix("$.").replace("[*]", "")
        values = sample.values if isinstance(sample, ColumnSample) else [sample.text]
        if isinstance(sample, ColumnSample) and sample.type != "text":
            return
        self._marks.append((self._number, sample.place))
        for value in values:
            if value is not None and self._left > 0:
                self._lines.append(f"{name}: {value}" if name else value)
                self._left -= len(value)
                self._number += 1 + value.count("\n")

    def gathered(self, place: str) -> Iterator[report.Line]:
        """The strings of the member at `place`, as one text."""
        if self._lines:
            yield report.Text("", place, "\n".join(self._lines), tuple(self._marks))
        if self._left <= 0:
            yield _too_much()
        self._lines, self._marks, self._number = [], [], 1


def _too_much() -> report.NotLookedAt:
    return report.NotLookedAt(f"secrets behind the first {MOST_BYTES:,} bytes of its strings")
