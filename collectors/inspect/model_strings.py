"""The strings in model files, as samples for the detectors of sensitive data. Nothing is loaded.

Vocabularies, examples beside a model, metadata, constants of pickles, strings of graphs, cards. A place is a
path inside the file; values stay in the process that reads them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

import msgspec

from collectors.inspect import model_headers, model_pickle
from collectors.inspect.model_headers import Malformed, inner, text_of
from collectors.inspect.model_names import printable
from collectors.inspect.sample import ColumnSample, Sample, TextSample, ValueType

MOST_BYTES = 128_000_000
"""Bytes of one message or text that are looked at."""
MOST_LEAVES = 500_000
MOST_STRINGS = 20_000
"""Strings of one place that are looked at."""
LONGEST = 20_000
PIECE = 256
"""Characters from which a string is free text rather than a value."""


class Unread(msgspec.Struct, frozen=True):
    """Strings that nobody looked at, and why."""

    place: str
    reason: str


class Rest(msgspec.Struct, frozen=True):
    """Strings of which nobody's data are expected, and keys may be. Never shown."""

    place: str
    text: str

    def __repr__(self) -> str:
        return f"Rest({len(self.text)} characters)"


Strings = Iterator[Sample | Rest | Unread]

SHORTEST_KEY = 16
"""Characters from which a token may be a key."""

VOCABULARIES = ("vocab.txt", "vocab.json", "tokenizer.json", "added_tokens.json", "merges.txt")


def strings_of(file: BinaryIO, kind: str, name: str) -> Strings:
    """The strings of a file whose format is `kind`; `name` tells vocabularies from other texts."""
    reader = _READERS.get(kind)
    base = PurePosixPath(name).name
    if kind in ("json", "text"):
        reader = _vocabulary if base in VOCABULARIES else _MARKED.get(kind)
    if reader is None:
        return
    file.seek(0)
    try:
        yield from reader(file)
    except Malformed as malformed:
        yield Unread("", str(malformed))
    except RecursionError:
        yield Unread("", "its values are nested too deep")


# ---- what readers share --------------------------------------------------------------------------------


def _all(file: BinaryIO) -> bytes:
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Malformed(f"it has more than {MOST_BYTES:,} bytes of text")
    return data


def _named(strings: Iterable[tuple[str, object]]) -> Strings:
    """Strings by their places: values of one place are a column, long ones are texts."""
    columns: dict[str, list[object]] = defaultdict(list)
    for count, (place, value) in enumerate(strings):
        if count >= MOST_LEAVES:
            yield Unread("", f"it has more than {MOST_LEAVES:,} values: the first were looked at")
            break
        columns[place].append(value)
    for place, values in columns.items():
        yield from _column(place, values)


def _column(place: str, values: list[object]) -> Strings:
    short = [each for each in values if not isinstance(each, str) or len(each) <= PIECE]
    if short:
        yield ColumnSample(printable(place), _type(short), [_encodable(str(each)) for each in short])
    for each in values:
        if isinstance(each, str) and len(each) > PIECE:
            yield TextSample(printable(place), _encodable(each[: LONGEST * 10]))


def _encodable(text: str) -> str:
    """Pickles and JSON may hold halves of characters, which no encoding has."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def _type(values: list[object]) -> ValueType:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return "boolean"
    return "text" if str in kinds else "float" if float in kinds else "integer"


def _leaves(value: object, path: str = "$") -> Iterator[tuple[str, object]]:
    """Keys and leaves of parsed JSON or YAML, by path; a key stands at the path of its object."""
    waiting = [(path, value)]
    while waiting:
        at, each = waiting.pop()
        if isinstance(each, Mapping):
            yield from ((at, str(key)) for key in each)
            waiting.extend((f"{at}.{str(key)[:60]}", member) for key, member in each.items())
        elif isinstance(each, list):
            if _is_table(each):
                continue
            waiting.extend((f"{at}[*]", member) for member in each)
        elif each is not None:
            yield at, each


def _is_table(rows: list[object]) -> bool:
    """Whether a list is nothing but numbers: weights and scores say nothing of anybody."""
    return len(rows) > 64 and all(isinstance(each, float) for each in rows)


# ---- texts, JSON and what pandas writes ----------------------------------------------------------------


def _text(file: BinaryIO) -> Strings:
    text = _all(file).decode("utf-8", "replace")
    front = re.match(r"---\r?\n(.*?)\r?\n---\r?\n", text, re.DOTALL)
    if front:
        yield from _yaml(front[1], "front matter")
        text = text[front.end() :]
    elif re.match(r"[A-Za-z_]\w*:", text) and "\n" in text:
        yield from _yaml(text, "$")
    yield TextSample("text", text)


def _yaml(text: str, place: str) -> Strings:
    import yaml

    try:
        parsed: object = yaml.safe_load(text) if len(text) < 1_000_000 else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    if isinstance(parsed, Mapping):
        yield from _named(_leaves(parsed, place))


def _json(file: BinaryIO) -> Strings:
    """JSON; tables that pandas writes with columns and rows apart (MLflow's input examples) get names."""
    parsed = model_headers.json_of(_all(file))
    split = parsed.get("dataframe_split", parsed) if isinstance(parsed, Mapping) else None
    names = split.get("columns") if isinstance(split, Mapping) else None
    rows = split.get("data") if isinstance(split, Mapping) else None
    if isinstance(names, list) and isinstance(rows, list):
        table = (
            (f"$.{names[at]}", row[at]) for row in rows if isinstance(row, list) for at in _places(row, names)
        )
        yield from _named((place, value) for place, value in table if value is not None)
    elif parsed is not None:
        yield from _named(_leaves(parsed))


def _places(row: list[object], names: list[object]) -> range:
    return range(min(len(row), len(names)))


# ---- vocabularies --------------------------------------------------------------------------------------

_SPACE = re.compile("^[\u2581\u0120\u010a#]+|</w>$")
"""What tokenizers put for a blank: SentencePiece, byte-level BPE, WordPiece, BPE."""


def _vocabulary(file: BinaryIO) -> Strings:
    data = _all(file)
    parsed = model_headers.json_of(data)
    if isinstance(parsed, Mapping | list):
        yield from vocabulary(_tokens(parsed))
        rest = (
            {key: value for key, value in parsed.items() if key != "model"}
            if isinstance(parsed, Mapping)
            else None
        )
        if rest is not None and "model" in parsed:
            yield from _named(_leaves(rest))
    else:
        yield from vocabulary(data.decode("utf-8", "replace").splitlines())


def _tokens(parsed: object) -> Iterator[str]:
    """Tokens of a tokenizer.json (`model.vocab`, a mapping or pairs with scores), or of a plain mapping."""
    model = parsed.get("model") if isinstance(parsed, Mapping) else None
    vocabulary = model.get("vocab") if isinstance(model, Mapping) else parsed
    if isinstance(vocabulary, Mapping):
        yield from (str(each) for each in vocabulary)
    elif isinstance(vocabulary, list):
        yield from (str(each[0]) if isinstance(each, list) and each else str(each) for each in vocabulary)


def vocabulary(tokens: Iterable[str], place: str = "vocabulary") -> Strings:
    """Tokens that could be somebody's: long ones with digits, or addresses. Alike ones are a column.

    Words, syllables and short numbers are in every vocabulary. Something that was learnt by heart has a form
    that words do not have, and comes with others of its form.
    """
    seen = 0
    alike: dict[str, list[str]] = defaultdict(list)
    rest: list[str] = []
    for token in tokens:
        seen += 1
        bare = _SPACE.sub("", token)
        if len(bare) >= PIECE:
            yield TextSample(place, _encodable(bare[:LONGEST]))
        elif len(bare) >= 8 and ("@" in bare[1:-1] or sum(each.isdigit() for each in bare) >= 6):
            alike[_form(bare)].append(_encodable(bare))
        elif len(bare) >= SHORTEST_KEY:
            rest.append(_encodable(bare))
    if rest:
        yield Rest(place, "\n".join(rest))
    for values in alike.values():
        yield ColumnSample(place, "text", values[:MOST_STRINGS], seen)


def _form(token: str) -> str:
    if "@" in token:
        return "@"
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", token))


# ---- formats of models ---------------------------------------------------------------------------------


def _safetensors(file: BinaryIO) -> Strings:
    size = file.seek(0, 2)
    found = model_headers.safetensors(file, size)
    yield from _named((f"__metadata__.{key[:60]}", value) for key, value in found.metadata.items())


def _gguf(file: BinaryIO) -> Strings:
    for key, strings in model_headers.gguf(file):
        if key.startswith("tokenizer.ggml.") and len(strings) > 64:
            yield from vocabulary(strings, key[:60])
        elif strings:
            yield from _named((key[:60], each) for each in strings)


def _sentencepiece(file: BinaryIO) -> Strings:
    """`ModelProto.pieces` is field 1, their text field 1 (sentencepiece_model.proto)."""
    yield from vocabulary(text_of(each) for each in inner(memoryview(_all(file)), 1, 1))


_ONNX: Mapping[str, tuple[int, ...]] = {
    "doc_string": (6,),
    "domain": (4,),
    "producer_name": (2,),
    "graph.name": (7, 2),
    "graph.doc_string": (7, 10),
    "graph.initializer.strings": (7, 5, 6),
    "graph.initializer.doc_string": (7, 5, 12),
    "graph.node.attribute.strings": (7, 1, 5, 9),
    "graph.node.attribute.s": (7, 1, 5, 4),
    "graph.node.attribute.t.strings": (7, 1, 5, 5, 6),
    "graph.node.doc_string": (7, 1, 6),
    "graph.input.doc_string": (7, 11, 3),
}
"""Fields of ModelProto and what is below it that hold text (onnx/onnx.proto)."""


def _onnx(file: BinaryIO) -> Strings:
    data = memoryview(_all(file))
    for place, path in _ONNX.items():
        yield from _many(place, [text_of(each) for each in inner(data, *path)])
    pairs = ((_first(each, 1), _first(each, 2)) for each in inner(data, 14))
    yield from _named((f"metadata_props.{key[:60]}", value) for key, value in pairs)


def _many(place: str, strings: list[str]) -> Strings:
    """Strings of one place: a vocabulary where they are many."""
    if len(strings) > MOST_STRINGS:
        yield from vocabulary(strings, place)
    else:
        yield from _named((place, each) for each in strings)


def _first(data: memoryview, number: int) -> str:
    return next((text_of(each) for each in inner(data, number)), "")


def _saved_model(file: BinaryIO) -> Strings:
    """String constants: `MetaGraphDef.graph_def.node.attr["value"].tensor.string_val`, and of functions."""
    data = memoryview(_all(file))
    for nodes in ((2, 2, 1), (2, 2, 2, 1, 3)):
        constants = [text_of(each) for each in inner(data, *nodes, 5, 2, 8, 8)]
        yield from _many("graph.constants", constants)


def _numpy_text(file: BinaryIO) -> Strings:
    """Arrays of strings of fixed length; the header says how long (numpy/lib/format.py)."""
    import numpy

    version = numpy.lib.format.read_magic(file)
    read = {(1, 0): numpy.lib.format.read_array_header_1_0}.get(
        version, numpy.lib.format.read_array_header_2_0
    )
    try:
        _, _, kind = read(file)
    except ValueError:
        raise Malformed("the header is not as the format wants it") from None
    if kind.kind in "US" and kind.itemsize:
        data = file.read(min(MOST_BYTES, MOST_STRINGS * kind.itemsize))
        values = numpy.frombuffer(data[: len(data) // kind.itemsize * kind.itemsize], dtype=kind)
        texts = [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in values]
        yield from _many("array", texts)


def _pickle(file: BinaryIO) -> Strings:
    for found in model_pickle.pickles(file):
        if found.problem and found.opcodes:
            yield Unread("", found.problem)
        yield from _constants(found)


def _constants(found: model_pickle.Pickle) -> Strings:
    strings = model_pickle.plain(found.value)
    yield from _named((place, _readable(value)) for place, value in strings if _tells(value))


def _tells(value: object) -> bool:
    """Numbers up to six digits and flags say nothing; arrays of numbers are not constants."""
    if isinstance(value, bytes):
        return 4 < len(value) < LONGEST and not any(each < 9 for each in value)
    return isinstance(value, str) or (isinstance(value, int) and value > 999_999)


def _readable(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


_LONG_WORDS = re.compile(rb"[\x20-\x7e\xc3-\xf4\x80-\xbf]{6,}")


def _printable(file: BinaryIO) -> Strings:
    """What reads as text in a format of which no more is known, such as attributes of HDF5."""
    data = file.read(MOST_BYTES)
    found = Counter(match[0] for match in _LONG_WORDS.finditer(data) if match.start() < 16_000_000)
    text = "\n".join(each.decode("utf-8", "ignore") for each in list(found)[:MOST_STRINGS])
    yield TextSample("text", text)


_READERS: Mapping[str, Callable[[BinaryIO], Strings]] = {
    "safetensors": _safetensors,
    "gguf": _gguf,
    "sentencepiece": _sentencepiece,
    "onnx": _onnx,
    "saved_model": _saved_model,
    "numpy": _numpy_text,
    "pickle": _pickle,
    "hdf5": _printable,
    "lightgbm": _printable,
    "catboost": _printable,
    "xgboost": _printable,
}
_MARKED: Mapping[str, Callable[[BinaryIO], Strings]] = {"json": _json, "text": _text}
