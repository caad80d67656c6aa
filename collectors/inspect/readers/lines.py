"""The lines of a text, one after the other, within bounds of a line and of all of them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from collectors.inspect.readers.encoding import encoding_of

EVERY = 64_000_000
"""Characters of a text of lines that are read to choose rows from."""
LONGEST_LINE = 8_000_000
"""Characters of one line."""


class Lines:
    """The lines of the first part of a text; `unread` says afterwards what was not reached, "" if nothing."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.unread = ""

    def __iter__(self) -> Iterator[str]:
        read = 0
        while line := self._text.readline(LONGEST_LINE):
            read += len(line)
            if len(line) >= LONGEST_LINE:
                self.unread = f"what begins with a line of more than {LONGEST_LINE:,} characters"
                return
            if read > EVERY:
                self.unread = f"the lines after the first {EVERY:,} characters"
                return
            yield line


@contextmanager
def text_of(file: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """A file as text; line ends are left as they are, and the file is its opener's to close."""
    file.seek(0)
    encoding = encoding_of(file)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        yield text
    finally:
        text.detach()
