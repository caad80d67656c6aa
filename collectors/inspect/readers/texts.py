"""Text, Markdown, HTML, PDF and Office documents as free text."""

import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import BinaryIO

from collectors.inspect.readers.encoding import encoding_of
from collectors.inspect.sample import Sample, TextSample
from collectors.inspect.sampling import Sampler

MOST = 8_000_000
"""Characters of a text that are looked at."""
PAGES = 200
OFFICE_PARTS = re.compile(r"(word|xl|ppt)/.*\.xml|content\.xml")


def plain(file: BinaryIO, _: Sampler) -> Iterator[Sample]:
    yield TextSample("text", _text(file))


def _text(file: BinaryIO) -> str:
    encoding = encoding_of(file)
    return file.read(MOST).decode(encoding, "replace")


class _Visible(HTMLParser):
    """The text of a page, its attributes too: what is hidden is there all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the library's
        self.parts.extend(f"{name} {value}" for name, value in attrs if value)


def html(file: BinaryIO, _: Sampler) -> Iterator[Sample]:
    page = _Visible()
    page.feed(_text(file))
    yield TextSample("text", " ".join(page.parts))


def pdf(file: BinaryIO, _: Sampler) -> Iterator[Sample]:
    import pypdf

    for number, page in enumerate(pypdf.PdfReader(file).pages[:PAGES], 1):
        yield TextSample(f"page {number}", page.extract_text() or "")


def office(file: BinaryIO, _: Sampler) -> Iterator[Sample]:
    """Word, Excel, PowerPoint and OpenDocument: the text of their XML, part by part.

    Tags are cut away, not parsed: what a document refers to is never followed.
    """
    with zipfile.ZipFile(file) as archive:
        for part in archive.infolist():
            if OFFICE_PARTS.fullmatch(part.filename) and part.file_size <= MOST:
                text = archive.read(part).decode("utf-8", "replace")
                found = re.sub(r"<[^>]{0,2000}>", " ", text).strip()
                if found:
                    yield TextSample(part.filename, found)
