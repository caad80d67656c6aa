"""Texts of labelled corpora, by halves: one to develop on, and one that is only counted, never looked at."""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import msgspec

from benchmarks.corpora import Corpus, Texts, contents


class Text(msgspec.Struct, frozen=True):
    """A text, the types that are in it, those that count neither way in it, whether a name is in it, and
    whether it is of the half that is reported."""

    text: str
    types: frozenset[str]
    either_way: frozenset[str]
    named: bool
    held_out: bool


class _Row(msgspec.Struct, frozen=True):
    """A text with its labels, and the template or document that it is of."""

    text: str
    labels: frozenset[str]
    source: str


class UnknownLabel(Exception):
    """A label of a corpus of which nobody said what it is."""


def texts(corpus: Corpus) -> Iterator[Text]:
    """Texts by halves of their templates or documents, so that what shares a wording is in one half."""
    about = corpus.texts
    if about is None:
        return
    for name, content in contents(corpus, about.members):
        for row in _rows(about, name, content):
            if row.labels.isdisjoint(about.unsure):
                yield _text(about, row, held=_held(corpus.name, about, row))


def _held(corpus: str, about: Texts, row: _Row) -> bool:
    return int(row.source) % 2 == 1 if about.make == "presidio" else held_out(corpus, row.source)


def held_out(corpus: str, source: str) -> bool:
    """Whether the texts of a source are counted only: for about every second, by nothing but its name."""
    return hashlib.sha256(f"{corpus}: {source}".encode()).digest()[0] % 2 == 1


def _text(about: Texts, row: _Row, *, held: bool) -> Text:
    known = {*about.labels, *about.names, *about.left_out}
    if unknown := row.labels - known:
        raise UnknownLabel(f"say in corpora.yaml what these labels are: {sorted(unknown)}")
    return Text(
        text=row.text,
        types=frozenset(about.labels[each] for each in row.labels if each in about.labels),
        either_way=frozenset(about.either_way).union(*(about.holds.get(each, ()) for each in row.labels)),
        named=not row.labels.isdisjoint(about.names),
        held_out=held,
    )


def _rows(about: Texts, name: str, content: bytes) -> Iterator[_Row]:
    if about.make == "presidio":
        for row in msgspec.json.decode(content):
            labels = frozenset(each["entity_type"] for each in row["spans"])
            yield _Row(row["full_text"], labels, str(row["template_id"]))
    elif about.make == "spans":
        for row in _json(name, content):
            yield _Row(row["text"], frozenset(_labels(row)), _source(about, name, row))
    else:
        for row in _listed(content):
            yield _row(about, name, row)


def _json(name: str, content: bytes) -> Iterator[Mapping[str, Any]]:
    if name.endswith(".jsonl"):
        yield from (msgspec.json.decode(line) for line in content.splitlines() if line.strip())
        return
    found = msgspec.json.decode(content)
    yield from found if isinstance(found, list) else found["fixtures"]


def _labels(row: Mapping[str, Any]) -> Iterator[str]:
    """The labels of the spans; of an identifier with its kind, which the span or its text may name."""
    for span in row.get("spans") or row.get("gold_spans") or ():
        label = span.get("entity_type") or span["label"]
        told = (span.get("metadata") or {}).get("identifier_type") or (row.get("metadata") or {}).get(
            "identifier_type"
        )
        yield f"{label} {told}" if label == "ID_NUM" and told else label


def _source(about: Texts, name: str, row: Mapping[str, Any]) -> str:
    return " ".join((PurePath(name).stem, *(str(row[each]) for each in about.source)))


def _listed(content: bytes) -> Iterator[Any]:
    """The rows of the list that a Python file keeps its cases in; the file is read, never run."""
    for each in ast.parse(content).body:
        if isinstance(each, ast.AnnAssign | ast.Assign) and isinstance(each.value, ast.List):
            target = each.target if isinstance(each, ast.AnnAssign) else each.targets[0]
            if isinstance(target, ast.Name) and target.id in ("SAMPLES", "SCENARIOS"):
                yield from (_literal(row) for row in each.value.elts)


def _literal(row: ast.expr) -> Any:
    """A tuple, or a mapping without those of its values that are not plain."""
    if not isinstance(row, ast.Dict):
        return ast.literal_eval(row)
    plain = ("name", "input", "pii_entities")
    pairs = ((ast.literal_eval(key), value) for key, value in zip(row.keys, row.values, strict=True) if key)
    return {key: ast.literal_eval(value) for key, value in pairs if key in plain}


def _row(about: Texts, name: str, row: Any) -> _Row:
    """Of `(..., text, [(label, value), ...])`, or of a scenario with its input and its labels' values."""
    if isinstance(row, dict):
        return _Row(row["input"], frozenset(row["pii_entities"]), _source(about, name, row))
    return _Row(row[-2], frozenset(each[0] for each in row[-1]), row[-2])
