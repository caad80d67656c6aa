"""crownpath doctor: what the product needs, whether it is there, and how to mend what is not."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from app import providers, settings
from app.commands.load import opened
from app.faults import BAD_INPUT, Fault
from app.screen import table
from app.settings import Settings
from collectors.redaction import Redactor
from collectors.scan import PROVIDERS, SCOPES, Unit, collect_unit, now_utc
from graph.access.aws import actions
from graph.snapshot import list_snapshots
from graph.store import NoGraphYet, StoreError, ensure_published

Found = tuple[bool, str]


def run(*, home: Path | None, store: str | None) -> int:
    chosen = settings.load(home=home, store=store)
    rows: list[tuple[str, ...]] = []
    healthy = True
    for name, look in _checks():
        try:
            good, said = look(chosen)
        except Fault as fault:
            good, said = False, str(fault)
        healthy &= good
        rows.append(("ok" if good else "mend", name, said))
    table("", ("", "what", "found"), rows)
    return 0 if healthy else BAD_INPUT


def _checks() -> Iterator[tuple[str, Callable[[Settings], Found]]]:
    yield "home", _home
    yield "snapshots", _snapshots
    yield "graph store", _store
    yield "AWS actions", _actions
    for name in PROVIDERS:
        yield name, partial(_provider, name)


def _home(chosen: Settings) -> Found:
    if not chosen.home.exists():
        return True, f"{chosen.home} is made by the first scan"
    if not os.access(chosen.home, os.W_OK):
        return False, f"{chosen.home} cannot be written: choose another with --home or CROWNPATH_HOME"
    if stat.S_IMODE(chosen.home.stat().st_mode) & 0o077:
        return False, f"others can read {chosen.home}: run chmod 700 {chosen.home}"
    return True, str(chosen.home)


def _snapshots(chosen: Settings) -> Found:
    found = list_snapshots(chosen.home)
    return True, f"{len(found)}, the latest {found[-1].id}" if found else "none yet: crownpath scan takes one"


def _store(chosen: Settings) -> Found:
    try:
        with closing(opened(chosen)) as store:
            published = ensure_published(store)
    except NoGraphYet as empty:
        return True, str(empty)
    except StoreError as fault:
        return False, str(fault)
    return True, f"{chosen.store_target} holds {published.version}"


def _actions(_: Settings) -> Found:
    """Of when the shipped table is: newer actions are matched as they are written."""
    found = actions.table()
    return True, f"{len(found.services)} services as of {found.date}"


def _provider(name: str, chosen: Settings) -> Found:
    """Ask the provider who we are: the same first call that a scan makes."""
    from importlib import import_module

    door = providers.live(chosen, [name])[0]
    redactor = Redactor(settings.fingerprint_key(chosen.home))
    module = import_module(f"collectors.{name}.{SCOPES}")
    unit = Unit(name, door.accounts()[0], SCOPES)
    shard = collect_unit(module, door, redactor, unit, now=now_utc)
    failed = [record.sentence for record in shard.coverage if not record.complete]
    accounts = [asset.name for asset in shard.assets if asset.kind == "Account"]
    if failed:
        return False, failed[0]
    return True, f"signed in; sees {', '.join(sorted(accounts)) or 'no accounts'}"
