"""Files that attack who loads them, harmless ones, and broken ones: made here, by hand, and never loaded."""

import base64
import bz2
import gzip
import io
import json
import lzma
import marshal
import os
import pickle
import pickletools
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import numpy as np

MARK = "MARK_OF_A_LOADED_MODEL"
Make = Callable[[], bytes]


class Calls:
    """An object whose pickle calls a function."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call


# ---- pickles -------------------------------------------------------------------------------------------


def marking(protocol: int = 4) -> bytes:
    """A pickle that leaves a mark when somebody loads it."""
    return pickle.dumps(Calls(os.mkdir, MARK), protocol=protocol)


def calling(call: str, argument: str = MARK) -> bytes:
    """GLOBAL and REDUCE, in protocol 0."""
    module, _, name = call.rpartition(".")
    return f"c{module}\n{name}\n(S'{argument}'\ntR.".encode()


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def by_stack(module: str, name: str) -> bytes:
    return b"\x80\x04" + text(module) + text(name) + b"\x93" + text(MARK) + b"\x85R."


def by_memo() -> bytes:
    """The names come from the memo, not from where they are used."""
    return (
        b"\x80\x04"
        + text("os")
        + b"\x94"
        + text("mkdir")
        + b"\x94\x30\x30h\x00h\x01\x93"
        + text("x")
        + b"\x85R."
    )


def by_dup() -> bytes:
    """One string is module and name: `builtins`, twice; what counts is that DUP is followed."""
    return b"\x80\x04" + text("code") + b"2\x93" + text("x") + b"\x85R."


def by_long_memo() -> bytes:
    return (
        b"\x80\x04" + text("os") + b"r\xff\x00\x00\x000" + text("system") + b"q\x050"
        b"j\xff\x00\x00\x00h\x05\x93" + text("true") + b"\x85R."
    )


def by_instance() -> bytes:
    return f"(S'{MARK}'\nios\nmkdir\n.".encode()


def by_object() -> bytes:
    return b"\x80\x02(cos\nsystem\nX\x04\x00\x00\x00trueo."


def by_newobj() -> bytes:
    return b"\x80\x02csubprocess\nPopen\nX\x04\x00\x00\x00true\x85\x81."


def by_newobj_ex() -> bytes:
    return b"\x80\x04csubprocess\nPopen\n(S'x'\nt}\x92."


def by_setstate() -> bytes:
    """BUILD calls `__setstate__` of what a chain of calls has made."""
    return b"\x80\x02csite\n_Printer\n)\x81}X\x01\x00\x00\x00aK\x01sb."


def by_extension(opcode: bytes) -> bytes:
    return b"\x80\x02" + opcode + b"X\x04\x00\x00\x00true\x85R."


def getattr_chain() -> bytes:
    return (
        b"\x80\x04c__builtin__\ngetattr\nc__builtin__\n__import__\n"
        + text("os")
        + b"\x85R"
        + text("system")
        + b"\x86R"
        + text("true")
        + b"\x85R."
    )


def attrgetter_chain() -> bytes:
    return (
        b"\x80\x04coperator\nattrgetter\n"
        + text("system")
        + b"\x85Rcbuiltins\n__import__\n"
        + text("os")
        + b"\x85R\x85R."
    )


def partial_chain() -> bytes:
    return b"\x80\x04cfunctools\npartial\ncos\nsystem\n" + text("true") + b"\x86R)R."


def nested(outer: str = "_pickle.loads") -> bytes:
    module, _, name = outer.rpartition(".")
    inner = marking()
    return (
        b"\x80\x04c"
        + f"{module}\n{name}\n".encode()
        + b"B"
        + struct.pack("<I", len(inner))
        + inner
        + b"\x85R."
    )


def nested_in_safe_call() -> bytes:
    """The outer call is one that every plain pickle of a tensor makes."""
    return nested("torch.storage._load_from_bytes")


def reconstructed() -> bytes:
    """numpy's `_reconstruct` with a class that is no array."""
    return b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncsubprocess\nPopen\nK\x00\x85U\x01b\x87R."


def marshalled() -> bytes:
    code = marshal.dumps(compile("pass", "x", "exec"))
    return b"\x80\x04cmarshal\nloads\nB" + struct.pack("<I", len(code)) + code + b"\x85R."


def behind_first() -> bytes:
    return pickle.dumps([1]) + marking()


def before_garbage() -> bytes:
    """The call is made before the unpickler stumbles."""
    return calling("os.mkdir")[:-1] + b"\xff\xfe\xfd garbage"


def far_down() -> bytes:
    """An old protocol without a mark; the call comes after a hundred kilobytes of harmless opcodes."""
    return b"(lp0\n" + b"I1\na" * 30_000 + calling("os.mkdir")[:-1] + b"a."


def hidden_name() -> bytes:
    """The name of what is imported is itself the result of a call."""
    return (
        b"\x80\x04"
        + text("os")
        + b"cbuiltins\nstr\n"
        + text("system")
        + b"\x85R\x93"
        + text("true")
        + b"\x85R."
    )


def cloudpickled() -> bytes:
    return b"\x80\x04ccloudpickle.cloudpickle\n_make_function\n)R."


def dotted() -> bytes:
    """A harmless module, and a name that walks out of it."""
    return by_stack("torch._utils", "os.system")


def deep(levels: int) -> bytes:
    return b"(" * levels + b"t" * levels + b"."


# ---- containers ----------------------------------------------------------------------------------------


def archive(*members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, data in members:
            made.writestr(name, data)
    return buffer.getvalue()


def torch_zip(data: bytes) -> bytes:
    return archive(("m/data.pkl", data), ("m/version", b"3"), ("m/data/0", os.urandom(64)))


def torchscript(data: bytes) -> bytes:
    return archive(
        ("m/data.pkl", data), ("m/code/__torch__.py", b"class M: pass"), ("m/constants.pkl", b"\x80\x02).")
    )


def tarred(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        about = tarfile.TarInfo(name)
        about.size = len(data)
        made.addfile(about, io.BytesIO(data))
    return buffer.getvalue()


def torch_legacy(data: bytes) -> bytes:
    """magic number, protocol, system, object, keys; then numbers (torch/serialization.py, _legacy_save)."""
    first = [
        pickle.dumps(each, protocol=2) for each in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    ]
    return b"".join(first) + data + pickle.dumps(["0"], protocol=2) + struct.pack("<q", 4) + b"\0\1\2\3" * 4


def wrong_checksum(data: bytes) -> bytes:
    """A zip whose members do not have the checksums that it says: torch.load does not mind."""
    made = bytearray(torch_zip(data))
    for start, at in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        place = made.find(start)
        while place >= 0:
            made[place + at] ^= 0xFF
            place = made.find(start, place + 4)
    return bytes(made)


def other_name_inside(data: bytes) -> bytes:
    """The name before a member is not the name in the directory at the end."""
    made = bytearray(torch_zip(data))
    made[30:40] = b"m/data.txt"
    return bytes(made)


def encrypted_flag(data: bytes) -> bytes:
    """Members are said to be encrypted and are not."""
    made = bytearray(torch_zip(data))
    for start, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(start)
        while place >= 0:
            made[place + at] |= 1
            place = made.find(start, place + 4)
    return bytes(made)


def twice(data: bytes) -> bytes:
    """Two members of one name, the second harmless."""
    return archive(("m/data.pkl", data), ("m/data.pkl", pickle.dumps({})), ("m/version", b"3"))


def null_name(data: bytes) -> bytes:
    return archive(("m/data.pkl?.txt", data), ("m/version", b"3")).replace(b"pkl?", b"pkl\0")


def in_front(data: bytes) -> bytes:
    """A pickle with a zip archive behind it: what it is depends on who reads it."""
    return data + archive(("readme.txt", b"nothing"))


def leading_out() -> bytes:
    return archive(("../../etc/cron.d/job", b"* * * * * root true\n"), ("m/data.pkl", pickle.dumps({})))


def old_joblib(data: bytes) -> bytes:
    return b"ZF" + f"0x{len(data):<17x}".encode() + zlib.compress(data)


def joblib_array(data: bytes) -> bytes:
    """What joblib writes for an array: its description, its numbers, and the pickle goes on."""
    head = b"\x80\x04}\x94" + text("w")
    wrapper = (
        b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}("
        + text("shape")
        + b"K\x02\x85"
        + text("dtype")
        + b"cnumpy\ndtype\n"
        + text("f8")
        + b"\x89\x88\x87R"
        + text("allow_mmap")
        + b"\x89ub"
    )
    return head + wrapper + struct.pack("<2d", 1.5, 2.5) + b"s" + text("z") + data[2:-1] + b"s."


# ---- other formats -------------------------------------------------------------------------------------


def numpy_objects() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([Calls(os.mkdir, MARK)], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def numpy_numbers() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(10.0))
    return buffer.getvalue()


def keras(*layers: dict[str, object]) -> bytes:
    config = {"class_name": "Functional", "module": "keras", "config": {"layers": list(layers)}}
    return archive(("config.json", json.dumps(config).encode()), ("model.weights.h5", b"\x89HDF\r\n\x1a\n"))


CODE = base64.b64encode(marshal.dumps(compile("pass", "x", "exec"))).decode()
LAMBDA: dict[str, object] = {"class_name": "Lambda", "config": {"function": [CODE, None, None]}}
DENSE: dict[str, object] = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 2}}
OF_OS: dict[str, object] = {"class_name": "system", "module": "os", "config": {"command": "true"}}


def hdf5(*layers: dict[str, object]) -> bytes:
    config = json.dumps({"class_name": "Sequential", "config": {"layers": list(layers)}}).encode()
    return b"\x89HDF\r\n\x1a\n" + b"\0" * 200 + b"model_config\0\0\0\0" + config + b"\0" * 64


def message(*fields: tuple[int, "bytes | int"]) -> bytes:
    """Protocol buffers by hand: numbers as varints, everything else with its length."""
    made = b""
    for number, value in fields:
        if isinstance(value, int):
            made += varint(number << 3) + varint(value)
        else:
            made += varint(number << 3 | 2) + varint(len(value)) + value
    return made


def varint(value: int) -> bytes:
    made = b""
    while value > 0x7F:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


def onnx(
    op: str = "Relu", domain: str = "", location: str = "", extra: tuple[tuple[int, "bytes | int"], ...] = ()
) -> bytes:
    node = message((1, b"x"), (2, b"y"), (4, op.encode()), (7, domain.encode()))
    entry = message((1, b"location"), (2, location.encode()))
    tensor = (
        message((1, 1), (2, 1), (8, b"w"), (13, entry), (14, 1)) if location else message((1, 1), (8, b"w"))
    )
    graph = message((1, node), (2, b"graph"), (5, tensor))
    return message((1, 8), (2, b"pytorch"), (7, graph), (8, message((1, domain.encode()), (2, 17))), *extra)


def saved_model(op: str, *constants: bytes) -> bytes:
    nodes = [message((1, b"node"), (2, op.encode()))]
    for each in constants:
        tensor = message((1, 7), (8, each))
        attribute = message((1, b"value"), (2, message((8, tensor))))
        nodes.append(message((1, b"constant"), (2, b"Const"), (5, attribute)))
    graph = message(*((1, each) for each in nodes))
    meta = message((1, message((4, b"serve"))), (2, graph))
    return message((1, 1), (2, meta))


def gguf(**metadata: "str | list[str]") -> bytes:
    def string(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    body = b""
    for key, value in metadata.items():
        name = string(key.replace("__", "."))
        if isinstance(value, str):
            body += name + struct.pack("<I", 8) + string(value)
        else:
            body += name + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(string(each) for each in value)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(metadata)) + body


INJECTION = "{{ cycler.__init__.__globals__.os.popen('true').read() }}"
TEMPLATE = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}{% endfor %}"


def safetensors(*offsets: tuple[int, int], data: int = 4, metadata: "dict[str, str] | None" = None) -> bytes:
    tensors: dict[str, object] = {
        f"w{number}": {"dtype": "U8", "shape": [end - start], "data_offsets": [start, end]}
        for number, (start, end) in enumerate(offsets or ((0, 4),))
    }
    if metadata:
        tensors["__metadata__"] = metadata
    head = json.dumps(tensors).encode()
    return struct.pack("<Q", len(head)) + head + b"\0" * data


def sentencepiece(*pieces: str) -> bytes:
    made = b""
    for each in pieces:
        piece = message((1, each.encode())) + b"\x15\0\0\0\0"
        made += message((1, piece))
    return made


def skops(module: str, name: str) -> bytes:
    schema = {
        "__class__": name,
        "__module__": module,
        "__loader__": "ObjectNode",
        "content": {},
        "protocol": 2,
    }
    return archive(("schema.json", json.dumps({**schema, "_skops_version": "0.13"}).encode()))


def config(**fields: object) -> bytes:
    return json.dumps({"model_type": "x", **fields}).encode()


def bomb() -> bytes:
    return gzip.compress(b"\0" * 300_000_000, 9)


def zip_bomb() -> bytes:
    """A pickle that begins harmlessly and unfolds to much."""
    start = b"\x80\x04B" + struct.pack("<I", 250_000_000)
    return archive(("m/data.pkl", start + b"\0" * 250_000_000 + b"."), compression=zipfile.ZIP_DEFLATED)


def boxes(levels: int, data: bytes) -> bytes:
    for _ in range(levels):
        data = archive(("inner.zip", data))
    return data


# ---- the table -----------------------------------------------------------------------------------------

M, S, C, U = "malicious", "suspicious", "clean", "unreadable"

TABLE: dict[str, tuple[Make, str]] = {
    # imports and calls by name
    "protocol0.pkl": (lambda: marking(0), M),
    "protocol1.pkl": (lambda: marking(1), M),
    "protocol2.pkl": (lambda: marking(2), M),
    "protocol3.pkl": (lambda: marking(3), M),
    "protocol4.pkl": (lambda: marking(4), M),
    "protocol5.pkl": (lambda: marking(5), M),
    "os-system.pkl": (lambda: calling("os.system"), M),
    "posix-system.pkl": (lambda: calling("posix.system"), M),
    "nt-system.pkl": (lambda: calling("nt.system"), M),
    "eval.pkl": (lambda: calling("builtins.eval"), M),
    "exec.pkl": (lambda: calling("builtins.exec"), M),
    "old-exec.pkl": (lambda: calling("__builtin__.exec"), M),
    "compile.pkl": (lambda: calling("builtins.compile"), M),
    "open.pkl": (lambda: calling("builtins.open"), M),
    "popen.pkl": (lambda: calling("subprocess.Popen"), M),
    "check-output.pkl": (lambda: calling("subprocess.check_output"), M),
    "runpy.pkl": (lambda: calling("runpy.run_path"), M),
    "import-module.pkl": (lambda: calling("importlib.import_module"), M),
    "getattr.pkl": (lambda: calling("builtins.getattr"), M),
    "rmtree.pkl": (lambda: calling("shutil.rmtree"), M),
    "socket.pkl": (lambda: calling("socket.create_connection"), M),
    "browser.pkl": (lambda: calling("webbrowser.open"), M),
    "pty.pkl": (lambda: calling("pty.spawn"), M),
    "ctypes.pkl": (lambda: calling("ctypes.CDLL"), M),
    "pip.pkl": (lambda: calling("pip.main"), M),
    "timeit.pkl": (lambda: calling("timeit.timeit"), M),
    "codecs.pkl": (lambda: calling("codecs.open"), M),
    "distutils.pkl": (lambda: calling("distutils.spawn.spawn"), M),
    "torch-hub.pkl": (lambda: calling("torch.hub.load"), S),
    "torch-load.pkl": (lambda: calling("torch.serialization.load"), M),
    "numpy-load.pkl": (lambda: calling("numpy.load"), S),
    "numpy-runstring.pkl": (lambda: calling("numpy.testing._private.utils.runstring"), M),
    "pandas-eval.pkl": (lambda: calling("pandas.core.computation.eval.eval"), S),
    "ufunc-import.pkl": (lambda: calling("numpy.core._ufunc_reconstruct"), S),
    "unknown-package.pkl": (lambda: calling("some_package.run"), S),
    "marshal.pkl": (marshalled, M),
    "cloudpickle.pkl": (cloudpickled, M),
    "dotted-name.pkl": (dotted, M),
    # imports and calls by tricks
    "stack-global.pkl": (lambda: by_stack("os", "mkdir"), M),
    "memo.pkl": (by_memo, M),
    "long-memo.pkl": (by_long_memo, M),
    "dup.pkl": (by_dup, M),
    "inst.pkl": (by_instance, M),
    "obj.pkl": (by_object, M),
    "newobj.pkl": (by_newobj, M),
    "newobj-ex.pkl": (by_newobj_ex, M),
    "build-setstate.pkl": (by_setstate, M),
    "ext1.pkl": (lambda: by_extension(b"\x82\x01"), M),
    "ext2.pkl": (lambda: by_extension(b"\x83\x01\x00"), M),
    "ext4.pkl": (lambda: by_extension(b"\x84\x01\x00\x00\x00"), M),
    "getattr-chain.pkl": (getattr_chain, M),
    "attrgetter-chain.pkl": (attrgetter_chain, M),
    "partial-chain.pkl": (partial_chain, M),
    "hidden-name.pkl": (hidden_name, M),
    "nested-loads.pkl": (nested, M),
    "nested-in-safe-call.pkl": (nested_in_safe_call, M),
    "reconstruct-popen.pkl": (reconstructed, M),
    "second-pickle.pkl": (behind_first, M),
    "before-garbage.pkl": (before_garbage, M),
    "far-down.pkl": (far_down, M),
    "inside-data.pkl": (lambda: pickle.dumps({"w": [1, 2], "hook": Calls(os.mkdir, MARK)}), M),
    "persistent-id.pkl": (lambda: b"Psomething\n.", C),
    # names that lie
    "no-suffix": (marking, M),
    "wrong-name.txt": (marking, M),
    "weights.safetensors": (marking, M),
    "model.gguf": (marking, M),
    "model.onnx": (marking, M),
    "config.json": (lambda: calling("os.mkdir"), M),
    "old-protocol.bin": (far_down, M),
    # containers
    "torch.pt": (lambda: torch_zip(marking()), M),
    "torch.bin": (lambda: torch_zip(marking()), M),
    "torch-legacy.pth": (lambda: torch_legacy(marking(2)), M),
    "torch-legacy-tar.pt": (lambda: tarred("pickle", marking(2)), M),
    "torchscript.pt": (lambda: torchscript(marking(2)), M),
    "wrong-checksum.pt": (lambda: wrong_checksum(marking()), M),
    "other-name-inside.pt": (lambda: other_name_inside(marking()), M),
    "encrypted-flag.pt": (lambda: encrypted_flag(marking()), M),
    "twice.pt": (lambda: twice(marking()), M),
    "null-name.pt": (lambda: null_name(marking()), M),
    "zip-behind.pkl": (lambda: in_front(marking()), M),
    "leading-out.zip": (leading_out, S),
    "nested.zip": (lambda: archive(("inner.pt", torch_zip(marking()))), M),
    "three-deep.zip": (lambda: boxes(3, torch_zip(marking())), M),
    "too-deep.zip": (lambda: boxes(9, torch_zip(marking())), U),
    "objects.npy": (numpy_objects, M),
    "objects.npz": (lambda: archive(("a.npy", numpy_objects())), M),
    "objects-in-zip.zip": (lambda: archive(("a.npz", archive(("a.npy", numpy_objects())))), M),
    "gzip.pkl.gz": (lambda: gzip.compress(marking()), M),
    "bzip2.pkl.bz2": (lambda: bz2.compress(marking()), M),
    "xz.pkl.xz": (lambda: lzma.compress(marking()), M),
    "lzma.joblib": (lambda: lzma.compress(marking(), lzma.FORMAT_ALONE), M),
    "zlib.joblib": (lambda: zlib.compress(marking()), M),
    "old.joblib": (lambda: old_joblib(marking()), M),
    "array.joblib": (lambda: joblib_array(marking()), M),
    "lz4.joblib": (lambda: b"\x04\x22M\x18@@\xc0" + os.urandom(40), U),
    "archive.7z": (lambda: b"7z\xbc\xaf'\x1c\0\x04" + os.urandom(64), U),
    "tar-gz.tar.gz": (lambda: gzip.compress(tarred("m/data.pkl", marking())), M),
    "keras-in-tar.tar": (lambda: tarred("m.keras", keras(LAMBDA)), M),
    # other formats
    "lambda.keras": (lambda: keras(LAMBDA), M),
    "module.keras": (lambda: keras(OF_OS), M),
    "lambda.h5": (lambda: hdf5(LAMBDA), M),
    "saved_model.pb": (lambda: saved_model("PyFunc"), M),
    "write-file/saved_model.pb": (lambda: saved_model("WriteFile"), M),
    "read-file/saved_model.pb": (lambda: saved_model("ReadFile"), M),
    "python-op.onnx": (lambda: onnx("PyOp", "ai.onnx.contrib"), M),
    "leading-out.onnx": (lambda: onnx(location="../../etc/passwd"), M),
    "custom-domain.onnx": (lambda: onnx("Anything", "somebody.ops"), S),
    "template.gguf": (lambda: gguf(tokenizer__chat_template=INJECTION), M),
    "tokenizer_config.json": (lambda: config(chat_template=INJECTION), M),
    "auto-map/config.json": (lambda: config(auto_map={"AutoModel": "somebody/repo--modeling.Model"}), S),
    "unknown-type.skops": (lambda: skops("somebody.package", "Thing"), S),
    "os-system.skops": (lambda: skops("os", "system"), M),
    "overlapping.safetensors": (lambda: safetensors((0, 4), (2, 6), data=6), S),
    "beyond.safetensors": (lambda: safetensors((0, 400)), S),
    "header.safetensors": (lambda: struct.pack("<Q", 1 << 39) + b'{"a": 1}', U),
    # bombs
    "bomb.gz": (bomb, U),
    "bomb.pt": (zip_bomb, U),
    "deep.pkl": (lambda: deep(200_000), C),
}
"""Name, what makes the file, and the verdict."""

HARMLESS: dict[str, Make] = {
    "list.pkl": lambda: pickle.dumps([1, 2, 3]),
    "protocol0.pkl": lambda: pickle.dumps({"a": 1}, protocol=0),
    "protocol1.pkl": lambda: pickle.dumps({"a": (1, 2)}, protocol=1),
    "strings.pkl": lambda: pickle.dumps({"text": "os.system is only a word here"}),
    "optimized.pkl": lambda: pickletools.optimize(pickle.dumps({"a": (1, 2)})),
    "array.pkl": lambda: pickle.dumps(np.arange(10)),
    "array-old.pkl": lambda: pickle.dumps(np.arange(10), protocol=2),
    "torch.pt": lambda: torch_zip(pickle.dumps({"w": 1})),
    "torch-legacy.pth": lambda: torch_legacy(pickle.dumps({"w": 1}, protocol=2)),
    "array.joblib": lambda: joblib_array(pickle.dumps({"w": 1})),
    "zlib.joblib": lambda: zlib.compress(pickle.dumps({"w": 1})),
    "numbers.npy": numpy_numbers,
    "numbers.npz": lambda: archive(("a.npy", numpy_numbers())),
    "dense.keras": lambda: keras(DENSE),
    "dense.h5": lambda: hdf5(DENSE),
    "relu.onnx": onnx,
    "beside.onnx": lambda: onnx(location="weights.bin"),
    "saved_model.pb": lambda: saved_model("MatMul"),
    "template.gguf": lambda: gguf(tokenizer__chat_template=TEMPLATE, general__name="a model"),
    "weights.safetensors": safetensors,
    "trees.txt": lambda: b"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\n",
    "trees.cbm": lambda: b"CBM1" + b"\0" * 60,
    "trees.json": lambda: json.dumps({"learner": {"gradient_booster": {}}, "version": [2, 0, 0]}).encode(),
    "trees.ubj": lambda: b"{L\0\0\0\0\0\0\0\x07learner{L\0\0\0\0\0\0\0\x10gradient_booster}}",
    "trees.model": lambda: b"\0\0\0\x3f" + b"\0" * 60 + b"\x06\0\0\0\0\0\0\0gbtree" + b"\0" * 20,
    "config.json": lambda: config(hidden_size=4),
    "pieces.model": lambda: sentencepiece("<unk>", "\u2581the", "ing"),
}

FORMATS: dict[str, str] = {
    "list.pkl": "pickle",
    "protocol0.pkl": "pickle",
    "torch.pt": "pytorch",
    "torch-legacy.pth": "pickle",
    "zlib.joblib": "zlib",
    "numbers.npy": "numpy",
    "numbers.npz": "numpy",
    "dense.keras": "keras",
    "dense.h5": "hdf5",
    "relu.onnx": "onnx",
    "saved_model.pb": "saved_model",
    "template.gguf": "gguf",
    "weights.safetensors": "safetensors",
    "trees.txt": "lightgbm",
    "trees.cbm": "catboost",
    "trees.json": "xgboost",
    "trees.ubj": "xgboost",
    "trees.model": "xgboost",
    "pieces.model": "sentencepiece",
}
