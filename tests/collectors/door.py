"""A provider in memory: a second implementation of the `Door` port, for tests of what stands behind it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import ModuleType

from collectors.redaction import Redactor
from collectors.source import CallFailed, Page, Source
from graph.model import Call, Fact, Json

KEY = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

Told = Page | CallFailed
Given = Callable[[Mapping[str, Json]], Iterable[Told]] | Iterable[Told]


def noon() -> datetime:
    """The clock of tests: it stands still."""
    return NOW


class MemoryDoor:
    """Answers calls from a table of call id to pages and failures, in order."""

    def __init__(
        self,
        answers: Mapping[str, Given],
        *,
        provider: str = "aws",
        accounts: Sequence[str] = ("111122223333",),
        regions: Sequence[str] = ("eu-central-1",),
    ) -> None:
        self.provider = provider
        self._answers, self._accounts, self._regions = answers, accounts, regions
        self.asked: list[tuple[str, str, str, Mapping[str, Json]]] = []

    def accounts(self) -> Sequence[str]:
        return self._accounts

    def regions(self, account: str) -> Sequence[str]:
        return self._regions

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        self.asked.append((call.id, account, region, parameters))
        given = self._answers.get(call.id)
        if given is None:
            raise CallFailed("denied", f"{call.id} was denied: allow it and scan again.", "AccessDenied")
        for told in given(parameters) if callable(given) else given:
            if isinstance(told, CallFailed):
                raise told
            yield told


def source_of(
    answers: Mapping[str, Given], *, key: bytes = KEY, threads: int = 4, region: str = "eu-central-1"
) -> Source:
    """A source of one account in one region over these answers."""
    return Source(
        MemoryDoor(answers),
        Redactor(key),
        account="111122223333",
        region=region,
        threads=threads,
        now=noon,
    )


def module_of(
    name: str, collect: Callable[[Source], Iterator[Fact]], *calls: Call, regional: bool = False
) -> ModuleType:
    """A collector, as the frame finds one: a module with its calls and `collect`."""
    module = ModuleType(f"collectors.aws.{name}")
    for number, call in enumerate(calls):
        setattr(module, f"CALL_{number}", call)
    module.__dict__.update(collect=collect, REGIONAL=regional)
    return module
