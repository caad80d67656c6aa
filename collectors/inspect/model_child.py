"""The process in which one model file is looked at, confined: what loading it would run, and its strings.

`python -m collectors.inspect.model_child FD SCRATCH SIZE NAME TEXTS` tells a `model_report` a line. FD is the
file, SIZE its size even where only its start is there, SCRATCH a file in memory for members (-1: none); TEXTS
is "1" when its strings are told for the rules of secrets.
Nothing is ever loaded: the scanners read opcodes and headers.
"""

import io
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import msgspec

from collectors.inspect import (
    model_code,
    model_format,
    model_graphs,
    model_headers,
    model_imports,
    model_members,
    model_pickle,
    model_strings,
    model_texts,
)
from collectors.inspect import model_report as report
from collectors.inspect.model_members import Gap, Member
from collectors.inspect.model_sandbox import confine, opens_nothing_to_write, reads_only
from collectors.inspect.sample import ColumnSample, Sample

LARGE = 500_000_000
"""Bytes from which the scanners would not read a file whole."""
HEADED = ("gguf", "safetensors")
"""Formats in which all but the numbers stands in the header."""

SUFFIX = {
    "pickle": ".pkl",
    "numpy objects": ".npy",
    "numpy": ".npy",
    "npz": ".npz",
    "joblib": ".joblib",
    "pytorch": ".pt",
    "torchscript": ".pt",
    "zip": ".zip",
    "keras": ".keras",
    "hdf5": ".h5",
    "tar": ".tar",
    "onnx": ".onnx",
    "saved_model": ".pb",
    "gguf": ".gguf",
    "safetensors": ".safetensors",
    "skops": ".skops",
    "tflite": ".tflite",
    "json": ".json",
    "7z": ".7z",
    "tensorflow graph": ".pb",
    **dict.fromkeys(("gzip", "bzip2", "xz", "zlib"), ".joblib"),
}
"""What the scanner takes for the kind of a file: by its content, whatever it is called."""

LEVELS = {
    **dict.fromkeys(("MFV-HF-002", "MFV-SKOPS-003", "MFV-KERAS-002", "MFV-ST-006", "MFV-GGUF-005"), "medium"),
    **dict.fromkeys(("MFV-ST-001", "MFV-ST-002", "MFV-ST-003", "MFV-ST-004", "MFV-GGUF-001"), "unread"),
    **dict.fromkeys(("MFV-JOBLIB-002", "MFV-PICKLE-003", "MFV-SKOPS-005"), "unread"),
    "MFV-ONNX-002": "high",
}
"""Levels that are ours. What a loader may fetch or does not know, and layouts that the format forbids, are
doubtful; headers that are none and bombs were not read; a path that leads out of the model is an attack."""
LAYOUT = ("MFV-GGUF-005", "MFV-GGUF-004", "MFV-ST-003", "MFV-ST-006")
OVERSIZED = "MFV-SKIP-001"
HEAD = 64_000_000
"""Bytes of a large file that the scanners get: its header."""
LACKS = ("lz4", "zstd", "7z", "rar")
"""Formats that hold other files and that nothing here opens."""

_NAMES = ("denied_globals", "nested_globals", "dangerous_ops", "denied_types", "dangerous_functions")
_PLAIN = re.compile(r"[\w.\-]{1,80}")


def main(file: BinaryIO, scratch: int, size: int, name: str, *, texts: bool) -> None:
    logging.disable(logging.CRITICAL)
    work = Work(size, name, texts=model_texts.Texts() if texts else None)
    apart = reads_only(_libraries(), [file.fileno()])
    isolation = confine(scratch_bytes=model_members.MOST_BYTES if scratch >= 0 else 0)
    say(report.Isolation(f"{isolation}, no other files" if apart else isolation))
    work.scratch = scratch if opens_nothing_to_write(isolation) else -1
    for line in work.told(file):
        say(line)
    say(report.Done())


def _libraries() -> Iterator[str]:
    """What this program and the system are made of. What else there is may be anybody's, such as what `/proc`
    tells of other processes."""
    own = (*sys.path, sys.prefix, sys.base_prefix, sys.exec_prefix)
    yield from dict.fromkeys(each for each in own if Path(each).resolve() != Path("/"))
    yield from ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/sys/devices/system/cpu")
    yield from ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/dev/null", "/dev/urandom")


def say(line: report.Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def _at(place: str, says: str) -> str:
    return f"{place}: {says}" if place else says


class _Seen(type(Path())):  # type: ignore[misc]  # the class of this system's paths
    """A path of an open file, under the name that the scanner is to see."""

    name = ""
    suffix = ""

    @staticmethod
    def of(descriptor: int, kind: str, name: str) -> "_Seen":
        seen = _Seen(f"/dev/fd/{descriptor}")
        seen.suffix = SUFFIX.get(kind, PurePosixPath(name).suffix.lower())
        seen.name = PurePosixPath(name).name
        if kind in ("saved_model", "tensorflow graph") and seen.name != "keras_metadata.pb":
            seen.name = "saved_model.pb"
        return seen


class Work:
    """The scanners, and `scratch`: a file in memory, where they get members of archives (-1: none); `texts`
    gathers strings for the rules of secrets."""

    def __init__(
        self, size: int, name: str, scratch: int = -1, texts: model_texts.Texts | None = None
    ) -> None:
        import hayward
        import picklescan.scanner

        make: Callable[[], hayward.ModelFileScanner] = hayward.ModelFileScanner
        self._hayward, self._is_gap = make(), hayward.is_coverage_gap
        self._picklescan = picklescan.scanner.scan_bytes
        self.scratch, self._size, self._name, self._texts = scratch, size, name, texts

    def told(self, file: BinaryIO) -> Iterator[report.Line]:
        """All there is to tell of a file."""
        for found in model_members.members(file, self._name):
            if isinstance(found, Member):
                yield report.Format(found.kind, found.place)
                yield from self.lines(found)
            elif isinstance(found, Gap):
                yield _unread(found.place, found.reason)
            else:
                yield report.Reason("crownpath", "medium", "archive", _at(found.place, found.rule))
        if self._name.endswith((".py", ".ipynb")):
            file.seek(0)
            for each in model_code.remote_code_loads(file.read(model_code.MOST_BYTES), self._name):
                yield report.Load(each)

    def lines(self, member: Member) -> Iterator[report.Line]:
        if member.kind in LACKS:
            yield _unread(member.place, f"nothing here opens {member.kind}")
        yield from _imports(member)
        yield from _layout(member, self._size, self._name)
        yield from self._scanned(member)
        name = PurePosixPath(member.place.rpartition("!")[2] or self._name).name
        if self._texts is not None and member.kind in model_texts.AS_THEY_STAND:
            yield from self._texts.whole(member.file, name, member.place)
            yield from _findings(member, name, None)
        else:
            yield from _findings(member, name, self._texts)

    def _scanned(self, member: Member) -> Iterator[report.Line]:
        """What both scanners say; a scanner that a file breaks has not read it.

        What picklescan could not read to its end, `_imports` did, or said so.
        """
        if member.kind in ("unknown", "empty", "parquet", "text"):
            return
        headed = self._is_headed(member)
        if (member.place or headed) and self.scratch < 0:
            if member.kind not in ("pickle", "json"):
                yield _unread(member.place, "what is inside is not scanned without isolation")
            return
        path = self._copied(member) if member.place or headed else self._path(member)
        for by, scan in (("picklescan", self._by_picklescan), ("hayward", self._by_hayward)):
            try:
                member.file.seek(0)
                yield from scan(member, path)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - scanners raise what they like on broken files
                yield report.Reason(
                    by, "unread", "broken", _at(member.place, f"it breaks {by} ({type(error).__name__})")
                )

    def _is_headed(self, member: Member) -> bool:
        """Whether only the header is scanned: the file is too large, or nobody fetched more of it."""
        there = member.file.seek(0, io.SEEK_END)
        return not member.place and member.kind in HEADED and (self._size > LARGE or there < self._size)

    def _path(self, member: Member) -> _Seen:
        return _Seen.of(member.file.fileno(), member.kind, self._name)

    def _copied(self, member: Member) -> _Seen:
        """A member, or the start of a file, in the file in memory."""
        os.ftruncate(self.scratch, 0)
        os.lseek(self.scratch, 0, os.SEEK_SET)
        member.file.seek(0)
        left = HEAD if not member.place else model_members.MOST_BYTES
        while left > 0 and (part := member.file.read(min(1 << 20, left))):
            os.write(self.scratch, part)
            left -= len(part)
        return _Seen.of(self.scratch, member.kind, member.place.rpartition("!")[2] or self._name)

    def _by_hayward(self, member: Member, path: _Seen) -> Iterator[report.Line]:
        headed = self._is_headed(member)
        for each in self._hayward.scan_file(path):
            if (headed and each.rule_id in LAYOUT) or (each.rule_id == OVERSIZED and member.kind == "pickle"):
                continue  # `_layout` looks at the whole, and `_imports` reads a pickle of any size
            level = LEVELS.get(each.rule_id, each.severity.value)
            level = "unread" if self._is_gap(each) else level
            names = tuple(_named(each.metadata)) if level in ("critical", "high") else ()
            names = ("Lambda",) if each.rule_id == "MFV-KERAS-001" else names
            says = _at(member.place, _sentence(each.message))
            yield report.Reason("hayward", msgspec.convert(level, report.Level), each.rule_id, says, names)

    def _by_picklescan(self, member: Member, path: _Seen) -> Iterator[report.Line]:
        if member.kind not in ("pickle", "pytorch", "numpy objects", "zip", "npz", "torchscript"):
            return
        result = self._picklescan(member.file, "file", path.suffix)
        for each in result.globals:
            danger = each.safety.value
            if danger == "dangerous" and not model_imports.is_harmless(each.module, each.name):
                name = f"{each.module}.{each.name}"
                yield report.Reason(
                    "picklescan", "critical", danger, _at(member.place, _plain(name)), (_plain(name),)
                )


def _unread(place: str, says: str) -> report.Reason:
    return report.Reason("crownpath", "unread", "not read", _at(place, says))


# ---- pickles -------------------------------------------------------------------------------------------


def _imports(member: Member) -> Iterator[report.Line]:
    """What a pickle imports that is not known to be harmless, and pickles in its constants."""
    if member.kind == "numpy objects":
        _behind_header(member.file)
    elif member.kind != "pickle":
        return
    else:
        member.file.seek(0)
    yield from _pickled(member.file, member.place, 0)


def _behind_header(file: BinaryIO) -> None:
    """numpy/lib/format.py: magic, version, the header's length in two bytes or (from version 2) four."""
    file.seek(6)
    version = file.read(2)
    width = 2 if version[:1] == b"\x01" else 4
    length = int.from_bytes(file.read(width), "little")
    file.seek(8 + width + length)


def _pickled(file: BinaryIO, place: str, depth: int) -> Iterator[report.Line]:
    for number, found in enumerate(model_pickle.pickles(file)):
        for level, rule, name in model_imports.judged(found):
            names = (_plain(name),) if level == "high" else ()
            yield report.Reason("crownpath", level, rule, _at(place, _plain(name)), names)
        if found.problem and (number == 0 or found.acts):
            yield _unread(place, found.problem)
        for data in found.nested:
            yield from _nested(data, _at(place, "bytes in it"), depth + 1)


def _nested(data: bytes, place: str, depth: int) -> Iterator[report.Line]:
    """Bytes that somebody may load: what they import counts as if the outer pickle did."""
    if depth > model_members.MOST_DEPTH:
        yield _unread(place, "pickles in pickles, too deep to follow")
        return
    for found in model_members.members(io.BytesIO(data), "", model_members.Bounds()):
        if isinstance(found, Member) and found.kind == "pickle":
            yield from _inner(found, place, depth)


def _inner(found: Member, place: str, depth: int) -> Iterator[report.Line]:
    found.file.seek(0)
    for line in _pickled(found.file, place, depth):
        if not isinstance(line, report.Reason) or line.level != "unread":
            yield line


def _plain(name: str) -> str:
    """A name as Python writes them; anything else could be a value."""
    return name if _PLAIN.fullmatch(name) or name.startswith("what it imports") else "a name that is none"


# ---- layouts and strings -------------------------------------------------------------------------------


def _is_broken_config(member: Member, name: str) -> bool:
    member.file.seek(0)
    named = PurePosixPath(member.place.rpartition("!")[2] or name).name in model_format.CONFIGS
    return named and model_headers.json_of(member.file.read(model_strings.MOST_BYTES)) is None


def _layout(member: Member, size: int, name: str) -> Iterator[report.Line]:
    """Headers that the formats forbid, and what graphs name that is not the framework's own."""
    try:
        if member.kind == "json" and _is_broken_config(member, name):
            yield _unread(member.place, "it is called a configuration and is no JSON")
        if member.kind == "safetensors":
            whole = size if not member.place else member.file.seek(0, io.SEEK_END)
            for problem in model_headers.safetensors(member.file, whole).problems:
                yield report.Reason("crownpath", "medium", "layout", _at(member.place, problem))
        elif member.kind == "hdf5" or (member.kind == "json" and member.place.endswith("config.json")):
            yield from _graph(member, model_graphs.keras_modules(member.file))
        elif member.kind == "onnx":
            yield from _graph(member, model_graphs.onnx_domains(member.file))
        elif member.kind == "saved_model":
            _walked(member.file)
        elif member.kind == "gguf":
            yield from _graph(member, model_graphs.gguf_templates(member.file))
    except model_headers.Malformed as malformed:
        yield _unread(member.place, str(malformed))


def _graph(member: Member, told: Iterable[model_graphs.Told]) -> Iterator[report.Line]:
    for level, rule, name in told:
        names = (_plain(name),) if level == "high" else ()
        yield report.Reason("crownpath", level, rule, _at(member.place, _plain(name)), names)


def _walked(file: BinaryIO) -> None:
    """Walk the nodes of a SavedModel's graph: one that is broken is not read to its end, and says so."""
    file.seek(0)
    for node in model_headers.inner(memoryview(file.read(model_graphs.MOST_BYTES)), 2, 2, 1):
        for _ in model_headers.fields(node):
            pass


def _findings(member: Member, name: str, texts: model_texts.Texts | None) -> Iterator[report.Line]:
    if member.kind == "numpy objects":
        _behind_header(member.file)
        samples = model_strings.strings_of(
            io.BytesIO(member.file.read(model_strings.MOST_BYTES)), "pickle", name
        )
    else:
        samples = model_strings.strings_of(member.file, member.kind, name)
    try:
        yield from _classified(samples, member.place, texts)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - libraries raise what they like on broken files; texts may hold values
        yield report.NotLookedAt(_at(member.place, f"its strings cannot be read ({type(error).__name__})"))
    if texts is not None:
        yield from texts.gathered(member.place)


def _classified(
    samples: Iterable[Sample | model_strings.Rest | model_strings.Unread],
    place: str,
    texts: model_texts.Texts | None,
) -> Iterator[report.Line]:
    from collectors.inspect.columns import classify_column
    from collectors.inspect.data import shown
    from collectors.inspect.text import classify_text

    for sample in samples:
        if isinstance(sample, model_strings.Unread):
            yield report.NotLookedAt(_at(place, _at(shown(sample.place), sample.reason)))
            continue
        if texts is not None:
            texts.add(sample)
        if isinstance(sample, model_strings.Rest):
            continue
        column = sample if isinstance(sample, ColumnSample) else None
        for found in classify_column(sample) if isinstance(sample, ColumnSample) else classify_text(sample):
            looked_at = (column.rows if column else None) or found.looked_at
            where = shown(_at(place, found.place))
            yield report.Finding(
                report.ModelFinding(where, found.type, found.label, found.count, looked_at, found.confidence)
            )


def _named(metadata: object) -> Iterator[str]:
    for key in _NAMES:
        values = metadata.get(key, ()) if isinstance(metadata, dict) else ()
        yield from (_plain(each) for each in values if isinstance(each, str))


def _sentence(message: str) -> str:
    """What a scanner says first; behind a colon it quotes from the file, and that may be anything."""
    said = _MEMBER.sub("", message).partition(": ")[0].partition(". ")[0]
    return _QUOTED.sub("...", said).rstrip(".")


_MEMBER = re.compile(r"^\[.*?\] ")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


if __name__ == "__main__":
    _descriptor, _scratch, _whole, _called, _texts = sys.argv[1:6]
    with open(int(_descriptor), "rb", closefd=False) as _file:
        main(_file, int(_scratch), int(_whole), _called, texts=_texts == "1")
