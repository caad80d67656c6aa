"""What breaks readers of files: deep folders, odd names, links, pipes, cut and changed files."""

import io
import os
import pickle
import socket
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.inspect import model_child, model_process, models
from collectors.inspect.model_headers import Malformed, gguf, inner
from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from tests.collectors.inspect import crafted


def look(path: Path) -> ModelResult:
    (found,) = inspect_models([path])
    return found


@contextmanager
def nested(folder: Path, name: str, levels: int) -> Iterator[None]:
    """A file far down; what removes folders by calling itself cannot clear this away, so it is done here."""
    here = Path.cwd()
    try:
        os.chdir(folder)
        for _ in range(levels):
            Path(name).mkdir()
            os.chdir(name)
        Path("a.pkl").write_bytes(crafted.marking())
        os.chdir(here)
        yield
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-rf", folder / name], check=True)


def test_folders_nested_deeper_than_calls_can_be(tmp_path: Path) -> None:
    with nested(tmp_path, "d", 1_500):
        assert look(tmp_path).verdict == "malicious"


def test_folders_deeper_than_a_path_can_name_are_told(tmp_path: Path) -> None:
    with nested(tmp_path, "d" * 200, 30):
        found = look(tmp_path)
    assert found.verdict == "unreadable"
    assert "cannot be opened" in found.reasons[0]


def test_names_that_are_no_text_or_act_on_terminals(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.pkl", b"a\nb.pkl", b"\x1b[31mred.pkl"):
        (tmp_path / os.fsdecode(name)).write_bytes(crafted.marking())
    found = list(inspect_models([tmp_path]))
    assert [each.verdict for each in found] == ["malicious"] * 3
    assert all(each.path.isprintable() for each in found)
    assert len({each.path for each in found}) == 3


def test_names_of_members_are_as_harmless(tmp_path: Path) -> None:
    """Names in archives and keys of pickles may be no text either, act on terminals, or be somebody's."""
    names = ("a\udcff.pkl", "\x1b[31mred.pkl", "jane.doe@example.org.pkl")
    for number, name in enumerate(names):
        (tmp_path / f"{number}.tar").write_bytes(crafted.tarred(name, crafted.marking()))
    found = list(inspect_models([tmp_path]))
    assert [each.verdict for each in found] == ["malicious"] * 3
    assert all(reason.isprintable() and "jane" not in reason for each in found for reason in each.reasons)


def test_keys_of_pickles_that_are_no_text(tmp_path: Path) -> None:
    data = {"\ud800\x1b": ["jane.doe@example.org"] * 9, "jane.doe@example.org": ["\ud800", "\udfff"]}
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(data))
    found = look(tmp_path / "a.pkl")
    assert {each.type for each in found.findings} == {"email"}
    assert all(each.place.isprintable() and "jane" not in each.place for each in found.findings)
    assert found.not_looked_at == ()


def test_a_name_that_is_somebodys_is_masked(tmp_path: Path) -> None:
    (tmp_path / "jane.doe@example.org.pkl").write_bytes(crafted.marking())
    (found,) = inspect_models([tmp_path])
    assert "jane" not in repr(found)


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
    found = list(
        inspect_models([tmp_path], told=lambda name: Path(name).unlink() if name.endswith("a.pkl") else None)
    )
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
    "a.gguf": lambda data: any(
        "__globals__" in each for each in dict(gguf(io.BytesIO(data))).get(TEMPLATE, ())
    ),
    "a.skops": lambda data: all(each in data for each in (b'"os"', b'"system"', b'"__module__"')),
    "config.json": lambda data: b'"auto_map"' in data,
    "a.safetensors": lambda _: False,
    "a.joblib": lambda data: _calls(zlib.decompressobj().decompress(data)),
}


def test_what_lies_in_the_folder_of_work_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People look at a folder from within it, and Python imports from there, if it is let."""
    for name in ("hayward.py", "msgspec.py", "json.py", "collectors.py", "picklescan.py"):
        (tmp_path / name).write_text(
            "import os\nos.mkdir('/tmp/' + 'MARK_OF_AN_IMPORT')\n".replace("/tmp/", f"{tmp_path}/")
        )
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    monkeypatch.chdir(tmp_path)
    assert look(Path("a.pkl")).verdict == "clean"
    assert not (tmp_path / "MARK_OF_AN_IMPORT").exists()


def test_a_process_that_dies_has_told_what_it_knew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from collectors.inspect import model_report as report

    lines: list[report.Line] = [
        report.Reason("picklescan", "critical", "dangerous", "os.system", ("os.system",))
    ]
    broken = [*lines, report.Reason("crownpath", "unread", "not read", "it breaks the scanners")]
    assert models.judged("a.pkl", broken, 1, "").verdict == "malicious"
    assert list(model_process._lines(b'{"type":"Done"}\n{"type":"Rea')) == [report.Done()]


def test_a_pickle_of_a_million_objects_ends_in_a_result(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04(" + b"K\x01\x85\x94" * 1_200_000 + b"t.")
    assert look(tmp_path / "a.pkl").verdict in ("clean", "unreadable")
