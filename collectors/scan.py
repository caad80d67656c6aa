"""Run the collectors: which there are, on what, in a bounded pool; one shard per unit.

A unit is one collector on one account (and region). A unit that fails leaves a coverage record that says
so, and the others go on; a stop request ends every call still to come.
"""

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from threading import Event
from types import ModuleType

import msgspec

from collectors.admission import NotInOntology, admit, check_ends
from collectors.inspected.facts import CALLS
from collectors.redaction import Redactor
from collectors.source import CallFailed, Door, Page, Record, Source
from graph.model import Asset, Call, Coverage, Fact, Json, Policy, Relation, Shard

PROVIDERS = ("aws", "azure", "gcp")
SCOPES = "scopes"


class Unit(msgspec.Struct, frozen=True, order=True):
    """One collector on one account and region; the first of an account finds out what the account is."""

    provider: str
    account: str
    collector: str
    region: str = ""

    @property
    def name(self) -> str:
        place = "/".join(part for part in (self.account, self.region) if part)
        return f"{self.provider}.{self.collector}" + (f" on {place}" if place else "")


Now = Callable[[], datetime]
Progress = Callable[[Unit, Shard | None], None]
"""Told when a unit starts (no shard yet) and when it has ended."""


def now_utc() -> datetime:
    return datetime.now(UTC)


class Scan:
    """One run over the doors of some providers. `done` are shards of units that a stopped run finished."""

    def __init__(
        self,
        doors: Iterable[Door],
        redactor: Redactor,
        *,
        threads: int = 4,
        calls_at_once: int = 8,
        now: Now = now_utc,
        done: Iterable[Shard] = (),
        accounts: Callable[[str], bool] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._stop = Event()
        self._doors: Mapping[str, Door] = {d.provider: _Stoppable(d, self._stop) for d in doors}
        self._redactor, self._threads, self._calls_at_once = redactor, threads, calls_at_once
        self._chosen = accounts or (lambda account: True)  # noqa: ARG005  (every account is chosen)
        self._now, self._progress = now, progress or _no_progress
        self._done = {shard.unit: shard for shard in done}
        self._planned: set[Unit] = set()

    def stop(self) -> None:
        """Let calls under way end, and refuse those to come."""
        self._stop.set()

    def run(self) -> Iterator[Shard]:
        """The shards, each as soon as its unit has ended; those of units cut short by `stop` are left out."""
        with ThreadPoolExecutor(self._threads) as pool:
            pending = {pool.submit(self._unit, unit) for unit in self._first_units()}
            try:
                while pending:
                    ended: Future[tuple[Unit, Shard]] = next(iter(as_completed(pending)))
                    pending.discard(ended)
                    unit, shard = ended.result()
                    if self._stop.is_set() and any(c.outcome == "interrupted" for c in shard.coverage):
                        continue
                    yield shard
                    if unit.collector == SCOPES:
                        new = set(self._units_of(unit, shard)) - self._planned
                        self._planned |= new  # an account that two configured scopes find is seen once
                        pending |= {pool.submit(self._unit, u) for u in sorted(new)}
            finally:
                self.stop()
                pool.shutdown(wait=True, cancel_futures=True)

    def _first_units(self) -> Iterator[Unit]:
        for provider, door in sorted(self._doors.items()):
            for account in door.accounts():
                yield Unit(provider, account, SCOPES)

    def _units_of(self, scopes: Unit, shard: Shard) -> Iterator[Unit]:
        """The other collectors, on every account that the scopes collector found."""
        told = (asset.get("account") for asset in shard.assets if asset.kind == "Account")
        found = {str(account) for account in told if account and self._chosen(str(account))}
        door = self._doors[scopes.provider]
        for account in sorted(found):
            regions = self._regions(door, account)
            for module in modules(scopes.provider):
                name = module.__name__.rpartition(".")[2]
                for region in regions if getattr(module, "REGIONAL", False) else ("",):
                    yield Unit(scopes.provider, account, name, region)

    def _regions(self, door: Door, account: str) -> tuple[str, ...]:
        try:
            return tuple(door.regions(account)) or ("",)
        except CallFailed:
            return ("",)  # the regional calls then say in the coverage why they failed

    def _unit(self, unit: Unit) -> tuple[Unit, Shard]:
        if unit.name in self._done:
            return unit, self._done[unit.name]
        self._progress(unit, None)
        module = import_module(f"collectors.{unit.provider}.{unit.collector}")
        shard = collect_unit(
            module,
            self._doors[unit.provider],
            self._redactor,
            unit,
            now=self._now,
            threads=self._calls_at_once,
        )
        self._progress(unit, shard)
        return unit, shard


def collect_unit(
    module: ModuleType, door: Door, redactor: Redactor, unit: Unit, *, now: Now, threads: int = 8
) -> Shard:
    """What one collector sees of one account and region, checked and with its calls' coverage."""
    record = Record()
    source = Source(
        door, redactor, account=unit.account, region=unit.region, record=record, threads=threads, now=now
    )
    facts: list[Fact] = []
    faults: list[str] = []
    try:
        facts.extend(admit(f, unit.name, source, _service(f, unit)) for f in module.collect(source))
    except NotInOntology as fault:
        faults.append(f"{fault}. This is a fault of the collector: report it.")
    except Exception as fault:  # noqa: BLE001  (one collector's fault must not end the scan; it is recorded)
        faults.append(
            f"The collector {unit.name} stopped at an answer it does not understand "
            f"({type(fault).__name__}: {fault}). What it fills is unknown; report it."
        )
    facts = list(_joined_rightly(facts, unit.name, faults))
    told = redactor.text(" ".join(faults))
    broken = tuple(_broken(module, unit, told, now())) if faults else ()
    return Shard(
        unit=unit.name,
        assets=tuple(fact for fact in facts if isinstance(fact, Asset)),
        relations=tuple(fact for fact in facts if isinstance(fact, Relation)),
        policies=tuple(fact for fact in facts if isinstance(fact, Policy)),
        coverage=(*record.coverage(), *broken),
        documents=record.documents,
    )


def _joined_rightly(facts: list[Fact], collector: str, faults: list[str]) -> Iterator[Fact]:
    """The facts without relations that may not join what they join; the first such is told."""
    kinds = {fact.id: fact.kind for fact in facts if isinstance(fact, Asset)}
    for fact in facts:
        if isinstance(fact, Relation):
            try:
                check_ends(fact, kinds, collector)
            except NotInOntology as fault:
                if not faults:
                    faults.append(f"{fault}. This is a fault of the collector: report it.")
                continue
        yield fact


@cache
def modules(provider: str) -> tuple[ModuleType, ...]:
    """The collectors of a provider, found by scanning its folder; `scopes` is not among them."""
    package = import_module(f"collectors.{provider}")
    found = [
        import_module(f"{package.__name__}.{info.name}")
        for info in pkgutil.iter_modules(package.__path__)
        if info.name != SCOPES
    ]
    return tuple(module for module in found if hasattr(module, "collect"))


def calls_of(module: ModuleType) -> tuple[Call, ...]:
    """The calls a collector declares."""
    return tuple(value for _, value in sorted(vars(module).items()) if isinstance(value, Call))


@cache
def declared_calls() -> tuple[Call, ...]:
    """Every call that any collector declares, and the reading of inspections: what the rules' needs are
    computed from."""
    every = [
        call
        for provider in PROVIDERS
        for module in (import_module(f"collectors.{provider}.{SCOPES}"), *modules(provider))
        for call in calls_of(module)
    ]
    return tuple(
        sorted({*every, *(call for _, call in CALLS)}, key=lambda call: (call.id, call.lists, call.fills))
    )


def _no_progress(unit: Unit, shard: Shard | None) -> None:
    """Nobody is watching."""


def _service(fact: Fact, unit: Unit) -> str:
    if isinstance(fact, Asset) and fact.listed_by:
        return fact.listed_by[0].call.split(":")[1]
    return unit.collector


def _broken(module: ModuleType, unit: Unit, sentence: str, at: datetime) -> Iterator[Coverage]:
    """Every declared call of the unit failed, whatever parent it was made for: its facts are not all here."""
    for call in calls_of(module):
        yield Coverage(
            call=call.id,
            account=unit.account,
            region=unit.region,
            outcome="failed",
            sentence=sentence,
            at=at,
        )


class _Stoppable:
    """A door that refuses further calls once the scan is to stop."""

    def __init__(self, door: Door, stop: Event) -> None:
        self._door, self._stop = door, stop
        self.provider = door.provider
        self.accounts, self.regions = door.accounts, door.regions

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        pages = self._door.pages(call, parameters, account, region)
        while True:
            if self._stop.is_set():
                raise CallFailed("interrupted", "The scan was stopped before this call.")
            page = next(pages, None)
            if page is None:
                return
            yield page
