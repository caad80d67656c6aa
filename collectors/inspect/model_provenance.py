"""What model files, and the documents beside them, say of where they come from. Read in the confined child.

MLflow's `MLmodel`, configurations and cards as the Hugging Face Hub has them, headers of GGUF, safetensors
and ONNX, in-toto attestations (https://github.com/in-toto/attestation, https://slsa.dev/spec).
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import PurePosixPath
from typing import BinaryIO

from collectors.inspect import model_headers
from collectors.inspect.model_headers import inner, text_of
from collectors.inspect.model_report import Attested
from collectors.inspect.provenance import MOST, Provenance, Says, What, claim, hub_name

MOST_BYTES = 4_000_000
"""Bytes of one document that are read for claims."""
MOST_MESSAGE = 128_000_000
"""Bytes of an ONNX file in which its own fields are looked for."""
MOST_SUBJECTS = 10_000
CARDS = ("README.md", "model_card.md")
DOCUMENTS = ("MLmodel", "config.json", "adapter_config.json", *CARDS)
"""Files that speak of the models in their folder and below it."""
ATTESTED = (
    *(".intoto.jsonl", ".intoto.json", ".att", ".att.json", ".slsa.json", ".sigstore", ".sigstore.json"),
    *("attestation.json", "attestation.jsonl", "provenance.json", "provenance.jsonl"),
)
"""How files end that attest where others come from."""
IN_TOTO = ("application/vnd.in-toto+json",)


def is_document(name: str) -> bool:
    return name in DOCUMENTS or is_attestation(name)


def is_attestation(name: str) -> bool:
    return name.lower().endswith(ATTESTED)


def claims_of(file: BinaryIO, kind: str, name: str) -> Iterator[Provenance]:
    """What a file says of itself, or as a document of what lies beside it."""
    read = _FORMATS.get(kind) or (_TEXTS.get(PurePosixPath(name).name) if kind in ("json", "text") else None)
    if read is None:
        return
    file.seek(0)
    told: set[Provenance] = set()
    try:
        for each in read(file):
            if each is not None and each not in told and len(told) < MOST:
                told.add(each)
                yield each
    except (model_headers.Malformed, RecursionError):
        return  # the reader of strings and of layouts says so


Claims = Iterator[Provenance | None]
Table = Mapping[object, object]


def _table(value: object) -> Table:
    return value if isinstance(value, Mapping) else {}


def _rows(value: object) -> list[object]:
    return value[:MOST] if isinstance(value, list) else [value]


# ---- documents -----------------------------------------------------------------------------------------


def _yaml(text: str) -> Table:
    import yaml

    try:
        return _table(yaml.safe_load(text) if len(text) < 1_000_000 else None)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}


def _text(file: BinaryIO) -> str:
    return file.read(MOST_BYTES).decode("utf-8", "replace")


def _mlmodel(file: BinaryIO) -> Claims:
    """https://mlflow.org/docs/latest/ml/model: who made it is not in it."""
    said = _yaml(_text(file))
    yield claim("MLmodel", "run", said.get("run_id"))
    for key in ("model_id", "model_uuid"):
        yield claim("MLmodel", "model", said.get(key))
    if said.get("mlflow_version"):
        yield claim("MLmodel", "tool", f"mlflow {said['mlflow_version']}")
    yield claim("MLmodel", "made_at", str(said.get("utc_time_created") or ""))
    for flavor in _table(said.get("flavors")).values():
        named, revision = _table(flavor).get("source_model_name"), _table(flavor).get("source_model_revision")
        yield _base("MLmodel", named, revision)


def _base(says: Says, name: object, revision: object = None) -> Provenance | None:
    """A base model, with the revision that was taken where it is told."""
    if isinstance(name, str) and isinstance(revision, str) and re.fullmatch(r"[\w.\-]{1,100}", revision):
        name = f"{hub_name(name) or name}@{revision}"
    return claim(says, "base_model", name)


def _config(file: BinaryIO) -> Claims:
    said = _table(model_headers.json_of(file.read(MOST_BYTES)))
    yield _base("config", said.get("_name_or_path"))
    yield claim("config", "commit", said.get("_commit_hash"))
    if said.get("transformers_version"):
        yield claim("config", "tool", f"transformers {said['transformers_version']}")


def _adapter(file: BinaryIO) -> Claims:
    said = _table(model_headers.json_of(file.read(MOST_BYTES)))
    yield _base("adapter config", said.get("base_model_name_or_path"), said.get("revision"))
    if said.get("peft_version"):
        yield claim("adapter config", "tool", f"peft {said['peft_version']}")


def _card(file: BinaryIO) -> Claims:
    """https://huggingface.co/docs/hub/model-cards: the front matter, not the text."""
    front = re.match(r"---\r?\n(.*?)\r?\n---\r?\n", _text(file), re.DOTALL)
    said = _yaml(front[1]) if front else {}
    for each in _rows(said.get("base_model")):
        yield _base("model card", each)
    for each in _rows(said.get("datasets")):
        yield claim("model card", "dataset", each)
    for each in _rows(said.get("license")):
        yield claim("model card", "license", each)


# ---- headers -------------------------------------------------------------------------------------------

_GGUF: tuple[tuple[str, What], ...] = (
    (r"general\.license", "license"),
    (r"general\.(?:source\.)?(?:url|repo_url)", "source"),
    (r"general\.source\.huggingface\.repository", "base_model"),
    (r"general\.base_model\.\d{1,3}\.repo_url", "base_model"),
    (r"general\.dataset\.\d{1,3}\.repo_url", "dataset"),
    (r"general\.datasets", "dataset"),
)
"""https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; authors and who quantized it are left out."""
_TENSORS: tuple[tuple[str, What], ...] = (
    (r"modelspec\.license", "license"),
    (r"modelspec\.implementation", "tool"),
    (r"modelspec\.merged_from|base_model|ss_sd_model_name", "base_model"),
    (r"modelspec\.date", "made_at"),
    (r"source|repo_url|source_url", "source"),
    (r"commit|revision|git_commit", "commit"),
    (r"license", "license"),
)
"""https://github.com/Stability-AI/ModelSpec, and keys that trainers write."""


def _keyed(says: Says, keys: tuple[tuple[str, What], ...], key: str, value: str) -> Claims:
    for pattern, what in keys:
        if re.fullmatch(pattern, key):
            yield claim(says, what, value)


def _gguf(file: BinaryIO) -> Claims:
    for key, strings in model_headers.gguf(file):
        for each in strings[:MOST]:
            yield from _keyed("GGUF", _GGUF, key, each)


def _safetensors(file: BinaryIO) -> Claims:
    found = model_headers.safetensors(file, file.seek(0, 2))
    for key, value in islice(found.metadata.items(), 10_000):
        yield from _keyed("safetensors", _TENSORS, key, value)
    if found.metadata.get("format") in ("pt", "tf", "flax", "np", "mlx"):
        yield claim("safetensors", "tool", f"format {found.metadata['format']}")


def _onnx(file: BinaryIO) -> Claims:
    """`ModelProto`: producer_name is field 2, producer_version 3, metadata_props 14 (onnx/onnx.proto)."""
    data = memoryview(file.read(MOST_MESSAGE))
    name, version = (next((text_of(each) for each in inner(data, field)), "") for field in (2, 3))
    yield claim("ONNX", "tool", f"{name} {version}".strip())
    for each in islice(inner(data, 14), 1_000):
        key, value = (next((text_of(part) for part in inner(each, field)), "") for field in (1, 2))
        yield from _keyed("ONNX", _TENSORS, key, value)


_FORMATS: Mapping[str, Callable[[BinaryIO], Claims]] = {
    "gguf": _gguf,
    "safetensors": _safetensors,
    "onnx": _onnx,
}
_TEXTS: Mapping[str, Callable[[BinaryIO], Claims]] = {
    "MLmodel": _mlmodel,
    "config.json": _config,
    "adapter_config.json": _adapter,
    **dict.fromkeys(CARDS, _card),
}


# ---- attestations --------------------------------------------------------------------------------------


def attested(file: BinaryIO, name: str) -> Iterator[Attested]:
    """The statements of an in-toto file: bare, in an envelope, in a bundle, one or one a line."""
    if not is_attestation(name):
        return
    file.seek(0)
    data = file.read(MOST_BYTES)
    whole = model_headers.json_of(data)
    texts = (
        [whole] if whole is not None else [model_headers.json_of(each) for each in data.splitlines()[:100]]
    )
    for each in texts:
        yield from _statement(_unwrapped(_table(each)))


def _unwrapped(said: Table) -> Table:
    """The statement in an envelope (DSSE), which a bundle of Sigstore holds too. No signature is checked."""
    envelope = _table(said.get("dsseEnvelope")) or said
    payload = envelope.get("payload")
    if not isinstance(payload, str) or envelope.get("payloadType") not in IN_TOTO:
        return said
    try:
        return _table(model_headers.json_of(base64.b64decode(payload, validate=True)))
    except (binascii.Error, ValueError):
        return {}


def _statement(said: Table) -> Iterator[Attested]:
    subjects = said.get("subject")
    if not str(said.get("_type", "")).startswith("https://in-toto.io/Statement/") or not isinstance(
        subjects, list
    ):
        return
    digests = (_table(_table(each).get("digest")).get("sha256") for each in subjects[:MOST_SUBJECTS])
    found = tuple(
        each.lower() for each in digests if isinstance(each, str) and re.fullmatch("[0-9a-fA-F]{64}", each)
    )
    claims = dict.fromkeys(each for each in _attests(said) if each)
    yield Attested(found, tuple(islice(claims, MOST)))


def _attests(said: Table) -> Claims:
    """SLSA 1 (`buildDefinition`, `runDetails`), and 0.2 (`builder`, `materials`)."""
    predicate = _table(said.get("predicate"))
    build, run = _table(predicate.get("buildDefinition")), _table(predicate.get("runDetails"))
    yield claim("attestation", "statement", said.get("predicateType"))
    builder = _table(run.get("builder")) or _table(predicate.get("builder"))
    yield claim("attestation", "tool", builder.get("id"))
    for each in _rows(build.get("resolvedDependencies") or predicate.get("materials")):
        material = _table(each)
        yield claim("attestation", "source", material.get("uri"))
        digest = _table(material.get("digest"))
        yield claim("attestation", "commit", digest.get("gitCommit") or digest.get("sha1"))
