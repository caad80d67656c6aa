"""What a file really is: by its first bytes, then by its name."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

from collectors.inspect.readers import documents, tables, texts
from collectors.inspect.sample import Sample, Unread
from collectors.inspect.sampling import Sampler

Reader = Callable[[BinaryIO, Sampler], Iterator[Sample | Unread]]

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"ORC", "orc"),
    (b"Obj\x01", "avro"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"%PDF-", "pdf"),
)

_NAMES: Mapping[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".psv"), "delimited"),
    **dict.fromkeys((".jsonl", ".ndjson", ".jsonlines"), "json lines"),
    **dict.fromkeys((".json", ".ipynb", ".geojson"), "json"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"), "office"),
    ".arrows": "arrow",
}

READERS: Mapping[str, Reader] = {
    "arrow": tables.arrow,
    "avro": documents.avro,
    "delimited": tables.delimited,
    "html": texts.html,
    "json": documents.json_text,
    "json lines": documents.json_lines,
    "office": texts.office,
    "orc": tables.orc,
    "parquet": tables.parquet,
    "pdf": texts.pdf,
    "text": texts.plain,
}
"""The readers by the format that they read."""

COMPRESSED, ARCHIVES = ("gzip", "bzip2", "xz", "zstd", "lz4"), ("zip", "tar")


def format_of(file: BinaryIO, name: str) -> str:
    """The format of a file; "empty", or "unknown" where its bytes are no text."""
    head = file.read(4096)
    file.seek(0)
    if not head:
        return "empty"
    by_name = _NAMES.get(PurePosixPath(name.lower()).suffix, "")
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")
    if found == "zip" and by_name == "office":
        return "office"
    if found:
        return found
    if head[257:262] == b"ustar":
        return "tar"
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return "unknown"
    return by_name or _of_text(head)


def _of_text(head: bytes) -> str:
    start = head.lstrip()
    if start[:1] == b"{" and b"}\n{" in head.replace(b"\r", b""):
        return "json lines"
    if start[:1] in (b"{", b"["):
        return "json"
    return "html" if start[:15].lower().startswith((b"<!doctype html", b"<html")) else "text"
