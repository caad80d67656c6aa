"""JSON, JSON Lines and Avro: chat and instruction formats, captured requests and prompt logs are such."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from collectors.inspect.readers.archives import Refused
from collectors.inspect.readers.lines import Lines, text_of
from collectors.inspect.readers.nested import columns
from collectors.inspect.sample import Sample, Unread
from collectors.inspect.sampling import Sampler

ROWS = 2_000
MOST_BYTES = 64_000_000
"""Bytes of one JSON text, or of an Avro file's blocks, that are read."""
BLOCKS = 32
"""Blocks of a larger Avro file that rows are chosen from."""
BLOCK = 16_000_000
"""Bytes of one block."""


def json_text(file: BinaryIO, sampler: Sampler) -> Iterator[Sample | Unread]:
    """One JSON text; several of them, a line each, are JSON Lines whatever the file is called."""
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        if not _parsed([data.partition(b"\n")[0]])[0]:
            raise Refused(f"a JSON text of more than {MOST_BYTES:,} bytes")
        yield from json_lines(file, sampler)
        return
    try:
        value = json.loads(data)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise
        yield from json_lines(file, sampler)
        return
    rows = value if isinstance(value, list) else [value]
    yield from columns(sampler.some(rows, ROWS), "$", sampler, len(rows))


def json_lines(file: BinaryIO, sampler: Sampler) -> Iterator[Sample | Unread]:
    """Lines are chosen evenly of what is read."""
    with text_of(file) as text:
        lines = Lines(text)
        kept, seen = sampler.reservoir((each for each in lines if each.strip()), ROWS)
    rows, wrong = _parsed(kept)
    if not rows:
        raise Refused(lines.unread or "none of its lines is JSON")
    yield from columns(rows, "$", sampler, None if lines.unread or wrong else seen)
    if wrong:
        yield Unread(f"{wrong:,} of the {len(kept):,} lines that were chosen, which are not JSON")
    if lines.unread:
        yield Unread(lines.unread)


def _parsed(lines: Sequence[str | bytes]) -> tuple[list[object], int]:
    """The values of these lines, and how many are no JSON."""
    rows: list[object] = []
    for line in lines:
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return rows, len(lines) - len(rows)


def avro(file: BinaryIO, sampler: Sampler) -> Iterator[Sample | Unread]:
    """Rows of all blocks, or of blocks that a seed chose where the file is large.

    A block of a large file is the next after a random place: behind a larger block it is likelier, which
    evens out where blocks are of about one size, as writers make them.
    """
    import fastavro

    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size <= MOST_BYTES:
        rows, seen = sampler.reservoir(fastavro.reader(file), ROWS)
        yield from columns(rows, "$", sampler, seen)
        return
    blocks = _Blocks(file, size)
    starts = {blocks.after(sampler.between(blocks.first, size)) for _ in range(BLOCKS)}
    drawn = [
        (start, row) for start in sorted(starts) for row in sampler.some(blocks.rows(start), ROWS // BLOCKS)
    ]
    yield from columns([row for _, row in drawn], "$", sampler, groups=[start for start, _ in drawn])


class _Blocks:
    """The blocks of an Avro file: found by the marker that stands between them, each read by itself.

    https://avro.apache.org/docs/1.12.0/specification/#object-container-files
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        import fastavro

        fastavro.block_reader(file)  # goes through the header
        self._file, self._size, self.first = file, size, file.tell()
        file.seek(0)
        self._header = file.read(self.first)
        self._marker = self._header[-16:]

    def after(self, offset: int) -> int:
        """Where the next block begins; the first one's place where there is none."""
        self._file.seek(offset)
        before = b""
        for _ in range(BLOCK >> 20):
            data = before + self._file.read(1 << 20)
            found = data.find(self._marker)
            if found >= 0:
                start = self._file.tell() - len(data) + found + 16
                return start if start < self._size else self.first
            if len(data) < 1 << 20:
                return self.first
            before = data[-15:]
        raise Refused(f"its blocks are larger than {BLOCK:,} bytes")

    def rows(self, start: int) -> list[object]:
        import fastavro

        self._file.seek(start)
        head = io.BytesIO(self._file.read(20))
        _, length = _number(head), _number(head)
        if not 0 <= length <= BLOCK:
            raise Refused(f"its blocks are larger than {BLOCK:,} bytes")
        self._file.seek(start)
        return [*fastavro.reader(io.BytesIO(self._header + self._file.read(head.tell() + length + 16)))]


def _number(data: io.BytesIO) -> int:
    """An Avro long: seven bits a byte, the lowest first, zigzag."""
    value = shift = 0
    while byte := data.read(1):
        value |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    return (value >> 1) ^ -(value & 1)
