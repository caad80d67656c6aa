"""The door to `estate.yaml`: one call, which reads the file."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from collectors.declared.document import EstateError, load
from collectors.source import CallFailed, Page
from graph.model import Call, Json


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the file is."""

    path: str = "estate.yaml"


class DeclaredDoor:
    """Answers `declared:estate:Read` with the file as JSON; see `collectors.source.Door`."""

    provider = "declared"

    def __init__(self, settings: Settings) -> None:
        self._path = Path(settings.path)

    def accounts(self) -> Sequence[str]:
        """One file says everything."""
        return [""]

    def regions(self, account: str) -> Sequence[str]:  # noqa: ARG002  the protocol's signature
        return [""]

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:  # noqa: ARG002
        """The file; raises CallFailed when it can't be read."""
        try:
            yield Page(load(self._path).json)
        except EstateError as fault:
            raise CallFailed("failed", str(fault), "EstateError") from fault
