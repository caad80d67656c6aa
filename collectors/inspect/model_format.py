"""What a model file really is: by its content, not by its name."""

import json
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

HEAD = 4096


def format_of(path: Path) -> str:
    """The format, "empty", or "unknown"."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if not head:
            return "empty"
        if head.startswith(b"PK\x03\x04"):
            return _of_zip(path)
        return _of_head(head, file, path)


def _of_head(head: bytes, file: BinaryIO, path: Path) -> str:
    starts = (
        (b"GGUF", "gguf"),
        (b"\x89HDF\r\n\x1a\n", "hdf5"),
        (b"\x93NUMPY", "numpy"),
        (b"CBM1", "catboost"),
        (b"PAR1", "parquet"),
        (b"\x1f\x8b", "gzip"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"7z\xbc\xaf'\x1c", "7z"),
        (b"ZF", "joblib"),
        (b"binf", "xgboost"),
    )
    for start, name in starts:
        if head.startswith(start):
            return name
    if head[257:262] == b"ustar":
        return "tar"
    if _is_safetensors(head, file):
        return "safetensors"
    if _is_pickle(head):
        return "pickle"
    if path.name == "saved_model.pb":
        return "saved_model"
    if path.suffix.lower() == ".onnx" or (head[:1] == b"\x08" and b"onnx" in head.lower()):
        return "onnx"
    text = head.lstrip()
    if text.startswith(b"tree\n") and b"num_class" in head:
        return "lightgbm"
    if text[:1] == b"{":
        return "xgboost" if b'"learner"' in head else "json"
    return "unknown"


def _is_pickle(head: bytes) -> bool:
    """Protocol 2 and later begin with PROTO; earlier ones with an opcode that a text file seldom does."""
    if head[0] == 0x80 and len(head) > 1 and 2 <= head[1] <= 5:
        return True
    return head[:1] in (b"c", b"(", b"]", b"}", b"i") and (b"\n" in head[:200]) and head.rstrip()[-1:] == b"."


def _is_safetensors(head: bytes, file: BinaryIO) -> bool:
    """Eight bytes of length, then that much JSON (https://huggingface.co/docs/safetensors)."""
    if len(head) < 10 or head[8:9] != b"{":
        return False
    (length,) = struct.unpack("<Q", head[:8])
    if not 2 <= length <= 100_000_000:
        return False
    file.seek(8)
    try:
        return isinstance(json.loads(file.read(length)), dict)
    except (ValueError, RecursionError):
        return False


def _of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:10_000]
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        return "zip"
    ends = [name.rpartition("/")[2] for name in names]
    if "config.json" in names and any(name.endswith("weights.h5") for name in ends):
        return "keras"
    if "data.pkl" in ends:
        return "torchscript" if any("/code/" in f"/{name}" for name in names) else "pytorch"
    if any(name == "schema.json" for name in names):
        return "skops"
    return "numpy" if ends and all(name.endswith(".npy") for name in ends) else "zip"
