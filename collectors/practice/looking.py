"""A look inside the practice estate: its buckets with the role that may read them, and its repositories.

What it finds is written down as `crownpath inspect --out` does, for a scan to take in.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from collectors.inspect.data import inspect_data
from collectors.inspect.models import inspect_models
from collectors.inspect.secret_process import Secrets
from collectors.inspect.secret_sources.access import Access
from collectors.inspect.secrets import inspect_secrets
from collectors.inspected.report import SUFFIX, Header, What, Writer
from collectors.practice.estate.code import organization
from collectors.practice.estate.content import DATA, MODELS
from collectors.practice.github import GitHubServer
from collectors.practice.hospital import Hospital
from collectors.redaction import Redactor

Told = Callable[[str], None]


def look(hospital: Hospital, folder: Path, redactor: Redactor, tool: str, told: Told) -> list[Path]:
    """The reports, in this folder, beside the repositories that were served to be looked into."""
    rules = folder.parent / "cache" / "secret-rules"
    with hospital.looking():
        data = inspect_data(DATA, told=told)
        models = inspect_models(MODELS, secrets=Secrets(redactor, rules), told=told)
        made = [
            _written(folder, "data", DATA, data, redactor, tool),
            _written(folder, "models", MODELS, models, redactor, tool),
        ]
    code = organization()
    places = (f"github:{code.login}",)
    with GitHubServer(code, folder / "repositories") as github:
        access = Access(github_url=github.url)
        secrets = inspect_secrets(places, redactor, cache_folder=rules, told=told, access=access)
        return [*made, _written(folder, "secrets", places, secrets, redactor, tool)]


def _written(
    folder: Path,
    what: What,
    addresses: tuple[str, ...],
    results: Iterable[msgspec.Struct],
    redactor: Redactor,
    tool: str,
) -> Path:
    path = folder / f"{what}{SUFFIX}"
    header = Header(
        what=what,
        at=datetime.now(UTC).replace(microsecond=0),
        tool=tool,
        addresses=addresses,
        fingerprint_key=redactor.key_id,
    )
    with Writer(path, header) as writer:
        for result in results:
            writer.write(msgspec.json.encode(result))
    return path
