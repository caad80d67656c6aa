"""crownpath inspect data: sensitive data in files, object stores and tables. Values are never shown."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app import settings
from app.faults import BadInput
from app.reports import all_there, kept, reporting
from app.screen import line, say, table
from app.text import plural

if TYPE_CHECKING:
    from collectors.inspect.data_place import Place
    from collectors.inspect.names import Names, Unusable
    from collectors.inspect.sampling import Sampler

ALWAYS = ("path", "type", "label", "count", "looked_at", "share", "share_low", "share_high", "confidence")
"""Fields of every line of JSON; the others are left out where there is nothing to say."""


def run(
    *,
    paths: list[str],
    seed: int,
    files: int | None,
    megabytes: int | None,
    requests: int | None,
    dollars: float | None,
    plan: bool,
    names: str,
    home: Path | None,
    out: Path | None,
    keep: bool,
    as_json: bool,
) -> int:
    from collectors.inspect import databases
    from collectors.inspect.data import inspect_data
    from collectors.inspect.names import PERSON, Unusable, load
    from collectors.inspect.places import SCHEMES, Budget, Unreachable

    all_there([Path(path) for path in paths if not path.startswith((*SCHEMES, *databases.SCHEMES))])
    most = None if megabytes is None else megabytes * 1_000_000
    budget = Budget(most, requests=requests, dollars=dollars)
    model = load(names)
    if names and isinstance(model, Unusable):
        raise BadInput(f"--names {names}: {model.reason}.")
    states: Counter[str] = Counter()
    rows: list[Place] = []
    try:
        if plan:
            return _plan(paths, seed, files)
        known = None if isinstance(model, Unusable) else model
        chosen = settings.load(home=home)
        of_persons = names if known and PERSON in known.types else ""
        with reporting("data", paths, chosen, out=out, keep=keep, seed=seed, names=of_persons) as write:
            for place in inspect_data(paths, seed=seed, each=files, budget=budget, names=known):
                write(place)
                states[place.state] += 1
                if as_json and place.state != "clean":
                    line(_json(place))
                elif place.state != "clean":
                    rows.append(place)
    except Unreachable as reason:
        raise BadInput(f"{reason} Check the address and the credentials.") from None
    except KeyboardInterrupt:
        say("Stopped. What was found until then is told.")
    if not as_json:
        _show(rows)
    _sum_up(states)
    _say_what_no_model_finds(model)
    cost = f", for about ${budget.dollars:,.4f}" if budget.dollars else ""
    say(f"{budget.bytes / 1e6:,.1f} MB were read in {plural(budget.requests, 'request')}{cost}.")
    kept(out, keep=keep)
    return 0


def _say_what_no_model_finds(model: "Names | Unusable") -> None:
    from collectors.inspect.names import ILLNESS, PERSON, Unusable

    if isinstance(model, Unusable):
        say(f"Names of persons in free text were not looked at, nor was health: {model.reason}.")
        return
    if PERSON not in model.types:
        say("Names of persons in free text were not looked at: no model that was named finds them.")
    if ILLNESS not in model.types:
        say("Health in free text was not looked at: no model that was named finds illnesses.")


def _plan(paths: list[str], seed: int, files: int | None) -> int:
    """What would be read at most, before anything is: a reader stops at its sample."""
    from collectors.inspect import databases
    from collectors.inspect.data import choose
    from collectors.inspect.places import most_of, store_of
    from collectors.inspect.sampling import Sampler

    sampler = Sampler(seed)
    rows: list[tuple[str, ...]] = []
    sources: dict[str, None] = {}
    for path in paths:
        if path.startswith(databases.SCHEMES):
            rows.append(_planned(path, sampler, files))
            continue
        store = store_of(path)
        listed, chosen = choose(store, sampler, files)
        most = [most_of(each) for each in chosen]
        bytes_read, requests = sum(each for each, _ in most), sum(each for _, each in most)
        dollars = requests * store.price.read + store.lists * store.price.list
        requests += store.lists
        cost = f"${dollars:.4f}" if store.price.page else ""
        megabytes = f"{bytes_read / 1e6:,.1f}"
        rows.append((path, f"{len(chosen):,} of {len(listed):,}", megabytes, f"{requests:,}", cost))
        if store.price.page:
            sources[f"Prices: {store.price.of}, as of {store.price.as_of} ({store.price.page})."] = None
    table("", ("path", "files or tables", "MB at most", "requests at most", "cost of requests"), rows)
    for source in sources:
        say(source)
    say("Nothing was read. Traffic out of the store's region costs extra: run it beside the data.")
    return 0


def _planned(address: str, sampler: "Sampler", tables: int | None) -> tuple[str, ...]:
    """What looking into the tables of an address would take at most."""
    from collectors.inspect import databases

    try:
        planned = databases.plan(address, sampler, tables)
    except databases.Closed as closed:
        raise BadInput(f"{address}: {closed}.") from None
    cost = planned.cost
    dollars = "" if cost.dollars is None else f"${cost.dollars:.4f}"
    chosen = f"{planned.chosen:,} of {planned.listed:,}"
    return address, chosen, f"{cost.bytes / 1e6:,.1f}", f"{cost.requests:,}", dollars


def _json(place: "Place") -> str:
    fields = msgspec.to_builtins(place)
    told = {
        name: value for name, value in fields.items() if name in ALWAYS or value not in (None, (), "found")
    }
    return msgspec.json.encode(told).decode()


def _show(rows: Iterable["Place"]) -> None:
    found: list[tuple[str, ...]] = [
        (
            each.path,
            each.column or each.json_path or "",
            each.type or str(each.state),
            each.label or "",
            f"{each.count:,} of {each.looked_at:,}" if each.count is not None else each.reason or "",
            f"{each.share_low:.0%} to {each.share_high:.0%}" if each.share_low is not None else "",
        )
        for each in rows
    ]
    if found:
        columns = ("file", "where", "type", "label", "seen", "share, 95 % sure")
        table("", columns, found)


def _sum_up(states: Counter[str]) -> None:
    looked = [plural(states["found"], "place") + " with sensitive data"]
    if states["clean"]:
        looked.append(plural(states["clean"], "file") + " without")
    if states["in part"]:
        looked.append(plural(states["in part"], "file") + " looked at in part")
    if states["refused"] or states["never looked at"]:
        looked.append(f"{states['refused'] + states['never looked at']:,} not looked at")
    say(", ".join(looked) + ". Values were neither shown nor kept.")
