"""What graphs of layers and operators name that is not the framework's own, beyond what the scanners know."""

import re
import sys
from collections.abc import Iterator
from typing import BinaryIO, Literal

from collectors.inspect.model_headers import gguf, inner, text_of

MOST_BYTES = 64_000_000

_MODULE = re.compile(rb'"module"\s*:\s*"([\w.]{1,200})"')
_LAMBDA = re.compile(rb'"class_name"\s*:\s*"Lambda"')
"""A layer that is a function's own code; here it is found even where the rest cannot be parsed."""
_INSIDE = re.compile(r"__(class|globals|subclasses|builtins|import|mro|base|init|getattribute|code)(es)?__")
"""Names by which a template leaves its sandbox (CWE-1336)."""
ALIGNMENT = 32
"""Bytes that may stand between the header and nothing."""
_KERAS = ("keras", "tf_keras", "tensorflow", "keras_hub", "keras_nlp", "keras_cv", "builtins")
"""Roots of the modules that Keras itself writes into `config.json`."""
_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "org.pytorch.aten")
"""Domains of ONNX's operators, and of the exporters' (onnx/defs/schema.h)."""

Told = tuple[Literal["high", "medium"], str, str]


def keras_modules(file: BinaryIO) -> Iterator[Told]:
    """Modules that Keras would import for a layer (CVE-2025-1550: any function by its module and name)."""
    file.seek(0)
    data = file.read(MOST_BYTES)
    if _LAMBDA.search(data):
        yield "high", "layer of code", "Lambda"
    names = {match[1].decode() for match in _MODULE.finditer(data)}
    for name in sorted(names):
        root = name.partition(".")[0]
        if root not in _KERAS:
            own = root in sys.stdlib_module_names
            yield "high" if own else "medium", "layer of another module", name


def gguf_templates(file: BinaryIO) -> Iterator[Told]:
    """Templates under any key that reach for the inside of Python; bytes where nothing can be."""
    for _, strings in gguf(file):
        if any("{" in each and _INSIDE.search(each) for each in strings):
            yield "high", "template that runs code", "chat_template"
    end = file.tell()
    file.seek(8)
    tensors, size = int.from_bytes(file.read(8), "little"), file.seek(0, 2)
    if not tensors and size - end > ALIGNMENT:
        yield "medium", "layout", "bytes that belong to nothing"


def onnx_domains(file: BinaryIO) -> Iterator[Told]:
    """Domains of operators that neither ONNX nor the file itself defines: a library of somebody runs them."""
    file.seek(0)
    data = memoryview(file.read(MOST_BYTES))
    used = {text_of(each) for each in inner(data, 7, 1, 7)}
    own = {text_of(each) for each in inner(data, 25, 10)}
    for name in sorted(used - own):
        if name not in _DOMAINS and not name.startswith("com.microsoft"):
            yield "medium", "operators of another library", name
