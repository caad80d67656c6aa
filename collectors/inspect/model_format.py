"""What a model file really is: by its content; by its name only where its content has no mark."""

import io
import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO

from collectors.inspect import model_pickle

HEAD = 1 << 16

UNSAFE = frozenset(
    ("pickle", "pytorch", "torchscript", "joblib", "numpy objects", "keras", "hdf5", "saved_model")
)
"""Formats whose loading can run what is in the file."""
COMPRESSED = ("gzip", "bzip2", "xz", "zlib", "lz4", "zstd", "joblib")
ARCHIVES = ("zip", "pytorch", "torchscript", "keras", "skops", "npz", "tar")
MODELS = frozenset(
    (
        *UNSAFE,
        *(
            "catboost",
            "gguf",
            "lightgbm",
            "numpy",
            "npz",
            "onnx",
            "safetensors",
            "skops",
            "tflite",
            "xgboost",
        ),
        *("sentencepiece", "tensorflow graph"),
    )
)
"""Formats that are told of wherever they are found."""

CONFIGS = ("config.json", "tokenizer_config.json", "adapter_config.json", "generation_config.json")
"""Files beside a model that can make a loader run code from elsewhere."""

CALLED = frozenset(
    (
        *(".gguf", ".safetensors", ".onnx", ".h5", ".hdf5", ".keras", ".pt", ".ckpt", ".pkl", ".pickle"),
        *(".joblib", ".npy", ".npz", ".skops", ".tflite", ".cbm", ".ubj"),
    )
)
"""How models are called: what is called so and is in no known format was not read."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"GGUF", "gguf"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"\x93NUMPY", "numpy"),
    (b"CBM1", "catboost"),
    (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"]\x00\x00", "xz"),  # LZMA without a container
    (b"\x04\x22M\x18", "lz4"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf'\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"ZF", "joblib"),
    (b"binf", "xgboost"),
)
_TEXT = frozenset(range(0x20, 0x7F)) | {9, 10, 12, 13}


def is_called_a_model(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in CALLED or path.name in (*CONFIGS, "schema.json")


def format_of(file: BinaryIO, name: str) -> str:
    """The format of a file, "empty", "text" or "unknown"; the file is at its start after."""
    file.seek(0)
    head = file.read(HEAD)
    found = _of_head(head, name) if head else "empty"
    if found == "zip":
        found = _of_zip(file)
    file.seek(0)
    return found


def of_start(file: BinaryIO, name: str) -> str:
    """The format by the first and the last bytes alone: enough to see that a file is no model."""
    file.seek(0)
    head = file.read(HEAD)
    kind = _of_head(head, name) if head else "empty"
    if kind in ("text", "json", "unknown"):
        file.seek(0, io.SEEK_END)
        file.seek(max(0, file.tell() - 65_557))
        kind = "zip" if b"PK\x05\x06" in file.read() else kind
    file.seek(0)
    return kind


def _of_head(head: bytes, name: str) -> str:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    found = next((kind for start, kind in _STARTS if head.startswith(start)), "")
    if found == "numpy" and b"|O" in head[:256]:
        return "numpy objects"
    if found:
        return found
    if head[257:262] == b"ustar":
        return "tar"
    if head[4:8] == b"TFL3":
        return "tflite"
    if len(head) > 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 40:
        return "safetensors"
    if _is_pickle(head, name):
        return "pickle"
    if (
        len(head) > 2
        and head[0] & 0x0F == 8
        and head[0] >> 4 <= 7
        and int.from_bytes(head[:2], "big") % 31 == 0
    ):
        return "zlib"
    return _of_protobuf(head, name) or _of_boosted(head) or _of_text(head)


def _is_pickle(head: bytes, name: str) -> bool:
    """Whether an unpickler would take it: by its mark, or because its opcodes run without one.

    A pickle of protocol 0 or 1 has no mark. What counts is that its opcodes end in a value, call something,
    or go on and on without a fault: an unpickler does what it can before it stumbles.
    """
    if head[0] == 0x80 and len(head) > 1 and head[1] <= 5:
        return True
    tried = model_pickle.read(io.BytesIO(head))
    cut = len(head) == HEAD and tried.opcodes > 256
    return tried.acts or cut or (tried.ended and (tried.opcodes > 2 or is_called_a_model(name)))


def _of_protobuf(head: bytes, name: str) -> str:
    """A message leaves no mark: its first fields and what they hold do (onnx.proto, saved_model.proto)."""
    if PurePosixPath(name).name in ("saved_model.pb", "keras_metadata.pb"):
        return "saved_model"
    if head[:1] == b"\x08" and head[2:3] == b"\x12" and b"serve" in head:
        return "saved_model"
    if name.lower().endswith(".onnx") or (head[:1] == b"\x08" and head[2:3] in (b"\x12", b"\x3a", b"\x42")):
        return "onnx"
    if head[:1] == b"\x0a" and head[2:3] == b"\x0a" and len(head) > 3:
        after = 4 + head[3]
        follows = head[after : after + 1]
        return {b"\x15": "sentencepiece", b"\x12": "tensorflow graph"}.get(follows, "")
    return ""


def _of_boosted(head: bytes) -> str:
    text = head.lstrip()
    if text.startswith(b"tree\n") and b"num_class" in head:
        return "lightgbm"
    if text.startswith(b"{") and b'"oblivious_trees"' in head:
        return "catboost"
    if text.startswith(b"{") and b"learner" in head[:200]:
        return "xgboost"
    trees = any(mark in head for mark in (b"gbtree", b"gblinear", b"dart"))
    return "xgboost" if trees and not _is_text(head) else ""


def _of_text(head: bytes) -> str:
    if not _is_text(head):
        return "unknown"
    return "json" if head.lstrip()[:1] == b"{" else "text"


def _is_text(head: bytes) -> bool:
    """Whether bytes are text in UTF-8 or in an encoding of its kind: no control characters."""
    return not any(byte not in _TEXT for byte in head[:4096] if byte < 0x80)


def _of_zip(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()[:10_000]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return "zip"
    ends = [name.rpartition("/")[2] for name in names]
    if "config.json" in names and any(name.endswith("weights.h5") for name in ends):
        return "keras"
    if "data.pkl" in ends:
        return "torchscript" if any("/code/" in f"/{name}" for name in names) else "pytorch"
    if "schema.json" in names:
        return "skops"
    return "npz" if ends and all(name.endswith(".npy") for name in ends) else "zip"
