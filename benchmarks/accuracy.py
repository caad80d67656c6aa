"""How much of what is there is found, and how much is wrong, on generated data and on corpora of others.

Beside Presidio, in the same run. Writes the tables of docs/accuracy.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from benchmarks import beside, corpora, labelled
from benchmarks.measurement import Measurement, machine
from tests.collectors.inspect.accuracy import Accuracy, measured, of_columns, of_letters, types_in
from tests.collectors.inspect.letters import letters
from tests.collectors.inspect.tables import Labelled, Tables

SEEDS = (201, 202, 203)
"""Of generated columns; none of them was looked at while detectors were written."""
DOCUMENT = Path("docs") / "accuracy.md"
PIECE = 4_000
"""Characters of a document whose speed is measured."""

Rows = Mapping[str, Accuracy]


class OnTexts(msgspec.Struct, frozen=True):
    """Accuracy on a corpus's texts, ours and Presidio's, names apart, and how fast each was."""

    ours: Rows
    patterns: Rows
    model: Rows
    names: Accuracy
    names_beside: Accuracy
    speed: dict[str, float]


def measure() -> list[Measurement]:
    generated = of_columns(chain.from_iterable(Tables(seed).columns() for seed in SEEDS))
    written = of_letters(letters(4_000))
    public = corpora.corpora()
    texts = next(_on_texts(each, each.texts) for each in public if each.texts and each.texts.beside)
    unseen = {each.name: _unseen(each, each.texts) for each in public if each.texts and not each.texts.beside}
    tables = _on_tables(public)
    _write(
        {
            "columns": _table(generated),
            "letters": _table(written),
            "texts": _beside(texts),
            "names": _names(texts),
            "unseen": "\n\n".join(f"**{name}**\n\n{_table(rows)}" for name, rows in _together(unseen)),
            "tables": "\n\n".join(f"{name}\n\n{_table(rows)}" for name, rows in tables.items()),
            "speed": _speed(texts),
            "corpora": corpora.described(),
            "machine": f"{machine()}.",
        }
    )
    return [*_columns(generated), *_texts(written, texts), *_clean(unseen), *_public(tables)]


def _unseen(corpus: corpora.Corpus, about: corpora.Texts) -> Rows:
    """Accuracy on the half of a corpus's texts that nobody looked at."""
    return of_texts(about, (each for each in labelled.texts(corpus) if each.held_out))


def of_texts(about: corpora.Texts, rows: Iterable[labelled.Text]) -> Rows:
    """Accuracy on labelled texts; what counts neither way in a text is left aside where it was found."""
    return measured(
        (each.types, types_in(each.text, about.alike) - (each.either_way - each.types)) for each in rows
    )


def _together(unseen: Mapping[str, Rows]) -> Iterator[tuple[str, Rows]]:
    """All of these corpora as one, then each."""
    kinds = {kind for rows in unseen.values() for kind in rows}
    none = Accuracy(0, 0, 0)
    yield "All four", {kind: _summed(rows.get(kind, none) for rows in unseen.values()) for kind in kinds}
    yield from unseen.items()


def _on_texts(corpus: corpora.Corpus, about: corpora.Texts) -> OnTexts:
    """The half of the texts that detectors were not developed on."""
    held = [each for each in labelled.texts(corpus) if each.held_out]
    plain = [each.text for each in held]
    ours, patterns, model = (
        beside.own(plain),
        beside.found_by("patterns", plain),
        beside.found_by("model", plain),
    )
    names = beside.found_by("names", plain)
    kinds = set(about.labels.values())

    def rows(found: Iterable[set[str]]) -> Rows:
        called = ({about.alike.get(each, each) for each in types} & kinds for types in found)
        return measured((each.types, types) for each, types in zip(held, called, strict=True))

    def on_names(found: Iterable[set[str]]) -> Accuracy:
        person = ({"person_name"} & types for types in found)
        there = ({"person_name"} if each.named else set[str]() for each in held)
        return measured(zip(there, person, strict=True))[""]

    return OnTexts(
        ours=measured(
            (each.types, {about.alike.get(one, one) for one in types} - {*about.either_way})
            for each, types in zip(held, ours.types, strict=True)
        ),
        patterns=rows(patterns.sets()),
        model=rows(model.sets()),
        names=on_names([set(each) for each in names.types]),
        names_beside=on_names(model.sets()),
        speed=_speeds(plain),
    )


def _speeds(texts: Sequence[str]) -> dict[str, float]:
    """Megabytes a second and core, on the same texts as documents of 4,000 characters."""
    whole = "\n".join(texts)
    documents = [whole[start : start + PIECE] for start in range(0, len(whole), PIECE)]
    size = sum(len(each.encode()) for each in documents) / 1e6
    return {
        "ours": size * 20 / beside.own(documents * 20).seconds,
        "Presidio, patterns only": size / beside.found_by("patterns", documents).seconds,
        "Presidio, with a small model": size / beside.found_by("model", documents).seconds,
    }


def _on_tables(found: Iterable[corpora.Corpus]) -> dict[str, Rows]:
    """The tables of each corpus; of a table that falls into groups, those that nothing was developed on."""
    tables: dict[str, Rows] = {}
    for corpus in found:
        columns = [each for each in corpora.columns(corpus) if not each.group.endswith("developed on")]
        if columns:
            tables[f"**{corpus.name}** ({len(columns)} columns)"] = of_columns(columns)
            if any(each.group.endswith("reported") for each in columns):
                untold = of_columns([_untold(each) for each in columns])
                tables[f"{corpus.name}, all columns called `col_3` (what no value tells is missed)"] = untold
    return tables


def _untold(column: Labelled) -> Labelled:
    return msgspec.structs.replace(column, sample=msgspec.structs.replace(column.sample, place="col_3"))


def _columns(rows: Rows) -> Iterator[Measurement]:
    every = rows[""]
    worst = min(
        (each for kind, each in rows.items() if kind), key=lambda each: min(each.precision, each.recall)
    )
    yield _missing("generated columns: precision", 1 - every.precision, 0.03)
    yield _missing("generated columns: recall", 1 - every.recall, 0.03)
    yield _missing("generated columns: the weakest type", 1 - min(worst.precision, worst.recall), 0.1)


def _texts(written: Rows, texts: OnTexts) -> Iterator[Measurement]:
    yield _missing("generated letters: F2", 1 - written[""].f2, 0.15)
    yield _missing("presidio-research texts: F2", 1 - texts.ours[""].f2, 0.15)
    yield _missing("the same, Presidio with a small model: F2", 1 - texts.model[""].f2, None)
    ours, other = texts.speed["ours"], texts.speed["Presidio, patterns only"]
    name = f"texts beside Presidio's patterns ({ours:,.1f} and {other:,.2f} MB/s)"
    yield Measurement(name=name, value=1000 / ours, unit="ms/MB", baseline=1000 / other, target=0.2)


def _clean(unseen: Mapping[str, Rows]) -> Iterator[Measurement]:
    for name, rows in _together(unseen):
        hard = "hard cases" in name
        yield _missing(f"{name}, unseen half: F2", 1 - rows[""].f2, None if hard else 0.15)


def _public(tables: Mapping[str, Rows]) -> Iterator[Measurement]:
    for name, rows in tables.items():
        if "col_3" not in name:
            yield _missing(f"{name}: precision", 1 - rows[""].precision, 0.1)
            yield _missing(f"{name}: recall", 1 - rows[""].recall, 0.1)


def _missing(name: str, value: float, target: float | None) -> Measurement:
    return Measurement(name=name.replace("*", ""), value=value, unit="short of 1", target=target)


def _table(rows: Rows) -> str:
    lines = ["| type | n | precision | recall | F2 |", "| --- | --- | --- | --- | --- |"]
    kinds = ["", *sorted(each for each in rows if each)]
    lines += [f"| {kind or '**all**'} | {_cells(rows[kind])} |" for kind in kinds]
    return "\n".join(lines)


def _cells(each: Accuracy) -> str:
    if each.count == 0:
        return f"0 | {each.wrong} wrong | | "
    return f"{each.count:,} | {each.precision:.2f} | {each.recall:.2f} | {each.f2:.2f}"


def _beside(texts: OnTexts) -> str:
    """Ours, Presidio's patterns and Presidio with a model; precision and recall."""
    head = "| type | n | ours | Presidio, patterns only | Presidio, with a small model |"
    lines = [head, "| --- | --- | --- | --- | --- |"]
    none = Accuracy(0, 0, 0)
    for kind in ["", *sorted(each for each in texts.ours if each)]:
        found = [rows.get(kind, none) for rows in (texts.ours, texts.patterns, texts.model)]
        cells = " | ".join(f"{each.precision:.2f}, {each.recall:.2f}" for each in found)
        lines.append(f"| {kind or '**all**'} | {found[0].count} | {cells} |")
    every = (texts.ours, texts.patterns, texts.model)
    both = [kind for kind in texts.ours if kind and texts.patterns.get(kind, none).right]
    shared = [_summed(rows.get(kind, none) for kind in both) for rows in every]
    lines.append(f"| F2, all | | {_f2(rows[''] for rows in every)} |")
    lines.append(f"| F2, types that both find | {shared[0].count} | {_f2(shared)} |")
    return "\n".join(lines)


def _summed(rows: Iterable[Accuracy]) -> Accuracy:
    each = list(rows)
    return Accuracy(sum(r.right for r in each), sum(r.missed for r in each), sum(r.wrong for r in each))


def _f2(rows: Iterable[Accuracy]) -> str:
    return " | ".join(f"{each.f2:.2f}" for each in rows)


def _names(texts: OnTexts) -> str:
    lines = ["| | n | precision | recall | F2 |", "| --- | --- | --- | --- | --- |"]
    lines.append(f"| ours, with that model | {_cells(texts.names)} |")
    lines.append(f"| Presidio, with the same | {_cells(texts.names_beside)} |")
    return "\n".join(lines)


def _speed(texts: OnTexts) -> str:
    lines = ["| | MB/s a core |", "| --- | --- |"]
    lines += [f"| {name} | {value:,.2f} |" for name, value in texts.speed.items()]
    return "\n".join(lines)


def _write(parts: Mapping[str, str]) -> None:
    """Replaces what stands between the marks of each part."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, part in parts.items():
        start, mark, rest = text.partition(f"<!-- measured: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not mark or not end:
            raise ValueError(f"{DOCUMENT} has no place for {name}")
        text = f"{start}{mark}{part}\n{end}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")
