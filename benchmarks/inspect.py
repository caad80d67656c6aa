"""Looking inside: all detectors over text and columns, the pattern stage alone, a naive loop beside."""

import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measurement import Measurement
from collectors.inspect import matching
from collectors.inspect.data import inspect_data
from collectors.inspect.detector import detectors
from collectors.inspect.sample import TextSample
from collectors.inspect.text import classify_text
from tests.collectors.inspect.accuracy import of_letters
from tests.collectors.inspect.letters import letters
from tests.collectors.inspect.people import COLUMNS, OTHERS, US

ROWS = 100_000
TEXT_MB = 8
LONGEST = 25.0
"""Milliseconds for a megabyte on one core."""


def measure() -> list[Measurement]:
    return [*_text(), *_columns(), *_accuracy()]


def _accuracy() -> Iterator[Measurement]:
    """Letters whose content is known, half of which hold nothing: what is missed and what is wrong."""
    measured = of_letters(letters(4_000))
    for kind, each in measured.items():
        name = f"letters: {kind or 'all'} (precision {each.precision:.2f}, recall {each.recall:.2f})"
        target = 0.15 if kind == "" else None
        yield Measurement(name=name, value=1 - each.f2, unit="1 - F2", target=target)


def _text() -> Iterator[Measurement]:
    text = _prose(TEXT_MB * 1_000_000)
    size = len(text) / 1e6
    pieces = [text[start : start + 4_000] for start in range(0, len(text), 4_000)]
    list(classify_text(TextSample("text", text[:10_000])))  # imports and compiles
    pattern = _taken(lambda: _pass_over(pieces))
    every = _taken(lambda: list(classify_text(TextSample("text", text))))
    part = text[:200_000]
    naive = _taken(lambda: _one_by_one(part)) * len(text) / len(part)
    yield _speed("text: the one pass", size, pattern, target=True)
    yield _speed("text: with checks and the words around", size, every)
    name = "text: all, beside a pass for each detector"
    yield Measurement(name=name, value=every, unit="s", baseline=naive, target=1)


def _columns() -> Iterator[Measurement]:
    """A CSV file of many rows, of which a sample is looked at."""
    makers = {**{name: maker for name, (_, maker) in COLUMNS.items()}, **OTHERS}
    chosen = [*list(makers)[:9], *list(OTHERS)[:8]]
    some = [[makers[name]() for name in chosen] for _ in range(2_000)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "people.csv")
        with file.open("w", encoding="utf-8") as out:
            out.write(",".join(chosen) + "\n")
            for number in range(ROWS):
                out.write(",".join(_quoted(each) for each in some[number % len(some)]) + "\n")
        size = file.stat().st_size / 1e6
        taken = _taken(lambda: list(inspect_data([str(file)])))
    yield _speed(f"columns: 17 in {size:.0f} MB of CSV, sampled", size, taken, target=True)


def _speed(name: str, size: float, taken: float, *, target: bool = False) -> Measurement:
    """Processor time for a megabyte; 40 MB/s are 25 ms."""
    name = f"{name} ({size / taken:,.0f} MB/s)"
    return Measurement(name=name, value=taken / size * 1000, unit="ms/MB", target=LONGEST if target else None)


def _quoted(text: str) -> str:
    return f'"{text}"' if "," in text else text


def _prose(size: int) -> str:
    dice = random.Random(3)  # noqa: S311 - a benchmark, no secret
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(US.paragraph(nb_sentences=6))
        if dice.random() < 0.1:
            parts.append(f"Write to {US.email()} or call {US.phone_number()}.")
        if len(parts) > 400:
            parts = parts[:400] * (size // sum(map(len, parts)) + 1)
            break
        length = sum(map(len, parts[-2:])) + length
    return " ".join(parts)[:size]


def _pass_over(pieces: list[str]) -> int:
    import polars

    found = polars.Series(pieces).str.extract_all(matching.CANDIDATE)
    return int(found.list.len().sum())


def _one_by_one(text: str) -> int:
    """What one would write first: every detector's pattern over the whole text."""
    chosen = [each for each in detectors() if each.pattern and not each.columns_only]
    return sum(len(re.findall(rf"\b(?:{each.pattern})\b", text)) for each in chosen)


def _taken(what: Callable[[], object]) -> float:
    started = time.process_time()
    what()
    return time.process_time() - started
