"""Model files: attacks of every kind that we can craft, harmless ones, and what breaks scanners."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import pickletools
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from collectors.inspect import model_child
from collectors.inspect.models import ModelResult, inspect_models

MARK = "MARK_OF_A_LOADED_MODEL"


class _Calls:
    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call


def marking() -> bytes:
    """A pickle that leaves a mark when somebody loads it."""
    return pickle.dumps(_Calls(os.mkdir, MARK))


def protocol_0(call: str, argument: str = MARK) -> bytes:
    module, _, name = call.rpartition(".")
    return f"c{module}\n{name}\n(S'{argument}'\ntR.".encode()


def archive(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in members:
            made.writestr(name, data)
    return buffer.getvalue()


def tarred(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        about = tarfile.TarInfo(name)
        about.size = len(data)
        made.addfile(about, io.BytesIO(data))
    return buffer.getvalue()


def keras_lambda() -> bytes:
    layer = {"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAAAAAAAAAEAAAACAAAA", None, None]}}
    config = {"class_name": "Functional", "config": {"layers": [layer]}}
    return archive(("config.json", json.dumps(config).encode()), ("model.weights.h5", b"\x89HDF\r\n\x1a\n"))


def numpy_objects() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([_Calls(os.mkdir, MARK)], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def stack_global(module: str, name: str) -> bytes:
    def text(value: str) -> bytes:
        return b"\x8c" + bytes([len(value)]) + value.encode()

    return b"\x80\x04" + text(module) + text(name) + b"\x93" + text(MARK) + b"\x85R."


def memoized() -> bytes:
    """The names come from the memo, not from where they are used."""
    return b"\x80\x04\x8c\x02os\x94\x8c\x05mkdir\x94\x30\x30h\x00h\x01\x93\x8c\x01x\x85R."


def instance() -> bytes:
    return f"(S'{MARK}'\nios\nmkdir\n.".encode()


def newobj_ex() -> bytes:
    return b"\x80\x04csubprocess\nPopen\n(S'x'\nt}\x92."


MALICIOUS: dict[str, Callable[[], bytes]] = {
    "reduce.pkl": marking,
    "protocol0.pkl": lambda: protocol_0("os.mkdir"),
    "system.pkl": lambda: protocol_0("os.system", "true"),
    "posix.pkl": lambda: protocol_0("posix.system", "true"),
    "nt.pkl": lambda: protocol_0("nt.system", "true"),
    "eval.pkl": lambda: protocol_0("builtins.eval", "1"),
    "exec.pkl": lambda: protocol_0("builtins.exec", "1"),
    "exec2.pkl": lambda: protocol_0("__builtin__.exec", "1"),
    "compile.pkl": lambda: protocol_0("builtins.compile", "1"),
    "popen.pkl": lambda: protocol_0("subprocess.Popen", "true"),
    "check_output.pkl": lambda: protocol_0("subprocess.check_output", "true"),
    "runpy.pkl": lambda: protocol_0("runpy.run_path", "x"),
    "importlib.pkl": lambda: protocol_0("importlib.import_module", "os"),
    "getattr.pkl": lambda: protocol_0("builtins.getattr", "os"),
    "shutil.pkl": lambda: protocol_0("shutil.rmtree", MARK),
    "socket.pkl": lambda: protocol_0("socket.create_connection", "x"),
    "webbrowser.pkl": lambda: protocol_0("webbrowser.open", "x"),
    "pty.pkl": lambda: protocol_0("pty.spawn", "true"),
    "ctypes.pkl": lambda: protocol_0("ctypes.CDLL", "x"),
    "pip.pkl": lambda: protocol_0("pip.main", "x"),
    "stack_global.pkl": lambda: stack_global("os", "mkdir"),
    "memo.pkl": memoized,
    "inst.pkl": instance,
    "newobj_ex.pkl": newobj_ex,
    "no_suffix": marking,
    "wrong_name.txt": marking,
    "weights.bin": marking,
    "model.pt": lambda: archive(("m/data.pkl", marking()), ("m/version", b"3")),
    "nested.zip": lambda: archive(("inner.pt", archive(("m/data.pkl", marking())))),
    "objects.npy": numpy_objects,
    "objects.npz": lambda: archive(("a.npy", numpy_objects())),
    "model.joblib": marking,
    "model.pkl.gz": lambda: gzip.compress(marking()),
    "model.pkl.bz2": lambda: bz2.compress(marking()),
    "model.pkl.xz": lambda: lzma.compress(marking()),
    "model.tar": lambda: tarred("m/data.pkl", marking()),
    "lambda.keras": keras_lambda,
    "second.pkl": lambda: pickle.dumps([1]) + marking(),
    "inside.pkl": lambda: pickle.dumps({"weights": [1, 2], "hook": _Calls(os.mkdir, MARK)}),
}
CLEAN: dict[str, Callable[[], bytes]] = {
    "list.pkl": lambda: pickle.dumps([1, 2, 3]),
    "dict0.pkl": lambda: pickle.dumps({"a": 1}, protocol=0),
    "strings.pkl": lambda: pickle.dumps({"text": "os.system is only a word here"}),
    "optimized.pkl": lambda: pickletools.optimize(pickle.dumps({"a": (1, 2)})),
    "array.pkl": lambda: pickle.dumps(np.arange(10)),
    "model.pt": lambda: archive(("m/data.pkl", pickle.dumps({"w": 1})), ("m/version", b"3")),
    "weights.safetensors": lambda: _safetensors(),
}


def _safetensors() -> bytes:
    head = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(head)) + head + b"\0\0\0\0"


def look(path: Path) -> ModelResult:
    (found,) = inspect_models([path])
    return found


@pytest.mark.parametrize("name", MALICIOUS)
def test_an_attack_is_malicious_and_nothing_is_run(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(MALICIOUS[name]())
    found = look(tmp_path / name)
    assert found.verdict in ("malicious", "suspicious"), found
    assert not (tmp_path / MARK).exists()
    assert MARK not in repr(found)


@pytest.mark.parametrize("name", CLEAN)
def test_a_harmless_file_is_clean(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(CLEAN[name]())
    assert look(tmp_path / name).verdict == "clean"


def test_remote_code_is_doubtful(tmp_path: Path) -> None:
    config = {"auto_map": {"AutoModel": "somebody/repo--modeling.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert look(tmp_path / "config.json").verdict == "suspicious"


def test_half_an_attack_is_never_clean(tmp_path: Path) -> None:
    whole = archive(("m/data.pkl", marking()))
    for name, data in (("a.pkl", marking()[:20]), ("a.pt", whole[: len(whole) // 2])):
        (tmp_path / name).write_bytes(data)
        assert look(tmp_path / name).verdict != "clean"


def test_a_file_beyond_the_limits_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.inspect.models.SECONDS", 0.05)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    found = look(tmp_path / "a.pkl")
    assert found.verdict == "unreadable"
    assert "more than" in found.reasons[0]


def test_links_and_large_sparse_files(tmp_path: Path) -> None:
    (tmp_path / "link.pkl").symlink_to("/etc/passwd")
    assert look(tmp_path / "link.pkl").verdict == "unreadable"
    with (tmp_path / "sparse.bin").open("wb") as file:
        file.truncate(5_000_000_000)
    assert look(tmp_path / "sparse.bin").format == "unknown"


def test_a_folder_tells_of_models_only(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    (tmp_path / "readme.md").write_text("# Model")
    assert [Path(each.path).name for each in inspect_models([tmp_path])] == ["a.pkl"]


def test_what_the_child_is_kept_from_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    assert look(tmp_path / "a.pkl").isolation in ("network namespace", "limits only")
    assert model_child.MEMORY <= 2_000_000_000
