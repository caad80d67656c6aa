"""The doors to the providers, live or replayed, as the settings say."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

from app.faults import BadInput
from app.settings import Settings, provider_settings
from collectors.recording import Recorded, ReplayDoor, read_recordings, recorded
from collectors.scan import PROVIDERS
from collectors.source import Door
from graph.snapshot import open_snapshot

DOORS = {"aws": "AwsDoor", "gcp": "GcpDoor", "azure": "AzureDoor"}


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The providers of these names, all when none is named."""
    unknown = sorted(set(names) - set(PROVIDERS))
    if unknown:
        raise BadInput(f"{', '.join(unknown)} is not a provider. There are: {', '.join(PROVIDERS)}.")
    return tuple(name for name in PROVIDERS if name in names or not names)


def live(settings: Settings, names: Sequence[str]) -> list[Door]:
    """Clients of the providers, with each one's own settings."""
    given = {"aws": settings.aws, "gcp": settings.gcp, "azure": settings.azure}
    doors: list[Door] = []
    for name in chosen(names):
        client = import_module(f"collectors.{name}.client")
        settings_of = provider_settings(given[name], client.Settings, name)
        doors.append(getattr(client, DOORS[name])(settings_of))
    return doors


def replayed(paths: Iterable[Path], names: Sequence[str]) -> list[Door]:
    """Recordings (files, folders, snapshots) in place of the providers they were made of."""
    calls: list[Recorded] = []
    for path in paths:
        if (path / "manifest.json").is_file():
            snapshot = open_snapshot(path)
            calls.extend(recorded(snapshot.coverage(), snapshot.documents))
        else:
            calls.extend(read_recordings([path]))
    found = {call.provider for call in calls}
    return [ReplayDoor(name, calls) for name in chosen(names) if name in found]
