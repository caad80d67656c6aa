"""Sensitive data in files: each file sampled by its reader, each sample looked at by all detectors.

Results hold counts, shares and places, never a value. Names of columns, keys and files are data of strangers
as well: what a detector finds in them is masked.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Literal

import msgspec

from collectors.inspect import databases, matching
from collectors.inspect.columns import classify_column
from collectors.inspect.places import Budget, Listed, Spent, Store, opened, store_of
from collectors.inspect.readers import archives, formats
from collectors.inspect.readers.documents import TooLarge
from collectors.inspect.sample import ColumnSample, Finding, Sample
from collectors.inspect.sampling import Sampler
from collectors.inspect.text import classify_text

MOST_FILES = 10_000
"""Files of one path that are listed; of more, a seeded choice is looked at."""


State = Literal["found", "clean", "refused", "never looked at"]


class Place(msgspec.Struct, frozen=True):
    """One result: a type of data in a column, at a JSON path or in a text of a file, or why a file was not
    looked at. The fields are those of `crownpath inspect data --json`."""

    path: str
    state: State = "found"
    column: str | None = None
    json_path: str | None = None
    type: str | None = None
    label: str | None = None
    count: int | None = None
    looked_at: int | None = None
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    confidence: float | None = None
    reason: str | None = None


Told = Callable[[str], None]


def _silent(_: str) -> None:
    """Nobody watches."""


def inspect_data(
    addresses: Iterable[str],
    *,
    seed: int = 0,
    each: int | None = None,
    budget: Budget | None = None,
    told: Told = _silent,
) -> Iterator[Place]:
    """What is in these files, folders, prefixes of object stores and tables of databases.

    `each` is how many files or tables of one address are looked at (None: all), `budget` how many bytes in
    all. A file in which nothing was found gives one result with state `clean`; what was not looked at gives
    one with state `refused` or `never looked at` and the reason. Raises `Unreachable` for a store that is not
    listed.
    """
    sampler, spending = Sampler(seed), budget or Budget()
    for address in addresses:
        if address.startswith(databases.SCHEMES):
            yield from _tables(address, sampler, each, spending, told)
            continue
        store = store_of(address)
        listed, chosen = choose(store, sampler, each)
        for number, file in enumerate(chosen):
            told(file.name)
            try:
                yield from _file(store, file, sampler, spending)
            except Spent as spent:
                rest = len(chosen) - number
                yield Place(path=shown(address), state="never looked at", reason=f"{rest:,} files: {spent}")
                break
        if len(chosen) < listed:
            reason = f"{listed - len(chosen):,} of {listed:,} files: a choice was looked at"
            yield Place(path=shown(address), state="never looked at", reason=reason)


def choose(store: Store, sampler: Sampler, each: int | None) -> tuple[int, list[Listed]]:
    """How many files there are, and those that are looked at."""
    listed = sorted(store.files())
    most = MOST_FILES if each is None else each
    return len(listed), listed if len(listed) <= most else sorted(sampler.some(listed, most))


def _tables(address: str, sampler: Sampler, each: int | None, budget: Budget, told: Told) -> Iterator[Place]:
    """The tables of a database by its address; of what is found, the reason says how rows were chosen."""
    for table in databases.look(address, sampler, budget, each):
        told(table.name)
        if table.state != "sampled":
            yield Place(path=shown(table.name), state=table.state, reason=table.reason)
            continue
        for place in _samples(table.name, iter(table.samples)):
            yield msgspec.structs.replace(place, reason=table.reason)


def _file(store: Store, file: Listed, sampler: Sampler, budget: Budget) -> Iterator[Place]:
    if file.reason:
        yield _refused(file.name, file.reason)
        return
    try:
        with opened(store, file, budget) as content:
            yield from _content(content, file.name, file.name, sampler, 0)
    except OSError as error:
        yield _refused(file.name, f"it cannot be opened ({error.strerror or type(error).__name__})")


def _content(file: BinaryIO, name: str, hint: str, sampler: Sampler, depth: int) -> Iterator[Place]:
    """A file, or a member of one, that is called like `hint` inside what compresses it.

    Whatever a reader stumbles over ends in a refusal that quotes nothing.
    """
    try:
        kind = formats.format_of(file, hint)
        if kind in (*formats.COMPRESSED, *formats.ARCHIVES):
            yield from _inside(file, name, hint, kind, sampler, depth)
        elif kind in formats.READERS:
            yield from _samples(name, formats.READERS[kind](file, sampler))
        elif kind == "empty":
            yield Place(path=shown(name), state="clean", reason="the file is empty")
        else:
            yield _refused(name, "no reader knows this format")
    except (archives.Refused, TooLarge) as refused:
        yield _refused(name, str(refused))
    except (KeyboardInterrupt, GeneratorExit, Spent):
        raise
    except MemoryError:
        yield _refused(name, "it takes more memory than there is")
    except Exception as error:  # noqa: BLE001 - libraries raise what they like on broken files; texts may hold values
        yield _refused(name, f"it cannot be read ({type(error).__name__})")


def _inside(file: BinaryIO, name: str, hint: str, kind: str, sampler: Sampler, depth: int) -> Iterator[Place]:
    """What is in a compressed or archived file."""
    if depth >= archives.MOST_DEPTH:
        yield _refused(name, f"archives more than {archives.MOST_DEPTH} deep are not opened")
        return
    if kind in formats.COMPRESSED:
        inner = archives.unpacked(file, kind, _size(file))
        bare = hint.replace(".tgz", ".tar.gz").rpartition(".")[0] or hint
        yield from _content(inner, name, bare, sampler, depth + 1)
        return
    for member, content, reason in archives.members(file, kind):
        within = f"{name}!{member}"
        if content is None:
            yield _refused(within, reason)
        else:
            yield from _content(content, within, within, sampler, depth + 1)


def _size(file: BinaryIO) -> int:
    end = file.seek(0, 2)
    file.seek(0)
    return end


def _samples(name: str, samples: Iterator[Sample]) -> Iterator[Place]:
    found = looked = 0
    for sample in samples:
        looked += 1
        findings = classify_column(sample) if isinstance(sample, ColumnSample) else classify_text(sample)
        for finding in findings:
            found += 1
            yield _place(name, sample, finding)
    if not found:
        yield Place(path=shown(name), state="clean", reason=f"{looked} columns or texts were looked at")


def _place(name: str, sample: Sample, found: Finding) -> Place:
    nested = sample.place.startswith("$")
    place = shown(sample.place)
    return Place(
        path=shown(name),
        column=None if nested else place,
        json_path=place if nested else None,
        type=found.type,
        label=found.label,
        count=found.count,
        looked_at=found.looked_at,
        share=round(found.share, 4),
        share_low=round(found.low, 4),
        share_high=round(found.high, 4),
        confidence=found.confidence,
    )


def _refused(name: str, reason: str) -> Place:
    return Place(path=shown(name), state="refused", reason=reason)


def shown(name: str) -> str:
    """A name without what detectors find in it: a folder may be called after a person."""
    for _, hit in matching.hits([name]):
        name = name.replace(hit.text, f"[{hit.detector.id}]")
    return name
