"""Sensitive data in files: each file sampled by its reader, each sample looked at by all detectors.

Results hold counts, shares and places, never a value. Names of columns, keys and files are data of strangers
as well: what a detector finds in them is masked.
"""

from collections.abc import Callable, Iterable, Iterator
from math import inf
from pathlib import PurePosixPath
from time import monotonic
from typing import BinaryIO, cast

import msgspec

from collectors.inspect import confined, databases
from collectors.inspect.columns import classify_column
from collectors.inspect.contents import Ended, Part, Refusing
from collectors.inspect.data_place import Place
from collectors.inspect.detector import by_type
from collectors.inspect.matching import TakesTooLong
from collectors.inspect.names import Names
from collectors.inspect.naming import partitions
from collectors.inspect.naming import shown as shown
from collectors.inspect.places import Budget, Listed, Spent, Store, Unreachable, opened, store_of
from collectors.inspect.sample import ColumnSample, Finding, Sample, Unread
from collectors.inspect.sampling import Sampler
from collectors.inspect.text import classify_text

MOST_FILES = 10_000
"""Files of one path that are listed; of more, a seeded choice is looked at."""
SECONDS = 60
"""Time for the detectors to judge all samples of one file."""

Told = Callable[[str], None]


def _silent(_: str) -> None:
    """Nobody watches."""


def inspect_data(
    addresses: Iterable[str],
    *,
    seed: int = 0,
    each: int | None = None,
    budget: Budget | None = None,
    names: Names | None = None,
    told: Told = _silent,
) -> Iterator[Place]:
    """What is in these files, folders, prefixes of object stores and tables of databases.

    `each` is how many files or tables of one address are looked at (None: all), `budget` what may be spent in
    all. A file in which nothing was found gives one result with state `clean`; of which something was left
    out, one with `in part`, beside what was found; what was not looked at gives one with `refused` or `never
    looked at` and the reason; so does one of several stores that is not listed. `names` looks for names of
    persons in free text; None: nobody does. Raises `Unreachable` where a store is the only address.
    """
    sampler, spending, places = Sampler(seed), budget or Budget(), [*addresses]
    for address in places:
        if address.startswith(databases.SCHEMES):
            yield from _tables(address, sampler, each, spending, names, told)
            continue
        try:
            store = store_of(address)
            files, chosen = choose(store, sampler, each)
        except Unreachable as unreachable:
            if len(places) == 1:
                raise
            yield _refused(address, str(unreachable))
            continue
        spending.listed(store.lists, store.price.list)
        yield from _of_names(address, files)
        for number, file in enumerate(chosen):
            told(file.name)
            try:
                yield from _file(store, file, seed, spending, names)
            except Spent as spent:
                rest = len(chosen) - number
                yield Place(path=shown(address), state="never looked at", reason=f"{rest:,} files: {spent}")
                break
        if len(chosen) < len(files):
            reason = f"{len(files) - len(chosen):,} of {len(files):,} files: a choice was looked at"
            yield Place(path=shown(address), state="never looked at", reason=reason)


def choose(store: Store, sampler: Sampler, each: int | None) -> tuple[list[Listed], list[Listed]]:
    """The files there are, and those that are looked at."""
    files = sorted(store.files())
    most = MOST_FILES if each is None else each
    return files, files if len(files) <= most else sorted(sampler.some(files, most))


def _tables(
    address: str, sampler: Sampler, each: int | None, budget: Budget, names: Names | None, told: Told
) -> Iterator[Place]:
    """The tables of a database by its address; of what is found, the reason says how rows were chosen."""
    for table in databases.look(address, sampler, budget, each):
        told(table.name)
        if table.state != "sampled":
            yield Place(path=shown(table.name), state=table.state, reason=table.reason)
            continue
        said = _Told(table.name, names)
        samples = [Part("", sample) for sample in table.samples]
        for part in (*samples, Part("", Ended(len(samples)))):
            for place in said.by(part):
                yield place if place.reason else msgspec.structs.replace(place, reason=table.reason)


def _of_names(address: str, files: Iterable[Listed]) -> Iterator[Place]:
    """What values of partitions are, below an address."""
    root = address if address.endswith("/") else f"{address}/"
    for column in partitions(each.name for each in files):
        for finding in classify_column(column):
            yield _place(root, column, finding)


def _file(store: Store, file: Listed, seed: int, budget: Budget, names: Names | None) -> Iterator[Place]:
    if file.reason:
        yield _refused(file.name, file.reason)
        return
    told = _Told(file.name, names)
    try:
        with opened(store, file, budget) as content:
            hint = PurePosixPath(file.name.encode("utf-8", "replace").decode()).name
            source = cast("BinaryIO", content)
            for part in confined.parts(source, file.size, hint, f"{seed} {hint}"):
                yield from told.by(part)
    except OSError as error:
        yield _refused(file.name, f"it cannot be opened ({error.strerror or type(error).__name__})")
    yield from told.rest()


class _Told:
    """What was said of a file and its members until now."""

    def __init__(self, name: str, names: Names | None = None) -> None:
        self._name, self._names, self._left = name, names, float(SECONDS)
        self._found: dict[str, int] = {}
        self._unread: dict[str, list[str]] = {}

    def by(self, part: Part) -> Iterator[Place]:
        path, what = f"{self._name}{part.within}", part.what
        if isinstance(what, Unread):
            self._unread.setdefault(part.within, []).append(what.what)
        elif isinstance(what, Refusing):
            yield self._refused(part.within, path, what.reason)
        elif isinstance(what, Ended):
            yield from self._ended(part.within, path, what.looked_at)
        else:
            self._found.setdefault(part.within, 0)
            yield from self._judged(part.within, path, what)

    def _judged(self, within: str, path: str, sample: Sample) -> Iterator[Place]:
        """What detectors say of a sample, in the time that a file has for all of its samples."""
        started = monotonic()
        try:
            for finding in classify(sample, started + self._left, self._names):
                self._found[within] += 1
                yield _place(path, sample, finding)
        except TakesTooLong:
            self._unread.setdefault(within, []).append(f"what takes more than {SECONDS} s to judge")
        self._left = max(0.0, self._left - (monotonic() - started))

    def _refused(self, within: str, path: str, reason: str) -> Place:
        """A refusal; of what was looked at until then, it is one of the rest."""
        unread = self._unread.pop(within, [])
        if within in self._found:
            return _in_part(path, [*unread, f"the rest, as {reason}"])
        return _refused(path, reason)

    def _ended(self, within: str, path: str, looked_at: int | None) -> Iterator[Place]:
        if unread := self._unread.pop(within, []):
            yield _in_part(path, unread)
        elif looked_at == 0:
            yield Place(path=shown(path), state="clean", reason="there is nothing in it")
        elif looked_at is not None and not self._found.get(within):
            yield Place(
                path=shown(path), state="clean", reason=f"{looked_at} columns or texts were looked at"
            )

    def rest(self) -> Iterator[Place]:
        """Of what was not ended."""
        for within, unread in self._unread.items():
            yield _in_part(f"{self._name}{within}", unread)


def classify(sample: Sample, until: float = inf, names: Names | None = None) -> Iterator[Finding]:
    """What all detectors say of a sample, and the models of names and illnesses in free text. Raises
    `TakesTooLong` beyond `until` of the monotonic clock."""
    found: set[str] = set()
    detected = (
        classify_column(sample, until) if isinstance(sample, ColumnSample) else classify_text(sample, until)
    )
    for finding in detected:
        found.add(finding.type)
        yield finding
    if names is not None:
        yield from (each for each in names.classify(sample) if each.type not in found)


def _place(name: str, sample: Sample, found: Finding) -> Place:
    nested = sample.place.startswith("$") or ".*" in sample.place or "[*]" in sample.place
    place = shown(sample.place)
    column = sample if isinstance(sample, ColumnSample) else None
    return Place(
        path=shown(name),
        column=None if nested else place,
        json_path=place if nested else None,
        value_type=column.type if column else None,
        rows=column.rows if column else None,
        type=found.type,
        label=found.label,
        count=found.count,
        looked_at=found.looked_at,
        share=round(found.share, 4),
        share_low=round(found.low, 4),
        share_high=round(found.high, 4),
        confidence=found.confidence,
        law=by_type()[found.type].law,
    )


def _refused(name: str, reason: str) -> Place:
    return Place(path=shown(name), state="refused", reason=reason)


def _in_part(name: str, unread: Iterable[str]) -> Place:
    return Place(path=shown(name), state="in part", reason=f"not looked at: {'; '.join(unread)}")
