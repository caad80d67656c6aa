"""Labelled texts of others: which half is counted, what labels stand for, and that nothing of them runs."""

import pytest

from benchmarks import labelled
from benchmarks.accuracy import of_texts
from benchmarks.corpora import Corpus, Texts, corpora
from collectors.inspect.detector import by_type


def _read(about: Texts, name: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> list[labelled.Text]:
    corpus = Corpus("a corpus", "p", "1", "p-1.tar.gz", "0", "MIT", texts=about)
    monkeypatch.setattr(labelled, "contents", lambda *_: iter([(name, content)]))
    return list(labelled.texts(corpus))


ABOUT = Texts(
    members=("*",),
    make="spans",
    labels={"EMAIL": "email"},
    left_out={"PLACE": "a model"},
    holds={"PLACE": ("postcode",)},
    unsure={"ID_NUM": "of no kind"},
)
ROW = b'{"text": "to ana@clinic.example", "gold_spans": [{"label": "%s"}]}'


def test_a_label_is_what_the_corpus_calls_one_of_our_types(monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = _read(ABOUT, "a.jsonl", ROW % b"EMAIL", monkeypatch)
    assert row.types == {"email"}
    assert of_texts(ABOUT, [row])[""].right == 1


def test_what_a_label_may_hold_counts_neither_way(monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = _read(ABOUT, "a.jsonl", ROW % b"PLACE", monkeypatch)
    assert row.either_way == {"postcode"}
    assert not row.types


def test_a_label_that_nobody_explained_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(labelled.UnknownLabel, match="ODD"):
        _read(ABOUT, "a.jsonl", ROW % b"ODD", monkeypatch)


def test_texts_whose_label_says_too_little_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not _read(ABOUT, "a.jsonl", ROW % b"ID_NUM", monkeypatch)


def test_python_is_read_and_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    about = Texts(members=("*",), make="python", labels={"EMAIL": "email"})
    source = (
        b'raise SystemExit\nSAMPLES = [("en", "to ana@clinic.example", [("EMAIL", "ana@clinic.example")])]'
    )
    (row,) = _read(about, "a.py", source, monkeypatch)
    assert row.text == "to ana@clinic.example"
    assert row.types == {"email"}


def test_the_halves_are_told_by_names_alone_and_about_as_large() -> None:
    held = sum(labelled.held_out("a corpus", f"template {number}") for number in range(1_000))
    assert 400 < held < 600


def test_every_label_stands_for_a_type_of_ours() -> None:
    for about in (each.texts for each in corpora() if each.texts):
        held = {kind for kinds in about.holds.values() for kind in kinds}
        assert {*about.labels.values(), *held, *about.either_way} <= set(by_type())
