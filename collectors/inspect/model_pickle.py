"""Pickles, read by their opcodes and never loaded: what they would import and call, and their plain data.

The machine below keeps a stack and a memo as the real one does (`pickletools` documents both), but an import
gives only its name and a call only what would be called. So what a trick hides from a list of opcodes (memo,
DUP, names put together elsewhere, an import by number) is seen, or is seen to be hidden.
"""

import io
import pickletools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

MOST_OPCODES = 4_000_000
MOST_STREAMS = 64
"""Pickles one behind the other in a file."""
LONGEST_PATH = 300
SMALL = 1 << 16
"""Bytes of a constant that is tried as a pickle without looking like one."""
LONGEST = 1 << 20
"""Bytes or characters of a constant that are kept."""
TORCH_MAGIC = 0x1950A86A20F9469CFC6C
"""The first pickle of a PyTorch file that is no zip (torch/serialization.py)."""


class Broken(Exception):
    """The opcodes are none that a pickle could have; in words that quote nothing."""


class Import:
    """What a pickle imports: `module.name`; both empty where the pickle hides them."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Made:
    """What a call would have made: by what, from what, and what was put into it afterwards."""

    def __init__(self, by: object, given: object) -> None:
        self.by, self.given = by, given
        self.state: list[object] = []


class Pickle:
    """What one pickle does: imports, those that it calls, its value; `problem` is why it was not read on."""

    def __init__(self) -> None:
        self.imports: list[Import] = []
        self.called: list[Import] = []
        self.nested: list[bytes] = []
        self.opcodes = 0
        self.value: object = None
        self.ended = False
        self.problem = ""

    @property
    def acts(self) -> bool:
        """Whether loading it as far as it goes calls anything."""
        return bool(self.called)


_MARK = object()
_UNKNOWN = object()


def pickles(file: BinaryIO) -> Iterator[Pickle]:
    """The pickles that stand in a file one behind the other; the last may be broken off, or be none.

    Behind the fifth of a PyTorch file stand numbers.
    """
    torch = False
    for number in range(MOST_STREAMS):
        start = file.tell()
        if not file.read(1):
            return
        file.seek(start)
        found = read(file)
        yield found
        torch = torch or found.value == TORCH_MAGIC
        if not found.ended or (torch and number == 4):
            return


def read(file: BinaryIO) -> Pickle:
    """One pickle from where the file is; the file is behind it after, when it ended."""
    found = Pickle()
    machine = _Machine(file, found)
    try:
        for opcode, argument, _ in pickletools.genops(file):
            found.opcodes += 1
            if found.opcodes > MOST_OPCODES:
                found.problem = f"a pickle of more than {MOST_OPCODES:,} opcodes"
                return found
            machine.do(opcode.name, argument)
            if opcode.name == "STOP":
                found.ended = True
    except Broken as broken:
        found.problem = str(broken)
    except MemoryError:
        found.problem = "an opcode asks for more memory than there is"
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, EOFError, LookupError) as error:
        found.problem = f"the opcodes are broken ({type(error).__name__})"
    return found


class _Machine:
    """The stack and the memo; a name of a method is that of an opcode, in lower case."""

    def __init__(self, file: BinaryIO, found: Pickle) -> None:
        self._file, self._found = file, found
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}

    def do(self, name: str, argument: object) -> None:
        if name in _CONSTANTS:
            self._stack.append(self._kept(argument))
        elif name in _VALUES:
            self._stack.append(_VALUES[name]())
        else:
            _ACTIONS[name](self, argument)

    def _kept(self, value: object) -> object:
        """A constant without its tail; bytes may be a pickle for somebody who loads them."""
        if isinstance(value, bytes | bytearray) and _may_be_loaded(value):
            self._found.nested.append(bytes(value))
        return value[:LONGEST] if isinstance(value, bytes | bytearray | str) else value

    def pop(self) -> object:
        if not self._stack or self._stack[-1] is _MARK:
            raise Broken("an opcode takes what is not on the stack")
        return self._stack.pop()

    def top(self) -> object:
        if not self._stack or self._stack[-1] is _MARK:
            raise Broken("an opcode takes what is not on the stack")
        return self._stack[-1]

    def to_mark(self) -> list[object]:
        for place in range(len(self._stack) - 1, -1, -1):
            if self._stack[place] is _MARK:
                taken = self._stack[place + 1 :]
                del self._stack[place:]
                return taken
        raise Broken("an opcode looks for a mark that is not there")

    # -- imports and calls

    def imports(self, module: object, name: object) -> None:
        known = isinstance(module, str) and isinstance(name, str)
        found = Import(str(module), str(name)) if known else Import("", "")
        self._found.imports.append(found)
        self._stack.append(found)

    def calls(self, what: object, given: object) -> None:
        if isinstance(what, Import):
            self._found.called.append(what)
        self._stack.append(Made(what, given))

    def stop(self, _: object) -> None:
        self._found.value = self.pop()

    def global_(self, argument: object) -> None:
        module, _, name = str(argument).partition(" ")
        self.imports(module, name)

    def stack_global(self, _: object) -> None:
        name, module = self.pop(), self.pop()
        self.imports(module, name)

    def inst(self, argument: object) -> None:
        given = self.to_mark()
        self.global_(argument)
        self.calls(self._stack.pop(), given)

    def obj(self, _: object) -> None:
        given = self.to_mark()
        if not given:
            raise Broken("an opcode takes what is not on the stack")
        self.calls(given[0], given[1:])

    def registry(self, _: object) -> None:
        self.imports(None, None)

    def reduce(self, _: object) -> None:
        given, what = self.pop(), self.pop()
        self.calls(what, given)

    def newobj_ex(self, _: object) -> None:
        named, given, what = self.pop(), self.pop(), self.pop()
        self.calls(what, [given, named])

    def build(self, _: object) -> None:
        state, made = self.pop(), self.top()
        if isinstance(made, Made):
            made.state.append(state)
            if _is(made.by, "joblib.numpy_pickle", "NumpyArrayWrapper"):
                made.state.append(_joblib_array(self._file, state, self._found))
        elif isinstance(made, Import):
            self._found.called.append(made)

    def persistent(self, argument: object) -> None:
        self._stack.append(Made(_UNKNOWN, argument))

    def binpersid(self, _: object) -> None:
        self._stack.append(Made(_UNKNOWN, self.pop()))

    # -- containers

    def mark(self, _: object) -> None:
        self._stack.append(_MARK)

    def list_(self, _: object) -> None:
        self._stack.append(self.to_mark())

    def tuple_(self, count: int) -> None:
        taken = [self.pop() for _ in range(count)]
        self._stack.append(taken[::-1])

    def dict_(self, _: object) -> None:
        self._stack.append(_pairs(self.to_mark()))

    def put_in(self, members: list[object]) -> None:
        into = self.top()
        if isinstance(into, list):
            into.extend(members)
        elif isinstance(into, Made):
            into.state.append(members)

    def append(self, _: object) -> None:
        self.put_in([self.pop()])

    def appends(self, _: object) -> None:
        self.put_in(self.to_mark())

    def set_items(self, pairs: list[object]) -> None:
        into = self.top()
        if isinstance(into, _Pairs):
            into.pairs.extend(_pairs(pairs).pairs)
        elif isinstance(into, Made):
            into.state.append(_pairs(pairs))

    def setitem(self, _: object) -> None:
        value, key = self.pop(), self.pop()
        self.set_items([key, value])

    def setitems(self, _: object) -> None:
        self.set_items(self.to_mark())

    def dup(self, _: object) -> None:
        self._stack.append(self.top())

    def discard(self, _: object) -> None:
        if not self._stack:
            raise Broken("an opcode takes what is not on the stack")
        self._stack.pop()

    def pop_mark(self, _: object) -> None:
        self.to_mark()

    def get(self, argument: object) -> None:
        if not isinstance(argument, int) or argument not in self._memo:
            raise Broken("an opcode takes what is not in the memo")
        self._stack.append(self._memo[argument])

    def put(self, argument: object) -> None:
        if isinstance(argument, int):
            self._memo[argument] = self.top()

    def memoize(self, _: object) -> None:
        self._memo[len(self._memo)] = self.top()

    def nothing(self, _: object) -> None:
        """An opcode that changes neither stack nor memo."""

    def buffer(self, _: object) -> None:
        self._stack.append(_UNKNOWN)


def _may_be_loaded(value: bytes | bytearray) -> bool:
    """Whether bytes begin as what a loader takes, or are a pickle of an old protocol, which has none."""
    if len(value) > 2 and value[0] == 0x80 and value[1] <= 5:
        return True
    if value.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"x\x9c", b"\x93NUMPY")):
        return True
    return 4 < len(value) <= SMALL and read(io.BytesIO(value)).acts


class _Pairs:
    """A dictionary; its keys may be anything."""

    def __init__(self, pairs: list[tuple[object, object]]) -> None:
        self.pairs = pairs


def _pairs(members: list[object]) -> _Pairs:
    if len(members) % 2:
        raise Broken("a dictionary has a key without a value")
    return _Pairs(list(zip(members[::2], members[1::2], strict=True)))


def _is(what: object, module: str, name: str) -> bool:
    return isinstance(what, Import) and (what.module, what.name) == (module, name)


_CONSTANTS = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
        *("BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    )
)
_VALUES: Mapping[str, Callable[[], object]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": list,
    "EMPTY_SET": list,
    "EMPTY_DICT": lambda: _Pairs([]),
}
_ACTIONS: Mapping[str, Callable[[_Machine, object], None]] = {
    "STOP": _Machine.stop,
    "GLOBAL": _Machine.global_,
    "STACK_GLOBAL": _Machine.stack_global,
    "INST": _Machine.inst,
    "OBJ": _Machine.obj,
    **dict.fromkeys(("EXT1", "EXT2", "EXT4"), _Machine.registry),
    **dict.fromkeys(("REDUCE", "NEWOBJ"), _Machine.reduce),
    "NEWOBJ_EX": _Machine.newobj_ex,
    "BUILD": _Machine.build,
    "PERSID": _Machine.persistent,
    "BINPERSID": _Machine.binpersid,
    "MARK": _Machine.mark,
    **dict.fromkeys(("LIST", "TUPLE", "FROZENSET"), _Machine.list_),
    "TUPLE1": lambda machine, _: machine.tuple_(1),
    "TUPLE2": lambda machine, _: machine.tuple_(2),
    "TUPLE3": lambda machine, _: machine.tuple_(3),
    "DICT": _Machine.dict_,
    "APPEND": _Machine.append,
    **dict.fromkeys(("APPENDS", "ADDITEMS"), _Machine.appends),
    "SETITEM": _Machine.setitem,
    "SETITEMS": _Machine.setitems,
    "DUP": _Machine.dup,
    "POP": _Machine.discard,
    "POP_MARK": _Machine.pop_mark,
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.put),
    "MEMOIZE": _Machine.memoize,
    **dict.fromkeys(("PROTO", "FRAME", "READONLY_BUFFER"), _Machine.nothing),
    "NEXT_BUFFER": _Machine.buffer,
}


def _joblib_array(file: BinaryIO, state: object, found: Pickle) -> object:
    """Step over the numbers that joblib writes behind an array's description; one of objects is a pickle.

    joblib/numpy_pickle.py, `NumpyArrayWrapper.read_array`.
    """
    fields = dict(_named(state))
    dtype = fields.get("dtype")
    kind = (
        dtype.given[0] if isinstance(dtype, Made) and isinstance(dtype.given, list) and dtype.given else None
    )
    shape = fields.get("shape")
    if not isinstance(kind, str) or not isinstance(shape, list):
        raise Broken("an array whose description is not plain")
    if kind.startswith("O"):
        inner = read(file)
        found.imports += inner.imports
        found.called += inner.called
        if not inner.ended:
            raise Broken(inner.problem or "an array of objects is cut off")
        return inner.value
    size = re.fullmatch(r"[<>|=]?([a-zA-Z])(\d*)", kind)
    if size is None or not all(isinstance(each, int) and each >= 0 for each in shape):
        raise Broken("an array whose description is not plain")
    if "numpy_array_alignment_bytes" in fields and fields["numpy_array_alignment_bytes"] is not None:
        file.seek(int.from_bytes(file.read(1), "little"), io.SEEK_CUR)
    length = int(size[2] or 1) * (4 if size[1] == "U" else 1)
    for each in shape:
        length *= int(str(each))
    file.seek(length, io.SEEK_CUR)
    return None


def _named(state: object) -> Iterator[tuple[str, object]]:
    if isinstance(state, _Pairs):
        yield from ((key, value) for key, value in state.pairs if isinstance(key, str))


def plain(value: object, most: int = 2_000_000) -> Iterator[tuple[str, object]]:
    """The constants in what a pickle holds, with their paths; those of one list share a path. Cycles end."""
    waiting: list[tuple[str, object]] = [("$", value)]
    seen: set[int] = set()
    while waiting and most > 0:
        path, each = waiting.pop()
        if isinstance(each, str | int | float | bytes):
            most -= 1
            yield path, each
        elif each is not None and id(each) not in seen:
            seen.add(id(each))
            waiting.extend(_inside(path, each))


def _inside(path: str, each: object) -> list[tuple[str, object]]:
    """What is in a container; a path that grows long stays as it is."""
    long = len(path) > LONGEST_PATH
    if isinstance(each, list):
        inside = path if long or path.endswith("[*][*]") else f"{path}[*]"
        return [(inside, member) for member in reversed(each)]
    if isinstance(each, _Pairs):
        keys = [(path, key) for key, _ in each.pairs if isinstance(key, str)]
        return keys + [
            (path if long else f"{path}.{_key(key)}", member) for key, member in reversed(each.pairs)
        ]
    if isinstance(each, Made):
        return [(path, each.given), *((path, state) for state in each.state)]
    return []


def _key(key: object) -> str:
    return key[:60] if isinstance(key, str) else "[*]"
