"""What breaks readers of files: deep folders, odd names, links, pipes, cut and changed files of every format."""

import io
import os
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.inspect import model_child, model_process, models
from collectors.inspect.model_headers import Malformed, gguf, inner
from collectors.inspect.models import ModelResult, inspect_models
from tests.collectors.inspect import crafted


def look(path: Path) -> ModelResult:
    (found,) = inspect_models([path])
    return found


def names(found: Iterator[ModelResult]) -> list[str]:
    return [each.path.rpartition("/")[2] for each in found]


def test_folders_nested_deeper_than_calls_can_be(tmp_path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1_500):
            os.mkdir("d")
            os.chdir("d")
        Path("a.pkl").write_bytes(crafted.marking())
    finally:
        os.chdir(here)
    (found,) = inspect_models([tmp_path])
    assert found.verdict == "malicious"


def test_folders_deeper_than_a_path_can_name_are_told(tmp_path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(30):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        Path("a.pkl").write_bytes(crafted.marking())
    finally:
        os.chdir(here)
    (found,) = inspect_models([tmp_path])
    assert found.verdict == "unreadable"
    assert "cannot be opened" in found.reasons[0]


def test_names_that_are_no_text_or_act_on_terminals(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.pkl", b"a\nb.pkl", b"\x1b[31mred.pkl"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(crafted.marking())
    found = list(inspect_models([tmp_path]))
    assert [each.verdict for each in found] == ["malicious"] * 3
    assert all(each.path.isprintable() for each in found)
    assert len({each.path for each in found}) == 3


def test_a_name_that_is_somebodys_is_masked(tmp_path: Path) -> None:
    (tmp_path / "jane.doe@example.org.pkl").write_bytes(crafted.marking())
    assert names(inspect_models([tmp_path])) == ["[email]"] or "jane" not in repr(look(tmp_path))


def test_links_pipes_sockets_and_loops_are_results(tmp_path: Path) -> None:
    (tmp_path / "link.pkl").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.pkl")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        found = list(inspect_models([tmp_path]))
    assert [each.verdict for each in found] == ["unreadable"] * 4
    assert {each.reasons for each in found} == {("it is a link or a device",)}


def test_a_file_that_vanishes_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.pkl").write_bytes(crafted.marking())
    (tmp_path / "b.pkl").write_bytes(crafted.marking())
    found = list(inspect_models([tmp_path], told=lambda name: os.unlink(name) if name.endswith("a.pkl") else None))
    assert [each.verdict for each in found] == ["unreadable", "malicious"]


def test_a_file_becoming_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(crafted.marking())

    def exchange(_: str) -> None:
        (tmp_path / "a.pkl").unlink()
        (tmp_path / "a.pkl").symlink_to("/etc/passwd")

    (found,) = inspect_models([tmp_path], told=exchange)
    assert found.verdict == "unreadable"


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    """As root nothing is forbidden; what the kernel keeps for itself is."""
    unreadable = Path("/proc/self/mem")
    assert look(unreadable).verdict in ("unreadable", "clean")
    assert look(tmp_path / "nowhere").verdict == "unreadable"


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"\x80\x04B\xff\xff\xff\x7f",
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40),
        struct.pack("<Q", 1 << 33) + b"{",
        b"PK\x03\x04",
        b"\x1f\x8b\x08\0\0\0\0\0\0\0",
    ],
)
def test_a_sparse_file_of_five_gigabytes_is_a_result(tmp_path: Path, start: bytes) -> None:
    with (tmp_path / "sparse.bin").open("wb") as file:
        file.write(start)
        file.truncate(5_000_000_000)
    found = look(tmp_path / "sparse.bin")
    assert found.verdict != "clean" or found.format == "unknown"
    assert found.reasons


ATTACKS = {
    "a.pkl": crafted.marking(),
    "a.pt": crafted.torch_zip(crafted.marking()),
    "legacy.pth": crafted.torch_legacy(crafted.marking(2)),
    "a.npy": crafted.numpy_objects(),
    "a.joblib": zlib.compress(crafted.marking()),
    "a.keras": crafted.keras(crafted.LAMBDA),
    "a.h5": crafted.hdf5(crafted.LAMBDA),
    "a.onnx": crafted.onnx("PyOp", "ai.onnx.contrib"),
    "saved_model.pb": crafted.saved_model("PyFunc"),
    "a.gguf": crafted.gguf(tokenizer__chat_template=crafted.INJECTION),
    "a.tar": crafted.tarred("data.pkl", crafted.marking()),
    "a.skops": crafted.skops("os", "system"),
    "config.json": crafted.config(auto_map={"AutoModel": "somebody/repo--m.M"}),
    "a.safetensors": crafted.safetensors(),
}


def here(folder: Path, name: str, data: bytes) -> ModelResult:
    """What the process for one file would tell, in this one: many files in a short time."""
    (folder / name).write_bytes(data)
    with (folder / name).open("rb") as file, model_process.scratch() as scratch:
        lines = list(model_child.Work(len(data), name, scratch).told(file))
    return models.judged(name, lines, len(data), "")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(ATTACKS)), share=st.floats(0.01, 0.999))
def test_a_file_cut_off_never_breaks_and_is_never_clean_with_its_attack(
    tmp_path: Path, name: str, share: float
) -> None:
    data = ATTACKS[name]
    cut = data[: max(1, int(len(data) * share))]
    found = here(tmp_path, name, cut)
    if found.verdict == "clean":
        assert not harmful(name, cut), (name, len(cut))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(ATTACKS)), place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_bit_changed_never_breaks_and_is_never_clean_with_its_attack(
    tmp_path: Path, name: str, place: int, bit: int
) -> None:
    changed = bytearray(ATTACKS[name])
    changed[place % len(changed)] ^= 1 << bit
    found = here(tmp_path, name, bytes(changed))
    if found.verdict == "clean":
        assert not harmful(name, bytes(changed)), (name, place % len(changed), bit)


def harmful(name: str, data: bytes) -> bool:
    """Whether what makes the file an attack is still where a loader finds it."""
    try:
        return _HARM.get(name, _calls)(data)
    except (Malformed, zlib.error):
        return True


TEMPLATE = "tokenizer.chat_template"


def _calls(data: bytes) -> bool:
    return all(each in data for each in (b"posix", b"mkdir", b"R."))


_HARM: dict[str, Callable[[bytes], bool]] = {
    "a.keras": lambda data: b'"class_name": "Lambda"' in data,
    "a.h5": lambda data: b'"class_name": "Lambda"' in data,
    "a.onnx": lambda data: b"PyOp" in [bytes(each) for each in inner(memoryview(data), 7, 1, 4)],
    "saved_model.pb": lambda data: b"PyFunc" in [bytes(each) for each in inner(memoryview(data), 2, 2, 1, 2)],
    "a.gguf": lambda data: any("__globals__" in each for each in dict(gguf(io.BytesIO(data))).get(TEMPLATE, ())),
    "a.skops": lambda data: all(each in data for each in (b'"os"', b'"system"', b'"__module__"')),
    "config.json": lambda data: b'"auto_map"' in data,
    "a.safetensors": lambda _: False,
    "a.joblib": lambda data: _calls(zlib.decompressobj().decompress(data)),
}


def test_a_process_that_dies_has_told_what_it_knew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from collectors.inspect import model_report as report

    lines = [report.Reason("picklescan", "critical", "dangerous", "os.system", ("os.system",))]
    broken = [*lines, report.Reason("crownpath", "unread", "not read", "it breaks the scanners")]
    assert models.judged("a.pkl", broken, 1, "").verdict == "malicious"
    assert list(model_process._lines(b'{"type":"Done"}\n{"type":"Rea')) == [report.Done()]


def test_a_pickle_of_a_million_objects_ends_in_a_result(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04(" + b"K\x01\x85\x94" * 1_200_000 + b"t.")
    assert look(tmp_path / "a.pkl").verdict in ("clean", "unreadable")
