"""Where `crownpath inspect` writes down what it found, for a scan to take in."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.faults import BadInput
from app.screen import say
from app.settings import Settings, fingerprint_key, tool_version
from collectors.inspected.report import SUFFIX, Header, What, Writer
from collectors.redaction import Redactor

Write = Callable[[msgspec.Struct], None]


@contextmanager
def reporting(
    what: What,
    addresses: Sequence[str],
    chosen: Settings,
    *,
    out: Path | None = None,
    keep: bool = False,
    seed: int = 0,
    names: str = "",
    origins: Mapping[str, str] | None = None,
) -> Iterator[Write]:
    """A function that takes each result: into the file `out`, or into the home with `keep`, else nowhere.

    A report in the home replaces the earlier one of the same places. What was found before Ctrl-C is kept,
    and said to be a part.
    """
    if out is None and not keep:
        yield _nowhere
        return
    header = Header(
        what=what,
        at=datetime.now(UTC).replace(microsecond=0),
        tool=tool_version(),
        addresses=tuple(addresses),
        origins=origins or {},
        seed=seed,
        names=names,
        fingerprint_key=Redactor(fingerprint_key(chosen.home)).key_id,
    )
    with Writer(out or kept_at(chosen, what, addresses), header) as writer:
        yield lambda result: writer.write(msgspec.json.encode(result))


def kept_at(chosen: Settings, what: What, addresses: Sequence[str]) -> Path:
    """The file in the home that reports on these places are kept in."""
    name = hashlib.sha256("\0".join(sorted(addresses)).encode()).hexdigest()[:12]
    return chosen.inspections / f"{what}-{name}{SUFFIX}"


def kept(out: Path | None, *, keep: bool) -> None:
    """Say where the report is."""
    if out is not None:
        say(f"What was found is written down in {out}: `crownpath scan --inspected {out}` takes it in.")
    elif keep:
        say("What was found is kept: the next `crownpath scan` takes it in.")


def all_there(paths: list[Path]) -> None:
    """Raise for the first path that is not there."""
    for path in paths:
        if not path.exists():
            raise BadInput(f"{path} does not exist. Name files or folders that are there.")


def origins_of(paths: Sequence[str]) -> dict[str, str]:
    """Where the repositories among these folders are fetched from."""
    from collectors.inspect.secret_sources.history import origin_of

    found: dict[str, str] = {}
    for path in paths:
        with suppress(OSError, UnicodeDecodeError):
            if url := origin_of((Path(path) / ".git" / "config").read_text("utf-8")):
                found[path] = url
    return found


def _nowhere(_: msgspec.Struct) -> None:
    """Nobody asked for a report."""
