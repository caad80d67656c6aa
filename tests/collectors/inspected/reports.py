"""Reports as `crownpath inspect --out` would have written them, read back."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from collectors.inspected.report import Header, Report, What, Writer, read
from collectors.redaction import Redactor
from graph.model import Json

REDACTOR = Redactor(b"k" * 32)
AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def report(
    folder: Path,
    what: What,
    results: Sequence[dict[str, Json]],
    *addresses: str,
    at: datetime = AT,
    origins: dict[str, str] | None = None,
    names: str = "",
) -> Report:
    path = folder / f"{what}-{at:%d%H}.inspection.jsonl"
    header = Header(
        what=what,
        at=at,
        tool="crownpath test",
        addresses=addresses,
        origins=origins or {},
        names=names,
        fingerprint_key=REDACTOR.key_id,
    )
    with Writer(path, header) as writer:
        for result in results:
            writer.write(json.dumps(result).encode())
    return read(path, REDACTOR)


def found(path: str, label: str, kind: str = "email", **more: Json) -> dict[str, Json]:
    """A result of `inspect data`."""
    return {"path": path, "type": kind, "label": label, "column": "c", "count": 9, "looked_at": 10, **more}
