"""API keys of a project: strings that stand for the project itself at the APIs they are limited to.

Only what is said of a key is listed; the call that tells the string is never made.
https://cloud.google.com/docs/authentication/api-keys
"""

from collections.abc import Iterator

from collectors.gcp.readings import evidence, known
from collectors.source import Answer, Source
from graph.model import Asset, Call

LIST = Call(
    "gcp:api_keys:ListKeys",
    lists=("Credential",),
    fills=("Credential.created_at", "Credential.api_targets"),
)

REGIONAL = False


def collect(source: Source) -> Iterator[Asset]:
    for row in source.pages(LIST, parent=f"projects/{source.account}/locations/global"):
        yield Asset(
            id=f"credential:gcp:{row.text('/uid')}",
            kind="Credential",
            name=row.text("/displayName") or "API key",
            listed_by=row.listed_by,
            properties=known(
                native_kind="google_api_key",
                created_at=row.text("/createTime"),
                api_targets=_targets(row),
            ),
            evidence=evidence(row, created_at="/createTime", api_targets="/restrictions/apiTargets"),
        )


def _targets(row: Answer) -> tuple[str, ...]:
    """The APIs it is limited to; none is all."""
    targets = row.items("/restrictions/apiTargets")
    return tuple(sorted(target.text("/service") or "" for target in targets))
