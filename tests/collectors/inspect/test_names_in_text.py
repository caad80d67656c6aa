"""Names in free text: by a model where there is one, after the detectors, and nowhere else."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from collectors.inspect.data import classify, inspect_data
from collectors.inspect.names import NOT_INSTALLED, Names, Unusable, load
from collectors.inspect.sample import ColumnSample, Finding, Sample, TextSample

if TYPE_CHECKING:
    from spacy.language import Language


class EveryText:
    """Stands where a model would, and says of every text that a name is in it."""

    def classify(self, sample: Sample) -> Iterator[Finding]:
        yield Finding(sample.place, "person_name", "personal", 1, 1, 1.0, 0.2, 1.0, 0.6)


MODEL = cast("Names", EveryText())


def test_without_a_model_nobody_looks() -> None:
    assert load("") == Unusable(NOT_INSTALLED)
    assert [each.type for each in classify(TextSample("text", "Anna Schmidt came."))] == []


def test_a_model_adds_to_what_detectors_say() -> None:
    found = classify(TextSample("text", "Write to ana@clinic.example."), names=MODEL)
    assert [each.type for each in found] == ["email", "person_name"]


def test_what_detectors_call_a_name_is_told_once() -> None:
    column = ColumnSample("full_name", "text", ["Anna Schmidt", "Jonas Weber"] * 20, 40)
    assert [each.type for each in classify(column, names=MODEL)] == ["person_name"]


def test_files_are_looked_at_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Yesterday somebody came in.\n")
    assert {each.type for each in inspect_data([str(tmp_path)], names=MODEL)} == {"person_name"}
    assert {each.type for each in inspect_data([str(tmp_path)])} == {None}


class Ent:
    def __init__(self, label: str, text: str) -> None:
        self.label_, self.text = label, text


class Pipeline:
    """What is asked of a spaCy pipeline: its parts, their labels, and the names in texts; by a word each."""

    def __init__(self, **words: str) -> None:
        self._words = words
        self.pipe_names = ["tok2vec", "ner"]
        self.labels = tuple(words)

    def get_pipe(self, name: str) -> "Pipeline":
        assert name == "ner"
        return self

    def pipe(self, texts: Sequence[str]) -> Iterator["Document"]:
        for text in texts:
            yield Document([Ent(label, word) for label, word in self._words.items() if word in text])


class Document:
    def __init__(self, ents: list[Ent]) -> None:
        self.ents = ents


def models(*pipelines: Pipeline) -> Names:
    return Names(*cast("list[Language]", pipelines))


def test_each_model_finds_what_its_labels_mean() -> None:
    names = models(Pipeline(PERSON="Anna Schmidt", ORG="clinic"), Pipeline(DISEASE="lupus", CHEMICAL="iron"))
    assert names.types == {"person_name", "diagnosis"}
    text = TextSample("text", "Anna Schmidt came to the clinic with lupus; iron was low.")
    assert [(each.type, each.label) for each in names.classify(text)] == [
        ("diagnosis", "health"),
        ("person_name", "personal"),
    ]


def test_a_text_counts_once_however_many_names_are_in_it() -> None:
    names = models(Pipeline(DISEASE="lupus"), Pipeline(SYMPTOM="fever"))
    ill = "She has had lupus for many years, and a fever since the first days of May, which comes at night."
    well = "All is well here; she will come again in the spring, when the days are longer and it is warmer."
    column = ColumnSample("note", "text", [ill, ill, ill, well, well, well], 6)
    assert [(each.count, each.looked_at) for each in names.classify(column)] == [(3, 6)]


def test_a_model_without_such_labels_finds_nothing_and_says_so() -> None:
    names = models(Pipeline(ORG="clinic", CHEMICAL="iron"))
    assert names.types == frozenset()
    assert list(names.classify(TextSample("text", "The clinic uses iron."))) == []


def test_what_is_no_name_at_all_is_not_taken_for_one() -> None:
    names = models(Pipeline(PERSON="x7@b"))
    assert list(names.classify(TextSample("text", "x7@b"))) == []
