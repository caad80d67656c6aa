"""Text, Markdown, HTML, PDF and Office documents as free text."""

import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import BinaryIO

from collectors.inspect.readers.encoding import encoding_of
from collectors.inspect.sample import Sample, TextSample, Unread
from collectors.inspect.sampling import Sampler

MOST = 8_000_000
"""Bytes of a text that are looked at."""
PAGES = 200
PARTS = 2_000
OFFICE_PARTS = re.compile(r"(word|xl|ppt)/.*\.xml|content\.xml")


def plain(file: BinaryIO, _: Sampler) -> Iterator[Sample | Unread]:
    text, whole = _text(file)
    yield TextSample("text", text, whole)
    yield from _rest(whole=whole)


def _text(file: BinaryIO) -> tuple[str, bool]:
    """The text of a file's first part, and whether that is all of it."""
    encoding = encoding_of(file)
    return file.read(MOST).decode(encoding, "replace"), not file.read(1)


def _rest(*, whole: bool) -> Iterator[Unread]:
    if not whole:
        yield Unread(f"the text after its first {MOST:,} bytes")


class _Visible(HTMLParser):
    """The text of a page, its attributes too: what is hidden is there all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the library's
        self.parts.extend(f"{name} {value}" for name, value in attrs if value)


def html(file: BinaryIO, _: Sampler) -> Iterator[Sample | Unread]:
    text, whole = _text(file)
    page = _Visible()
    page.feed(text)
    page.close()
    yield TextSample("text", " ".join(page.parts), whole)
    yield from _rest(whole=whole)


def pdf(file: BinaryIO, _: Sampler) -> Iterator[Sample | Unread]:
    import pypdf

    pages = pypdf.PdfReader(file).pages
    empty = 0
    for number, page in enumerate(pages[:PAGES], 1):
        text = page.extract_text() or ""
        empty += not text.strip() and bool(page.images)
        yield TextSample(f"page {number}", text)
    if empty:
        yield Unread(f"{empty:,} pages that are pictures")
    if len(pages) > PAGES:
        yield Unread(f"the pages after the first {PAGES}")


def office(file: BinaryIO, _: Sampler) -> Iterator[Sample | Unread]:
    """Word, Excel, PowerPoint and OpenDocument: the text of their XML, part by part.

    Tags are cut away, not parsed: what a document refers to is never followed.
    """
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        parts = [each for each in names if OFFICE_PARTS.fullmatch(each)]
        cut = 0
        for name in parts[:PARTS]:
            with archive.open(name) as inner:
                data = inner.read(MOST)
                whole = not inner.read(1)
            cut += not whole
            found = re.sub(r"<[^>]{0,2000}>", " ", data.decode("utf-8", "replace")).strip()
            if found:
                yield TextSample(name, found, whole)
    if cut:
        yield Unread(f"the text of {cut:,} parts after their first {MOST:,} bytes")
    if len(parts) > PARTS:
        yield Unread(f"its parts after the first {PARTS:,}")
    if inside := sum("/embeddings/" in each for each in names):
        yield Unread(f"{inside:,} files inside it")
